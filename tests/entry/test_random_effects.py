"""Random effects: closed forms of balanced data, statsmodels' MixedLM, rows left out one by one."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from inroads.entry.random_effects import fit_random_effects
from inroads.errors import InputError


def crossed(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """y, X and codes of makers and channels, unbalanced."""
    rng = np.random.default_rng(seed)
    makers = np.repeat(np.arange(30), rng.integers(2, 12, 30))
    channels = rng.integers(0, 15, len(makers))
    x = rng.normal(size=len(makers))
    effects = 0.7 * rng.normal(size=30)[makers] + 0.4 * rng.normal(size=15)[channels]
    y = 1 + 0.5 * x + effects + rng.normal(size=len(makers))
    return y, np.column_stack([np.ones(len(makers)), x]), makers, channels


def test_balanced_data_have_the_analysis_of_variance() -> None:
    """sigma^2 within, (between - within) / n, effects shrunk by n tau^2 / (n tau^2 + sigma^2)."""
    groups, n = 12, 5
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(groups), n)
    y = 3 + 1.5 * rng.normal(size=groups)[codes] + rng.normal(size=groups * n)
    fit = fit_random_effects(y, np.ones((len(y), 1)), [codes])
    means = y.reshape(groups, n).mean(axis=1)
    within = ((y.reshape(groups, n) - means[:, None]) ** 2).sum() / (groups * (n - 1))
    between = n * means.var(ddof=1)
    variance = (between - within) / n
    assert fit.residual_variance == pytest.approx(within, rel=1e-4)
    assert fit.variances[0] == pytest.approx(variance, rel=1e-4)
    shrinkage = n * variance / (n * variance + within)
    assert fit.effects[0] == pytest.approx(shrinkage * (means - y.mean()), rel=1e-3)
    assert fit.coefficients == pytest.approx([y.mean()])
    # A group never seen: its effect, the residual, and the error of the mean.
    mean, error = fit.predict(np.ones((1, 1)), [np.array([-1])])
    assert mean == pytest.approx([y.mean()])
    assert error == pytest.approx([variance + within + between / (groups * n)], rel=1e-4)


def test_groups_that_do_not_differ_have_no_effects() -> None:
    codes = np.tile(np.arange(4), 6)
    y = np.repeat(np.random.default_rng(3).normal(size=6), 4)
    fit = fit_random_effects(y, np.ones((24, 1)), [codes])
    assert fit.variances[0] == 0
    assert fit.effects[0] == pytest.approx(np.zeros(4))
    assert fit.residual_variance == pytest.approx(y.var(ddof=1))


@pytest.mark.parametrize("two_way", [False, True])
def test_statsmodels_agrees(two_way: bool) -> None:
    y, X, makers, channels = crossed()
    groups = [makers, channels] if two_way else [makers]
    fit = fit_random_effects(y, X, groups)
    frame = pd.DataFrame({"y": y, "x": X[:, 1], "maker": makers, "channel": channels, "all": 1})
    components = {"maker": "0 + C(maker)"} | ({"channel": "0 + C(channel)"} if two_way else {})
    peer = smf.mixedlm("y ~ x", frame, groups="all", vc_formula=components).fit()
    assert fit.coefficients == pytest.approx(peer.fe_params.to_numpy(), rel=1e-4)
    assert fit.standard_errors == pytest.approx(peer.bse_fe.to_numpy(), rel=1e-2)
    assert fit.residual_variance == pytest.approx(peer.scale, rel=1e-3)
    order = sorted(components)
    by_name = dict(zip(order, peer.vcomp, strict=True))
    assert fit.variances == pytest.approx([by_name[n] for n in components], rel=1e-2)


def test_deleted_residuals_are_those_of_fits_without_the_row() -> None:
    """At the same variance components: covariance of normals, conditioned on all other rows."""
    y, X, makers, channels = crossed(2)
    fit = fit_random_effects(y, X, [makers, channels])
    V = fit.residual_variance * np.eye(len(y))
    for codes, variance in zip((makers, channels), fit.variances, strict=True):
        V += variance * (codes[:, None] == codes)
    for i in (0, 7, 31):
        rest = np.arange(len(y)) != i
        inverse = np.linalg.inv(V[np.ix_(rest, rest)])
        A = np.linalg.inv(X[rest].T @ inverse @ X[rest])
        beta = A @ X[rest].T @ inverse @ y[rest]
        along = V[i, rest] @ inverse
        mean = X[i] @ beta + along @ (y[rest] - X[rest] @ beta)
        left = X[i] - along @ X[rest]
        variance = V[i, i] - along @ V[rest, i] + left @ A @ left
        expected = (y[i] - mean) / np.sqrt(variance)
        assert fit.deleted_residuals[i] == pytest.approx(expected, rel=1e-6)


def test_intervals_of_groups_seen_and_not_seen_hold() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(150):
        effects = rng.normal(size=16)
        codes = np.repeat(np.arange(15), 6)
        y = effects[codes] + rng.normal(size=90)
        fit = fit_random_effects(y, np.ones((90, 1)), [codes])
        mean, variance = fit.predict(np.ones((2, 1)), [np.array([3, -1])])
        truth = effects[[3, 15]] + rng.normal(size=2)
        inside.append(np.abs(truth - mean) < 1.2816 * np.sqrt(variance))
    assert np.mean(inside, axis=0) == pytest.approx([0.8, 0.8], abs=0.09)


def test_too_few_rows_and_covariates_that_others_explain_are_refused() -> None:
    with pytest.raises(InputError, match="more rows than covariates"):
        fit_random_effects(np.ones(1), np.ones((1, 1)))
    with pytest.raises(InputError, match="of which none explains another"):
        fit_random_effects(np.arange(5.0), np.ones((5, 2)))
