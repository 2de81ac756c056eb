"""Linear demand, q = a + B p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.demand_systems.base import SystemAtPrices, WholeShelf
from inroads.errors import refuse


@dataclass(frozen=True)
class Linear(WholeShelf):
    """q_j = a_j + sum_k B_jk p_k.

    intercepts (J,): a. slopes (J, J): B, symmetric where consumer surplus is asked for.
    """

    intercepts: Array
    slopes: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(J,)."""
        return self.intercepts.shape

    @property
    def money_per_util(self) -> float:
        """The mean price at which an offer alone would sell nothing."""
        return float(np.mean(np.abs(self.intercepts / np.diag(self.slopes))))

    @property
    def has_surplus(self) -> bool:
        """Whether B is symmetric."""
        B = self.slopes
        return bool(np.abs(B - B.T).max() <= 1e-8 * np.abs(B).max())

    def evaluate(self, prices: Array) -> LinearAtPrices:
        """See `WholeShelf`."""
        return LinearAtPrices(self, prices)


@dataclass(frozen=True)
class LinearAtPrices(SystemAtPrices):
    """`Linear` at prices (..., J)."""

    demand: Linear
    prices: Array

    @property
    def shares(self) -> Array:
        """q (..., J)."""
        return np.asarray(self.demand.intercepts + self.prices @ self.demand.slopes.T)

    @property
    def jacobian(self) -> Array:
        """B."""
        B = self.demand.slopes
        return np.broadcast_to(B, (*self.prices.shape[:-1], *B.shape))

    @property
    def surplus(self) -> Array:
        """-(a p + p'Bp / 2): the area under symmetric demand."""
        B, p = self.demand.slopes, self.prices
        if not self.demand.has_surplus:
            raise refuse(
                expected="cross slopes that are symmetric, as those of one consumer's choice are",
                found=f"a difference of {np.abs(B - B.T).max():.3g}",
                where="demand",
                remedy="give diversions with D_jk b_j = D_kj b_k, or read prices and profits only.",
            )
        return np.asarray(-(p @ self.demand.intercepts + 0.5 * ((p @ B) * p).sum(axis=-1)))

    def own_curvature(self, stakes: Array) -> Array:
        """Zero."""
        return np.zeros_like(stakes)
