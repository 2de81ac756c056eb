"""Anderson's acceleration of fixed-point iterations, for stacks of independent problems.

From x with the step f(x), the next point is x + f less the combination of past moves that leaves
the least of f: a secant method that stores a few vectors and no matrix (Anderson 1965; Walker and
Ni 2011, SIAM Journal on Numerical Analysis 49(4)).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from inroads.numerics.arrays import Array

_MEMORY = 8
# Of the normal equations of past steps of length one: enough for directions that repeat each other.
_RIDGE = 1e-13
_TINY = np.finfo(float).tiny
# A point this many times worse than the best is left for a plain step from the best.
_ASTRAY = 1e2


class AcceleratedSteps:
    """Where to go next, given the steps so far: x (B, n) is to be tried, `best` the best tried.

    smallest (B,): the size of the error at `best`. patience: within how many points it must halve.
    """

    def __init__(self, start: Array, patience: int) -> None:
        self.patience = patience
        self.x = self.best = start
        self.smallest = np.full(len(start), np.inf)
        self._best_step = np.zeros_like(start)
        self._last: tuple[Array, Array] | None = None
        B, n = start.shape
        # Of past points: by how much steps changed, and points and steps together.
        self._changes = np.zeros((B, min(_MEMORY, n), n))
        self._moves = np.zeros_like(self._changes)
        self._gram = np.zeros((B, min(_MEMORY, n), min(_MEMORY, n)))
        self._progress: list[Array] = []

    def record(self, step: Array, size: Array) -> None:
        """The plain step (B, n) at x, and the size of the error there (B,): x moves on."""
        x, better = self.x, size < self.smallest
        if better.all():
            self.best, self._best_step, self.smallest = x, step, size
        else:
            self.best = np.where(better[:, None], x, self.best)
            self._best_step = np.where(better[:, None], step, self._best_step)
            self.smallest = np.where(better, size, self.smallest)
            astray = ~(size <= _ASTRAY * self.smallest)
            if astray.any():
                x = np.where(astray[:, None], self.best, x)
                step = np.where(astray[:, None], self._best_step, step)
                self._forget(astray)
        if self._last is not None:
            self._remember(x - self._last[0], step - self._last[1])
        self._progress.append(self.smallest)
        self._last = x, step
        self.x = x + self._accelerated(step)

    def progressing(self) -> NDArray[np.bool_]:
        """Whose error has halved of late (B,)."""
        if len(self._progress) <= self.patience:
            return np.ones(len(self.x), dtype=bool)
        return np.asarray(self._progress[-1] <= 0.5 * self._progress[-1 - self.patience])

    def _forget(self, rows: NDArray[np.bool_]) -> None:
        for past in (self._changes, self._moves, self._gram):
            past[rows] = 0.0

    def _remember(self, move: Array, change: Array) -> None:
        slot = (len(self._progress) - 1) % self._changes.shape[1]
        self._changes[:, slot] = change
        self._moves[:, slot] = move + change
        products = np.matmul(self._changes, change[..., None])[..., 0]
        self._gram[:, slot] = self._gram[:, :, slot] = products

    def _accelerated(self, step: Array) -> Array:
        if len(self._progress) < 2:
            return step
        diagonal = np.einsum("bmm->bm", self._gram)
        inverse_lengths = 1.0 / np.sqrt(np.maximum(diagonal, _TINY))
        gram = self._gram * inverse_lengths[..., None] * inverse_lengths[..., None, :]
        np.einsum("bmm->bm", gram)[...] += _RIDGE
        b = np.matmul(self._changes, step[..., None])[..., 0] * inverse_lengths
        weights = _solved(gram, b) * inverse_lengths
        return np.asarray(step - np.matmul(weights[:, None, :], self._moves)[:, 0])


def _solved(gram: Array, b: Array) -> Array:
    """gram^-1 b for gram (B, m, m) and b (B, m)."""
    if len(gram) == 1:
        # One system: NumPy's way to LAPACK is longer than the work there.
        _, x, failed = lapack.dposv(gram[0], b[0])
        if not failed:
            return np.asarray(x[None])
    return np.asarray(np.linalg.solve(gram, b[..., None])[..., 0])
