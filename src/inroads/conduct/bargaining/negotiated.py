"""Which game is played over which links: what a market states of its wholesale terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from inroads.choice.base import Array, Mask
from inroads.conduct.bargaining.base import BargainingGame, Contract, LinearPrice
from inroads.conduct.bargaining.links import Links
from inroads.conduct.bargaining.sequential import Sequential
from inroads.conduct.bargaining.simultaneous import Simultaneous
from inroads.conduct.retail_pricing import Retail

Timing = Literal["simultaneous", "sequential"]

#: the game of each timing; a new game is one entry
GAMES: dict[Timing, type[BargainingGame]] = {
    "simultaneous": Simultaneous,
    "sequential": Sequential,
}


@dataclass(frozen=True, kw_only=True)
class NegotiatedTerms:
    """How wholesale terms come about.

    links: who bargains, with which weight, and what disagreement takes off the shelf.
    production_cost (J,): as in `BargainingGame`. timing: whether retail prices are held while firms
    bargain ("simultaneous"), or answer ("sequential"). contract: a linear wholesale price, or a
    two-part tariff.
    """

    links: Links
    production_cost: Array
    timing: Timing = "simultaneous"
    contract: Contract = field(default_factory=LinearPrice)

    def __post_init__(self) -> None:
        GAMES[self.timing].check(self.links, self.contract)

    def game(self, retail: Retail, present: Mask) -> BargainingGame:
        """The game in a retail market, offers `present` (J,) on the shelf."""
        return GAMES[self.timing](
            retail=retail,
            links=self.links,
            production_cost=self.production_cost,
            present=present,
            contract=self.contract,
        )
