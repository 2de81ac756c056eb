"""Bertrand-Nash markups of multi-product firms, at which observed prices are an equilibrium.

With A_jk = owns_jk ds_k/dp_j, first-order conditions s + A (p - c) = 0 give p - c = -A^-1 s
(Bertrand-Nash; Berry, Levinsohn and Pakes 1995). Leading axes are markets.
"""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array


def markups(jacobian: Array, shares: Array, owns: Array) -> Array:
    """p - c (..., J) from ds_j/dp_k (..., J, J; row j, column k), shares (..., J) and ownership.

    owns (..., J, J): how much of product k's profit the firm that prices j counts as its own, one
    on the diagonal; row j is the firm that sets price j.
    """
    A = owns * jacobian.swapaxes(-1, -2)
    return np.asarray(-np.linalg.solve(A, shares[..., None])[..., 0])


def ownership(firms: Array) -> Array:
    """owns (..., J, J) of firms that own all of their products: 1 where firms (..., J) agree."""
    return np.asarray((firms[..., :, None] == firms[..., None, :]).astype(float))
