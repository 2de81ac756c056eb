"""Two firms, a few choices each: who moves first, who second, both at once.

A (I, J) is what the first gains, B (I, J) the second, in row i and column j.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from inroads.choice.base import Array

# Of the largest gain: what is a tie.
_TIE = 1e-12


def pure_equilibria(A: Array, B: Array) -> list[tuple[int, int]]:
    """Cells from which neither gains by another choice of its own (Nash 1951)."""
    slack = _TIE * _scale(A, B)
    best = (A.max(axis=0) - A <= slack) & (B.max(axis=1, keepdims=True) - B <= slack)
    return [(int(i), int(j)) for i, j in np.argwhere(best)]


def equilibria(A: Array, B: Array) -> list[tuple[Array, Array]]:
    """All equilibria of a game that is not degenerate, pure ones first: odds of rows (I,) and of
    columns (J,), by enumeration of supports of equal size (von Stengel 2007, algorithm 3.4)."""
    I, J = A.shape
    slack = _TIE * _scale(A, B)
    result = []
    for size in range(1, min(I, J) + 1):
        for rows in combinations(range(I), size):
            for columns in combinations(range(J), size):
                y = _indifferent(A[np.ix_(rows, columns)])
                x = _indifferent(B[np.ix_(rows, columns)].T)
                if x is None or y is None:
                    continue
                p, q = np.zeros(I), np.zeros(J)
                p[list(rows)], q[list(columns)] = x, y
                gains = A @ q, p @ B
                if all(
                    (g.max() - g[list(support)] <= 1e3 * slack).all()
                    for g, support in zip(gains, (rows, columns), strict=True)
                ):
                    result.append((p, q))
    return result


def leading(A: Array, B: Array) -> tuple[int, int]:
    """The cell where the first chooses knowing that the second will answer (von Stackelberg 1934);
    of answers that are as good for the second, the first counts on its worst."""
    slack = _TIE * _scale(A, B)
    answers = B.max(axis=1, keepdims=True) - B <= slack
    worst = np.where(answers, A, np.inf)
    i = int(worst.min(axis=1).argmax())
    return i, int(worst[i].argmin())


def _indifferent(A: Array) -> Array | None:
    """Odds of columns, all above 0, between which rows gain alike; None where there are none."""
    n = len(A)
    system = np.zeros((n + 1, n + 1))
    system[:n, :n], system[:n, n], system[n, :n] = A / _scale(A), -1.0, 1.0
    right = np.append(np.zeros(n), 1.0)
    try:
        odds = np.linalg.solve(system, right)[:n]
    except np.linalg.LinAlgError:
        return None
    return odds if (odds > _TIE).all() and np.isfinite(odds).all() else None


def _scale(*tables: Array) -> float:
    return max(float(np.abs(table).max()) for table in tables) or 1.0
