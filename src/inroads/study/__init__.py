"""One question on disk: tables and study.toml to a market, scenarios and results."""

from inroads.errors import require_extra

require_extra("study", "pydantic")
