"""Limited awareness: an agent is split by the set of brands it knows (Goeree 2008).

Awareness may be selective: who knows a little-known brand is who likes such brands. Consumer i's
taste for brands that not everyone knows is sigma z_i, and it knows brand b where

    rho z_i + sqrt(1 - rho^2) e_ib > t_b,        z_i and e_ib standard normal, independent,

t_b such that the share a_b of consumers knows it. So those who learn of a brand last like it least.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from inroads.choice.base import Array

# Steps of Newton's method, kept inside a bracket, for t: to the last digits.
_STEPS = 60


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
    awareness: Array,
    selection: SelectiveAwareness | None = None,
    chains: Sequence[Sequence[int]] | None = None,
) -> ConsiderationSets:
    """All sets of known brands, split by taste where awareness is selective.

    Parameters
    ----------
    awareness : (..., B) array
        The share that knows each brand.
    selection : SelectiveAwareness, optional
        None, or sigma = 0: brands are known independently of taste, 2^B types. Otherwise types that
        know some brand are split by the nodes of z: 1 + nodes (2^B - 1) types.
    chains : sequence of sequences of int, optional
        Brands of which those who know one know all before it in its chain, as where a brand is
        known to more of those who see it on some shelf: K + 1 types a chain of K. Awareness must
        not rise along a chain. Each brand by itself unless given.

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
    chains = tuple((b,) for b in range(B)) if chains is None else tuple(map(tuple, chains))
    levels, sets = _sets(B, chains)
    if selection is None or not selection.is_on or B == 0:
        chance = _chance(levels, chains, awareness)
        return ConsiderationSets(sets, np.zeros(len(sets)), chance)
    nodes, weights = np.polynomial.hermite_e.hermegauss(selection.nodes)
    weights = weights / weights.sum()
    given_taste = _awareness_given_taste(awareness, selection.rho, nodes, weights)
    by_node = weights[:, None] * _chance(levels, chains, given_taste)
    # Who knows none of the brands has no use for a taste for them: one type, the first.
    none = by_node[..., 0].sum(axis=-1, keepdims=True)
    others = by_node[..., 1:].reshape(*awareness.shape[:-1], -1)
    return ConsiderationSets(
        np.concatenate([sets[:1], np.tile(sets[1:], (len(nodes), 1))]),
        np.concatenate([[0.0], np.repeat(nodes, len(sets) - 1)]),
        np.concatenate([none, others], axis=-1),
    )


@cache
def _sets(
    brands: int, chains: tuple[tuple[int, ...], ...]
) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """How far along each chain each type knows its brands, and which these are (S, B)."""
    levels = list(itertools.product(*(range(len(chain) + 1) for chain in chains)))
    sets = np.zeros((len(levels), brands), dtype=bool)
    for row, level in zip(sets, levels, strict=True):
        row[[b for chain, n in zip(chains, level, strict=True) for b in chain[:n]]] = True
    sets.flags.writeable = False
    return levels, sets


def _chance(
    levels: list[tuple[int, ...]], chains: Sequence[Sequence[int]], awareness: Array
) -> Array:
    """Probabilities (..., S) of levels along chains that are independent of each other."""
    chance = np.ones((*awareness.shape[:-1], len(levels)))
    for chain, level in zip(chains, zip(*levels, strict=True), strict=True):
        ends = np.zeros((*awareness.shape[:-1], 1))
        reached = np.concatenate([ends + 1.0, awareness[..., list(chain)], ends], axis=-1)
        chance = chance * (reached[..., :-1] - reached[..., 1:])[..., list(level)]
    return chance


def _awareness_given_taste(awareness: Array, rho: float, nodes: Array, weights: Array) -> Array:
    """Probability (..., K, B) that a brand is known at each node of z, its mean being awareness."""
    # Slow to load, and nothing for those who only estimate.
    from scipy.special import ndtr, ndtri

    every, where = np.unique(awareness, return_inverse=True)
    # What nobody or everybody knows has no t.
    inner = (every > 0) & (every < 1)
    shares, scale = every[inner], np.sqrt(1.0 - rho**2)
    low, high = (np.full(len(shares), end) for end in (-40.0, 40.0))
    t = -ndtri(shares)
    for _ in range(_STEPS):
        at = (rho * nodes[:, None] - t) / scale
        gap = weights @ ndtr(at) - shares
        low, high = np.where(gap > 0, t, low), np.where(gap > 0, high, t)
        slope = weights @ np.exp(-0.5 * at**2) / (scale * np.sqrt(2.0 * np.pi))
        step = np.divide(gap, slope, out=np.full_like(gap, np.inf), where=slope > 1e-100)
        # Its ends count as inside: what has arrived is one of them, and stays.
        inside = (t + step >= low) & (t + step <= high)
        ahead = np.where(inside, t + step, 0.5 * (low + high))
        # The next step, the square of this one, would be below rounding.
        done = np.abs(ahead - t) <= 1e-10
        t = ahead
        if done.all():
            break
    chance = np.where(every >= 1.0, 1.0, 0.0) * np.ones((len(nodes), 1))
    chance[:, inner] = ndtr((rho * nodes[:, None] - t) / scale)
    return np.asarray(np.moveaxis(chance[:, where.reshape(awareness.shape)], 0, -2))
