"""An estimate says the same in any unit of money, characteristic or instrument, in any order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inroads as ir


def goods(seed=0, markets=30, size=6):
    rng = np.random.default_rng(seed)
    n = markets * size
    market = np.repeat(np.arange(markets), size)
    x, w, xi = rng.uniform(0, 2, n), rng.normal(size=n), 0.5 * rng.normal(size=n)
    omega = 0.3 * rng.normal(size=n)
    prices = 4 + 0.4 * x + 0.6 * w + 0.5 * xi + omega
    nu = rng.normal(size=200)
    e = np.exp((3 - 1.5 * prices + x + xi)[:, None] + 0.8 * np.outer(x, nu))
    totals = np.stack([np.bincount(market, column) for column in e.T], axis=1)
    shares = (e / (1 + totals[market])).mean(axis=1)
    data = pd.DataFrame(
        {
            "market_ids": market,
            "firm_ids": np.tile(np.arange(size) % 3, markets),
            "product_ids": np.tile(np.arange(size), markets),
            "shares": shares,
            "prices": prices,
            "x": x,
            "w": w,
            "supply_instruments0": np.roll(x, 1),
            "demand_instruments0": w,
        }
    )
    near = ir.differentiation_instruments("0 + x", ir.read_panel(data)).to_numpy()
    return data.assign(
        demand_instruments1=near[:, 0],
        demand_instruments2=near[:, 1],
        supply_instruments1=near[:, 1],
    )


DATA = goods()
AGENTS = ir.draw_agents(DATA["market_ids"].unique(), "halton", 20, 1, seed=2)
MODELS = {
    "logit": (None, False),
    "random": (None, True),
    "linear costs": (False, False),
    "log costs": (True, False),
    "linear costs, random": (False, True),
    "log costs, random": (True, True),
}


def estimated(name, data, money=1.0, x=1.0, steps=2):
    log, random = MODELS[name]
    demand = ir.Demand("1 + prices + x", random="0 + x" if random else None)
    start = {"sigma": [0.8 / x]} if random else {}
    supply = None
    if log is not None:
        supply = ir.Supply("1 + w", log=log, lowest=1e-3 * money if log else None)
        start["prices"] = -1.0 / money
    panel = ir.read_panel(data, AGENTS if random else None)
    return ir.estimate(demand, panel, supply=supply, start=start, n_starts=1, steps=steps)


CENTRAL = {(name, steps): estimated(name, DATA, steps=steps) for name in MODELS for steps in (1, 2)}


def in_units(found, name, money, x, w):
    """Parameters and standard errors in the units of the central estimate."""
    linear = MODELS[name][0] is False
    cost = money if linear else 1.0
    unit = {
        "prices": money,
        "x": x,
        "sigma[x]": x,
        "gamma[w]": w / cost,
        "gamma[1]": 1 / cost,
        "1": 1.0,
    }
    scale = pd.Series({n: unit[n] for n in found.params.index})
    params = found.params * scale
    if "gamma[1]" in params and not linear:
        params["gamma[1]"] -= np.log(money)
    return params, found.standard_errors * scale


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("name", MODELS)
@given(
    st.integers(-8, 8), st.integers(-8, 8), st.integers(-8, 8), st.integers(-8, 8),
    st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=4, deadline=None)
def test_units_and_order_change_nothing(name, steps, money, x, w, instrument, seed):
    money, x, w, instrument = (10.0**k for k in (money, x, w, instrument))
    order = np.random.default_rng(seed).permutation(len(DATA))
    data = DATA.iloc[order].reset_index(drop=True)
    data = data.assign(
        prices=data.prices * money,
        x=data.x * x,
        w=data.w * w,
        demand_instruments1=data.demand_instruments1 * instrument,
        supply_instruments1=data.supply_instruments1 * instrument,
    )
    central, found = CENTRAL[name, steps], estimated(name, data, money, x, steps)
    params, errors = in_units(found, name, money, x, w)
    assert found.converged
    assert not found.unidentified_directions
    assert not found.at_bounds
    # The search ends where a step gains 1e-7 of the objective's root: some 1e-4 of an error.
    near = 1e-3 if MODELS[name][1] else 1e-7
    gap = (params - central.params) / central.standard_errors
    assert gap.abs().max() < near
    np.testing.assert_allclose(errors, central.standard_errors, rtol=max(near, 1e-6))
    ours, theirs = found.overidentification, central.overidentification
    assert ours.degrees == theirs.degrees
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-5, abs=1e-8)


def test_unscaled_weights_are_those_of_two_stage_least_squares_as_costs_come():
    """With prices of standard deviation one both are the same; otherwise the unit counts."""
    log, random = False, False
    assert MODELS["linear costs"] == (log, random)
    demand, supply = ir.Demand("1 + prices + x"), ir.Supply("1 + w", log=False)
    unit = DATA.prices.std(ddof=0)
    start = {"prices": -1.0}

    def estimate(data, **how):
        panel = ir.read_panel(data)
        return ir.estimate(demand, panel, supply=supply, start=start, steps=1, **how).params

    scaled = DATA.assign(prices=DATA.prices / unit)
    np.testing.assert_allclose(
        estimate(scaled), estimate(scaled, initial_weighting="unscaled"), rtol=1e-6
    )
    dear = DATA.assign(prices=DATA.prices * 100)
    moved = estimate(dear, initial_weighting="unscaled")["prices"] * 100
    assert abs(moved - estimate(DATA, initial_weighting="unscaled")["prices"]) > 1e-4
