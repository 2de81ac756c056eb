"""A study's deals, and mergers, tried by hand in a browser: `inroads dashboard STUDY`.

Cases and their numbers are pure functions, tested without any page; the page is thin.
"""

from inroads.errors import require_extra

require_extra("dashboard", "shiny", "openpyxl", "altair", "vl_convert", "jinja2", "pydantic")
