"""Nash-in-Nash bargaining over wholesale terms, behind one door.

`base` states the contract (`BargainingGame`, `Terms`, the forms of contract), `links` who bargains
with whom, `disagreement` what happens without a link; `simultaneous` and `sequential` are the two
games, and `NegotiatedTerms` says which one is played over which links.
"""

from inroads.conduct.bargaining.base import (
    BargainingGame,
    Contract,
    Gains,
    LinearPrice,
    MixedContract,
    Terms,
    TwoPartTariff,
)
from inroads.conduct.bargaining.links import DisagreementOver, Links, make_links
from inroads.conduct.bargaining.negotiated import NegotiatedTerms, Timing
from inroads.conduct.bargaining.sequential import Sequential
from inroads.conduct.bargaining.simultaneous import Simultaneous

__all__ = [
    "BargainingGame",
    "Contract",
    "DisagreementOver",
    "Gains",
    "LinearPrice",
    "Links",
    "MixedContract",
    "NegotiatedTerms",
    "Sequential",
    "Simultaneous",
    "Terms",
    "Timing",
    "TwoPartTariff",
    "make_links",
]
