"""Demand as sellers face it: what buyers choose at any prices, and how that moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from inroads.choice import ChoiceModel, Logit, consumer_surplus, price_jacobian, shares
from inroads.choice.model import ALL, Array, Index, Mask


@dataclass(frozen=True)
class Buyers:
    """Agents whose utility falls linearly in price: u_ij = v_ij - a_ij p_j.

    utility v (..., J, I) at price zero, -inf where an offer is not in the choice set. money a > 0,
    the marginal utility of money, (..., I), or (..., J, I) where the same price weighs differently
    from offer to offer. weights (..., I). outside: utility of the outside option, scalar or
    (..., I). Leading axes are markets, or worlds of one market.
    """

    utility: Array
    money: Array
    weights: Array
    outside: Array | float = 0.0
    model: ChoiceModel = field(default_factory=Logit)

    @property
    def unit(self) -> float:
        """The money that a unit of utility is worth, at the mean marginal utility of money."""
        return float(1.0 / np.mean(self.money))

    def of(self, worlds: Mask) -> Buyers:
        """Of worlds (...), those marked, as one leading axis; one market serves all of its own."""
        if self.utility.ndim == 2:
            return self
        by_agent = self.money.ndim < self.utility.ndim
        return Buyers(
            marked(self.utility, worlds, 2),
            marked(self.money, worlds, 1 if by_agent else 2),
            marked(self.weights, worlds, 1),
            marked(np.asarray(self.outside), worlds, 1),
            self.model,
        )

    def at(self, prices: Array, present: Mask | None = None) -> Choices:
        """Choices at prices (..., J); only offers `present` (..., J), if given, can be chosen.

        Worlds with other prices, or other offers present, are further leading axes.
        """
        by_offer = self.money.ndim == self.utility.ndim
        a = self.money if by_offer else self.money[..., None, :]
        u = self.utility - a * prices[..., None]
        if present is not None:
            u = np.where(present[..., None], u, -np.inf)
        P, inclusive = self.model.evaluate(u, self.outside)
        return Choices(self, P, inclusive)


@dataclass(frozen=True)
class Choices:
    """Probabilities P (..., J, I) and inclusive values (..., I) at some prices."""

    buyers: Buyers
    P: Array
    inclusive: Array

    @cached_property
    def shares(self) -> Array:
        """s (..., J)."""
        return shares(self.P, self.buyers.weights)

    @property
    def money(self) -> Array:
        """a, (I,) or with as many axes as P where it differs by offer: worlds come first."""
        a = self.buyers.money
        if a.ndim < self.buyers.utility.ndim:
            return a
        return a.reshape((1,) * (self.P.ndim - a.ndim) + a.shape)

    @cached_property
    def jacobian(self) -> Array:
        """ds_j/dp_k (..., J, J), row j the share."""
        b = self.buyers
        return price_jacobian(self.P, b.weights, self.money, b.model)

    @property
    def surplus(self) -> Array:
        """Consumer surplus in money per consumer (...); a_i is the agent's own, cash, money."""
        b = self.buyers
        a = b.money if b.money.ndim < b.utility.ndim else b.money.max(axis=-2)
        return consumer_surplus(self.inclusive, b.weights, a)

    @property
    def steepness(self) -> Array:
        """(..., J), positive: how fast shares fall in own price, other offers apart."""
        b = self.buyers
        by_offer = b.money.ndim == b.utility.ndim
        c = b.weights[..., None, :] * self.money if by_offer else b.weights * b.money
        return b.model.steepness(self.P, c)

    def expected(self, stake: Array) -> Array:
        """sum_i w_i sum_j stake_ij P_ij (...) for stakes (..., J, I)."""
        return np.asarray(((self.P * stake).sum(axis=-2) * self.buyers.weights).sum(axis=-1))

    def gradient(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d expected(stake) / dp (..., R), the stakes (..., J, I) held."""
        b = self.buyers
        moved = b.model.along(self.P, stake, rows)
        if b.money.ndim < b.utility.ndim:
            return -shares(moved, b.weights * b.money)
        return np.asarray(-shares(moved * self.money[..., rows, :], b.weights))

    def curvature(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d gradient(stake)_k / dp_l (..., R, J), the stakes (..., J, I) held."""
        c, left = self._slopes
        return self.buyers.model.kernel_along(self.P, c, stake, left, rows)

    def own_curvature(self, stakes: Array) -> Array:
        """The same (..., J, J), each row k for its own stakes (..., J, J), alike for all agents."""
        c, left = self._slopes
        return self.buyers.model.kernel_along_own(self.P, c, stakes, left)

    @property
    def _slopes(self) -> tuple[Array, Array | None]:
        """w a^2 (..., I), or w a (..., J, I) beside a (..., J, I), as kernels take them."""
        b = self.buyers
        if b.money.ndim < b.utility.ndim:
            return b.weights * b.money**2, None
        return b.weights[..., None, :] * self.money, self.money


def marked(array: Array, worlds: Mask, axes: int) -> Array:
    """Of an array whose last `axes` axes are a world's own, the worlds (...) that are marked."""
    if array.ndim <= axes:
        return array
    return np.asarray(np.broadcast_to(array, (*worlds.shape, *array.shape[-axes:]))[worlds])
