"""Mean utilities close to where they are known: Newton's method with an old Jacobian.

A Jacobian costs many times what shares do. An old one serves, improved at each step by what that
step taught (Broyden 1965, in the form of Kelley 1995, section 7.3, which keeps the steps alone).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from inroads.choice.model import Array, DemandCurve, MarketDemand
from inroads.numerics.stacked_factor import Factor
from inroads.solution import Solution, Status

# Steps, and Jacobians taken on the way, before the caller must take over.
_STEPS = 30
_RENEWED = 4
# A step that leaves more of the error than this asks for a new Jacobian.
_WORTH = 0.5
_TOLERANCE = 1e-13
# Where what a step taught would lengthen the next beyond 1 / this, it is not believed.
_LEAST_LEFT = 0.1
_TINY = np.finfo(float).tiny


def nearby(
    curve: DemandCurve, S: Array, start: Array, factor: Factor | None
) -> tuple[Solution[Array], MarketDemand]:
    """delta (B, J) at which shares are S (B, J), and demand at the last one tried.

    factor: of the Jacobian of shares somewhere near; without it steps are those of the contraction
    of Berry, Levinsohn and Pakes until one is needed. The search ends short where new Jacobians do
    not help either; where it converges, demand is that at delta. Iterations are Jacobians taken.
    """
    log_S = np.log(S)
    delta = best = np.where(np.isfinite(start), start, 0.0)
    least = np.full(len(start), np.inf)
    renewed, steps = 0, list[tuple[Array, Array]]()
    for _ in range(_STEPS):
        here = curve(delta)
        error, size = _off(here, log_S)
        better, slow = size < least, ~(size <= np.maximum(_WORTH * least, _TOLERANCE / 2))
        if better.all():
            best, least = delta, size
        else:
            best, least = np.where(better[:, None], delta, best), np.where(better, size, least)
        going = ~(least <= _TOLERANCE / 2)
        if not going.any() or not np.isfinite(least).all() or (slow.any() and renewed == _RENEWED):
            break
        if (going & ~better).any():
            here = curve(best)
            error, _ = _off(here, log_S)
            steps = []
        if slow.any():
            try:
                factor, renewed, steps = Factor.of(here.jacobian()), renewed + 1, []
            except np.linalg.LinAlgError:
                break
        if factor is not None:
            error = factor.solve((here.shares * error)[..., None])[..., 0]
        step = _improved(error if going.all() else np.where(going[:, None], error, 0.0), steps)
        steps.append((step, step / np.maximum(_dot(step, step), _TINY)))
        delta = best + step
    worst = float(least.max())
    status = Status.CONVERGED if worst <= _TOLERANCE else Status.STALLED
    return Solution(best, status, worst, renewed), here


def _off(here: MarketDemand, log_S: Array) -> tuple[Array, Array]:
    """log S - log s (B, J) and the largest of each market (B,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        error = log_S - np.log(here.shares)
    return error, np.abs(error).max(axis=-1)


def _improved(step: Array, steps: list[tuple[Array, Array]]) -> Array:
    """Broyden's step (B, J) for that of the old Jacobian, after `steps` taken since, each with
    itself over its squared length."""
    for (_, before), (after, _) in pairwise(steps):
        step = step + _dot(step, before) * after
    if not steps:
        return step
    left = 1.0 - _dot(step, steps[-1][1])
    return np.asarray(step / np.where(left > _LEAST_LEFT, left, 1.0))


def _dot(a: Array, b: Array) -> Array:
    """<a, b> (B, 1) of vectors (B, J)."""
    return np.asarray(np.einsum("bj,bj->b", a, b)[:, None])
