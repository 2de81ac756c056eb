"""Probabilities of intervals under mixtures of normals, and quantiles of these."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr


def log_between(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """log of the probability between two standardised bounds, from the tail where it is small."""
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(log_b + np.log1p(-np.exp(np.minimum(log_a - log_b, 0.0))))


def find_quantile(below: Callable[[float], float], level: float) -> float:
    """Where a distribution function is at a level between 0 and 1."""
    reach = 1.0
    while below(-reach) > level or below(reach) < level:
        reach *= 2
    return float(brentq(lambda y: below(y) - level, -reach, reach, xtol=1e-10))
