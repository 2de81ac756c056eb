"""Nonlinear least squares over a few numbers between 0 and 1, from several starts.

Gauss-Newton steps within the open box converge quadratically where residuals vanish; a search that
leaves the box goes on by the trust-region reflective algorithm, which can end at an edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from inroads.solution import Solution, Status

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

#: how near a search comes to 0 and 1
EDGE = 1e-6
_MAX_STEPS = 25
#: Starts from which a search is made: those with the smallest sums of squares.
_MAX_SEARCHES = 3
#: Steps are taken until they are this small.
_POLISHED = 1e-11
#: A singular value of the Jacobian below this leaves a direction undetermined.
_RANK_TOLERANCE = 1e-8


@dataclass(frozen=True)
class UnitBoxMinimum:
    """Where a search ended: x (K,), residuals (M,), their Jacobian (M, K), evaluations."""

    x: Array
    residuals: Array
    jacobian: Array
    evaluations: int

    @property
    def sum_of_squares(self) -> float:
        """|r(x)|^2."""
        return float(self.residuals @ self.residuals)

    @property
    def is_interior(self) -> NDArray[np.bool_]:
        """Which parameters (K,) are not at an edge of the box."""
        return np.asarray((self.x > 2 * EDGE) & (self.x < 1 - 2 * EDGE))

    def step_left(self) -> Array:
        """The Gauss-Newton step still to go (K,), zero for parameters at an edge."""
        step, interior = np.zeros_like(self.x), self.is_interior
        step[interior] = np.linalg.lstsq(self.jacobian[:, interior], self.residuals, rcond=None)[0]
        return step

    @property
    def is_identified(self) -> bool:
        """Whether every direction of parameters inside the box moves some residual."""
        J = self.jacobian[:, self.is_interior]
        singular_values = np.linalg.svd(J, compute_uv=False)
        few = len(singular_values) < J.shape[1]
        return not (J.shape[1] and (few or singular_values[-1] < _RANK_TOLERANCE))

    def as_solution(self, tolerance: float) -> Solution[Array]:
        """x with its status: the residual is the largest entry of the Gauss-Newton step left."""
        residual = float(np.abs(self.step_left()).max(initial=0.0))
        status = Status.CONVERGED if residual <= tolerance else Status.STALLED
        return Solution(self.x, status, residual, self.evaluations)


def minimize_in_unit_box(
    residuals: Function, starts: Array, jacobian: Function | None = None
) -> UnitBoxMinimum:
    """The lowest sum of squares over 0 < x < 1 found from starts (n, K), K > 0.

    jacobian (M, K) of residuals: by central differences unless given.
    """
    slopes = jacobian or (lambda x: _central_differences(residuals, x))
    sums = [float((residuals(x) ** 2).sum()) for x in starts]
    best: UnitBoxMinimum | None = None
    for k in np.argsort(sums)[:_MAX_SEARCHES]:
        minimum = _gauss_newton(residuals, slopes, starts[k])
        if minimum is None:
            minimum = _reflective(residuals, slopes, starts[k])
        if best is None or minimum.sum_of_squares < best.sum_of_squares:
            best = minimum
        # Residuals of zero cannot be smaller elsewhere.
        if best.sum_of_squares < 1e-24:
            break
    assert best is not None
    return _polished(best, residuals, slopes)


def _polished(minimum: UnitBoxMinimum, residuals: Function, slopes: Function) -> UnitBoxMinimum:
    """Gauss-Newton steps as long as they become smaller: where sums of squares no longer tell
    points apart, steps still do."""
    step = minimum.step_left()
    while np.abs(step).max(initial=0.0) > _POLISHED:
        x = minimum.x - step
        if not ((x > EDGE) & (x < 1 - EDGE) | (step == 0)).all():
            break
        after = UnitBoxMinimum(x, residuals(x), slopes(x), minimum.evaluations + 1)
        left = after.step_left()
        if not np.abs(left).max() < 0.5 * np.abs(step).max():
            break
        minimum, step = after, left
    return minimum


def _gauss_newton(residuals: Function, slopes: Function, start: Array) -> UnitBoxMinimum | None:
    """Gauss-Newton in the open box; None where it does not converge quickly."""
    x, r = start, residuals(start)
    for evaluations in range(1, _MAX_STEPS):
        J = slopes(x)
        step = np.linalg.lstsq(J, r, rcond=None)[0]
        if np.abs(step).max() < 1e-14:
            return UnitBoxMinimum(x, r, J, evaluations)
        x_new = x - step
        if not ((x_new > EDGE) & (x_new < 1 - EDGE)).all():
            return None
        r_new = residuals(x_new)
        if not r_new @ r_new < r @ r:
            # As near as rounding allows.
            return UnitBoxMinimum(x, r, J, evaluations) if np.abs(step).max() < 1e-10 else None
        x, r = x_new, r_new
    return None


def _reflective(residuals: Function, slopes: Function, start: Array) -> UnitBoxMinimum:
    """Trust-region reflective, which can end at an edge."""
    result = least_squares(
        residuals,
        start,
        slopes,
        (np.full(len(start), EDGE), np.full(len(start), 1 - EDGE)),
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
        max_nfev=200,
    )
    x, r, J = (np.asarray(value) for value in (result.x, result.fun, result.jac))
    return UnitBoxMinimum(x, r, J, int(result.nfev))


def _central_differences(residuals: Function, x: Array) -> Array:
    """Of fourth order: rounding asks for wide steps, which the second order does not bear."""
    h = 1e-3 * np.minimum(x, 1 - x)
    columns = [
        (8 * (residuals(x + e) - residuals(x - e)) - residuals(x + 2 * e) + residuals(x - 2 * e))
        / (12 * e.max())
        for e in np.diag(h)
    ]
    return np.stack(columns, axis=-1)
