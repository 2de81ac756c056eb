"""Factors of stacked matrices, taken once and used for many right-hand sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from inroads.numerics.arrays import Array

#: Up to this size a stack of inverses, applied at once, beats factors applied one by one.
_SMALL = 24


@dataclass(frozen=True)
class StackedFactor:
    """Of A (B, J, J): its inverses, or LU factors, which one thread at a time may use.

    (LAPACK's LU, unlike its Cholesky, lets other threads of Python go on; solving writes to its
    pivots.)
    """

    A: Array
    inverses: Array | None
    factors: tuple[tuple[Array, Array], ...]

    @classmethod
    def factorize(cls, A: Array) -> StackedFactor:
        """Raises numpy.linalg.LinAlgError where A is singular."""
        if A.shape[-1] <= _SMALL:
            return cls(A, np.asarray(np.linalg.inv(A)), ())
        factors = []
        for matrix in A:
            # LAPACK counts columns first: to it this is A', and no copy is turned.
            lu, pivots, failed = lapack.dgetrf(matrix.T)
            if failed:
                raise np.linalg.LinAlgError("singular")
            factors.append((lu, pivots))
        return cls(A, None, tuple(factors))

    def solve(self, b: Array) -> Array:
        """A^-1 b for b (B, J, n)."""
        if self.inverses is not None:
            return self.inverses @ b
        x = np.empty_like(b)
        for k, (lu, pivots) in enumerate(self.factors):
            x[k] = lapack.dgetrs(lu, pivots, b[k], trans=1)[0]
        return x
