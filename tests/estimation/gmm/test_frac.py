"""FRAC starting values: exact as tastes narrow, near enough for a search to begin there."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir

MARKETS, J = 60, 4
DEMAND = ir.Demand("1 + prices + size", random="1 + size", demographics="0 + income", endogenous=())


def drawn(scale, xi=0.0):
    """Shares at tastes of a given scale, prices from costs; agents' incomes differ by market."""
    rng = np.random.default_rng(3)
    ids = np.repeat(np.arange(MARKETS), J)
    products = pd.DataFrame({"market_ids": ids, "firm_ids": np.tile(np.arange(J), MARKETS)})
    products["size"] = rng.uniform(0, 2, len(ids))
    agents = ir.draw_agents(range(MARKETS), "product", size=5, dimensions=2)
    level = rng.uniform(-1, 1, MARKETS)
    place = agents["market_ids"].to_numpy(int)
    agents["income"] = level[place] + rng.uniform(-1, 1, len(agents))
    panel = ir.simulate(
        DEMAND,
        products,
        agents,
        supply=ir.Supply("1 + size", log=False),
        beta={"1": 0.5, "prices": -1.0, "size": 1.0},
        gamma={"1": 0.5, "size": 0.3},
        sigma=np.diag([0.8, 0.6]) * scale,
        pi=[[0.0], [0.5 * scale]],
        deviations=(xi, 0.3),
    ).panel
    crowding = ir.differentiation_instruments("0 + size", panel, version="quadratic")
    panel = ir.append_instruments(panel, crowding)
    more = panel.products.assign(square=panel.products["size"] ** 2)
    more["level"] = more["size"] * level[more["market_ids"].to_numpy(int)]
    return ir.append_instruments(panel, more[["square", "level"]])


def errors(scale):
    start = ir.frac_start(DEMAND, drawn(scale), pi=[[0.0], [1.0]], prices=True)
    sigma = start["sigma"] / (np.array([0.8, 0.6]) * scale) - 1
    return np.abs([*sigma, start["pi"][1, 0] / (0.5 * scale) - 1, start["prices"] + 1])


def test_it_is_exact_as_tastes_narrow():
    """Of a constant the variance shows least: what is left of the third order is largest there."""
    wide, narrow = errors(1.0), errors(0.25)
    assert (narrow < wide).all()
    assert (narrow < [0.25, 0.02, 0.01, 0.01]).all()


def test_a_search_begins_there():
    panel = drawn(1.0, xi=0.1)
    start = ir.frac_start(DEMAND, panel, pi=[[0.0], [1.0]])
    fit = ir.estimate(DEMAND, panel, start=start, steps=1, n_starts=1)
    known = {"sigma": [0.8, 0.6], "pi": [[0.0], [0.5]]}
    again = ir.estimate(DEMAND, panel, start=known, steps=1, n_starts=1)
    assert fit.objective == pytest.approx(again.objective, rel=1e-5, abs=1e-8)


def test_variances_below_zero_begin_small():
    panel = drawn(1.0, xi=0.1)
    bent = panel.products.assign(shares=panel.products["shares"].to_numpy()[::-1] * 0.2)
    start = ir.frac_start(DEMAND, ir.read_panel(bent, panel.agents))
    assert (start["sigma"] > 0).all()
    assert "pi" not in start


def test_what_has_no_expansion():
    panel = drawn(0.5)
    for demand, message in (
        (ir.Demand("1 + prices"), "random coefficients"),
        (ir.Demand("1 + prices", random="0 + size", nested=True), "without nests"),
        (ir.Demand("1 + prices", random="0 + size", lognormal=("size",)), "lognormal"),
        (ir.Demand("1 + prices + size", random="1 + size"), "moves"),
    ):
        few = panel.products[["market_ids", "shares", "prices", "size", "firm_ids"]]
        with pytest.raises(ir.InputError, match=message):
            ir.frac_start(demand, ir.read_panel(few, panel.agents))
