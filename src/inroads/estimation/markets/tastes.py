"""Random coefficients of a stack's agents, alike for all products or of each product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array


@dataclass(frozen=True)
class Tastes:
    """Random coefficients beta_ik of agents: `common` (B, I, K2), and by column k what demographics
    by product add of each product, `by_product` (B, J, I).

    A lognormal coefficient that they move is all in by_product, zero in common.
    """

    common: Array
    by_product: Mapping[int, Array]

    def of(self, k: int) -> Array:
        """beta_ik of one column, what broadcasts to (B, J, I)."""
        return np.asarray(self.common[..., None, :, k] + self.by_product.get(k, 0.0))

    def sum_of(self, columns: Array) -> Array:
        """sum_k x_jk beta_ijk (B, J, I) of columns (B, J, K2)."""
        total = np.asarray(columns @ self.common.swapaxes(-1, -2))
        for k, added in self.by_product.items():
            total += columns[..., [k]] * added
        return total

    def weighted(self, weights: Array) -> Array:
        """sum_k a_k beta_ijk of weights (K2,): (B, I), or (B, J, I) where products differ."""
        total = np.asarray(self.common @ weights)
        differ = [weights[k] * added for k, added in self.by_product.items() if weights[k]]
        return np.asarray(total[..., None, :] + sum(differ)) if differ else total
