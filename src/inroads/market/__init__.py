"""A market with its labels: who offers what to whom, how prices come about, what can be changed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
