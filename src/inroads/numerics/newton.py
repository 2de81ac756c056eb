"""Newton's method on a few equations whose derivative is left to differences.

Taken once, slopes follow by Broyden's update while each step leaves a fifth of the gap or less.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inroads.numerics.arrays import Array
from inroads.numerics.linear import solve_or_nan
from inroads.solution import Solution, Status

_STEP = 1e-7
_SHORTEST = 1e-6
_WORTH = 0.2


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def newton_by_differences(
    gap: Callable[[Array], Array],
    start: Array,
    scale: float,
    *,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
) -> Solution[Array]:
    """x (n,) at which gap(x) (n,), in the unit of x, is zero, from a start (n,).

    A step that makes the gap no smaller, or leaves where it is defined (nan), is halved. The
    residual is the largest |gap| relative to the larger of |x| and `scale`.
    """
    x = np.asarray(start, dtype=float)
    at = gap(x)
    best, iteration = _relative(at, x, scale), 0
    slopes: Array | None = None
    while tolerance < best < np.inf and iteration < max_iterations:
        iteration += 1
        fresh = slopes is None
        if slopes is None:
            h = _STEP * np.maximum(np.abs(x), scale)
            moved = [(gap(x + h[k] * unit) - at) / h[k] for k, unit in enumerate(np.eye(len(x)))]
            slopes = np.column_stack(moved)
        step = solve_or_nan(slopes, at)
        if not np.isfinite(step).all():
            step = -at
        length, worth = 1.0, _WORTH if not fresh else 1.0
        while length >= _SHORTEST:
            trial = x + length * step
            ahead = gap(trial)
            size = _relative(ahead, trial, scale)
            if size < worth * best or not fresh:
                break
            length /= 2
        else:
            break
        if not size < worth * best:
            # What is left of old slopes does not serve: take them anew.
            slopes = None
            continue
        dx = trial - x
        slopes = slopes + np.outer(ahead - at - slopes @ dx, dx) / (dx @ dx)
        x, at, best = trial, ahead, size
    status = Status.CONVERGED if best <= tolerance else Status.STALLED
    return Solution(x, status, best, iteration)


def _relative(gap: Array, x: Array, scale: float) -> float:
    size = np.abs(gap) / np.maximum(np.abs(x), scale)
    return float(np.inf if np.isnan(size).any() else size.max(initial=0.0))
