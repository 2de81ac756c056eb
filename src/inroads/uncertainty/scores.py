"""How good forecasts were: scoring rules, coverage of intervals, uniformity of what came below."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln
from scipy.stats import beta, kstest, norm, t

from inroads.choice.base import Array


def crps_normal(outcome: Array, mean: Array, deviation: Array) -> Array:
    """CRPS of normal forecasts (Gneiting and Raftery 2007), in the outcome's unit; 0 is perfect."""
    z = (outcome - mean) / deviation
    inner = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    return np.asarray(deviation * inner)


def crps_student(outcome: Array, mean: Array, scale: Array, dof: Array) -> Array:
    """CRPS of Student's t with dof above 1 (Jordan, Krueger and Lerch 2019)."""
    z, nu = (outcome - mean) / scale, np.asarray(dof, dtype=float)
    spread = 2 * np.sqrt(nu) / (nu - 1) * np.exp(betaln(0.5, nu - 0.5) - 2 * betaln(0.5, nu / 2))
    inner = z * (2 * t.cdf(z, nu) - 1) + 2 * t.pdf(z, nu) * (nu + z**2) / (nu - 1) - spread
    return np.asarray(scale * inner)


def crps_draws(outcome: Array, draws: Array) -> Array:
    """CRPS (...) of equally likely draws (..., n): E|X - y| - E|X - X'| / 2."""
    x = np.sort(draws, axis=-1)
    n = x.shape[-1]
    ranks = 2 * np.arange(1, n + 1) - n - 1
    apart = (ranks * x).sum(axis=-1) / n**2
    return np.asarray(np.abs(x - np.asarray(outcome)[..., None]).mean(axis=-1) - apart)


def coverage_interval(inside: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a probability of which `inside` of `count` were seen.

    Clopper and Pearson (1934).
    """
    tail = (1 - level) / 2
    low = 0.0 if inside == 0 else float(beta.ppf(tail, inside, count - inside + 1))
    high = 1.0 if inside == count else float(beta.ppf(1 - tail, inside + 1, count - inside))
    return low, high


def uniformity(below: Array) -> float:
    """The p-value that probabilities given to what is below outcomes (n,) are uniform.

    Of calibrated forecasts they are, and independent (Dawid 1984); Kolmogorov's exact test.
    """
    return float(kstest(below, "uniform", method="auto").pvalue)
