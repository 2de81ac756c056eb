"""A chain whose channels sell by second-score auctions: wholesale prices are bargained over.

Channels bid wholesale prices and their own cost; the buyer takes the best offer and pays what makes
the next channel's as good (Sheu and Taragin 2021, section 4). So what is bought follows wholesale
prices, and the channel's margin what it adds to buyers' choice. In a disagreement that margin, and
all other terms, are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.bargaining.base import Gains, gains_from_trade, nash_foc
from inroads.conduct.bargaining.links import Links
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import Demand, SecondScore
from inroads.conduct.stakes import vertical_stakes
from inroads.numerics.newton import newton_by_differences
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class AuctionChain:
    """Manufacturers, and channels that bid.

    demand: what is chosen at wholesale prices (costs of handling are part of utility, as its mean
    is). manufacturers, channels (J,): firms in 0..F-1, one list for both levels; integrated where
    they agree, the wholesale price being the cost of production then. links: who bargains.
    production_cost, retail_cost (J,).
    """

    demand: Demand
    manufacturers: Index
    channels: Index
    links: Links
    production_cost: Array
    retail_cost: Array

    @cached_property
    def _owns(self) -> Array:
        return ownership(self.channels)

    def channel_margins(self, wholesale: Array) -> Array:
        """p - w - retail cost (J,), at wholesale prices (J,)."""
        return SecondScore().margins(self.demand, wholesale, self._owns)

    def prices(self, wholesale: Array) -> Array:
        """Retail prices (J,)."""
        return wholesale + self.retail_cost + self.channel_margins(wholesale)

    def gains(self, wholesale: Array, chosen_at: Array | None = None) -> Gains:
        """Of each link (L,), at wholesale prices (J,).

        chosen_at (J,): prices that choices are made at, unless at the same.
        """
        at = wholesale if chosen_at is None else chosen_at
        shares = self.demand.at_prices(at).shares
        remaining = ~self.links.offers_lost
        without = self.demand.at_prices(np.broadcast_to(at, remaining.shape), remaining).shares
        stakes = vertical_stakes(
            self.manufacturers, self.channels, self.production_cost, self.retail_cost
        )
        margins = stakes.margins(wholesale + self.retail_cost + self.channel_margins(at), wholesale)
        return gains_from_trade(self.links, margins @ shares, without @ margins.T)

    def manufacturer_margins(self, chosen_at: Array) -> Array:
        """w - c (L,) that bargains come to where choices are made at prices (J,): linear."""

        def foc(t: Array) -> Array:
            w = self.production_cost + t @ self.links.offers_lost
            ones = np.ones(len(t))
            return nash_foc(self.links, self.gains(w, chosen_at), (ones, ones))

        at_cost = foc(np.zeros(len(self.links)))
        slopes = np.column_stack([foc(unit) - at_cost for unit in np.eye(len(self.links))])
        return np.asarray(np.linalg.solve(slopes, -at_cost))

    def solve(self, start: Array) -> Solution[Array]:
        """Wholesale prices (J,), from some to begin with (J,).

        The residual is relative to the larger of margin and the money that buyers notice. Margins
        are compared, not conditions, which would vanish where nothing is sold.
        """
        lost = self.links.offers_lost

        def gap(t: Array) -> Array:
            w = self.production_cost + t @ lost
            return t - self.manufacturer_margins(w)

        first = lost.argmax(axis=1)
        begin = (start - self.production_cost)[first]
        margins = newton_by_differences(gap, begin, self.demand.money_per_util)
        wholesale = self.production_cost + margins.value @ lost
        return Solution(wholesale, margins.status, margins.residual, margins.iterations)
