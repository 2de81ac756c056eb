"""How people choose: probabilities, surplus, substitution, inversion. Arrays only.

Offers are the second-to-last axis (J) and agents the last (I) of every matrix; any axes before
those are markets, stacked. Where an offer is not in an agent's choice set, its utility is -inf.
"""

from inroads.choice.base import ChoiceModel
from inroads.choice.consideration import consideration_sets
from inroads.choice.financing import payment_factor
from inroads.choice.inversion.aggregate_inversion import invert_aggregates
from inroads.choice.inversion.invert import invert
from inroads.choice.logit import Logit
from inroads.choice.nested import Nested
from inroads.choice.substitution import (
    consumer_surplus,
    diversion_ratios,
    elasticities,
    price_jacobian,
    shares,
    surplus,
)

__all__ = [
    "ChoiceModel",
    "Logit",
    "Nested",
    "consideration_sets",
    "consumer_surplus",
    "diversion_ratios",
    "elasticities",
    "invert",
    "invert_aggregates",
    "payment_factor",
    "price_jacobian",
    "shares",
    "surplus",
]
