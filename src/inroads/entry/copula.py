"""Draws of quality and cost that hang together."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.entry.entrant_model import EntrantModel


def own_correlation(quality: EntrantModel, cost: EntrantModel) -> float:
    """Between what quality and cost of earlier entrants have that nothing explains."""
    pairs = np.corrcoef(quality.established.deleted_residuals, cost.established.deleted_residuals)
    return float(pairs[0, 1])


def correlated_uniforms(n: int, correlation: float, seed: int) -> Array:
    """Pairs (n, 2) in (0, 1), spread evenly, that hang together as normals do (Gaussian copula).

    Scrambled Sobol points.
    """
    from scipy.stats import qmc

    points = qmc.Sobol(2, seed=seed).random_base2(int(np.ceil(np.log2(max(n, 2)))))
    z = norm.ppf(np.clip(points[:n], 1e-9, 1 - 1e-9))
    z[:, 1] = correlation * z[:, 0] + np.sqrt(1 - correlation**2) * z[:, 1]
    return np.asarray(norm.cdf(z))
