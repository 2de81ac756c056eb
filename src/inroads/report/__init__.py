"""A run of a study for readers: sections of words, charts and tables, on a page or a terminal."""

from inroads.errors import require_extra

require_extra("report", "altair", "vl_convert", "jinja2", "rich", "duckdb", "pydantic")
