"""Products changed and launched by characteristics, in a market of an estimate."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir

DEMAND = ir.Demand("1 + prices + log(hpwt) + air", random="0 + hpwt", nested=False)


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
    with pytest.raises(ir.InputError, match="without absorbed effects"):
        cereal.consumers.utility_of(sugar=3.0)
