"""One question on disk: tables and study.toml to a market, scenarios and results."""

import lazy_loader

from inroads.errors import require_extra

require_extra("study", "pydantic")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
