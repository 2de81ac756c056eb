"""Linear GMM inside nonlinear GMM: parameters that enter linearly are concentrated out.

With B = L'Z'/sqrt(N), W = L L', the objective N g'Wg is the squared length of
r(theta) = (1 - P) B y(theta), P the projection on the columns of B X. Nothing N x N is formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag

from inroads.choice.base import Array


@dataclass(frozen=True)
class Equation:
    """y(theta) = X beta + residual, with instruments Z: X (N, K), Z (N, M).

    unit: what residuals are measured in where their own size is not known yet: 1 for utility and
    logarithms, the standard deviation of prices for costs in money. observations: how many the rows
    stand for, as many as there are unless they are a summary with the same products. factor (M, M):
    of first weights that are known otherwise (micro moments, by their sampling covariance).
    """

    X: Array
    Z: Array
    unit: float = 1.0
    observations: int = 0
    factor: Array | None = None

    @property
    def N(self) -> int:
        """How many observations there are."""
        return self.observations or len(self.Z)


@dataclass(frozen=True)
class Projection:
    """L'Z'/sqrt(N) and the part of it that X explains, for one weight factor L (M, M)."""

    equations: list[Equation]
    weight_factor: Array

    def _weighted(self, blocks: list[Array]) -> Array:
        N = self.equations[0].N
        return np.asarray(self.weight_factor.T @ np.concatenate(blocks) / np.sqrt(N))

    @cached_property
    def weighted_regressors(self) -> Array:
        """B X (M, K)."""
        return self._weighted([block_diag(*(e.Z.T @ e.X for e in self.equations))])

    @cached_property
    def _basis(self) -> Array:
        return np.asarray(np.linalg.qr(self.weighted_regressors)[0])

    def moments(self, y: Sequence[Array]) -> Array:
        """B y (M, ...), y one (N, ...) an equation."""
        return self._weighted([e.Z.T @ y_e for e, y_e in zip(self.equations, y, strict=True)])

    def beta(self, y: Sequence[Array]) -> Array:
        """Linear parameters of all equations (K,) at y."""
        BX = self.weighted_regressors
        # Rank is judged with columns of one length: units of regressors must not decide it.
        lengths = np.linalg.norm(BX, axis=0)
        lengths[lengths == 0] = 1.0
        beta = np.linalg.lstsq(BX / lengths, self.moments(y), rcond=None)[0]
        return np.asarray(beta / lengths)

    def residual(self, y: Sequence[Array]) -> Array:
        """r (M, ...) of y, the linear parameters being at their best."""
        By = self.moments(y)
        return np.asarray(By - self._basis @ (self._basis.T @ By))


def residuals_of(equations: list[Equation], y: Sequence[Array], beta: Array) -> list[Array]:
    """y - X beta of each equation."""
    ends = np.cumsum([e.X.shape[1] for e in equations])[:-1]
    triples = zip(equations, y, np.split(beta, ends), strict=True)
    return [y_e - e.X @ beta_e for e, y_e, beta_e in triples]
