"""Fixed effects taken out of columns: the residual of least squares on their dummies.

With D1 the dummies of the effect with the most levels, M1 = I - D1 (D1'D1)^-1 D1' and D2 the
dummies of the others, the residual of y is M1 (y - D2 b), where A b = D2' M1 y, A = D2' M1 D2
(Frisch and Waugh 1933). A is the Laplacian of a graph. Alternating projections, the usual way,
need as many steps as the graph is long; solving for b does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, lapack

from inroads.choice.base import Array

if TYPE_CHECKING:
    from scipy.sparse.linalg import SuperLU

#: up to so many levels of all effects but the largest, A is factored as a dense matrix
_DENSE = 2500
# A is singular; this part of its diagonal, added, is taken back by refinement.
_RIDGE = 1e-10
# Well-mixed graphs need tens of steps of conjugate gradients; long and thin ones, which need as
# many as they are long, have sparse factors.
_MOST_STEPS = 200
# Refinement gains as many digits again each time.
_LOOSE = 1e-6
_MOST_REFINEMENTS = 50
_ROUNDING = 1e-15


class FixedEffects:
    """The fixed effects of codes (N, F), each from 0 to its number of levels less one."""

    def __init__(self, codes: np.ndarray) -> None:
        self._all_codes = codes
        levels = codes.max(axis=0) + 1
        largest = int(np.argmax(levels))
        self._codes = codes[:, largest]
        self._counts = np.bincount(self._codes, minlength=levels[largest])
        self._D1 = _dummies(self._codes)
        other_dummies = [_dummies(codes[:, k]) for k in range(codes.shape[1]) if k != largest]
        none = sparse.csr_array((len(codes), 0))
        self._D2 = sparse.csr_array(sparse.hstack(other_dummies or [none]))
        self._effects = len(other_dummies) + 1

    def __reduce__(self) -> tuple[type, tuple[np.ndarray]]:
        """The codes alone: factors cannot travel to other processes, and are quickly made anew."""
        return FixedEffects, (self._all_codes,)

    def residualize(self, columns: Array) -> Array:
        """Columns (N, K) without their fixed effects."""
        residual = self._demean(columns)
        if self._effects == 1:
            return residual
        size = _norms(columns)
        previous = np.full(size.shape, np.inf)
        for _ in range(_MOST_REFINEMENTS):
            step = self._demean(self._D2 @ self._solve(self._D2.T @ residual, size))
            residual = residual - step
            moved = _norms(step)
            if (np.minimum(moved, previous) <= _ROUNDING * size).all() or (moved >= previous).all():
                break
            previous = moved
        return residual

    @cached_property
    def rank(self) -> int:
        """How many columns of all dummies are linearly independent.

        With three effects or more and many levels, the dependences counted are those of each
        effect with the largest: the rank may be lower.
        """
        if self._effects == 1:
            return len(self._counts)
        if self._effects > 2 and self._D2.shape[1] <= _DENSE:
            size = np.sqrt(self._within.diagonal())
            A = self._laplacian.toarray() / np.outer(size, size)
            _, _, independent, _ = lapack.dpstrf(A, tol=1e-10)
            return len(self._counts) + int(independent)
        from scipy.sparse.csgraph import connected_components

        largest_level, other_level = self._across.nonzero()
        levels = sum(self._across.shape)
        edges = (np.ones(len(largest_level)), (largest_level, other_level + len(self._counts)))
        joined = int(connected_components(sparse.csr_array(edges, (levels, levels)))[0])
        return int(len(self._counts) + self._D2.shape[1] - joined - (self._effects - 2))

    def _demean(self, columns: Array) -> Array:
        means = (self._D1.T @ columns) / self._counts[:, None]
        return np.asarray(columns - means[self._codes])

    @cached_property
    def _across(self) -> sparse.csr_array:
        """D1'D2: how often levels meet."""
        return sparse.csr_array(self._D1.T @ self._D2)

    @cached_property
    def _within(self) -> sparse.csr_array:
        """D2'D2."""
        return sparse.csr_array(self._D2.T @ self._D2)

    @cached_property
    def _laplacian(self) -> sparse.csc_array:
        scaled = sparse.diags_array(1.0 / self._counts) @ self._across
        return sparse.csc_array(self._within - self._across.T @ scaled)

    @property
    def _ridge(self) -> float:
        return _RIDGE * float(self._within.diagonal().mean())

    @cached_property
    def _solver(self) -> list[Callable[[Array, Array], Array]]:
        """How A b = c (L, K) is solved: one function, replaced where it proves slow."""
        if self._across.shape[1] > _DENSE:
            return [self._gradients]
        dense = self._laplacian.toarray()
        dense[np.diag_indices_from(dense)] += self._ridge
        factor = cho_factor(dense, lower=True, overwrite_a=True)
        return [lambda c, _: np.asarray(cho_solve(factor, c))]

    def _solve(self, c: Array, size: Array) -> Array:
        return self._solver[0](c, size)

    def _gradients(self, c: Array, size: Array) -> Array:
        """Conjugate gradients on A, which is not formed; its factor once they are slow."""
        from scipy.sparse.linalg import LinearOperator, cg, splu

        within, across, counts = self._within, self._across, self._counts
        forth = sparse.csr_array(across.T)
        A = LinearOperator(
            within.shape, lambda b: within @ b - forth @ ((across @ b) / counts), dtype=float
        )
        jacobi = sparse.diags_array(1.0 / within.diagonal())
        b = np.empty_like(c)
        for k, column in enumerate(c.T):
            rounding = 10 * _ROUNDING * float(size[k])
            b[:, k], failed = cg(
                A, column, None, rtol=_LOOSE, atol=rounding, maxiter=_MOST_STEPS, M=jacobi
            )
            if failed:
                factored = splu(
                    sparse.csc_array(self._laplacian + self._ridge * sparse.eye_array(len(c))),
                    permc_spec="MMD_AT_PLUS_A",
                    diag_pivot_thresh=0.0,
                    options={"SymmetricMode": True},
                )
                self._solver[0] = partial(_by_factor, factored)
                return self._solve(c, size)
        return b


def _norms(columns: Array) -> Array:
    """Of each column; NumPy's own writes an array of squares first."""
    return np.asarray(np.sqrt(np.einsum("nk,nk->k", columns, columns)))


def _by_factor(factored: SuperLU, c: Array, _: Array) -> Array:
    return np.asarray(factored.solve(c))


def _dummies(codes: np.ndarray) -> sparse.csr_array:
    rows = np.arange(len(codes))
    return sparse.csr_array((np.ones(len(codes)), (rows, codes)), (len(codes), codes.max() + 1))
