"""What does a firm gain by reaching consumers through somebody else's shelf, and on what terms?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
