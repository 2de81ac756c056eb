"""Linear systems whose failure is an answer."""

from __future__ import annotations

import numpy as np

from inroads.numerics.arrays import Array


def solve_or_nan(jacobian: Array, left: Array) -> Array:
    """-jacobian^-1 left (..., n): a Newton step; nan, which no search takes, where singular."""
    try:
        return np.asarray(-np.linalg.solve(jacobian, left[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.full_like(left, np.nan)
