"""Parameters between 0 and 1 (nesting parameters, shares, bargaining weights) from margins."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.numerics.box_least_squares import Function, minimize_in_unit_box
from inroads.solution import Solution, Status

STARTS = (0.02, 0.15, 0.4, 0.7, 0.95)


def search_unit_interval(
    residuals: Function,
    starts: Array,
    unknowns: str,
    jacobian: Function | None = None,
    *,
    tolerance: float = 1e-8,
) -> Solution[Array]:
    """The least-squares minimum of residuals (M,) over numbers between 0 and 1, from starts (n, K).

    jacobian (M, K) of residuals: by central differences unless given. The residual is the length of
    the step still to go. Raises InputError where a direction moves no residual: `unknowns` says in
    the message what is not identified.
    """
    if starts.shape[1] == 0:
        return Solution(np.zeros(0), Status.CONVERGED, 0.0, 0)
    minimum = minimize_in_unit_box(residuals, starts, jacobian)
    if not minimum.is_identified:
        raise refuse(
            expected=f"margins that tell {unknowns}",
            found="a direction in which none of them moves",
            where="margins",
            remedy="give margins of firms that differ in size, or fix what is not told.",
        )
    return minimum.as_solution(tolerance)
