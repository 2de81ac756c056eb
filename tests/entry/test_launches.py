"""Past launches as a population: closed forms, simulated truth, bounds."""

import numpy as np
import pytest
from scipy.stats import norm, t

from inroads.entry.launches import read_launches
from inroads.errors import InputError

RATIOS = np.log([0.5, 0.8, 2.0, 0.3, 1.1, 0.7])


def test_numbers_without_errors_give_student_s_t() -> None:
    """With flat priors on m and tau: n - 2 degrees of freedom (Gelman et al. 2013, section 3.2)."""
    n = len(RATIOS)
    past = read_launches(RATIOS)
    scale = np.sqrt(((RATIOS - RATIOS.mean()) ** 2).sum() / (n - 2))
    for level in (0.1, 0.5, 0.8):
        expected = RATIOS.mean() + scale * np.sqrt(1 + 1 / n) * t.ppf(level, n - 2)
        assert past.quantile(level) == pytest.approx(expected, abs=2e-3)
    assert past.mean[0] == pytest.approx(RATIOS.mean(), abs=1e-4)
    rest = RATIOS[1:]
    scale = np.sqrt(((rest - rest.mean()) ** 2).sum() / (n - 3) * (1 + 1 / (n - 1)))
    expected = t.cdf((RATIOS[0] - rest.mean()) / scale, n - 3)
    assert past.left_out[0] == pytest.approx([expected, expected], abs=2e-3)


def test_a_bound_that_says_nothing_changes_nothing() -> None:
    open_bound = read_launches(np.append(RATIOS, -np.inf), np.append(RATIOS, np.inf))
    assert open_bound.mean == pytest.approx(read_launches(RATIOS).mean, rel=1e-2, abs=1e-2)
    assert open_bound.left_out[-1] == pytest.approx([0, 1])


def test_a_large_error_is_little_weight() -> None:
    y = np.append(RATIOS, 8.0)
    past = read_launches(y, errors=np.append(np.zeros(6), 50.0))
    assert past.mean[0] == pytest.approx(RATIOS.mean(), abs=0.05)


def test_truth_is_found_among_errors_and_bounds() -> None:
    rng = np.random.default_rng(0)
    m, tau = -0.5, 0.8
    means, spreads, p_values, quantiles = [], [], [], []
    for k in range(16):
        errors = rng.uniform(0.05, 0.4, 25)
        truth = m + tau * rng.normal(size=26)
        y = truth[:-1] + errors * rng.normal(size=25)
        bound = rng.normal(m, 1, 25)
        is_bound = rng.uniform(size=25) < 0.4
        low = np.where(is_bound, np.where(y < bound, -np.inf, bound), y)
        high = np.where(is_bound, np.where(y < bound, bound, np.inf), y)
        past = read_launches(low, high, errors)
        means.append((past.mean[0] - m) / past.mean[1])
        spreads.append((past.spread[0] - tau) / past.spread[1])
        p_values.append(past.uniformity(k))
        quantiles.append(past.below(truth[-1]))
    for z in (means, spreads):
        assert abs(np.mean(z)) < 0.75
        assert 0.6 < np.std(z) < 1.4
    assert np.mean(np.array(p_values) < 0.1) < 0.4
    assert np.mean(quantiles) == pytest.approx(0.5, abs=0.22)


def test_all_below_a_bound_draws_the_mean_down() -> None:
    plain = read_launches(RATIOS)
    low, high = np.append(RATIOS, [-np.inf] * 3), np.append(RATIOS, [-1.5] * 3)
    assert read_launches(low, high).mean[0] < plain.mean[0] - 0.3


def test_draws_are_those_of_the_quantiles() -> None:
    past = read_launches(RATIOS)
    draws = past.draw(40_000, np.random.default_rng(0))
    for level in (0.1, 0.5, 0.9):
        assert np.mean(draws < past.quantile(level)) == pytest.approx(level, abs=0.01)


def test_a_launch_far_from_the_others_is_seen() -> None:
    rng = np.random.default_rng(1)
    past = read_launches(np.append(norm.ppf((np.arange(12) + 0.5) / 12), [6.0, 7.0]))
    assert past.left_out[-1].max() > 0.99
    assert past.uniformity() < read_launches(rng.normal(size=14)).uniformity()


@pytest.mark.parametrize(
    ("low", "high", "errors", "message"),
    [
        (RATIOS[:4], None, 0.0, "at least 5 launches"),
        (RATIOS, RATIOS - 1, 0.0, "lower bounds"),
        (RATIOS, None, -1.0, "errors of at least 0"),
        (np.append(RATIOS, np.nan), None, 0.0, "lower bounds"),
        (RATIOS, RATIOS[:3], 0.0, "one of each"),
    ],
)
def test_bad_input_is_refused(low, high, errors, message) -> None:
    with pytest.raises(InputError, match=message):
        read_launches(low, high, errors)


def test_too_few_numbers_are_not_tested() -> None:
    with pytest.raises(InputError, match="more than 5 numbers"):
        read_launches(RATIOS[:5]).uniformity()
