"""Forecasts of a series against closed forms, statsmodels' own, and a known truth."""

import numpy as np
import pytest
from scipy.stats import binom, qmc
from statsmodels.tsa.statespace.structural import UnobservedComponents

from inroads.errors import InputError
from inroads.uncertainty.forecast import Forecast, forecast

SEASON = np.array([0.3, -0.1, -0.15, -0.05])


def uniforms(found: Forecast, n: int) -> np.ndarray:
    return qmc.Sobol(found.uniforms, seed=np.random.default_rng(0)).random(n)


def noisy(n: int, seed: int, sigma: float = 0.1) -> np.ndarray:
    steps = 0.04 + sigma * np.random.default_rng(seed).standard_normal(n)
    return 3 + np.cumsum(steps) + SEASON[np.arange(n) % 4]


@pytest.mark.parametrize("gone", [[], [3], [5, 6], [2, 17], [18, 19]])
def test_a_series_without_noise_is_forecast_exactly(gone: list[int]) -> None:
    t = np.arange(28)
    truth = np.exp(1 + 0.07 * t + SEASON[t % 4])
    known = truth[:20].copy()
    known[gone] = np.nan
    found = forecast(known, 8)
    assert np.exp(found.mean) == pytest.approx(truth[20:], rel=1e-8)
    assert found.sigma < 1e-8
    assert found.paths(uniforms(found, 16)) == pytest.approx(np.tile(truth[20:], (16, 1)), rel=1e-6)
    assert found.quantiles(0.95) == pytest.approx(truth[20:], rel=1e-6)


def test_the_likelihood_is_where_statsmodels_finds_it() -> None:
    y = noisy(40, 3)
    y[[4, 17]] = np.nan
    model = UnobservedComponents(
        y, "rwdrift", seasonal=4, stochastic_seasonal=False, use_exact_diffuse=True
    )
    peer = model.fit(disp=0)
    found = forecast(np.exp(y), 6)
    assert found.sigma**2 == pytest.approx(peer.params[0], rel=1e-3)
    theirs = model.filter([found.sigma**2]).get_forecast(6)
    assert found.mean == pytest.approx(theirs.predicted_mean, rel=1e-8)
    error = found.sigma * np.sqrt((found.root**2).sum(axis=1))
    assert error == pytest.approx(theirs.se_mean, rel=1e-6)


def test_a_long_series_in_closed_form() -> None:
    """Level and season known: errors of h quarters are those of a random walk, min(h, k)."""
    y = noisy(400, 2)
    found = forecast(np.exp(y), 3)
    walk = np.minimum.outer([1, 2, 3], [1, 2, 3])
    assert found.root @ found.root.T == pytest.approx(walk, abs=0.05)
    steps = np.diff(y - SEASON[np.arange(400) % 4])
    assert found.sigma == pytest.approx(steps.std(), rel=0.02)
    ahead = y[-1] + steps.mean() * np.arange(1, 4) + SEASON[[0, 1, 2]] - SEASON[3]
    assert found.mean == pytest.approx(ahead, abs=0.05)
    assert found.freedom == 395


def test_paths_have_the_quantiles_that_are_stated() -> None:
    found = forecast(np.exp(noisy(19, 5)), 6)
    paths = found.paths(uniforms(found, 2**15))
    for level in (0.05, 0.5, 0.9):
        assert np.quantile(paths, level, axis=0) == pytest.approx(found.quantiles(level), rel=0.01)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Short series, so that not knowing the spread counts: 90 % intervals hold 9 times in 10."""
    repeats, held = 300, np.zeros(2)
    for seed in range(repeats):
        truth = np.exp(noisy(21, 100 + seed))
        found = forecast(truth[:17], 4)
        low, high = found.quantiles(0.05), found.quantiles(0.95)
        held += ((low <= truth[17:]) & (truth[17:] <= high))[[0, 3]]
    least, most = binom(repeats, 0.9).ppf([0.001, 0.999])
    assert ((least <= held) & (held <= most)).all()


def test_what_cannot_be_forecast_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        forecast(np.array([1.0, 0.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 2)
    with pytest.raises(InputError, match="6 values or more"):
        forecast(np.arange(1.0, 6.0), 2)
    never_seen = np.exp(noisy(24, 1))
    never_seen[::4] = np.nan
    with pytest.raises(InputError, match="season that was never seen"):
        forecast(never_seen, 2)
