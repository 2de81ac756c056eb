"""Generalized nested logit: nests that overlap, an offer in several of them at one price.

An offer is as many copies as it has nests, each with a part of its attraction, in nested logit;
what the copies sell, and what their one price moves, adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice import Nested
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.demand_systems.base import DemandSystem, SystemAtPrices
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.errors import refuse


@dataclass(frozen=True)
class Overlapping(DemandSystem):
    """copies: demand of C copies, in nested logit. of (C,): the offer in 0..J-1 of each.

    Wen and Koppelman (2001), The generalized nested logit model, Transportation Research B 35.
    """

    copies: PricedDemand
    of: Index

    @cached_property
    def gather(self) -> Array:
        """(J, C): one where copy c is of offer j."""
        count = int(self.of.max()) + 1
        return np.asarray((np.arange(count)[:, None] == self.of).astype(float))

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., J)."""
        return (*self.copies.shape[:-1], len(self.gather))

    @property
    def money_per_util(self) -> float:
        """The money that a unit of utility is worth."""
        return self.copies.money_per_util

    def at_prices(self, prices: Array, present: Mask | None = None) -> OverlappingAtPrices:
        """Demand at prices (..., J), offers `present` (..., J) alone."""
        shelf = None if present is None else present[..., self.of]
        return OverlappingAtPrices(self, self.copies.at_prices(prices[..., self.of], shelf))

    def select(self, worlds: Mask) -> Overlapping:
        """In some of the worlds."""
        return replace(self, copies=self.copies.select(worlds))


@dataclass(frozen=True)
class OverlappingAtPrices(SystemAtPrices):
    """`Overlapping` at prices (..., J); copies: what is chosen among copies."""

    demand: Overlapping
    copies: DemandAtPrices

    @cached_property
    def shares(self) -> Array:
        """s (..., J)."""
        return np.asarray(self.copies.shares @ self.demand.gather.T)

    @property
    def inclusive(self) -> Array:
        """Inclusive values (..., I)."""
        return self.copies.inclusive

    @cached_property
    def jacobian(self) -> Array:
        """ds_j/dp_k (..., J, J)."""
        A = self.demand.gather
        return np.asarray(A @ self.copies.jacobian @ A.T)

    @property
    def surplus(self) -> Array:
        """Consumer surplus in money per consumer (...)."""
        return self.copies.surplus

    @property
    def own_slope(self) -> Array:
        """How fast shares fall in own price, other offers apart (..., J)."""
        return np.asarray(self.copies.own_slope @ self.demand.gather.T)

    def own_curvature(self, stakes: Array) -> Array:
        """Of copies, each row with the stakes of its offer, summed over copies."""
        A, of = self.demand.gather, self.demand.of
        return np.asarray(A @ self.copies.own_curvature(stakes[..., of, :][..., of]) @ A.T)


def overlapping_nests(
    utility: ArrayLike,
    alpha: float,
    allocation: ArrayLike,
    rho: ArrayLike,
    *,
    outside: float = 0.0,
) -> Overlapping:
    """One type of consumer with utility - alpha p, in nests that overlap.

    utility (J,). allocation (J, N): what part of an offer is in each nest, rows summing to one.
    rho (N,): nesting parameters in [0, 1).
    """
    a = np.asarray(allocation, dtype=float)
    u, r = np.asarray(utility, dtype=float), np.asarray(rho, dtype=float)
    rows = a.sum(axis=1)
    if (a < 0).any() or np.abs(rows - 1.0).max() > 1e-6:
        raise refuse(
            expected="parts of offers in nests, from zero, summing to one an offer",
            found=f"sums from {rows.min():.6g} to {rows.max():.6g}, the least part {a.min():.6g}",
            where="allocation",
            remedy="divide each row by its sum.",
        )
    of, nests = np.nonzero(a)
    with np.errstate(divide="ignore"):
        copies = PricedDemand(
            utility=(u[of] + np.log(a[of, nests]))[:, None],
            alpha=np.array([alpha]),
            weights=np.ones(1),
            outside=outside,
            model=Nested(nests, r[nests][None]),
        )
    return Overlapping(copies, of)


def overlapping_at(
    prices: Array,
    shares: Array,
    alpha: float,
    allocation: Array,
    rho: Array,
    *,
    names: Sequence[object] | None = None,
) -> Overlapping:
    """The same with these shares (J,) at these prices (J,): Newton's method on utilities.

    Without an outside option (shares summing to one) the first offer's utility stays as it is.
    """
    no_outside = 1.0 - float(shares.sum()) < 1e-12
    outside = -np.inf if no_outside else 0.0
    free = np.arange(len(shares)) >= int(no_outside)
    v = np.log(shares) - (0.0 if no_outside else np.log1p(-shares.sum()))
    for step in range(200):
        demand = overlapping_nests(v, 1.0, allocation, rho, outside=outside)
        at = demand.at_prices(np.zeros(len(v)))
        gap = np.log(shares) - np.log(at.shares)
        if np.abs(gap).max() < 1e-14:
            break
        move = (1.0 - float(np.max(rho))) * gap
        if step > 5:
            slope = -at.jacobian / at.shares[:, None]
            newton = np.zeros(len(v))
            newton[free] = np.linalg.solve(slope[np.ix_(free, free)], gap[free])
            move = newton if np.abs(newton).max() < 2.0 else move
        v = v + move
    return overlapping_nests(v + alpha * prices, alpha, allocation, rho, outside=outside)
