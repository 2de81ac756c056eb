"""Mean utilities from a warm start: Newton's method with an old Jacobian.

A Jacobian costs many times what shares do. An old one serves, improved at each step by what that
step revealed (Broyden 1965, in the form of Kelley 1995, section 7.3, which stores the steps alone).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from inroads.choice.base import Array, DemandCurve, MarketDemand
from inroads.numerics.stacked_factor import StackedFactor
from inroads.solution import Solution, Status

# Steps, and Jacobians taken on the way, before the caller must take over.
_MAX_STEPS = 30
_MAX_JACOBIANS = 4
# A step that leaves more of the error than this asks for a new Jacobian.
_REQUIRED_REDUCTION = 0.5
_TOLERANCE = 1e-13
# Broyden's update is skipped where it would lengthen the next step beyond 1 / this.
_MIN_DENOMINATOR = 0.1
_TINY = np.finfo(float).tiny


def invert_from(
    demand_at: DemandCurve, S: Array, start: Array, factor: StackedFactor
) -> tuple[Solution[Array], MarketDemand]:
    """delta (B, J) at which shares are S (B, J), and demand at the last delta tried.

    factor: of the Jacobian of shares somewhere near `start`. The search ends short where new
    Jacobians do not help either; where it converges, demand is that at delta. Iterations are
    Jacobians taken.
    """
    log_S = np.log(S)
    delta = best = np.where(np.isfinite(start), start, 0.0)
    smallest = np.full(len(start), np.inf)
    jacobians, steps = 0, list[tuple[Array, Array]]()
    for _ in range(_MAX_STEPS):
        demand = demand_at(delta)
        error, size = _log_share_error(demand, log_S)
        better = size < smallest
        slow = ~(size <= np.maximum(_REQUIRED_REDUCTION * smallest, _TOLERANCE / 2))
        if better.all():
            best, smallest = delta, size
        else:
            best = np.where(better[:, None], delta, best)
            smallest = np.where(better, size, smallest)
        unsolved = ~(smallest <= _TOLERANCE / 2)
        exhausted = slow.any() and jacobians == _MAX_JACOBIANS
        if not unsolved.any() or not np.isfinite(smallest).all() or exhausted:
            break
        if (unsolved & ~better).any():
            demand = demand_at(best)
            error, _ = _log_share_error(demand, log_S)
            steps = []
        if slow.any():
            try:
                factor = StackedFactor.factorize(demand.jacobian())
            except np.linalg.LinAlgError:
                break
            jacobians, steps = jacobians + 1, []
        error = factor.solve((demand.shares * error)[..., None])[..., 0]
        step = error if unsolved.all() else np.where(unsolved[:, None], error, 0.0)
        step = _broyden_step(step, steps)
        steps.append((step, step / np.maximum(_dot(step, step), _TINY)))
        delta = best + step
    residual = float(smallest.max())
    status = Status.CONVERGED if residual <= _TOLERANCE else Status.STALLED
    return Solution(best, status, residual, jacobians), demand


def _log_share_error(demand: MarketDemand, log_S: Array) -> tuple[Array, Array]:
    """log S - log s (B, J) and its largest entry in each market (B,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        error = log_S - np.log(demand.shares)
    return error, np.abs(error).max(axis=-1)


def _broyden_step(step: Array, steps: list[tuple[Array, Array]]) -> Array:
    """Broyden's step (B, J) given that of the old Jacobian and the `steps` taken since.

    Each step comes with itself divided by its squared length.
    """
    for (_, scaled), (following, _) in pairwise(steps):
        step = step + _dot(step, scaled) * following
    if not steps:
        return step
    denominator = 1.0 - _dot(step, steps[-1][1])
    return np.asarray(step / np.where(denominator > _MIN_DENOMINATOR, denominator, 1.0))


def _dot(a: Array, b: Array) -> Array:
    """<a, b> (B, 1) of vectors (B, J)."""
    return np.asarray(np.einsum("bj,bj->b", a, b)[:, None])
