"""Units of the tables that a solved market is written in."""

from __future__ import annotations

#: "money" is the unit of prices, for the whole market where it is not apiece
UNITS = {
    "price": "money a unit",
    "price_before": "money a unit",
    "price_after": "money a unit",
    "price_change": "fraction",
    "wholesale": "money a unit",
    "share": "of consumers in the market",
    "share_before": "of consumers in the market",
    "share_after": "of consumers in the market",
    "units": "units a period",
    "channel_margin": "money a unit",
    "manufacturer_margin": "money a unit",
    "fixed_fee": "money a period",
    "manufacturer_gain": "money a period",
    "channel_gain": "money a period",
    "joint_gain": "money a period",
    "manufacturer_disagreement_profit": "money a period",
    "channel_disagreement_profit": "money a period",
    "profit": "money a period",
    "UPP": "money a unit",
    "GUPPI": "fraction of price",
    "CMCR": "fraction of cost",
    "compensating_variation": "money a period; positive is harm",
    "producer_surplus": "money a period, its change",
    "hhi_before": "0 to 10,000",
    "hhi_after": "0 to 10,000",
}
