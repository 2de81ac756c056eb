"""Limited awareness: an agent is split by the set of brands it knows (Goeree 2008)."""

from __future__ import annotations

import itertools

import numpy as np

from inroads.choice.base import Array


def consideration_sets(awareness: Array) -> tuple[np.ndarray, Array]:
    """All sets of known brands, and how likely each is.

    Parameters
    ----------
    awareness : (..., B) array
        The probability that each brand is known, independently.

    Returns
    -------
    sets : (2^B, B) mask
        The sets.
    chance : (..., 2^B) array
        Their probabilities, which sum to one.

    References
    ----------
    Goeree, M. S. (2008), Limited information and advertising in the U.S. personal computer
    industry, Econometrica 76(5).

    Examples
    --------
    >>> from inroads.choice import consideration_sets
    >>> sets, chance = consideration_sets([0.5, 0.9])
    >>> chance.round(2)
    array([0.05, 0.45, 0.05, 0.45])
    """
    awareness = np.asarray(awareness, dtype=np.float64)
    B = awareness.shape[-1]
    sets = np.array(list(itertools.product([False, True], repeat=B)), dtype=bool).reshape(2**B, B)
    chance = np.where(sets, awareness[..., None, :], 1.0 - awareness[..., None, :])
    return sets, np.asarray(chance.prod(axis=-1))
