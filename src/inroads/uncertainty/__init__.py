"""What is not known: distributions, ensembles of draws that survive a kill, sources of spread."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
