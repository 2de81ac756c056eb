"""Ways in which sellers set prices to final buyers, behind one door.

`base` states what a conduct has to know: the margins that it implies at what is bought.
"""

from inroads.conduct.horizontal.auction import BargainingInAuction, SecondScore
from inroads.conduct.horizontal.bargaining import BargainingWithBuyers
from inroads.conduct.horizontal.base import Conduct, Demand
from inroads.conduct.horizontal.posted import PostedPrices
from inroads.conduct.horizontal.quantities import QuantitySetting

__all__ = [
    "BargainingInAuction",
    "BargainingWithBuyers",
    "Conduct",
    "Demand",
    "PostedPrices",
    "QuantitySetting",
    "SecondScore",
]
