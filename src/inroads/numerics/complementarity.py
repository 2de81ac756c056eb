"""Complementarity: x >= 0, F(x) >= 0, one of each pair zero; first-order conditions with bounds.

Newton's method in which each linear problem keeps its bounds (Josephy 1979), these solved by
complementary pivots (Lemke 1965; Cottle, Pang and Stone 1992, algorithm 4.4.5).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inroads.numerics.arrays import Array
from inroads.numerics.linear import solve_or_nan
from inroads.solution import Solution, Status


def solve_complementarity(
    condition: Callable[[Array], tuple[Array, Array]],
    start: Array,
    *,
    scale: Array,
    tolerance: float = 1e-12,
    max_iterations: int = 50,
) -> Solution[Array]:
    """x (n,) at which min(x, F(x)) is zero, from a start (n,).

    condition(x): F (n,) and its derivative (n, n), row i that of F_i; F over scale (n,) is in the
    unit of x. The residual is relative to the largest x.
    """
    x = np.maximum(start, 0.0)
    residual = np.inf
    for iteration in range(max_iterations):
        F, slopes = condition(x)
        gap = np.abs(np.minimum(x, F / scale)).max()
        residual = float(gap / max(np.abs(x).max(), 1e-300))
        if not residual > tolerance:
            return Solution(x, Status.CONVERGED, residual, iteration)
        target = linear_complementarity(slopes, F - slopes @ x)
        if target is None or not np.isfinite(target).all():
            break
        length = 1.0
        while length > 1e-4:
            trial = x + length * (target - x)
            ahead = condition(trial)[0]
            size = np.abs(np.minimum(trial, ahead / scale)).max()
            if size < (1.0 - 1e-3 * length) * gap:
                break
            length /= 2
        x = x + length * (target - x)
    return Solution(x, Status.STALLED, residual, max_iterations)


def linear_complementarity(M: Array, q: Array) -> Array | None:
    """z (n,) >= 0 with w = M z + q >= 0 and z'w = 0; None where pivots run off without bound.

    For M that is positive semidefinite there is one wherever the inequalities can be met.
    """
    n = len(q)
    if (q >= 0).all():
        return np.zeros(n)
    # w - M z - e z0 = q: columns w, z, z0, and the right side.
    T = np.hstack([np.eye(n), -M, -np.ones((n, 1)), q[:, None]])
    basis, row, entering = np.arange(n, dtype=np.intp), int(q.argmin()), 2 * n
    for _ in range(50 * n + 100):
        left = int(basis[row])
        T[row] /= T[row, entering]
        others = np.arange(n) != row
        T[others] -= np.outer(T[others, entering], T[row])
        basis[row] = entering
        if left == 2 * n:
            return _at_basis(M, q, basis)
        entering = left + n if left < n else left - n
        rising = T[:, entering] > 1e-11
        if not rising.any():
            return None
        row = _first_to_leave(T, entering, rising, basis, n)
    return None


def _first_to_leave(
    T: Array, entering: int, rising: NDArray[np.bool_], basis: NDArray[np.intp], n: int
) -> int:
    """The row whose variable is first at zero, z0's where it is among them; ties by their rows."""
    rows = np.flatnonzero(rising)
    # The right side and then what the rows began as decide ties, so that no basis comes twice.
    keys = T[rows][:, [2 * n + 1, *range(n)]] / T[rows, entering][:, None]
    for column in range(n + 1):
        least = keys[:, column].min()
        near = keys[:, column] <= least + 1e-13 * max(1.0, abs(least))
        rows, keys = rows[near], keys[near]
        if 2 * n in basis[rows]:
            return int(rows[basis[rows] == 2 * n][0])
        if len(rows) == 1:
            break
    return int(rows[0])


def _at_basis(M: Array, q: Array, basis: NDArray[np.intp]) -> Array:
    """z where those in the basis leave nothing of their condition, solved anew."""
    n = len(q)
    active = np.sort(basis[(basis >= n) & (basis < 2 * n)] - n)
    z = np.zeros(n)
    z[active] = solve_or_nan(M[np.ix_(active, active)], q[active])
    return z
