"""Linear GMM inside nonlinear GMM: parameters that enter linearly are concentrated out.

With B = L'Z'/sqrt(N), W = L L', the objective N g'Wg is the squared length of
r(theta) = (1 - P) B y(theta), P the projection on the columns of B X. Nothing N x N is formed.

Derived residuals (`gmm.derived_residuals`) are not linear in these parameters: the best of them are
found by Gauss and Newton's steps, X being what the parameters do where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag

from inroads.choice.base import Array
from inroads.estimation.gmm.derived_residuals import DerivedResidual

# Steps end where they move weighted moments by this part of their size at zero.
_CONVERGED = 1e-14
_MAX_STEPS = 100
_MAX_HALVINGS = 20
# Coefficients of derived residuals that are tried first: the objective in phi may have many optima.
_OWN = (-0.8, -0.4, 0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True)
class Equation:
    """y(theta) = X beta + residual, with instruments Z: X (N, K), Z (N, M).

    unit: what residuals are measured in where their own size is not known yet: 1 for utility and
    logarithms, the standard deviation of prices for costs in money. observations: how many the rows
    stand for, as many as there are unless they are a summary with the same products. factor (M, M):
    of first weights that are known otherwise (micro moments, by their sampling covariance).
    derived: how the residual follows from those of the other equations; y and X are then zero, a
    column of X for each coefficient of its own.
    """

    X: Array
    Z: Array
    unit: float = 1.0
    observations: int = 0
    factor: Array | None = None
    derived: DerivedResidual | None = None

    @property
    def N(self) -> int:
        """How many observations there are."""
        return self.observations or len(self.Z)


@dataclass(frozen=True)
class Projection:
    """L'Z'/sqrt(N) and the part of it that X explains, for one weight factor L (M, M)."""

    equations: list[Equation]
    weight_factor: Array

    def _weighted(self, moments: Array) -> Array:
        return np.asarray(self.weight_factor.T @ moments / np.sqrt(self.equations[0].N))

    @cached_property
    def is_linear(self) -> bool:
        """Whether no residual is derived."""
        return all(e.derived is None for e in self.equations)

    @cached_property
    def weighted_regressors(self) -> Array:
        """B X (M, K); of derived residuals where all residuals are zero."""
        K = sum(e.X.shape[1] for e in self.equations)
        zeros = [np.zeros(len(e.X)) for e in self.equations]
        return self._weighted(regressor_moments(self.equations, zeros, np.zeros(K)))

    @cached_property
    def _basis(self) -> Array:
        return np.asarray(np.linalg.qr(self.weighted_regressors)[0])

    def moments(self, y: Sequence[Array]) -> Array:
        """B y (M, ...), y one (N, ...) an equation."""
        pairs = zip(self.equations, y, strict=True)
        return self._weighted(np.concatenate([e.Z.T @ y_e for e, y_e in pairs]))

    def beta(self, y: Sequence[Array]) -> Array:
        """Linear parameters of all equations (K,) at y."""
        if self.is_linear:
            return _least_squares(self.weighted_regressors, self.moments(y))
        beta, size = self._first(y)
        r = self._weighted_residual(y, beta)
        for _ in range(_MAX_STEPS):
            BX = self._regressors_at(y, beta)
            step = _least_squares(BX, r)
            if np.linalg.norm(BX @ step) <= _CONVERGED * size:
                break
            for _ in range(_MAX_HALVINGS):
                moved = self._weighted_residual(y, beta + step)
                if moved @ moved < r @ r:
                    break
                step = step / 2
            else:
                break
            beta, r = beta + step, moved
        return beta

    def _first(self, y: Sequence[Array]) -> tuple[Array, float]:
        """Where steps begin, and the size of moments: products of residuals left aside.

        With coefficients of their own known, other derived residuals are linear; these are tried.
        """
        zeros = [np.zeros(len(y_e)) for y_e in y]
        best, lowest, size = np.zeros(0), np.inf, 0.0
        for own, BX in self._by_own_coefficients:
            By = self.moments(slopes_of(self.equations, zeros, own, y))
            beta = _least_squares(BX, By)
            r = By - BX @ beta
            if r @ r < lowest:
                best, lowest, size = beta + own, float(r @ r), float(np.linalg.norm(By))
        return best, size

    @cached_property
    def _by_own_coefficients(self) -> list[tuple[Array, Array]]:
        """beta (K,) of nothing but coefficients of derived residuals, and B X there."""
        own = np.array([float(e.derived is not None) for e in self.equations for _ in e.X.T])
        zeros = [np.zeros(len(e.X)) for e in self.equations]
        tried = [own * value for value in (_OWN if own.any() else (0.0,))]
        return [(o, self._weighted(regressor_moments(self.equations, zeros, o))) for o in tried]

    def residual(self, y: Sequence[Array]) -> Array:
        """r (M,) of y, the linear parameters being at their best."""
        if not self.is_linear:
            return self._weighted_residual(y, self.beta(y))
        return self._unexplained(self.moments(y), self._basis)

    def jacobian(self, y: Sequence[Array], dy: Sequence[Array]) -> Array:
        """dr (M, P) as y moves by dy (N, P), up to what vanishes with r (Kaufman 1975)."""
        if self.is_linear:
            return self._unexplained(self.moments(dy), self._basis)
        beta = self.beta(y)
        slopes = slopes_of(self.equations, residuals_of(self.equations, y, beta), beta, dy)
        basis = np.linalg.qr(self._regressors_at(y, beta))[0]
        return self._unexplained(self.moments(slopes), basis)

    def _weighted_residual(self, y: Sequence[Array], beta: Array) -> Array:
        return self.moments(residuals_of(self.equations, y, beta))

    def _regressors_at(self, y: Sequence[Array], beta: Array) -> Array:
        residuals = residuals_of(self.equations, y, beta)
        return self._weighted(regressor_moments(self.equations, residuals, beta))

    @staticmethod
    def _unexplained(By: Array, basis: Array) -> Array:
        return np.asarray(By - basis @ (basis.T @ By))


def _least_squares(BX: Array, By: Array) -> Array:
    # Rank is judged with columns of one length: units of regressors must not decide it.
    lengths = np.linalg.norm(BX, axis=0)
    lengths[lengths == 0] = 1.0
    beta = np.linalg.lstsq(BX / lengths, By, rcond=None)[0]
    return np.asarray(beta / lengths)


def _by_equation(equations: Sequence[Equation], beta: Array) -> list[Array]:
    return np.split(beta, np.cumsum([e.X.shape[1] for e in equations])[:-1])


def residuals_of(equations: Sequence[Equation], y: Sequence[Array], beta: Array) -> list[Array]:
    """y - X beta of each equation, derived ones from those."""
    own = _by_equation(equations, beta)
    plain = [y_e - e.X @ b for e, y_e, b in zip(equations, y, own, strict=True)]
    return [
        r if e.derived is None else e.derived.of(plain, b)
        for e, r, b in zip(equations, plain, own, strict=True)
    ]


def slopes_of(
    equations: Sequence[Equation], residuals: Sequence[Array], beta: Array, dy: Sequence[Array]
) -> list[Array]:
    """What moves dy (N, ...) of y do to each residual, (N,) at linear parameters beta (K,)."""
    own = _by_equation(equations, beta)
    return [
        d if e.derived is None else e.derived.along(residuals, b, dy)
        for e, d, b in zip(equations, dy, own, strict=True)
    ]


def regressor_moments(
    equations: Sequence[Equation], residuals: Sequence[Array], beta: Array
) -> Array:
    """Z'X (M, K): less the derivative of Z'residual in linear parameters beta (K,)."""
    ZX = np.asarray(block_diag(*(e.Z.T @ e.X for e in equations)))
    if all(e.derived is None for e in equations):
        return ZX
    columns = np.cumsum([0, *(e.X.shape[1] for e in equations)])
    rows = np.cumsum([0, *(e.Z.shape[1] for e in equations)])
    moves = [np.zeros((len(e.X), int(columns[-1]))) for e in equations]
    for e, move, first in zip(equations, moves, columns, strict=False):
        move[:, first : first + e.X.shape[1]] = e.X
    slopes = slopes_of(equations, residuals, beta, moves)
    for k, e in enumerate(equations):
        if e.derived is not None:
            X = slopes[k]
            X[:, columns[k] : columns[k + 1]] = e.derived.own_columns(residuals)
            ZX[rows[k] : rows[k + 1]] = e.Z.T @ X
    return ZX
