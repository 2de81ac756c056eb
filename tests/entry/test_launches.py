"""Past launches as a population: closed forms, simulated truth, bounds."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, t

from inroads.entry.launch_posterior.figures import condition
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


def test_an_error_in_common_counts_once() -> None:
    """Figures of one launch without errors of their own but one in common: as one figure."""
    y = np.append(RATIOS, [1.0, 1.0])
    groups = np.append(np.arange(6), [6, 6])
    shared = np.append(np.zeros(6), [1.5, 1.5])
    together = read_launches(y, errors=0.3, groups=groups, shared=shared)
    once = read_launches(y[:-1], errors=np.append(np.full(6, 0.3), 1.5))
    apart = read_launches(y, errors=np.hypot(0.3, shared))
    assert abs(together.mean[0] - once.mean[0]) < abs(apart.mean[0] - once.mean[0])
    # A launch's own figures do not tell of each other.
    assert together.left_out[-1] == pytest.approx(together.left_out[-2])
    quantiles = together.left_out_quantiles((0.1, 0.9))
    assert quantiles[-1] == pytest.approx(quantiles[-2])
    assert (quantiles[:, 0] < quantiles[:, 1]).all()


def test_what_a_launch_of_one_figure_shares_is_its_own() -> None:
    errors = np.full(6, 0.3)
    own = read_launches(RATIOS, errors=np.hypot(errors, 0.4))
    shared = read_launches(RATIOS, errors=errors, groups=list("abcdef"), shared=0.4)
    assert shared.mean == pytest.approx(own.mean)
    assert own.quantile(0.9, error=1.0) > own.quantile(0.9)
    assert own.below(own.quantile(0.9, 1.0), 1.0) == pytest.approx(0.9)


def test_in_turn_knows_what_the_same_launch_said_before() -> None:
    """Independent uniform numbers also where figures of a launch hang together."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(8), 2)
    found = []
    for _ in range(5):
        y = 0.3 + np.repeat(rng.normal(size=8), 2) + 0.4 * rng.normal(size=16)
        past = read_launches(y, errors=0.3, groups=groups, shared=1.0)
        found.append(past.in_turn())
    pairs = np.array(found)
    assert abs(pairs.mean() - 0.5) < 0.1
    assert 0.2 < pairs.std() < 0.36
    assert abs(np.corrcoef(pairs[:, 1:-1:2].ravel(), pairs[:, 2::2].ravel())[0, 1]) < 0.5


def test_what_differs_between_channels_is_told_from_what_launches_share() -> None:
    """Twelve launches at four channels each, with one bound: tau and omega are found."""
    rng = np.random.default_rng(3)
    n, channels = 12, 4
    groups = np.repeat(np.arange(n), channels)
    loadings = np.tile(np.eye(channels), (n, 1))
    z = []
    for _ in range(12):
        y = -0.3 + np.repeat(0.5 * rng.normal(size=n), channels)
        y = y + rng.normal(size=n * channels) + 0.2 * rng.normal(size=n * channels)
        low = np.where(np.arange(len(y)) % 7 == 0, -np.inf, y)
        high = np.where(np.isfinite(low), y, y + 0.5)
        past = read_launches(low, high, errors=0.2, groups=groups, loadings=loadings)
        (tau, tau_error), (omega, omega_error) = past.spread, past.channel_spread
        z.append([(past.mean[0] + 0.3) / past.mean[1], (tau - 0.5) / tau_error])
        assert abs(omega - 1.0) < 3.5 * omega_error
        assert omega_error < 0.25
    assert np.abs(np.mean(z, axis=0)).max() < 0.75
    assert np.std(z, axis=0).max() < 1.5


def test_figures_of_one_channel_hang_together() -> None:
    """Two figures of what one channel sold, and one of another: only the last tells of omega."""
    y = np.append(RATIOS, [1.5, 1.5, -1.5])
    groups = np.append(np.arange(6), [6, 6, 6])
    loadings = np.zeros((9, 8))
    loadings[np.arange(9), [0, 1, 2, 3, 4, 5, 6, 6, 7]] = 1
    told = (np.array([0.5, -0.8, 1.2]), np.ones(3))
    together = read_launches(y, errors=0.1, groups=groups, loadings=loadings, others=told)
    assert together.channel_spread[0] > 0.5
    # Where launches have one figure each and nothing is known of other makers, it is 0.
    assert read_launches(RATIOS).channel_spread == (0.0, 0.0)


def test_what_other_makers_say_counts() -> None:
    some, much = (
        read_launches(RATIOS, others=(scale * np.array([1.0, -0.7, 0.4]), np.ones(3)))
        for scale in (0.5, 2.0)
    )
    assert some.channel_spread[0] < much.channel_spread[0]
    # Parts of several add up to less.
    values = np.array([1.0, -0.7, 0.4])
    halves = read_launches(RATIOS, others=(values, np.full(3, 0.5)))
    whole = read_launches(RATIOS, others=(values, np.ones(3)))
    assert halves.channel_spread[0] > whole.channel_spread[0]


def test_a_prior_draws_few_launches_together() -> None:
    flat = read_launches(RATIOS)
    shy = read_launches(RATIOS, prior_scale=0.2)
    assert shy.spread[0] < flat.spread[0]
    assert shy.correction.spread == pytest.approx(np.hypot(*shy.spread))
    assert shy.correction.error == pytest.approx(np.hypot(shy.mean[1], shy.correction.spread))


def test_two_bounds_in_one_launch_are_simulated_as_they_are() -> None:
    """The probability of two correlated bounds, against the bivariate normal's."""
    V = np.array([[[1.5, 0.9], [0.9, 2.0]]])
    low, high = np.array([-np.inf, 0.2]), np.array([0.4, 1.7])
    known = condition(np.zeros(1), np.linalg.cholesky(V), low, high)
    exact = multivariate_normal(cov=V[0])
    expected = exact.cdf([0.4, 1.7]) - exact.cdf([0.4, 0.2])
    assert np.exp(known.log_likelihood[0, 0]) == pytest.approx(expected, rel=0.02)
