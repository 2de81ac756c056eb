"""Bounds are kept, or refused by name: never dropped without a word."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError


def nested(seed=0, markets=40, size=6, rho=0.5):
    rng = np.random.default_rng(seed)
    n = markets * size
    market, nest = np.repeat(np.arange(markets), size), np.tile(np.arange(size) % 2, markets)
    x, z, xi = rng.uniform(0, 2, n), rng.normal(size=n), 0.5 * rng.normal(size=n)
    prices = 5 + 0.4 * x + 0.6 * z + 0.5 * xi
    e = np.exp((5 - 1.5 * prices + x + xi) / (1 - rho))
    group = market * 2 + nest
    inclusive = np.bincount(group, e)
    outside = 1 + np.bincount(np.arange(2 * markets) // 2, inclusive ** (1 - rho))
    shares = e / inclusive[group] * inclusive[group] ** (1 - rho) / outside[market]
    data = pd.DataFrame(
        {
            "market_ids": market,
            "firm_ids": np.tile(np.arange(size) % 3, markets),
            "nesting_ids": nest,
            "shares": shares,
            "prices": prices,
            "x": x,
            "demand_instruments0": z,
        }
    )
    sums = data.groupby(["market_ids", "nesting_ids"]).x.transform("sum")
    return ir.read_panel(data.assign(demand_instruments1=sums - data.x))


NESTED, PLAIN = ir.Demand("1 + prices + x", nested=True), ir.Demand("1 + prices + x")
UNSEARCHED = ["rho", "prices", "x", "sigma", "pi", "beta", "nonsense"]


@pytest.mark.parametrize("demand", [NESTED, PLAIN], ids=["nested", "plain"])
@pytest.mark.parametrize("key", UNSEARCHED)
def test_what_is_not_searched_has_no_bounds(demand, key):
    with pytest.raises(InputError, match=rf"found '{key}'; expected bounds of what is searched"):
        ir.estimate(demand, nested(), bounds={key: (0, 1)})


def test_nests_alone_are_searched_within_bounds_where_a_start_is_given():
    panel = nested()
    linear = ir.estimate(NESTED, panel)
    free = ir.estimate(NESTED, panel, start={"rho": 0.6})
    np.testing.assert_allclose(free.params, linear.params, rtol=1e-5)
    np.testing.assert_allclose(free.standard_errors, linear.standard_errors, rtol=1e-3)
    bound = linear.params["rho"] / 2
    kept = ir.estimate(NESTED, panel, start={"rho": 0.01}, bounds={"rho": (0, bound)})
    assert kept.params["rho"] == pytest.approx(bound)
    assert kept.at_bounds == ("rho",)


@pytest.mark.parametrize("pair", [(0.6, 0.5), (0.9, None), ([0.9], [0.1])])
def test_reversed_bounds_and_starts_outside_are_refused(pair):
    with pytest.raises(InputError, match=r"low <= high|within its bounds"):
        ir.estimate(NESTED, nested(), start={"rho": 0.55}, bounds={"rho": pair})


def test_reversed_bounds_of_entries_that_stay_zero_are_refused():
    panel = nested()
    agents = ir.draw_agents(panel.markets, "halton", 10, 2)
    products = panel.products.assign(
        **{f"demand_instruments{k}": panel.products.x**k for k in range(2, 6)}
    )
    with pytest.raises(InputError, match=r"low <= high in bounds\['sigma'\]"):
        ir.estimate(
            ir.Demand("1 + prices + x", random="0 + x + prices"),
            ir.read_panel(products, agents),
            start={"sigma": [[0.5, 0], [0, 0]]},
            bounds={"sigma": ([[0, 0], [0, 1]], [[2, 0], [0, 0.5]])},
        )


def test_a_linear_rho_that_no_utility_explains_is_said():
    """Nests whose sales fall with the number of their products."""
    rng = np.random.default_rng(0)
    rows = []
    for market in range(60):
        counts = rng.integers(1, 6, 2)
        sales = np.exp(-1.2 - 0.5 * (counts - 1) + 0.05 * rng.normal(size=2))
        sales /= 1 + sales.sum()
        for nest, count in enumerate(counts):
            parts = rng.dirichlet(np.full(count, 50.0))
            rows += [(market, nest, k % 2, sales[nest] * s, count) for k, s in enumerate(parts)]
    names = ["market_ids", "nesting_ids", "firm_ids", "shares", "demand_instruments1"]
    data = pd.DataFrame(rows, columns=names)
    data["demand_instruments0"] = rng.normal(size=len(data))
    data["prices"] = 3 + data.demand_instruments0 + 0.1 * rng.normal(size=len(data))
    data["shares"] *= np.exp(-0.02 * data.demand_instruments0)
    panel = ir.read_panel(data)
    found = ir.estimate(ir.Demand("1 + prices", nested=True), panel)
    assert found.params["rho"] > 1
    assert "is NOT from 0 to below 1" in found.summary()
    kept = ir.estimate(ir.Demand("1 + prices", nested=True), panel, start={"rho": 0.5})
    assert kept.at_bounds == ("rho",)
    assert kept.params["rho"] == pytest.approx(0.999)


def test_sampling_error_of_what_follows_from_a_linear_rho():
    found = ir.estimate(NESTED, nested())
    mean = found.standard_errors_of(lambda after: after.own_elasticities().mean()).to_frame()
    assert mean.loc[0, "standard_error"] > 0
