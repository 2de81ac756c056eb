"""What past entries teach: new products predicted, compared with what happened, learnt from."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
