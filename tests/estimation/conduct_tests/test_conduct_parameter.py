"""A parameter of conduct: bargaining power found again, its error, its grid, bad input."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.estimation.conduct_tests.conduct_parameter import _Fitting
from tests.estimation.conduct_tests.test_conduct_tests import FORMULA, fitted, true_contract

DEMAND = ir.Demand("1 + prices + x", random="0 + x")
GRID = (0.2, 0.6, 1.0)


def bargaining(power):
    return ir.NashBargaining(channel_weight=power)


@cache
def found():
    """Prices are those of bargains in which channels have a power of 0.6."""
    panel = true_contract(bargaining(0.6), seed=2, markets=24)
    fit = ir.estimate(DEMAND, panel, start={"sigma": [1.0]}, n_starts=1, steps=1)
    return fit, ir.conduct_parameter(fit, bargaining, "1 + shifter", FORMULA, values=GRID)


def test_bargaining_power_is_found_again():
    _, power = found()
    assert abs(power.value - 0.6) < 1.96 * power.standard_error
    assert power.standard_error < 0.1
    assert 0.6 in power.not_rejected()
    assert 0.2 not in power.not_rejected()
    assert power.model == bargaining(power.value)


def test_the_estimate_is_where_the_lack_of_fit_is_least():
    fit, power = found()
    nearby = [bargaining(power.value + step) for step in (-1e-3, 0.0, 1e-3)]
    models = dict(zip(("below", "estimate", "above"), nearby, strict=True))
    tests = ir.test_conduct(fit, models, "1 + shifter", FORMULA, demand_error=False)
    below, at, above = tests.sets["instruments"].statistics.lack_of_fit
    assert at < min(below, above)
    assert power.frame["lack_of_fit"].min() >= at


def test_the_statistic_by_hand():
    """Without the error of demand: N g'S^-1 g, g and S means of instruments times costs."""
    fit, _ = found()
    power = ir.conduct_parameter(
        fit, bargaining, "1 + shifter", FORMULA, values=GRID, demand_error=False
    )
    table = fit.panel.products
    X = np.column_stack([np.ones(len(table)), table["shifter"]])
    Z = table[["rivals", "spread", "x"]].to_numpy()
    Z = Z - X @ np.linalg.lstsq(X, Z, rcond=None)[0]
    for value, statistic in zip(GRID, power.frame["statistic"], strict=True):
        cost = table["prices"].to_numpy() - bargaining(value).markups(fit.fitted)
        omega = cost - X @ np.linalg.lstsq(X, cost, rcond=None)[0]
        rows = Z * omega[:, None]
        g = rows.mean(axis=0)
        S = (rows - g).T @ (rows - g) / len(Z)
        assert statistic == pytest.approx(len(Z) * g @ np.linalg.solve(S, g), rel=1e-8)


def test_the_error_is_that_of_a_regression_where_costs_are_linear():
    """Markups in proportion to the parameter: two-stage least squares of prices on markups."""
    fit = fitted()
    markups = ir.PriceSetting().markups(fit.fitted)
    scaled = ir.conduct_parameter(
        fit,
        lambda scale: ir.GivenMarkups(scale * markups),
        "1 + shifter",
        FORMULA,
        values=np.linspace(-20, 20, 9),
        demand_error=False,
    )
    fitting = _Fitting(
        fit, lambda v: ir.GivenMarkups(v * markups), "1 + shifter", FORMULA, None, False
    )
    Z, N = fitting.Z, len(markups)
    price, markup = fitting.residual(0.0)[0], fitting.projection.residual(markups)
    G, g = Z.T @ markup / N, Z.T @ price / N
    expected = G @ g / (G @ G)
    residual = Z * (price - expected * markup)[:, None]
    S = np.cov(residual.T, bias=True)
    assert scaled.value == pytest.approx(expected, rel=1e-4)
    error = np.sqrt(G @ S @ G / N) / (G @ G)
    assert scaled.standard_error == pytest.approx(error, rel=1e-3)


def test_at_an_end_of_the_grid_there_is_no_error():
    fit, _ = found()
    low = ir.conduct_parameter(fit, bargaining, "1 + shifter", FORMULA, values=(0.1, 0.2, 0.3))
    assert low.value == 0.3
    assert np.isnan(low.standard_error)


def test_shown():
    _, power = found()
    assert repr(power).startswith("<ConductParameter 0.")
    assert len(power.chart().to_dict()["layer"]) == 3
    pd.testing.assert_frame_equal(power.to_frame(), power.frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": (0.1, 0.2)}, "at least three values"),
        ({"model": lambda power: power}, "a model of conduct for each value"),
        ({"model": lambda power: ir.PriceSetting()}, "costs that hang on the parameter"),
        ({"instruments": "0 + shifter"}, "found shifter"),
    ],
)
def test_bad_input_is_told(change, message):
    call = {"model": bargaining, "costs": "1 + shifter", "instruments": FORMULA, "values": GRID}
    with pytest.raises(ir.InputError, match=message):
        ir.conduct_parameter(fitted(), **call | change)
    with pytest.raises(ir.InputError, match="level above 0"):
        found()[1].not_rejected(95)
