"""Scores against their definitions: integrals of squared differences, counts, uniforms."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binomtest, norm, t

from inroads.uncertainty.scores import (
    coverage_interval,
    crps_draws,
    crps_normal,
    crps_student,
    uniformity,
)


def integrated(cdf, outcome: float) -> float:
    """CRPS as it is defined, the integral of (F - 1{x > y})^2."""
    below = quad(lambda x: cdf(x) ** 2, -np.inf, outcome, epsabs=1e-11)[0]
    return below + quad(lambda x: (1 - cdf(x)) ** 2, outcome, np.inf, epsabs=1e-11)[0]


@pytest.mark.parametrize("outcome", [-2.0, 0.3, 5.0])
def test_crps_of_a_normal(outcome: float) -> None:
    expected = integrated(lambda x: norm.cdf(x, 0.5, 1.7), outcome)
    assert crps_normal(outcome, 0.5, 1.7) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("dof", [2.1, 5.0, 150.0])
@pytest.mark.parametrize("outcome", [-2.0, 0.3, 5.0])
def test_crps_of_student_s_t(outcome: float, dof: float) -> None:
    expected = integrated(lambda x: t.cdf((x - 0.5) / 1.7, dof), outcome)
    assert crps_student(outcome, 0.5, 1.7, dof) == pytest.approx(expected, rel=1e-6)


def test_crps_of_draws() -> None:
    x = np.random.default_rng(0).normal(size=50)
    apart = np.abs(x[:, None] - x).mean() / 2
    assert crps_draws(0.2, x) == pytest.approx(np.abs(x - 0.2).mean() - apart)
    grid = norm.ppf((np.arange(400) + 0.5) / 400)
    assert crps_draws(0.7, grid) == pytest.approx(crps_normal(0.7, 0, 1), abs=2e-4)


@pytest.mark.parametrize(("inside", "count"), [(0, 9), (7, 9), (9, 9), (471, 589)])
def test_coverage_is_clopper_and_pearson_s(inside: int, count: int) -> None:
    peer = binomtest(inside, count).proportion_ci(0.95, method="exact")
    assert coverage_interval(inside, count) == pytest.approx((peer.low, peer.high))


def test_uniformity() -> None:
    assert uniformity((np.arange(100) + 0.5) / 100) > 0.99
    assert uniformity(np.full(20, 0.5)) < 1e-4
