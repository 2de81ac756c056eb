"""Demand as firms face it: what agents choose at any prices, and how that changes with prices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from inroads.choice import ChoiceModel, Logit, consumer_surplus, price_jacobian, shares
from inroads.choice.base import ALL, Array, Index, Mask
from inroads.display import Card, Displayed, counted


@dataclass(frozen=True, kw_only=True, repr=False)
class PricedDemand(Displayed):
    """Agents whose utility falls linearly in price: u_ij = v_ij - alpha_ij p_j.

    Leading axes are markets, or worlds of one market.

    Parameters
    ----------
    utility : (..., J, I) array
        v, at price zero; -inf where an offer is not in the choice set.
    alpha : (..., I) or (..., J, I) array
        Marginal utility of money, positive; by offer where the same price weighs differently from
        offer to offer.
    weights : (..., I) array
        Of agents, summing to one.
    outside : float or (..., I) array
        Utility of the outside option.
    model : ChoiceModel
        `Logit()` unless given.

    Examples
    --------
    >>> import numpy as np
    >>> import inroads as ir
    >>> demand = ir.PricedDemand(
    ...     utility=np.array([[2.0], [1.0]]), alpha=np.array([1.0]), weights=np.ones(1)
    ... )
    >>> at = demand.at_prices(np.array([1.0, 1.0]))
    >>> at.shares.round(3)
    array([0.576, 0.212])
    >>> at.jacobian.round(3)
    array([[-0.244,  0.122],
           [ 0.122, -0.167]])
    """

    utility: Array
    alpha: Array
    weights: Array
    outside: Array | float = 0.0
    model: ChoiceModel = field(default_factory=Logit)

    def _card(self) -> Card:
        offers, agents = self.utility.shape[-2:]
        return Card(
            line=f"PricedDemand of {counted(offers, 'offer')}, {counted(agents, 'agent')}, "
            f"{type(self.model).__name__}",
            next_steps=("demand.at_prices(p)",),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., J): markets, or worlds, and offers."""
        return self.utility.shape[:-1]

    @property
    def alpha_by_offer(self) -> bool:
        """Whether alpha differs from offer to offer."""
        return self.alpha.ndim == self.utility.ndim

    @property
    def money_per_util(self) -> float:
        """The money that a unit of utility is worth, at the mean marginal utility of money."""
        return float(1.0 / np.mean(self.alpha))

    def select(self, worlds: Mask) -> PricedDemand:
        """Demand in some of the worlds.

        Parameters
        ----------
        worlds : (...) mask
            Those selected, which become one leading axis; one market serves all its own.

        Returns
        -------
        PricedDemand
            Of these worlds.
        """
        return replace(
            self,
            utility=select_worlds(self.utility, worlds, 2),
            alpha=select_worlds(self.alpha, worlds, 2 if self.alpha_by_offer else 1),
            weights=select_worlds(self.weights, worlds, 1),
            outside=select_worlds(np.asarray(self.outside), worlds, 1),
        )

    def at_prices(self, prices: Array, present: Mask | None = None) -> DemandAtPrices:
        """What agents choose at some prices.

        Worlds with other prices, or other offers present, are further leading axes.

        Parameters
        ----------
        prices : (..., J) array
            Of offers.
        present : (..., J) mask, optional
            Offers that can be chosen; all unless given.

        Returns
        -------
        DemandAtPrices
            Its `shares`, `jacobian` and `surplus`, computed when asked for.
        """
        alpha = self.alpha if self.alpha_by_offer else self.alpha[..., None, :]
        u = self.utility - alpha * prices[..., None]
        if present is not None:
            u = np.where(present[..., None], u, -np.inf)
        P, inclusive = self.model.evaluate(u, self.outside)
        return DemandAtPrices(self, P, inclusive)


@dataclass(frozen=True, repr=False)
class DemandAtPrices(Displayed):
    """What agents choose at some prices; `PricedDemand.at_prices`.

    Parameters
    ----------
    demand : PricedDemand
        Whose choices they are.
    P : (..., J, I) array
        Probabilities.
    inclusive : (..., I) array
        Inclusive values.
    """

    demand: PricedDemand
    P: Array
    inclusive: Array

    def _card(self) -> Card:
        return Card(
            line=f"DemandAtPrices of {repr(self.demand)[1:-1]}",
            next_steps=("at.shares", "at.jacobian", "at.surplus"),
        )

    @cached_property
    def shares(self) -> Array:
        """s (..., J)."""
        return shares(self.P, self.demand.weights)

    @property
    def none_share(self) -> Array:
        """The share (...) that chooses no offer."""
        d = self.demand
        return np.asarray((d.weights * np.exp(d.outside - self.inclusive)).sum(axis=-1))

    @property
    def alpha(self) -> Array:
        """alpha, (I,) or with as many axes as P where it differs by offer: worlds come first."""
        alpha = self.demand.alpha
        if not self.demand.alpha_by_offer:
            return alpha
        return alpha.reshape((1,) * (self.P.ndim - alpha.ndim) + alpha.shape)

    @cached_property
    def jacobian(self) -> Array:
        """ds_j/dp_k (..., J, J), row j the share."""
        d = self.demand
        return price_jacobian(self.P, d.weights, self.alpha, d.model)

    @property
    def surplus(self) -> Array:
        """Consumer surplus in money per consumer (...), at the agent's own alpha, that of cash.

        Agents who like to pay have none: a unit of their utility has no price.
        """
        d = self.demand
        alpha = d.alpha.max(axis=-2) if d.alpha_by_offer else d.alpha
        alpha = np.where(alpha > 0, alpha, np.inf)
        return consumer_surplus(self.inclusive, d.weights, alpha)

    @property
    def own_slope(self) -> Array:
        """(..., J), positive: how fast shares fall in own price, other offers apart."""
        d = self.demand
        w = d.weights[..., None, :] * self.alpha if d.alpha_by_offer else d.weights * d.alpha
        return d.model.own_slope(self.P, w)

    def mean(self, stake: Array) -> Array:
        """The mean of a stake in what is bought, sum_i w_i sum_j stake_ij P_ij.

        Parameters
        ----------
        stake : (..., J, I) array
            What a purchase is worth.

        Returns
        -------
        (...) array
            Per consumer.
        """
        return np.asarray(((self.P * stake).sum(axis=-2) * self.demand.weights).sum(axis=-1))

    def gradient(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d mean(stake) / dp, the stakes held.

        Parameters
        ----------
        stake : (..., J, I) array
            What a purchase is worth.
        rows : slice or (R,) array of int
            Prices asked for.

        Returns
        -------
        (..., R) array
            The slope.
        """
        d = self.demand
        along = d.model.along(self.P, stake, rows)
        if not d.alpha_by_offer:
            return -shares(along, d.weights * d.alpha)
        return np.asarray(-shares(along * self.alpha[..., rows, :], d.weights))

    def curvature(self, stake: Array, rows: Index | slice = ALL) -> Array:
        """d gradient(stake)_k / dp_l, the stakes held.

        Parameters
        ----------
        stake : (..., J, I) array
            What a purchase is worth.
        rows : slice or (R,) array of int
            Prices k asked for.

        Returns
        -------
        (..., R, J) array
            The curvature.
        """
        c, left = self._kernel_weights
        return self.demand.model.kernel_along(self.P, c, stake, left, rows=rows)

    def own_curvature(self, stakes: Array) -> Array:
        """The curvature whose row k is taken for stakes of its own, alike for all agents.

        Parameters
        ----------
        stakes : (..., J, J) array
            Row k is what a purchase is worth for row k.

        Returns
        -------
        (..., J, J) array
            The curvature.
        """
        c, left = self._kernel_weights
        return self.demand.model.kernel_along_own(self.P, c, stakes, left)

    @property
    def _kernel_weights(self) -> tuple[Array, Array | None]:
        """w alpha^2 (..., I), or w alpha (..., J, I) beside alpha (..., J, I), as kernels do."""
        d = self.demand
        if not d.alpha_by_offer:
            return d.weights * d.alpha**2, None
        return d.weights[..., None, :] * self.alpha, self.alpha


def select_worlds(array: Array, worlds: Mask, axes: int) -> Array:
    """Of an array whose last `axes` axes are a world's own, the worlds (...) that are selected."""
    if array.ndim <= axes:
        return array
    return np.asarray(np.broadcast_to(array, (*worlds.shape, *array.shape[-axes:]))[worlds])
