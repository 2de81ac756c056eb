"""The value of a trial: the normal-normal closed form within its error, and its limits."""

import numpy as np
import pytest
from scipy.stats import norm, qmc

from inroads.errors import InputError
from inroads.uncertainty import evpi, evsi

MEAN, SPREAD = 0.3, 2.0


def normal(n: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """Do nothing, or gain what is N(0.3, 2), and what blurs it without being learnt."""
    points = qmc.Sobol(2, seed=np.random.default_rng(1)).random(n)
    x, other = norm.ppf(np.clip(points, 1e-9, 1 - 1e-9)).T
    theta = MEAN + SPREAD * x
    return np.column_stack([np.zeros(n), theta + other]), theta


@pytest.mark.parametrize("noise", [0.5, 2.0, 6.0])
def test_evsi_of_a_normal_result_is_the_closed_form(noise: float) -> None:
    """Raiffa and Schlaifer (1961, 5.4): the posterior mean is N(mean, spread^2 / sqrt(spread^2 +
    noise^2)), and EVSI the unit normal loss at the mean."""
    values, theta = normal()
    known = evsi(values, theta, noise)
    sd = SPREAD**2 / np.hypot(SPREAD, noise)
    u = MEAN / sd
    exact = sd * (norm.pdf(u) - u * (1 - norm.cdf(u)))
    assert abs(known.value - exact) < 3 * known.standard_error + 0.01 * exact
    assert known.standard_error < 0.2 * exact


def test_few_draws_err_on_the_safe_side() -> None:
    """A hundred draws each: decisions are a little worse than they could be, never flattered."""
    rng = np.random.default_rng(5)
    noise, values = 0.5, []
    for _ in range(40):
        theta = MEAN + SPREAD * rng.standard_normal(100)
        other = 3 * rng.standard_normal(100)
        values.append(evsi(np.column_stack([np.zeros(100), theta + other]), theta, noise).value)
    sd = SPREAD**2 / np.hypot(SPREAD, noise)
    exact = sd * (norm.pdf(MEAN / sd) - MEAN / sd * (1 - norm.cdf(MEAN / sd)))
    assert 0.75 * exact < np.mean(values) < exact


def test_a_trial_is_worth_less_the_more_it_is_blurred() -> None:
    values, theta = normal(512)
    worths = [evsi(values, theta, noise).value for noise in (0.2, 1.0, 5.0, 1000.0)]
    assert worths == sorted(worths, reverse=True)
    assert worths[-1] == 0.0
    assert worths[0] < evpi(values)


def test_what_a_result_says_nothing_of_is_worth_nothing() -> None:
    values, _ = normal(512)
    assert evsi(values, np.zeros(512), 1.0).value == 0.0
    assert evsi([[3.0, 1.0], [5.0, 2.0]], [0.0, 1.0], 0.1).value == 0.0


def test_results_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="the 2 draws of the values"):
        evsi([[1.0], [2.0]], [1.0, 2.0, 3.0], 1.0)
    with pytest.raises(InputError, match="above 0"):
        evsi([[1.0], [2.0]], [1.0, 2.0], 0.0)
