"""The search for equilibrium prices: Newton's method, or the markup fixed point in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.model import Array, Mask

if TYPE_CHECKING:
    from inroads.conduct.pricing import Retail

# A Newton step that leaves more than this of the gap is not taken: at first, and after so many
# iterations, when it may take no more than the last digits (beside a fold it would go astray).
_WORTH, _PATIENCE, _AT_LAST = 0.5, 25, 0.01


def search(
    retail: Retail,
    p: Array,
    given: tuple[Array | None, Mask | None],
    unit: float,
    tolerance: float,
    limits: tuple[int, int],
) -> tuple[Array, float, int]:
    """Prices (..., J), their residual and the iteration it was reached in.

    given: wholesale prices and offers present (..., J); limits: the iteration to begin with and the
    last. Once half of the worlds have arrived, the others go on alone.
    """
    here = retail.at(p, *given)
    gap = here.gap()
    for iteration in range(limits[0], limits[1] + 1):
        far = np.abs(gap) / np.maximum(np.abs(p), unit)
        residual = float(far.max(initial=0.0))
        if residual <= tolerance or not np.isfinite(residual) or iteration == limits[1]:
            break
        # A world that has arrived has nothing left to gain.
        away = np.asarray(far.max(axis=-1) > tolerance)
        if 2 * away.sum() <= away.size:
            rest = retail.of(away)
            w, present = given
            theirs = None if w is None else w[away], None if present is None else present[away]
            found = search(rest, p[away], theirs, unit, tolerance, (iteration, limits[1]))
            p = p.copy()
            p[away], residual, iteration = found
            residual = max(residual, float(far[~away].max()))
            break
        patient = iteration < _PATIENCE
        if patient or iteration % _PATIENCE == 0:
            step = newton_step(here.jacobian(), here.own())
            ahead = retail.at(p + step, *given)
            gap_ahead = ahead.gap()
            size, size_ahead = _size(gap), _size(gap_ahead)
            worse = away & ~(size_ahead < (_WORTH if patient else _AT_LAST) * size)
        else:
            worse = np.ones(p.shape[:-1], dtype=bool)
        if worse.any():
            step = gap if worse.all() else np.where(worse[..., None], gap, step)
            ahead = retail.at(p + step, *given)
            gap_ahead = ahead.gap()
        p, here, gap = p + step, ahead, gap_ahead
    return p, residual, iteration


def newton_step(jacobian: Array, left: Array) -> Array:
    """-jacobian^-1 left (..., n); nan, which no search takes, where the system is singular."""
    try:
        return np.asarray(-np.linalg.solve(jacobian, left[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.full_like(left, np.nan)


def _size(gap: Array) -> Array:
    """The largest gap of each world (...)."""
    return np.asarray(np.abs(gap).max(axis=-1))
