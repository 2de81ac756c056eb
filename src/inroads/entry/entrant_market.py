"""A market in which the quality of one product is free, that of all others given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inroads.choice.base import Array
from inroads.choice.logit import Logit
from inroads.conduct.priced_demand import PricedDemand


@dataclass(frozen=True, eq=False)
class EntrantMarket:
    """Buyers (J, I) at prices (J,), and the entrant's position among their offers.

    Qualities are told as changes of the utility that the entrant has among `buyers`.
    """

    buyers: PricedDemand
    prices: Array
    entrant: int

    @cached_property
    def _utility(self) -> Array:
        """u (J, I)."""
        b = self.buyers
        alpha = b.alpha if b.alpha_by_offer else b.alpha[None]
        return np.asarray(b.utility - alpha * self.prices[:, None])

    @cached_property
    def _rivals_inclusive(self) -> Array:
        """The inclusive value (I,) of all but the entrant."""
        utility = self._utility.copy()
        utility[self.entrant] = -np.inf
        return self.buyers.model.evaluate(utility, self.buyers.outside)[1]

    def shares(self, changes: Array) -> tuple[Array, Array]:
        """Shares of the entrant and of the outside option (W,) at changes of its utility (W,)."""
        b, e = self.buyers, self.entrant
        if isinstance(b.model, Logit):
            # Under logit all else is one alternative, worth its inclusive value.
            u = self._utility[e] + changes[:, None]
            P, _ = b.model.evaluate(u[:, None, :], self._rivals_inclusive)
            none = (1 - P[:, 0]) * np.exp(b.outside - self._rivals_inclusive)
            return P[:, 0] @ b.weights, none @ b.weights
        u = np.repeat(self._utility[None], len(changes), axis=0)
        u[:, e] += changes[:, None]
        P, _ = b.model.evaluate(u, b.outside)
        return P[:, e] @ b.weights, (1 - P.sum(axis=1)) @ b.weights

    def log_shares(self, changes: Array) -> Array:
        """Logs of the entrant's share (W,) at changes of its utility (W,)."""
        return np.log(self.shares(changes)[0])

    def log_odds(self, change: float) -> float:
        """log s_e - log s_0 at a change of its utility."""
        share, outside = self.shares(np.array([change]))
        return float(np.log(share[0]) - np.log(outside[0]))

    def others(self, change: float | None) -> Array:
        """Shares (J,) at a change of the entrant's utility, without it where that is None.

        The entrant's own place holds its share, or zero.
        """
        if change is None:
            present = np.arange(len(self.prices)) != self.entrant
            return self.buyers.at_prices(self.prices, present).shares
        utility = self.buyers.utility.copy()
        utility[self.entrant] += change
        return replace(self.buyers, utility=utility).at_prices(self.prices).shares
