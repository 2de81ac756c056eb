"""Limited awareness: an agent is split by the set of brands it knows (Goeree 2008)."""

from __future__ import annotations

import itertools

import numpy as np

from inroads.choice.base import Array


def consideration_sets(awareness: Array) -> tuple[np.ndarray, Array]:
    """All sets of known brands, and how likely each is.

    awareness: (..., B), the probability that each brand is known, independently.
    Returns sets (2**B, B) of booleans and their probabilities (..., 2**B), which sum to one.
    """
    awareness = np.asarray(awareness, dtype=np.float64)
    B = awareness.shape[-1]
    sets = np.array(list(itertools.product([False, True], repeat=B)), dtype=bool).reshape(2**B, B)
    chance = np.where(sets, awareness[..., None, :], 1.0 - awareness[..., None, :])
    return sets, np.asarray(chance.prod(axis=-1))
