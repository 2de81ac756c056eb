"""Factors of stacked symmetric matrices, taken once and used for many right-hand sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from inroads.choice.model import Array

#: Up to this size a stack of inverses, applied at once, beats factors applied one by one.
_SMALL = 48


@dataclass(frozen=True)
class Factor:
    """Of G (B, J, J), symmetric and positive definite: its inverses, or Cholesky factors."""

    inverses: Array | None
    roots: tuple[Array, ...]

    @classmethod
    def of(cls, G: Array) -> Factor:
        """Raises numpy.linalg.LinAlgError where G is singular, or not positive definite."""
        if G.shape[-1] <= _SMALL:
            return cls(np.asarray(np.linalg.inv(G)), ())
        roots = []
        for one in G:
            root, failed = lapack.dpotrf(one.T, clean=0)
            if failed:
                raise np.linalg.LinAlgError("not positive definite")
            roots.append(root)
        return cls(None, tuple(roots))

    def solve(self, b: Array) -> Array:
        """G^-1 b for b (B, J, n)."""
        if self.inverses is not None:
            return self.inverses @ b
        out = np.empty_like(b)
        for k, root in enumerate(self.roots):
            out[k] = lapack.dpotrs(root, b[k])[0]
        return out


@dataclass(frozen=True)
class GeneralFactor:
    """LU factors of A (B, J, J)."""

    A: Array
    factors: tuple[tuple[Array, Array], ...]

    @classmethod
    def of(cls, A: Array) -> GeneralFactor:
        """Raises numpy.linalg.LinAlgError where A is singular."""
        if A.shape[-1] <= _SMALL:
            return cls(A, ())
        factors = []
        for one in A:
            # LAPACK counts columns first: to it this is A', and no copy is turned.
            lu, pivots, failed = lapack.dgetrf(one.T)
            if failed:
                raise np.linalg.LinAlgError("singular")
            factors.append((lu, pivots))
        return cls(A, tuple(factors))

    def solve(self, b: Array) -> Array:
        """A^-1 b for b (B, J, n)."""
        if not self.factors:
            return np.asarray(np.linalg.solve(self.A, b))
        out = np.empty_like(b)
        for k, (lu, pivots) in enumerate(self.factors):
            out[k] = lapack.dgetrs(lu, pivots, b[k], trans=1)[0]
        return out
