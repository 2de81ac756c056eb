"""Products changed and launched by characteristics, in a market of an estimate."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest
from scipy.stats import norm

import inroads as ir

DEMAND = ir.Demand("1 + prices + log(hpwt) + air", random="0 + hpwt", nested=False)

#: one agent far out
NODES = [3.1, *np.linspace(-1, 1, 9)]


@cache
def cars():
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    products = products[products["market_ids"].isin([1971, 1972])]
    products = products.assign(product_ids=products["car_ids"])
    agents = ir.draw_agents([1971, 1972], "product", size=5, dimensions=1)
    panel = ir.read_panel(products, agents)
    return ir.estimate(DEMAND, panel, start={"sigma": [0.5]}, steps=1, n_starts=1)


def market():
    return cars().market(1971, below_zero=True)


def test_nothing_changed_nothing_moves():
    before = market()
    name = before.offers.index[3]
    hpwt = before.consumers.formulas.table.loc[name, "hpwt"]
    after = before.after(ir.Change(name, hpwt=hpwt))
    np.testing.assert_allclose(after.consumers.utility, before.consumers.utility, rtol=1e-12)


def test_utility_moves_by_formulas_and_tastes():
    fit, before = cars(), market()
    name, row = before.offers.index[3], 3
    old = before.consumers.formulas.table.loc[name]
    after = before.after(ir.Change(name, hpwt=2 * old["hpwt"], air=1 - old["air"]))
    change = after.consumers.utility - before.consumers.utility
    nodes = fit.panel.agents.loc[fit.panel.agents["market_ids"] == 1971, "nodes0"].to_numpy()
    expected = fit.params["log(hpwt)"] * np.log(2) + fit.params["air"] * (1 - 2 * old["air"])
    expected = expected + fit.params["sigma[hpwt]"] * nodes * old["hpwt"]
    np.testing.assert_allclose(change[row], expected, rtol=1e-10)
    assert not np.delete(change, row, axis=0).any()
    # Once more, and back.
    back = after.after(ir.Change(name, hpwt=old["hpwt"], air=old["air"]))
    np.testing.assert_allclose(back.consumers.utility, before.consumers.utility, rtol=1e-10)


def test_firms_answer():
    before = market()
    name = before.offers.index[0]
    old = before.consumers.formulas.table.loc[name, "hpwt"]
    sign = np.sign(cars().params["log(hpwt)"])
    after = before.after(ir.Change(name, hpwt=old * np.exp(0.3 * sign)))
    first, second = before.solve(certificate=False), after.solve(certificate=False)
    np.testing.assert_allclose(first.prices, before.offers["price"], rtol=1e-6)
    assert second.shares.iloc[0] > first.shares.iloc[0]


def test_a_twin_launched_by_characteristics_is_the_twin():
    fit, before = cars(), market()
    name = before.offers.index[2]
    old = before.consumers.formulas.table.loc[name]
    xi = fit.xi[np.flatnonzero(fit.panel.products["market_ids"] == 1971)[2]]
    utility = before.consumers.utility_of(xi=xi, hpwt=old["hpwt"], air=old["air"])
    np.testing.assert_allclose(utility, before.consumers.utility[2], rtol=1e-9)
    launch = ir.Launch(
        "twin",
        manufacturer=before.offers.loc[name, "manufacturer"],
        price=float(before.offers.loc[name, "price"]),
        utility=utility,
        production_cost=float(before.offers.loc[name, "retail_cost"]),
    )
    after = before.after(launch)
    assert len(after.offers) == len(before.offers) + 1
    with pytest.raises(ir.InputError, match="an offer of the panel"):
        after.after(ir.Change("twin", air=1.0))
    changed = after.after(ir.Withdraw(offer=before.offers.index[0]), ir.Change(name, air=1.0))
    assert changed.consumers.formulas.table.loc[name, "air"] == 1.0


def twin(before, xi, **changes):
    """The third product once more, by its characteristics."""
    name = before.offers.index[2]
    old = before.consumers.formulas.table.loc[name]
    given = {"hpwt": old["hpwt"], "air": old["air"]} | changes
    return ir.Launch(
        "twin",
        manufacturer=before.offers.loc[name, "manufacturer"],
        price=float(before.offers.loc[name, "price"]),
        characteristics=given,
        xi=xi,
        production_cost=float(before.offers.loc[name, "retail_cost"]),
    )


def test_a_launch_by_characteristics_is_one_by_its_utility():
    before = market()
    after = before.after(twin(before, 0.3))
    old = before.consumers.formulas.table.loc[before.offers.index[2]]
    utility = before.consumers.utility_of(xi=0.3, hpwt=old["hpwt"], air=old["air"])
    np.testing.assert_array_equal(after.consumers.utility[-1], utility)
    # It keeps its formulas, so that it may be another yet.
    other = after.after(ir.Change("twin", air=1 - old["air"]))
    direct = before.after(twin(before, 0.3, air=1 - old["air"]))
    np.testing.assert_allclose(other.consumers.utility, direct.consumers.utility, rtol=1e-12)


def test_what_is_unobserved_of_a_launch_is_drawn():
    fit, before = cars(), market()
    launch = twin(before, 0.0)
    xi = fit.xi[:10]
    drawn = ir.launch_outcomes(fit, 1971, launch, xi=xi, draws=10, parameters=False)
    assert drawn.failed == 0
    np.testing.assert_array_equal(np.sort(drawn.draws["xi"]), np.sort(xi))
    # Each draw is that launch.
    row = drawn.draws.iloc[7]
    here = before.after(twin(before, float(row["xi"]))).solve(certificate=False)
    assert here.shares["twin"] == pytest.approx(row["share"], rel=1e-9)
    quiet = before.solve(certificate=False)
    gain = here.consumer_surplus - quiet.consumer_surplus
    assert gain == pytest.approx(row["consumer_gain"], rel=1e-6)
    table = drawn.to_frame(0.5)
    assert table.loc["share", "low"] < table.loc["share", "mean"] < table.loc["share", "high"] * 9
    # Better products sell more; a known one has no spread.
    assert drawn.draws[["xi", "share"]].corr(method="spearman").iloc[0, 1] > 0.999
    known = ir.launch_outcomes(fit, 1971, launch, xi=0.5, draws=2, parameters=False).draws
    assert known["share"].nunique() == 1
    normal = ir.launch_outcomes(fit, 1971, launch, xi=norm(0, 0.1), draws=10, parameters=False)
    assert abs(normal.draws["xi"].mean()) < 0.05


def test_parameters_are_drawn_too():
    fit, before = cars(), market()
    tight = ir.known_demand(
        fit.demand, fit.panel, fit.params.to_dict(), covariance=fit.params.abs() * 0.01
    )
    drawn = ir.launch_outcomes(tight, 1971, twin(before, 0.0), xi=0.0, draws=5, seed=3)
    held = ir.launch_outcomes(tight, 1971, twin(before, 0.0), xi=0.0, draws=1, parameters=False)
    shares = drawn.draws["share"]
    assert drawn.failed == 0
    assert shares.nunique() == 5
    assert shares.mean() == pytest.approx(held.draws["share"].item(), rel=0.2)


def test_launches_that_cannot_be_drawn():
    fit, before = cars(), market()
    launch = twin(before, 0.0)
    plain = ir.Launch("x", manufacturer="m", price=1.0, utility=np.zeros(5))
    for call, message in (
        (lambda: ir.launch_outcomes(fit, 1971, plain), "a launch by characteristics"),
        (lambda: ir.launch_outcomes(fit, 1971, launch, xi="good"), "numbers, or a distribution"),
        (lambda: ir.launch_outcomes(fit, 1971, launch, xi=[]), "numbers, or a distribution"),
        (lambda: ir.launch_outcomes(fit, 1971, launch, draws=0), "1 draw or more"),
        (lambda: before.after(twin(before, 0.0, horses=1.0)), "characteristics in formulas"),
        (lambda: before.after(replace(plain, xi=1.0)), "characteristics= beside xi="),
        (lambda: before.after(replace(launch, utility=np.zeros(5))), "both"),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()


def test_a_few_who_like_to_pay_do_not_stop_a_market():
    """Their share is said, their welfare left out; the others' is by hand."""
    table = pd.DataFrame({"market_ids": [1, 1, 1], "product_ids": ["a", "b", "c"]})
    table = table.assign(firm_ids=["A", "B", "C"], prices=1.0, shares=[0.2, 0.25, 0.15])
    agents = pd.DataFrame({"market_ids": 1, "weights": 0.1, "nodes0": NODES})
    demand = ir.Demand("1 + prices", random="0 + prices")
    params = {"1": 0.0, "prices": -3.0, "sigma[prices]": 1.0}
    known = ir.known_demand(demand, ir.read_panel(table, agents), params)
    with pytest.warns(UserWarning, match="10.00% of agents like to pay: their welfare"):
        before = known.market(1, below_zero=True)
    solved = before.solve(certificate=False)
    np.testing.assert_allclose(solved.prices, 1.0, rtol=1e-9)
    alpha, u = before.consumers.alpha, before.consumers.utility - before.consumers.alpha
    W = np.log1p(np.exp(u).sum(axis=0))[1:] / alpha[1:]
    assert solved.consumer_surplus == pytest.approx(0.1 * W.sum(), rel=1e-9)
    with pytest.raises(ir.ConvergenceError, match="agents who like to pay"):
        before.solve()
    upside_down = ir.known_demand(demand, known.panel, params | {"prices": 0.5})
    with pytest.raises(ir.InputError, match="of half the consumers at least"):
        upside_down.market(1, below_zero=True)


def test_prices_of_some_are_held():
    """One firm's prices stay; the others answer a merger as if its were fixed."""
    before = market()
    names = before.offers.index[:2]
    held = before.after(*(ir.SetPrice(offer=name, by=0.0) for name in names))
    firms = before.offers["manufacturer"].unique()
    after = held.after(ir.Merge(firms[0], firms[1])).solve(certificate=False)
    np.testing.assert_array_equal(after.prices[names], before.offers.loc[names, "price"])
    free = before.after(ir.Merge(firms[0], firms[1])).solve(certificate=False)
    assert (abs(free.prices[names] / before.offers.loc[names, "price"] - 1) > 1e-6).all()


def test_bad_input():
    before = market()
    name = before.offers.index[0]
    for move, message in (
        (ir.Change(name, horses=2.0), "characteristics in formulas"),
        (ir.Change(name, prices=2.0), "ir.SetPrice"),
        (ir.Change(name), "characteristics to change"),
        (ir.Change("no such car", air=1.0), "no such car"),
        (ir.Change(name, hpwt=-1.0), "hpwt"),
    ):
        with pytest.raises(ir.InputError, match=message):
            before.after(move)
    with pytest.raises(ir.InputError, match="none for hpwt"):
        before.consumers.utility_of(air=1.0)
    table = pd.DataFrame({"product_ids": ["a", "b"], "firm_ids": ["a", "b"], "prices": [1.0, 1.0]})
    table = table.assign(shares=0.3, margins=[0.5, None])
    other, _ = ir.market_from_margins(table)
    with pytest.raises(ir.InputError, match="keeps the formulas"):
        other.after(ir.Change("a", air=1.0))


def test_what_absorbed_effects_hold_is_not_guessed():
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)
    demand = ir.Demand("0 + prices", absorb="product_ids", random="1 + sugar")
    fit = ir.estimate(
        demand, ir.read_panel(products, agents), start={"sigma": [0.3, 0.1]}, steps=1, n_starts=1
    )
    cereal = fit.market("C01Q1")
    with pytest.raises(ir.InputError, match="sugar, which absorbed effects hold"):
        cereal.after(ir.Change(cereal.offers.index[0], sugar=3.0))
    with pytest.raises(ir.InputError, match="no column product_ids; expected products whose eff"):
        cereal.consumers.utility_of(sugar=3.0)
