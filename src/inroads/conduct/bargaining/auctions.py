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
from inroads.conduct.bargaining.links import Links
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import Demand, SecondScore
from inroads.conduct.stakes import ownership_rows
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
    def _makes(self) -> Array:
        return ownership_rows(self.manufacturers, self._count)

    @cached_property
    def _sells(self) -> Array:
        return ownership_rows(self.channels, self._count)

    @property
    def _count(self) -> int:
        return int(max(self.manufacturers.max(), self.channels.max())) + 1

    @cached_property
    def _owns(self) -> Array:
        return ownership(self.channels)

    def channel_margins(self, wholesale: Array) -> Array:
        """p - w - retail cost (J,), at wholesale prices (J,)."""
        return SecondScore().margins(self.demand, wholesale, self._owns)

    def prices(self, wholesale: Array) -> Array:
        """Retail prices (J,)."""
        return wholesale + self.retail_cost + self.channel_margins(wholesale)

    def manufacturer_margins(self, wholesale: Array) -> Array:
        """w - c (L,) that bargains come to where choices are made at prices (J,): linear.

        lambda gain_manufacturer = (1 - lambda) gain_channel, a firm earning what it makes by these
        margins and what it sells by the channel's, which are those of `wholesale`.
        """
        k, remaining = self.links, ~self.links.offers_lost
        without = self.demand.at_prices(np.broadcast_to(wholesale, remaining.shape), remaining)
        lost = self.demand.at_prices(wholesale).shares - without.shares
        lam = k.channel_weight[:, None]
        M, C = k.manufacturer, k.channel
        sold = lam * self._sells[M] - (1 - lam) * self._sells[C]
        produced = lam * self._makes[M] - (1 - lam) * self._makes[C]
        right = (sold * lost) @ self.channel_margins(wholesale)
        return np.asarray(np.linalg.solve((produced * lost) @ k.offers_lost.T, -right))

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
