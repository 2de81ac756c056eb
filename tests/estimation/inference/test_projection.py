"""Absorbed effects on characteristics: by hand, by simulation, bad input."""

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from tests.estimation.cereals import estimated


@pytest.fixture(scope="module")
def cereals():
    return estimated()


def test_cereals_beside_two_steps_by_hand(cereals):
    """Effects are means of delta less x beta; their regression weighs them by V."""
    found = cereals.project("1 + sugar + mushy")
    products = cereals.panel.products
    left = cereals.delta - products["prices"] * cereals.params["prices"]
    effects = left.groupby(products["product_ids"]).mean()
    np.testing.assert_allclose(found.effects.reindex(effects.index), effects, rtol=1e-8)
    assert list(found.params.index) == ["1", "sugar", "mushy"]
    assert found.fit.degrees == 24 - 3
    assert 0 < found.R2 < 1
    assert (found.standard_errors > 0).all()


def test_logit_is_one_regression_with_characteristics():
    """In logit the projection is near the regression that has characteristics in it."""
    rng = np.random.default_rng(0)
    T, J = 60, 12
    x = np.tile(rng.normal(size=J), T)
    xi = 0.2 * rng.normal(size=T * J)
    cost = rng.normal(size=T * J)
    prices = 2 + cost + 0.5 * xi
    odds = np.exp(-1 + 0.7 * x - prices + xi).reshape(T, J)
    table = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(T), J),
            "product_ids": np.tile([f"p{j}" for j in range(J)], T),
            "prices": prices,
            "x": x,
            "shares": (odds / (1 + odds.sum(axis=1, keepdims=True))).ravel(),
            "demand_instruments0": cost,
        }
    )
    panel = ir.read_panel(table)
    absorbed = ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), panel)
    found = absorbed.project("1 + x")
    assert found.params["x"] == pytest.approx(0.7, abs=4 * found.standard_errors["x"])
    assert found.standard_errors["x"] < 0.02
    whole = ir.estimate(ir.Demand("1 + prices + x"), panel)
    assert found.standard_errors["x"] == pytest.approx(whole.standard_errors["x"], rel=0.2)
    assert found.fit.p > 0.001


def test_the_test_of_fit_and_the_intervals_hold():
    """Of 20 samples of logit the interval holds the truth in all but few."""
    held, p = 0, []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        T, J = 80, 6
        x, cost = np.tile(np.linspace(-1, 1, J), T), rng.normal(size=T * J)
        xi = 0.3 * rng.normal(size=T * J)
        prices = 2 + cost + 0.5 * xi
        odds = np.exp(-1 + 0.7 * x - prices + xi).reshape(T, J)
        table = pd.DataFrame(
            {
                "market_ids": np.repeat(np.arange(T), J),
                "product_ids": np.tile(np.arange(J), T),
                "prices": prices,
                "x": x,
                "shares": (odds / (1 + odds.sum(axis=1, keepdims=True))).ravel(),
                "demand_instruments0": cost,
            }
        )
        fit = ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), ir.read_panel(table))
        found = fit.project("1 + x")
        held += abs(found.params["x"] - 0.7) < 1.96 * found.standard_errors["x"]
        p.append(found.fit.p)
    assert held >= 17
    assert 0.25 < np.mean(p) < 0.75


def test_bad_input(cereals):
    with pytest.raises(ir.InputError, match="do not vary within product_ids"):
        cereals.project("1 + prices")
    panel = ir.read_panel(pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION))
    with pytest.raises(ir.InputError, match="one absorbed effect"):
        ir.estimate(ir.Demand("1 + prices"), panel).project("1 + sugar")
    both = ir.Demand("0 + prices", absorb="product_ids + city_ids")
    with pytest.raises(ir.InputError, match="2 of them"):
        ir.estimate(both, panel).project("1 + sugar")
