"""Bertrand-Nash markups of multi-product firms, at which observed prices are an equilibrium.

With A_jk = owns_jk ds_k/dp_j, first-order conditions s + A (p - c) = 0 give p - c = -A^-1 s
(Bertrand-Nash; Berry, Levinsohn and Pakes 1995). Leading axes are markets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array, Index


def markups(jacobian: Array, shares: Array, owns: Array) -> Array:
    """p - c (..., J) from ds_j/dp_k (..., J, J; row j, column k), shares (..., J) and ownership.

    owns (..., J, J): how much of product k's profit the firm that prices j counts as its own, one
    on the diagonal; row j is the firm that sets price j.
    """
    A = owns * jacobian.swapaxes(-1, -2)
    return np.asarray(-np.linalg.solve(A, shares[..., None])[..., 0])


def ownership(firms: Array | Index) -> Array:
    """owns (..., J, J) of firms that own all of their products: 1 where firms (..., J) agree."""
    return np.asarray((firms[..., :, None] == firms[..., None, :]).astype(float))


def owned(owner: ArrayLike) -> Array:
    """owns (J, J) of labels of firms (J,); what is given as (J, J) is itself."""
    given = np.asarray(owner)
    if given.ndim == 2:
        return np.asarray(given, dtype=float)
    return ownership(np.unique(given, return_inverse=True)[1])


def firm_rows(firms: Index) -> tuple[Index, Array]:
    """Firms (..., J) numbered from 0 in each market, and what is theirs (..., F, J), 1 or 0."""
    order = np.argsort(firms, axis=-1, kind="stable")
    inside = np.take_along_axis(firms, order, axis=-1)
    ranks = np.zeros(firms.shape, dtype=np.intp)
    ranks[..., 1:] = np.cumsum(inside[..., 1:] != inside[..., :-1], axis=-1)
    numbers = np.empty_like(ranks)
    np.put_along_axis(numbers, order, ranks, axis=-1)
    rows = np.arange(numbers.max() + 1)[:, None] == numbers[..., None, :]
    return numbers, rows.astype(float)
