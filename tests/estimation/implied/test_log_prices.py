"""Utility in the logarithm of price: PyBLP's numbers, and markets in which firms answer."""

from functools import cache

import numpy as np
import pyblp
import pytest

import inroads as ir
from inroads.conduct.log_priced_demand import LogPricedDemand
from tests.estimation.cereals import products


@cache
def solved():
    """Cereals of some markets, tastes for the logarithm of price differing."""
    table = products()
    table = table[table["market_ids"].isin(sorted(set(table["market_ids"]))[::9])]
    formulas = (
        pyblp.Formulation("1 + log(prices) + sugar"),
        pyblp.Formulation("0 + log(prices) + sugar"),
    )
    integration = pyblp.Integration("product", size=3)
    problem = pyblp.Problem(formulas, table, integration=integration)
    return problem.solve(np.diag([0.3, 0.02]), optimization=pyblp.Optimization("return"))


@cache
def known():
    """The same, at elasticities of more than one, so that there are costs."""
    taken = ir.from_pyblp(solved())
    params = taken.params.to_dict() | {"log(prices)": -3.0}
    return ir.known_demand(taken.demand, taken.panel, params)


def test_elasticities_and_costs_are_pyblps():
    results, ours = solved(), ir.from_pyblp(solved())
    ids = np.asarray(results.problem.products.market_ids).ravel()
    matrices = zip(results.compute_elasticities(), ids, strict=True)
    theirs = np.concatenate([row[: (ids == market).sum()] for row, market in matrices])
    np.testing.assert_allclose(ours.elasticities()["elasticity"], theirs, rtol=1e-8)
    costs = results.compute_costs().ravel()
    np.testing.assert_allclose(ours.fitted.costs(), costs, rtol=1e-7)


def test_prices_after_a_merger_fulfil_their_conditions():
    fitted = known().fitted
    firms = fitted.column("firm_ids").astype(str)
    merged = np.where(firms == "2", "1", firms)
    prices = fitted.prices(merged)
    moved = fitted.at_prices(prices)
    costs = prices - moved.margins(merged)
    np.testing.assert_allclose(costs, fitted.costs(), rtol=1e-8)
    assert (prices[firms == "2"] > fitted.column("prices")[firms == "2"]).all()


def test_a_market_answers_as_the_panel_does():
    fit = known()
    market = fit.market(fit.panel.markets[1])
    still = market.solve()
    np.testing.assert_allclose(still.prices, market.offers["price"], rtol=1e-9)
    firms = fit.fitted.column("firm_ids").astype(str)
    everywhere = fit.fitted.prices(np.where(firms == "2", "1", firms))
    here = fit.fitted.column("market_ids") == fit.panel.markets[1]
    after = market.after(ir.Merge("1", "2")).solve()
    np.testing.assert_allclose(after.prices, everywhere[here], rtol=1e-8)
    sweeter = market.after(ir.Change(market.offers.index[0], sugar=9.0)).solve()
    assert sweeter.shares.iloc[0] != pytest.approx(still.shares.iloc[0], rel=1e-6)
    assert np.isnan(after.consumer_surplus)


def test_curvature_is_the_difference_of_slopes():
    rng = np.random.default_rng(1)
    demand = LogPricedDemand(
        utility=rng.normal(size=(3, 5)), alpha=rng.uniform(2, 4, 5), weights=np.full(5, 0.2)
    )
    p, stake, h = np.array([1.0, 1.5, 0.7]), rng.normal(size=(3, 5)), 1e-6
    at = demand.at_prices(p)
    stakes = rng.normal(size=(3, 3))
    for l in range(3):
        up, down = (demand.at_prices(p + s * h * np.eye(3)[l]) for s in (1, -1))
        slope = (up.shares - down.shares) / (2 * h)
        np.testing.assert_allclose(at.jacobian[:, l], slope, rtol=1e-7)
        bend = (up.gradient(stake) - down.gradient(stake)) / (2 * h)
        np.testing.assert_allclose(at.curvature(stake)[:, l], bend, rtol=1e-6, atol=1e-9)
        one = (up.gradient(stake, [2]) - down.gradient(stake, [2])) / (2 * h)
        np.testing.assert_allclose(at.curvature(stake, [2])[:, l], one, rtol=1e-6, atol=1e-9)
        for k in range(3):
            own = stakes[k] @ (up.jacobian[:, k] - down.jacobian[:, k]) / (2 * h)
            assert at.own_curvature(stakes)[k, l] == pytest.approx(own, rel=1e-6, abs=1e-9)


def test_what_logarithms_have_no_answer_to():
    fitted = known().fitted
    with pytest.raises(ir.InputError, match="linear in money"):
        fitted.consumer_surplus()
    with pytest.raises(ir.InputError, match="prices above 0"):
        fitted.at_prices(-fitted.column("prices"))
    assert fitted.by_group(fitted.panel.agents["nodes0"] > 0)["surplus"].isna().all()
    demand = ir.Demand("1 + prices", random="0 + log(prices)")
    agents = ir.draw_agents(fitted.panel.markets, "product", 3, 1)
    panel = ir.read_panel(fitted.panel.products, agents)
    both = ir.known_demand(demand, panel, {"1": 0.0, "prices": -1.0, "sigma[log(prices)]": 0.2})
    with pytest.raises(ir.InputError, match=r"log\(prices\)|throughout"):
        both.elasticities()
