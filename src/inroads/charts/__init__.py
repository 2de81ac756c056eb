"""Charts of notebooks, from tables: Altair's, so that they can be changed further and saved."""

from inroads.errors import require_extra

require_extra("charts", "altair")
