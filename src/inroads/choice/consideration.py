"""Limited awareness: an agent is split by the set of brands it knows (Goeree 2008).

Awareness may be selective: who knows a little-known brand is who likes such brands. Consumer i's
taste for brands that not everyone knows is sigma z_i, and it knows brand b where

    rho z_i + sqrt(1 - rho^2) e_ib > t_b,        z_i and e_ib standard normal, independent,

t_b such that the share a_b of consumers knows it. So those who learn of a brand last like it least.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array

# Steps of bisection for t: the share that knows a brand is met to the last digits.
_STEPS = 80


@dataclass(frozen=True, kw_only=True)
class SelectiveAwareness:
    """Who knows little-known brands: spread sigma of tastes, correlation rho of taste and knowing.

    Parameters
    ----------
    sigma : float
        Utility, standard deviation of the taste for brands that not everyone knows; at 0 nothing
        is selective.
    rho : float
        In [0, 1): 0 where knowing says nothing of taste.
    nodes : int
        Of the Gauss-Hermite rule for z.
    """

    sigma: float
    rho: float
    nodes: int = 5

    @property
    def is_on(self) -> bool:
        """Whether it makes a difference to have it."""
        return self.sigma > 0


@dataclass(frozen=True)
class ConsiderationSets:
    """A types: the brands that each knows (A, B), its z (A,), and its probability (..., A)."""

    knows: np.ndarray
    z: Array
    probability: Array


def consideration_sets(
    awareness: Array, selection: SelectiveAwareness | None = None
) -> ConsiderationSets:
    """All sets of known brands, split by taste where awareness is selective.

    Parameters
    ----------
    awareness : (..., B) array
        The share that knows each brand.
    selection : SelectiveAwareness, optional
        None, or sigma = 0: brands are known independently of taste, 2^B types. Otherwise types that
        know some brand are split by the nodes of z: 1 + nodes (2^B - 1) types.

    Returns
    -------
    ConsiderationSets
        Probabilities sum to one over types; the share that knows a brand is its awareness.

    References
    ----------
    Goeree, M. S. (2008), Limited information and advertising in the U.S. personal computer
    industry, Econometrica 76(5).

    Examples
    --------
    >>> from inroads.choice import consideration_sets
    >>> types = consideration_sets([0.5, 0.9])
    >>> types.probability.round(2)
    array([0.05, 0.45, 0.05, 0.45])
    """
    awareness = np.asarray(awareness, dtype=np.float64)
    B = awareness.shape[-1]
    sets = np.array(list(itertools.product([False, True], repeat=B)), dtype=bool).reshape(2**B, B)
    if selection is None or not selection.is_on or B == 0:
        chance = _chance(sets, awareness)
        return ConsiderationSets(sets, np.zeros(len(sets)), chance)
    nodes, weights = np.polynomial.hermite_e.hermegauss(selection.nodes)
    weights = weights / weights.sum()
    given_taste = _awareness_given_taste(awareness, selection.rho, nodes, weights)
    by_node = weights[:, None] * _chance(sets, given_taste)
    # Who knows none of the brands has no use for a taste for them: one type, the first.
    none = by_node[..., 0].sum(axis=-1, keepdims=True)
    others = by_node[..., 1:].reshape(*awareness.shape[:-1], -1)
    return ConsiderationSets(
        np.concatenate([sets[:1], np.tile(sets[1:], (len(nodes), 1))]),
        np.concatenate([[0.0], np.repeat(nodes, len(sets) - 1)]),
        np.concatenate([none, others], axis=-1),
    )


def _chance(sets: np.ndarray, awareness: Array) -> Array:
    """Probabilities (..., S) of sets (S, B) where brands are known independently."""
    chance = np.where(sets, awareness[..., None, :], 1.0 - awareness[..., None, :])
    return np.asarray(chance.prod(axis=-1))


def _awareness_given_taste(awareness: Array, rho: float, nodes: Array, weights: Array) -> Array:
    """Probability (..., K, B) that a brand is known at each node of z, its mean being awareness."""
    # Slow to load, and nothing for those who only estimate.
    from scipy.special import ndtr

    shares, where = np.unique(awareness, return_inverse=True)
    scale = np.sqrt(1.0 - rho**2)
    low, high = (np.full(len(shares), end) for end in (-40.0, 40.0))
    for _ in range(_STEPS):
        t = 0.5 * (low + high)
        too_many = weights @ ndtr((rho * nodes[:, None] - t) / scale) > shares
        low, high = np.where(too_many, t, low), np.where(too_many, high, t)
    chance = ndtr((rho * nodes[:, None] - 0.5 * (low + high)) / scale)
    chance = np.where(shares >= 1.0, 1.0, np.where(shares <= 0.0, 0.0, chance))
    return np.asarray(np.moveaxis(chance[:, where.reshape(awareness.shape)], 0, -2))
