"""The almost ideal demand system, homothetic in what is spent on the offers, and how much that is.

Shares of spending are r = a + B ln p, the price index is ln P = a'ln p + ln p'B ln p / 2, of which
they are the slopes, and spending is X = P^(1 + e), e the elasticity of all sales. So elasticities
are E_jk = B_jk / r_j + (1 + e) r_k - 1[j = k], those of Epstein and Rubinfeld (2002), and demand
is the slope of a surplus wherever prices are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.demand_systems.base import (
    SystemAtPrices,
    WholeShelf,
    positive_logs,
)


@dataclass(frozen=True)
class AIDS(WholeShelf):
    """r = a + B ln(p / p0), spending of one at the prices p0.

    intercepts (J,): a, shares of spending at p0, summing to one. slopes (J, J): B, symmetric, rows
    summing to zero. base (J,): p0. market_elasticity: e, of all sales.
    """

    intercepts: Array
    slopes: Array
    base: Array
    market_elasticity: float = -1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """(J,)."""
        return self.intercepts.shape

    @property
    def money_per_util(self) -> float:
        """Nothing: elasticities know no unit of money."""
        return float(np.finfo(float).tiny)

    def evaluate(self, prices: Array) -> AIDSAtPrices:
        """See `WholeShelf`."""
        return AIDSAtPrices(self, prices)


@dataclass(frozen=True)
class AIDSAtPrices(SystemAtPrices):
    """`AIDS` at prices (..., J)."""

    demand: AIDS
    prices: Array

    @cached_property
    def logs(self) -> Array:
        """ln(p / p0) (..., J)."""
        return positive_logs(self.prices / self.demand.base)

    @cached_property
    def spending_shares(self) -> Array:
        """r (..., J)."""
        return np.asarray(self.demand.intercepts + self.logs @ self.demand.slopes)

    @cached_property
    def log_index(self) -> Array:
        """ln P (...)."""
        d, y = self.demand, self.logs
        return np.asarray(y @ d.intercepts + 0.5 * ((y @ d.slopes) * y).sum(axis=-1))

    @cached_property
    def spending(self) -> Array:
        """X (...)."""
        growth = (1.0 + self.demand.market_elasticity) * self.log_index
        return np.exp(np.clip(growth, -700.0, 700.0))

    @cached_property
    def shares(self) -> Array:
        """q = X r / p (..., J), of one spent at p0."""
        return np.asarray(self.spending[..., None] * self.spending_shares / self.prices)

    @cached_property
    def jacobian(self) -> Array:
        """(X / p_j p_k) (B_jk + (1 + e) r_j r_k - 1[j=k] r_j) (..., J, J)."""
        r, p = self.spending_shares, self.prices
        bracket = self.demand.slopes + self._growth * r[..., :, None] * r[..., None, :]
        diagonal = np.einsum("...jj->...j", bracket)
        diagonal -= r
        outer = p[..., :, None] * p[..., None, :]
        return np.asarray(self.spending[..., None, None] * bracket / outer)

    @property
    def surplus(self) -> Array:
        """-(X - 1) / (1 + e), -ln P where e is -1 (...)."""
        growth = self._growth
        return np.asarray(-self.log_index if growth == 0 else -(self.spending - 1.0) / growth)

    @property
    def _growth(self) -> float:
        return 1.0 + self.demand.market_elasticity

    def own_curvature(self, stakes: Array) -> Array:
        """With g = 1 + e, N_kj = M_kj X / p_j, T_jk = B_jk + g r_j r_k - 1[j=k] r_j and y = ln p,

        d2(p_j q_j / X)/dy_k dy_l and the rest of the product rule, summed over j:
        sum_j N_kj [g r_l T_jk + g (B_jl r_k + r_j B_kl) - 1[j=k] B_jl - 1[j=l] T_jk - 1[k=l] T_jk],
        over p_k p_l.
        """
        d, r, p, g = self.demand, self.spending_shares, self.prices, self._growth
        B = d.slopes
        N = stakes * (self.spending[..., None] / p)[..., None, :]
        T = B + g * r[..., :, None] * r[..., None, :]
        np.einsum("...jj->...j", T)[...] -= r
        by_k = N * T.swapaxes(-1, -2)
        sums = by_k.sum(axis=-1)
        out = g * sums[..., None] * r[..., None, :]
        out = out + g * ((N @ B) * r[..., None] + (N @ r[..., None]) * B)
        out -= np.einsum("...kk->...k", N)[..., None] * B
        out -= by_k
        np.einsum("...kk->...k", out)[...] -= sums
        return np.asarray(out / (p[..., :, None] * p[..., None, :]))
