"""Linear GMM inside nonlinear GMM: parameters that enter linearly are concentrated out.

With B = L'Z'/sqrt(N), W = L L', the objective N g'Wg is the squared length of
r(theta) = (1 - P) B y(theta), P the projection on the columns of B X. Nothing N x N is formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag

from inroads.choice.model import Array


@dataclass(frozen=True)
class Equation:
    """y(theta) = X beta + residual, with instruments Z: X (N, K), Z (N, M).

    unit: what residuals are measured in where their own size is not known yet: 1 for utility and
    logarithms, the standard deviation of prices for costs in money.
    """

    X: Array
    Z: Array
    unit: float = 1.0


@dataclass(frozen=True)
class Projection:
    """L'Z'/sqrt(N) and the part of it that X explains, for one weighting L."""

    equations: list[Equation]
    L: Array

    def _weigh(self, blocks: list[Array]) -> Array:
        N = len(self.equations[0].Z)
        return np.asarray(self.L.T @ np.concatenate(blocks) / np.sqrt(N))

    @cached_property
    def BX(self) -> Array:
        """What X makes of the weighted moments (M, K)."""
        return self._weigh([block_diag(*(e.Z.T @ e.X for e in self.equations))])

    @cached_property
    def _basis(self) -> Array:
        return np.asarray(np.linalg.qr(self.BX)[0])

    def moments(self, y: list[Array]) -> Array:
        """Weighted moments (M, ...) of y, one (N, ...) an equation."""
        return self._weigh([e.Z.T @ part for e, part in zip(self.equations, y, strict=True)])

    def beta(self, y: list[Array]) -> Array:
        """Linear parameters of all equations (K,) at y."""
        # Rank is judged with columns of one length: units of regressors must not decide it.
        lengths = np.linalg.norm(self.BX, axis=0)
        lengths[lengths == 0] = 1.0
        return np.asarray(np.linalg.lstsq(self.BX / lengths, self.moments(y))[0] / lengths)

    def residual(self, y: list[Array]) -> Array:
        """r (M, ...) of y, the linear parameters being at their best."""
        By = self.moments(y)
        return np.asarray(By - self._basis @ (self._basis.T @ By))


def residuals_of(equations: list[Equation], y: list[Array], beta: Array) -> list[Array]:
    """y - X beta of each equation."""
    ends = np.cumsum([e.X.shape[1] for e in equations])[:-1]
    pairs = zip(equations, y, np.split(beta, ends), strict=True)
    return [part - e.X @ b for e, part, b in pairs]


def moment_covariance(
    equations: list[Equation], residuals: list[Array], clusters: Array | None, center: bool = True
) -> Array:
    """S (M, M): covariance of the moments, robust, or clustered by `clusters` (N,)."""
    pairs = zip(equations, residuals, strict=True)
    g = np.hstack([e.Z * residual[:, None] for e, residual in pairs])
    N = len(g)
    if center:
        g = g - g.mean(axis=0)
    if clusters is not None:
        order = np.argsort(clusters, kind="stable")
        starts = np.flatnonzero(np.diff(clusters[order], prepend=np.nan))
        g = np.add.reduceat(g[order], starts, axis=0)
    return np.asarray(g.T @ g / N)
