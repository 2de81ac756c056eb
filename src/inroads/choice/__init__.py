"""How people choose: probabilities, surplus, substitution, inversion. Arrays only.

Offers are the second-to-last axis (J) and agents the last (I) of every matrix; any axes before
those are markets, stacked. Where an offer is not in an agent's choice set, its utility is -inf.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
