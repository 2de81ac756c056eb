"""Least squares over a few numbers between 0 and 1: nesting parameters, shares, weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from inroads.choice.base import Array
from inroads.errors import InputError
from inroads.solution import Solution, Status

Function = Callable[[Array], Array]
STARTS = (0.02, 0.15, 0.4, 0.7, 0.95)
_EDGE = 1e-6
_STEPS = 25


@dataclass(frozen=True)
class _Minimum:
    """Where a search ended: the numbers (K,), misses (M,), their slopes (M, K), evaluations."""

    theta: Array
    misses: Array
    slope: Array
    evaluations: int

    @property
    def cost(self) -> float:
        return float(self.misses @ self.misses)


def search(
    misses: Function,
    starts: Array,
    what: str,
    jacobian: Function | None = None,
    tolerance: float = 1e-8,
) -> Solution[Array]:
    """The least-squares minimum of misses over numbers between 0 and 1, from starts (n, K).

    jacobian (M, K) of misses: by central differences unless given. The residual is the length of
    the step still to go. Raises InputError where a direction moves no miss: `what` says in the
    message what is not told.
    """
    free = starts.shape[1]
    if free == 0:
        return Solution(np.zeros(0), Status.CONVERGED, 0.0, 0)
    slopes = jacobian or (lambda theta: _differences(misses, theta))
    sizes = [float((misses(theta) ** 2).sum()) for theta in starts]
    best: _Minimum | None = None
    for k in np.argsort(sizes)[:3]:
        found = _newton(misses, slopes, starts[k]) or _bounded(misses, slopes, starts[k])
        best = found if best is None or found.cost < best.cost else best
        # Margins that are met exactly cannot be met better from elsewhere.
        if best.cost < 1e-24:
            break
    assert best is not None
    inner = (best.theta > 2 * _EDGE) & (best.theta < 1 - 2 * _EDGE)
    slope = best.slope[:, inner]
    size = np.linalg.svd(slope, compute_uv=False)
    if inner.any() and (len(size) < inner.sum() or size[-1] < 1e-8):
        raise InputError.single(
            expected=f"margins that tell {what}",
            found="a direction in which none of them moves",
            where="margins",
            remedy="give margins of firms that differ in size, or fix what is not told.",
        )
    step = np.linalg.lstsq(slope, best.misses, rcond=None)[0]
    residual = float(np.abs(step).max(initial=0.0))
    status = Status.CONVERGED if residual <= tolerance else Status.STALLED
    return Solution(best.theta, status, residual, best.evaluations)


def _newton(misses: Function, slopes: Function, start: Array) -> _Minimum | None:
    """Gauss-Newton in the open box; None where it does not get there quickly."""
    theta, here = start, misses(start)
    for evaluations in range(1, _STEPS):
        slope = slopes(theta)
        step = np.linalg.lstsq(slope, here, rcond=None)[0]
        if np.abs(step).max() < 1e-14:
            return _Minimum(theta, here, slope, evaluations)
        ahead = theta - step
        if not ((ahead > _EDGE) & (ahead < 1 - _EDGE)).all():
            return None
        there = misses(ahead)
        if not there @ there < here @ here:
            # As near as rounding lets it come.
            close = np.abs(step).max() < 1e-10
            return _Minimum(theta, here, slope, evaluations) if close else None
        theta, here = ahead, there
    return None


def _bounded(misses: Function, slopes: Function, start: Array) -> _Minimum:
    """Trust-region reflective, which can end at an edge."""
    found = least_squares(
        misses,
        start,
        slopes,
        (np.full(len(start), _EDGE), np.full(len(start), 1 - _EDGE)),
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
        max_nfev=200,
    )
    theta, here, slope = (np.asarray(x) for x in (found.x, found.fun, found.jac))
    return _Minimum(theta, here, slope, int(found.nfev))


def _differences(misses: Function, theta: Array) -> Array:
    h = 1e-5 * np.minimum(theta, 1 - theta)
    columns = [(misses(theta + e) - misses(theta - e)) / (2 * e.max()) for e in np.diag(h)]
    return np.stack(columns, axis=-1)
