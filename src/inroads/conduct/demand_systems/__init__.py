"""Demand that is not one choice at a price that utility is linear in, behind one door.

`base` states what a system has to know of itself: quantities at prices, with two derivatives.
"""

from inroads.conduct.demand_systems.aids import AIDS
from inroads.conduct.demand_systems.base import DemandSystem, SystemAtPrices
from inroads.conduct.demand_systems.ces import CES
from inroads.conduct.demand_systems.linear import Linear
from inroads.conduct.demand_systems.log_linear import LogLinear
from inroads.conduct.demand_systems.overlapping import Overlapping

__all__ = [
    "AIDS",
    "CES",
    "DemandSystem",
    "Linear",
    "LogLinear",
    "Overlapping",
    "SystemAtPrices",
]
