"""Figures of one launch, jointly normal, some of them known only to lie within bounds.

Figures y (n) have a mean m and a covariance V = L L'. In order, y_k = m + sum_{j<k} L_kj e_j
+ L_kk e_k with e standard normal: a number says what its e_k is, a bound how likely it was, and
within bounds e_k is drawn (the simulator of Geweke, Hajivassiliou and Keane; exact where no figure
comes after a bound). Bounds come last, so that draws are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.numerics.normal_intervals import log_between

#: draws within bounds, where a figure comes after one
_DRAWS = 16
# Steps of a lattice whose points are spread evenly in every direction (Niederreiter 1992).
_STEPS = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0])


@dataclass(frozen=True)
class Conditioned:
    """Figures known, at means (M,) and covariances (S): the log probability of each draw (M, S, R),
    its e (M, S, R, n)."""

    log_weights: Array
    e: Array

    @property
    def log_likelihood(self) -> Array:
        """Of the figures (M, S)."""
        return np.asarray(logsumexp(self.log_weights, axis=-1) - np.log(self.e.shape[2]))


def condition(means: Array, L: Array, low: Array, high: Array) -> Conditioned:
    """What figures with these bounds (n,), numbers first, say at means (M,) and factors L (S, n, n)
    of covariances."""
    is_bound = low != high
    R = _DRAWS if is_bound[:-1].any() else 1
    e = np.zeros((len(means), len(L), R, len(low)))
    log_weights = np.zeros(e.shape[:3])
    for k in range(len(low)):
        scale = L[None, :, None, k, k]
        center = means[:, None, None] + np.einsum("msrj,sj->msr", e[..., :k], L[:, k, :k])
        z_low, z_high = ((x - center) / scale for x in (low[k], high[k]))
        if not is_bound[k]:
            e[..., k] = z_low
            log_weights += norm.logpdf(z_low) - np.log(scale)
            continue
        log_weights += log_between(z_low, z_high)
        if k + 1 < len(low):
            e[..., k] = _within(z_low, z_high, _uniform(k, R))
    return Conditioned(log_weights, e)


def ahead(before: Conditioned, means: Array, row: Array) -> tuple[Array, Array]:
    """Mean (M, S, R) and standard deviation (S) of the next figure; row (S, n + 1) of L is its."""
    return means[:, None, None] + np.einsum("msrj,sj->msr", before.e, row[:, :-1]), row[:, -1]


def _uniform(k: int, R: int) -> Array:
    return np.asarray((np.arange(R) + 0.5) * _STEPS[k % len(_STEPS)] % 1.0)


def _within(z_low: Array, z_high: Array, u: Array) -> Array:
    """Standard normal numbers between bounds, at levels u (R,)."""
    flip = z_low > 0
    a, b = np.where(flip, -z_high, z_low), np.where(flip, -z_low, z_high)
    levels = ndtr(a) + u * (ndtr(b) - ndtr(a))
    # Beyond what numbers hold, it lies at the nearer bound.
    far = log_ndtr(b) < -600
    z = np.where(far, b, ndtri(np.where(far, 0.5, np.clip(levels, 1e-280, 1 - 1e-16))))
    return np.asarray(np.where(flip, -z, z))
