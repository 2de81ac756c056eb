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

    @property
    def alpha(self) -> Array:
        """The marginal utility of money (I,) spent on the entrant."""
        b = self.buyers
        return b.alpha[self.entrant] if b.alpha_by_offer else b.alpha

    @cached_property
    def _without(self) -> tuple[Array, Array]:
        """Probabilities (J, I) and inclusive values (I,) without the entrant."""
        utility = self._utility.copy()
        utility[self.entrant] = -np.inf
        return self.buyers.model.evaluate(utility, self.buyers.outside)

    def shares(self, changes: Array) -> tuple[Array, Array]:
        """Shares of the entrant and of the outside option (W,) at changes of its utility (W,)."""
        b = self.buyers
        outside = np.exp(b.outside - self._without[1]) if self._is_logit else None
        P, others = self._probabilities(changes[:, None])
        none = 1 - P - others.sum(axis=1) if outside is None else (1 - P) * outside
        return P @ b.weights, none @ b.weights

    def shares_by_agent(self, changes: Array) -> Array:
        """The entrant's share (W,) at changes of its utility (W, I) that differ by agent."""
        return np.asarray(self._probabilities(changes)[0] @ self.buyers.weights)

    def profits(self, changes: Array, margins: Array, other_margins: Array) -> Array:
        """What a firm earns (W,) at changes of the entrant's utility (W, I) and margins on it (W,).

        other_margins (J,): how much the firm earns on every other offer, zero on those of others.
        """
        b = self.buyers
        if self._is_logit:
            P, _ = self._probabilities(changes)
            others = (1 - P) * (other_margins @ self._without[0])
        else:
            P, every = self._probabilities(changes)
            others = np.einsum("j,wji->wi", other_margins, every)
        return np.asarray((P * margins[:, None] + others) @ b.weights)

    @property
    def _is_logit(self) -> bool:
        return isinstance(self.buyers.model, Logit)

    def _probabilities(self, changes: Array) -> tuple[Array, Array]:
        """The entrant's (W, I), and all others' (W, J, I) but under logit, where they are those
        without it times 1 - P: all else is one alternative, worth its inclusive value."""
        b, e = self.buyers, self.entrant
        if self._is_logit:
            u = self._utility[e] + changes
            P, _ = b.model.evaluate(u[:, None, :], self._without[1])
            return P[:, 0], np.zeros((len(changes), 0, 0))
        u = np.repeat(self._utility[None], len(changes), axis=0)
        u[:, e] += changes
        P, _ = b.model.evaluate(u, b.outside)
        own = P[:, e].copy()
        P[:, e] = 0.0
        return own, P

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
