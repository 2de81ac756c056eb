"""Optimal instruments: PyBLP's tutorial, PyBLP itself beside supply, and appended columns."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.estimation.instruments.appending import append_instruments
from inroads.estimation.instruments.characteristics import blp_instruments
from inroads.estimation.instruments.optimal import optimal_instruments
from tests.estimation.cereals import CEREALS, estimated


@pytest.fixture(scope="session")
def cereals():
    return estimated()


def test_cereals_again_with_optimal_instruments(cereals):
    """PyBLP 1.3.0's answer; the published one of Conlon and Gortmaker's table 7 is no optimum."""
    panel = optimal_instruments(cereals)
    assert len(panel.products.filter(like="demand_instruments").columns) == 14
    start = {"sigma": np.diag(cereals.sigma), "pi": cereals.pi.to_numpy()}
    found = ir.estimate(CEREALS, panel, start=start, steps=1, n_starts=1)
    assert found.converged
    assert found.objective < 1e-9
    sigma = [0.214276215861, 3.002222395749, 0.026800344071, 0.29877677948]
    np.testing.assert_allclose(np.diag(found.sigma), sigma, rtol=1e-5)
    expected = {
        "prices": -31.403340824612,
        "pi[1, income]": 6.046795911259,
        "pi[1, age]": 0.1611040267581,
        "pi[prices, income]": 98.39878707052,
        "pi[prices, income_squared]": -5.559216917125,
        "pi[prices, child]": 4.10695864281,
        "pi[sugar, income]": -0.3127471492447,
        "pi[sugar, age]": 0.04913454980018,
        "pi[mushy, income]": 0.9676448217004,
        "pi[mushy, age]": -0.5362398541239,
    }
    for name, value in expected.items():
        assert found.params[name] == pytest.approx(value, rel=1e-5), name
    assert found.standard_errors["prices"] == pytest.approx(4.526848095651, rel=1e-4)


def world(seed=0, markets=30, J=8, agents=40):
    """Products without prices and shares, and agents."""
    rng = np.random.default_rng(seed)
    N = markets * J
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J) % 3, markets),
            "x": rng.uniform(size=N),
            "z": rng.uniform(size=N),
            "xi": 0.3 * rng.normal(size=N),
            "omega": 0.1 * rng.normal(size=N),
        }
    )
    people = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), agents),
            "weights": 1 / agents,
            "nodes0": rng.normal(size=markets * agents),
            "nodes1": rng.normal(size=markets * agents),
            "nodes2": rng.normal(size=markets * agents),
        }
    )
    return products, people


def simulated(log, nested=False):
    """A panel in equilibrium, made by PyBLP."""
    products, agents = world()
    nests = {"nesting_ids": np.tile(np.arange(8) // 4, 30)} if nested else {}
    simulation = pyblp.Simulation(
        (
            pyblp.Formulation("1 + prices + x"),
            pyblp.Formulation("1 + prices + x"),
            pyblp.Formulation("1 + x + z"),
        ),
        products.assign(**nests).to_dict("series"),
        beta=[2, -3, 2],
        sigma=np.diag([0.5, 0.2, 1.0]),
        gamma=[0.1, 0.1, 0.3] if log else [1, 1, 0.5],
        rho=0.4 if nested else None,
        agent_data=agents,
        xi=products["xi"],
        omega=products["omega"],
        costs_type="log" if log else "linear",
    )
    solved = simulation.replace_endogenous()
    assert solved.fp_converged.all()
    data = solved.product_data
    products = products.assign(
        prices=data["prices"].ravel(), shares=data["shares"].ravel(), **nests
    )
    panel = ir.read_panel(products, agents)
    panel = append_instruments(panel, blp_instruments("0 + x + z", panel))
    panel = append_instruments(panel, panel.products[["z"]])
    return append_instruments(panel, blp_instruments("0 + x + z", panel), "supply")


def theirs_at(e, panel, supply, log, nested):
    """PyBLP's results at the estimate's parameters."""
    formulas = [pyblp.Formulation("1 + x + prices"), pyblp.Formulation("1 + prices + x")]
    if supply:
        formulas.append(pyblp.Formulation("1 + x + z"))
    p = e.params
    return pyblp.Problem(
        tuple(formulas), panel.products, None, panel.agents, costs_type="log" if log else "linear"
    ).solve(
        sigma=e.sigma.to_numpy(),
        rho=p["rho"] if nested else None,
        beta=[None, None, p["prices"]] if supply else None,
        method="1s",
        optimization=pyblp.Optimization("return"),
        check_optimality="gradient",
        iteration=pyblp.Iteration("squarem", {"atol": 1e-14}),
    )


def matched(found, expected):
    """Columns found are among those expected, each once, to 1e-6 of their size."""
    left = list(range(expected.shape[1]))
    for column in found.T:
        gaps = [np.abs(column - expected[:, k]).max() / np.abs(column).max() for k in left]
        assert min(gaps) < 1e-6, gaps
        left.pop(int(np.argmin(gaps)))


@pytest.mark.parametrize(("supply", "log"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("nested", [False, True])
def test_columns_beside_pyblp(supply, nested, log):
    panel = simulated(log, nested)
    demand = ir.Demand("1 + x + prices", random="1 + prices + x", nested=nested)
    start = {"sigma": [0.4, 0.3, 0.8]}
    costs = ir.Supply("1 + x + z", log=log) if supply else None
    e = ir.estimate(
        demand,
        panel,
        supply=costs,
        start={**start, **({"prices": -3} if supply else {}), **({"rho": 0.4} if nested else {})},
        steps=1,
        n_starts=1,
    )
    theirs = theirs_at(e, panel, supply, log, nested).compute_optimal_instruments()
    made = optimal_instruments(e)
    again = theirs.to_problem()
    # PyBLP's columns hold the exogenous ones of the formula too.
    own = made.products.filter(regex="^demand_instruments").to_numpy()
    matched(own, again.products.ZD)
    assert again.products.ZD.shape[1] == own.shape[1] + 2
    if supply:
        own = made.products.filter(regex="^supply_instruments").to_numpy()
        matched(own, again.products.ZS)
        assert again.products.ZS.shape[1] == own.shape[1] + 3


def test_prices_may_be_given(cereals):
    prices = cereals.panel.products["prices"].to_numpy()
    made = optimal_instruments(cereals, prices)
    np.testing.assert_allclose(made.products["demand_instruments13"], prices)
    for wrong in (prices[:3], np.where(prices > 0.1, np.nan, prices)):
        with pytest.raises(ir.InputError, match="expected prices"):
            optimal_instruments(cereals, wrong)


def test_nested_logit_without_search():
    """rho is linear, and yet has an instrument: the within-share where xi is zero."""
    panel = simulated(False, nested=True)
    panel = ir.read_panel(panel.products, None)
    demand = ir.Demand("1 + x + prices", nested=True)
    e = ir.estimate(demand, panel, steps=1)
    made = optimal_instruments(e)
    names = made.products.filter(regex="^demand_instruments").columns
    assert len(names) == 2
    assert "rho" in made.notes[-1]
    again = ir.estimate(demand, made, steps=1)
    assert again.objective < 1e-15
    assert np.abs(again.params["rho"] - e.params["rho"]) < 5 * e.standard_errors["rho"]


def test_markets_without_supply():
    """There prices come from the regression, elsewhere from equilibrium."""
    panel = simulated(False)
    demand = ir.Demand("1 + x + prices", random="1 + prices")
    supply = ir.Supply("1 + x + z", log=False, markets=range(20))
    start = {"sigma": [0.4, 0.3], "prices": -3}
    e = ir.estimate(demand, panel, supply=supply, start=start, steps=1, n_starts=1)
    made = optimal_instruments(e)
    outside = (panel.products["market_ids"] >= 20).to_numpy()
    supplied = made.products.filter(regex="^supply_instruments").to_numpy()
    assert not supplied[outside].any()
    assert supplied[~outside].any(axis=0).all()
    again = ir.estimate(demand, made, supply=supply, start=start, steps=1, n_starts=1)
    assert again.converged


class TestAppend:
    def test_names_go_on_and_notes_say_what_is_what(self, cereals):
        panel = cereals.panel
        sums = blp_instruments("1 + sugar", panel)
        found = append_instruments(panel, sums)
        names = [f"demand_instruments{k}" for k in range(20, 20 + sums.any().sum())]
        np.testing.assert_array_equal(found.products[names], sums.loc[:, sums.any()])
        assert f"demand_instruments20 is {sums.columns[0]}" in found.notes[-1]
        twice = append_instruments(found, sums.to_numpy()[:, :1])
        assert f"demand_instruments{20 + len(names)}" in twice.products
        other = append_instruments(panel, sums, "supply")
        assert "supply_instruments0" in other.products
        assert not panel.products.filter(like="supply").shape[1]
        alone = append_instruments(found, sums, replacing=True)
        assert alone.products.filter(like="demand_instruments").shape[1] == len(names)
        assert not any("demand_instruments20" in note for note in alone.notes)

    def test_columns_of_nothing_are_left_out(self, cereals):
        sums = pd.DataFrame({"a": 0.0, "b": np.arange(len(cereals.panel))})
        found = append_instruments(cereals.panel, sums)
        assert "0 everywhere left out: a" in found.notes[-1]
        assert "demand_instruments21" not in found.products

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda f: f.iloc[:5], "2256 rows"),
            (lambda f: f.assign(a="b"), "a table of numbers"),
            (lambda f: f.assign(a=np.inf), "finite numbers"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, cereals, change, message):
        frame = pd.DataFrame({"a": np.ones(len(cereals.panel))})
        with pytest.raises(ir.InputError, match=message):
            append_instruments(cereals.panel, change(frame))
        with pytest.raises(ir.InputError, match="'demand' or 'supply'"):
            append_instruments(cereals.panel, frame, "both")


def test_the_panel_is_left_as_it_was(cereals):
    before = cereals.panel.products.copy()
    optimal_instruments(cereals)
    pd.testing.assert_frame_equal(cereals.panel.products, before)
    assert replace(cereals.panel).notes == ()
