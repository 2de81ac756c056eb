"""What can be done to a market. Each move is valid wherever it has a meaning, refused elsewhere."""

from inroads.market.moves.allowance import Allowance
from inroads.market.moves.awareness import Campaign, Exposure
from inroads.market.moves.base import Move
from inroads.market.moves.characteristics import Change
from inroads.market.moves.financing import Finance
from inroads.market.moves.offers import Adapt, Deal, Exclusive, Launch, Withdraw
from inroads.market.moves.ownership import Divest, Merge
from inroads.market.moves.prices import SetPrice
from inroads.market.moves.quotas import Quota
from inroads.market.moves.taxes import ChangeCost, Subsidy, Tariff, Tax

__all__ = [
    "Adapt",
    "Allowance",
    "Campaign",
    "Change",
    "ChangeCost",
    "Deal",
    "Divest",
    "Exclusive",
    "Exposure",
    "Finance",
    "Launch",
    "Merge",
    "Move",
    "Quota",
    "SetPrice",
    "Subsidy",
    "Tariff",
    "Tax",
    "Withdraw",
]
