"""Periods to come: who is in the market, what is known, what is asked, what it is worth."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
