"""The search for equilibrium prices: Newton's method, or the markup fixed point in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.numerics.linear import solve_or_nan

if TYPE_CHECKING:
    from inroads.conduct.retail_pricing import Retail

# A Newton step that leaves more than this of the gap is not taken: at first, and after so many
# iterations, when it may take no more than the last digits (beside a fold it would go astray).
_WORTH, _PATIENCE, _AT_LAST = 0.5, 25, 0.01


def solve(
    retail: Retail,
    prices: Array,
    *,
    wholesale: Array | None,
    present: Mask | None,
    tolerance: float,
    first: int,
    last: int,
) -> tuple[Array, float, int]:
    """Prices (..., J), their residual and the iteration it was reached in.

    wholesale, present (..., J): as in `Retail.conditions`. first, last: iterations to begin with
    and to end at. Once half of the worlds have converged, the others go on alone.
    """
    p, unit = prices, retail.demand.money_per_util
    at = retail.conditions(p, wholesale, present)
    gap = at.foc_in_money()
    for iteration in range(first, last + 1):
        relative = np.abs(gap) / np.maximum(np.abs(p), unit)
        residual = float(relative.max(initial=0.0))
        if residual <= tolerance or not np.isfinite(residual) or iteration == last:
            break
        # A world that has converged has nothing left to gain.
        open_worlds = np.asarray(relative.max(axis=-1) > tolerance)
        if 2 * open_worlds.sum() <= open_worlds.size:
            rest, residual, iteration = solve(
                retail.select(open_worlds),
                p[open_worlds],
                wholesale=None if wholesale is None else wholesale[open_worlds],
                present=None if present is None else present[open_worlds],
                tolerance=tolerance,
                first=iteration,
                last=last,
            )
            p = p.copy()
            p[open_worlds] = rest
            residual = max(residual, float(relative[~open_worlds].max()))
            break
        patient = iteration < _PATIENCE
        if patient or iteration % _PATIENCE == 0:
            step = solve_or_nan(at.foc_jacobian(), at.foc())
            ahead = retail.conditions(p + step, wholesale, present)
            gap_ahead = ahead.foc_in_money()
            size, size_ahead = _size(gap), _size(gap_ahead)
            worse = open_worlds & ~(size_ahead < (_WORTH if patient else _AT_LAST) * size)
        else:
            worse = np.ones(p.shape[:-1], dtype=bool)
        if worse.any():
            step = gap if worse.all() else np.where(worse[..., None], gap, step)
            ahead = retail.conditions(p + step, wholesale, present)
            gap_ahead = ahead.foc_in_money()
        p, at, gap = p + step, ahead, gap_ahead
    return p, residual, iteration


def _size(gap: Array) -> Array:
    """The largest gap of each world (...)."""
    return np.asarray(np.abs(gap).max(axis=-1))
