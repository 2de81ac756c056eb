"""Constant elasticity of substitution: agents who choose what to spend their money on.

Shares of spending are choice probabilities at utilities that fall in ln p, by gamma - 1, so that
any model of choice gives a CES: logit the plain one, nested logit nested CES (an elasticity
1 + (gamma - 1) / (1 - rho) within a nest), overlapping nests theirs. Quantities are shares of
spending over prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.conduct.demand_systems.base import DemandSystem, SystemAtPrices, positive_logs
from inroads.conduct.demand_systems.overlapping import Overlapping, OverlappingAtPrices
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand


@dataclass(frozen=True)
class CES(DemandSystem):
    """Per unit of money that agents have to spend.

    spending: whose "prices" are ln p and whose alpha is gamma - 1; weights are shares of all money,
    the outside option is what is spent elsewhere, at a price that is held.
    """

    spending: PricedDemand | Overlapping

    @property
    def shape(self) -> tuple[int, ...]:
        """(..., J)."""
        return self.spending.shape

    @property
    def money_per_util(self) -> float:
        """Nothing: elasticities know no unit of money."""
        return float(np.finfo(float).tiny)

    def at_prices(self, prices: Array, present: Mask | None = None) -> CESAtPrices:
        """Demand at prices (..., J), offers `present` (..., J) alone."""
        logs = positive_logs(prices)
        if present is not None:
            logs = np.where(present, logs, 0.0)
        return CESAtPrices(self.spending.at_prices(logs, present), prices)

    def select(self, worlds: Mask) -> CES:
        """In some of the worlds."""
        return CES(self.spending.select(worlds))

    def compensating_variation(self, before: Array, after: Array) -> float:
        """P_after / P_before - 1 per unit of money: what buys the utility of before (Hicks)."""
        lost = self.at_prices(before).surplus - self.at_prices(after).surplus
        return float(np.expm1(lost))


@dataclass(frozen=True)
class CESAtPrices(SystemAtPrices):
    """`CES` at prices (..., J); spending: what its money goes to."""

    spending: DemandAtPrices | OverlappingAtPrices
    prices: Array

    @property
    def spending_shares(self) -> Array:
        """r (..., J), of all money."""
        return self.spending.shares

    @cached_property
    def shares(self) -> Array:
        """q = r / p (..., J)."""
        return np.asarray(self.spending.shares / self.prices)

    @cached_property
    def jacobian(self) -> Array:
        """(R_jk - 1[j=k] r_j) / (p_j p_k), R = dr/d ln p (..., J, J)."""
        out = self.spending.jacobian.copy()
        np.einsum("...jj->...j", out)[...] -= self.spending.shares
        return np.asarray(out / (self.prices[..., :, None] * self.prices[..., None, :]))

    @property
    def surplus(self) -> Array:
        """-ln P (...), the area under demand per unit of money."""
        return self.spending.surplus

    @property
    def own_slope(self) -> Array:
        """How fast quantities fall in own price, other offers apart (..., J)."""
        return np.asarray((self.spending.own_slope + self.spending.shares) / self.prices**2)

    def own_curvature(self, stakes: Array) -> Array:
        """With N_kj = M_kj / p_j, d2(r_j/p_j)/dp_k dp_l summed over j, by the product rule:

        [sum_j N_kj R_jkl - N_kl R_lk - N_kk R_kl
         + 1[k=l] (2 N_kk r_k - sum_j N_kj R_jk)] / (p_k p_l).
        """
        R, r, p = self.spending.jacobian, self.spending.shares, self.prices
        N = stakes / p[..., None, :]
        own = np.einsum("...kk->...k", N)
        by_k = N * R.swapaxes(-1, -2)
        out = self.spending.own_curvature(N) - by_k - own[..., None] * R
        np.einsum("...kk->...k", out)[...] += 2 * own * r - by_k.sum(axis=-1)
        return np.asarray(out / (p[..., :, None] * p[..., None, :]))
