"""Weighting matrices W = L L' of GMM, as their factors L (M, M).

The weighting matrix of the first step is that of two-stage least squares, W = (unit^2 Z'Z / N)^-1;
that of the second step of two-step GMM is efficient, W = S^-1, S the covariance of moments (Hansen
1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, solve_triangular

from inroads.choice.base import Array
from inroads.estimation.gmm.moments import Equation

# A moment whose variance is less than this part of what independent residuals of one size would
# give it is met exactly; residuals of 1e-7 of their size are rounding.
_EXACT = 1e-14


def tsls_weight_factor(equations: list[Equation], units: list[float] | None = None) -> Array:
    """L with L L' = (unit^2 Z'Z / N)^-1, equation by equation: two-stage least squares."""
    factors = []
    for equation, unit in zip(equations, units or [e.unit for e in equations], strict=True):
        if equation.factor is not None:
            factors.append(equation.factor)
            continue
        R = np.linalg.qr(equation.Z / np.sqrt(equation.N), mode="r")
        factors.append(solve_triangular(R, np.eye(len(R))) / unit)
    return np.asarray(block_diag(*factors))


class ExactMomentError(Exception):
    """Moments met exactly that no linear parameter is there to meet: weights (M,) name them."""

    def __init__(self, weights: Array) -> None:
        super().__init__("moments without variance")
        self.weights = weights


@dataclass(frozen=True)
class EfficientWeights:
    """The factor L (M, M) of S^-1 = L L' for the covariance S of moments.

    condition: of S, once moments are scaled to what independent residuals of one size would give;
    moments met exactly, whose variance is zero, do not count.
    """

    factor: Array
    condition: float


def efficient_weights(
    equations: list[Equation], residuals: list[Array], S: Array, ZX: Array | None = None
) -> EfficientWeights:
    """Efficient weights for the covariance S (M, M) of moments at `residuals` (N,).

    ZX (M, K): what linear parameters do to moments; each equation's own Z'X unless given.

    A moment that is met exactly, as that of a dummy of one row, has no variance and an infinite
    weight: linear parameters are set so that it holds, whatever the others. With n (M, q) the exact
    combinations and A = n'Z'X, the others are taken as (I - Z'X A^+ n') Z'(y - X beta). Directions
    of beta that move the exact moments drop out of these, so that the exact ones can be met at no
    cost to the others, and any finite weight on them does. Raises ExactMomentError where no linear
    parameters are there to meet them.
    """
    base = standard_weights(equations, residuals)
    values, vectors = np.linalg.eigh(base.T @ S @ base)
    has_variance = values > _EXACT * max(1.0, float(values[-1]))
    factor = base @ vectors[:, has_variance] / np.sqrt(values[has_variance])
    exact = base @ vectors[:, ~has_variance]
    condition = float(values[-1] / values[has_variance][0]) if has_variance.any() else np.inf
    if not exact.shape[1]:
        return EfficientWeights(factor, condition)
    if ZX is None:
        ZX = np.asarray(block_diag(*(e.Z.T @ e.X for e in equations)))
    lengths = np.maximum(np.linalg.norm(base.T @ ZX, axis=0), np.finfo(float).tiny)
    A = exact.T @ ZX / lengths
    U, singular_values, _ = np.linalg.svd(A, full_matrices=False)
    unmet = U[:, singular_values <= 1e-9 * np.sqrt(A.shape[1])]
    if A.shape[0] > A.shape[1] or unmet.size:
        raise ExactMomentError(exact @ (unmet[:, 0] if unmet.size else U[:, -1]))
    A_inverse = np.linalg.pinv(A) / lengths[:, None]
    factor = factor - exact @ (A_inverse.T @ (ZX.T @ factor))
    return EfficientWeights(np.hstack([factor, exact]), condition)


def standard_weights(equations: list[Equation], residuals: list[Array]) -> Array:
    """L (M, M) of two-stage least squares with each equation in units of its own residual."""
    return tsls_weight_factor(equations, residual_sizes(equations, residuals))


def residual_sizes(equations: list[Equation], residuals: list[Array]) -> list[float]:
    """Root mean squares of residuals (N,), the equation's unit where they are all zero."""
    pairs = zip(equations, residuals, strict=True)
    sizes = [float(np.sqrt(np.sum(r**2) / e.N)) for e, r in pairs]
    return [s if s > 0 else e.unit for s, e in zip(sizes, equations, strict=True)]
