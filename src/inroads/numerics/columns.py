"""Which columns of a matrix say something that those before them do not."""

from __future__ import annotations

import numpy as np

from inroads.numerics.arrays import Array


def independent_columns(A: Array, size: Array | None = None) -> list[int]:
    """Positions of the columns of A (n, k) that those before them do not explain, by Gram-Schmidt.

    What is left of a column counts if it is longer than 1e-9 of `size` (k,), its own length unless
    given.
    """
    size = np.linalg.norm(A, axis=0) if size is None else size
    independent: list[int] = []
    basis = np.zeros((len(A), 0))
    for k, column in enumerate(A.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-9 * size[k]:
            independent.append(k)
            basis = np.column_stack([basis, rest / length])
    return independent
