"""Log-linear demand: constant elasticities."""

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
from inroads.errors import refuse


@dataclass(frozen=True)
class LogLinear(WholeShelf):
    """ln q_j = a_j + sum_k E_jk ln p_k.

    intercepts (J,): a. elasticities (J, J): E.
    """

    intercepts: Array
    elasticities: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(J,)."""
        return self.intercepts.shape

    @property
    def money_per_util(self) -> float:
        """Nothing: elasticities know no unit of money."""
        return float(np.finfo(float).tiny)

    @property
    def has_surplus(self) -> bool:
        """Whether no offer competes with another."""
        own = np.diag(self.elasticities)
        return not (np.any(self.elasticities - np.diag(own)) or np.any(own == -1))

    def evaluate(self, prices: Array) -> LogLinearAtPrices:
        """See `WholeShelf`."""
        return LogLinearAtPrices(self, prices)


@dataclass(frozen=True)
class LogLinearAtPrices(SystemAtPrices):
    """`LogLinear` at prices (..., J)."""

    demand: LogLinear
    prices: Array

    @cached_property
    def shares(self) -> Array:
        """q (..., J)."""
        d = self.demand
        # Prices on the way to an equilibrium may be anywhere.
        logs = d.intercepts + positive_logs(self.prices) @ d.elasticities.T
        return np.exp(np.minimum(logs, 700.0))

    @cached_property
    def jacobian(self) -> Array:
        """q_j E_jk / p_k (..., J, J)."""
        E = self.demand.elasticities
        return np.asarray(self.shares[..., None] * E / self.prices[..., None, :])

    @property
    def surplus(self) -> Array:
        """Refused: constant elasticities are no consumer's, but for cross ones of zero."""
        p, q, own = self.prices, self.shares, np.diag(self.demand.elasticities)
        if not self.demand.has_surplus:
            raise refuse(
                expected="a demand of which consumer surplus is defined",
                found="constant cross elasticities, whose area depends on the order of prices",
                where="demand",
                remedy="use linear demand, aids, ces or logit for consumers' harm.",
            )
        return np.asarray(-(q * p / (1.0 + own)).sum(axis=-1))

    def own_curvature(self, stakes: Array) -> Array:
        """sum_j M_kj q_j (E_jk E_jl - 1[k=l] E_jk) / (p_k p_l)."""
        E, p = self.demand.elasticities, self.prices
        weighted = stakes * self.shares[..., None, :]
        by_k = weighted * E.T
        out = by_k @ E
        diagonal = np.einsum("...kk->...k", out)
        diagonal -= by_k.sum(axis=-1)
        return np.asarray(out / (p[..., :, None] * p[..., None, :]))
