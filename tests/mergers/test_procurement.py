"""Bidders of unlike capacity: closed forms of uniform costs, calibration, what the buyer loses."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import inroads as ir
from inroads.conduct.horizontal.procurement import CapacityAuction


def test_two_uniform_bidders_are_the_closed_form():
    """Costs on [0, 1], no reserve that binds: the higher of two, 2/3; profits 1/6 each."""
    auction = CapacityAuction(stats.uniform(), np.ones(2), 2.0)
    np.testing.assert_allclose(auction.profits, 1 / 6, rtol=1e-10)
    np.testing.assert_allclose(auction.prices, 2 / 3, rtol=1e-10)
    assert auction.lowest_cost == pytest.approx(1 / 3)
    assert auction.sells == 1.0


def test_one_bidder_sells_at_the_reserve():
    """Myerson: of uniform costs and a value of one the best take-it-or-leave-it price is a half."""
    alone = CapacityAuction(stats.uniform(), np.ones(1), 0.5)
    np.testing.assert_allclose(alone.prices, 0.5, rtol=1e-10)
    assert alone.buyer_value == pytest.approx(1.0)
    assert alone.best_reserve(1.0) == pytest.approx(0.5, abs=1e-6)


def test_prices_are_those_of_draws():
    """Against a million auctions."""
    capacity, r = np.array([3.0, 1.0]), 0.6
    generator = np.random.default_rng(0)
    c = 1 - generator.random((1_000_000, 2)) ** (1 / capacity)
    wins = (c[:, 0] < c[:, 1]) & (c[:, 0] < r)
    auction = CapacityAuction(stats.uniform(), capacity, r)
    assert auction.wins[0] == pytest.approx(wins.mean(), rel=3e-3)
    paid = np.minimum(c[wins, 1], r).mean()
    assert auction.prices[0] == pytest.approx(paid, rel=1e-3)


@pytest.mark.parametrize("costs", ["uniform", "exponential", "weibull", "gumbel", "frechet"])
def test_planted_costs_come_back_and_a_merger_harms_the_buyer(costs):
    truth = {
        "uniform": stats.uniform(loc=2.0, scale=3.0),
        "exponential": stats.expon(scale=4.0),
        "weibull": stats.weibull_min(2.0, scale=4.0),
        "gumbel": stats.gumbel_r(loc=3.0, scale=0.8),
        "frechet": stats.invweibull(4.0, scale=3.0),
    }[costs]
    planted = CapacityAuction(truth, np.array([0.5, 0.3, 0.2]), float(truth.ppf(0.7)))
    table = pd.DataFrame(
        {
            "product_ids": ["a", "b", "c"],
            "firm_ids": ["A", "B", "C"],
            "prices": planted.prices,
            "margins": planted.margins / planted.prices,
            "capacities": [50, 30, 20],
        }
    )
    m = ir.procurement(table, ("A", "B"), costs=costs, sells=planted.sells)
    assert m.reserve_before == pytest.approx(planted.reserve, rel=1e-5)
    np.testing.assert_allclose(m.before.prices, planted.prices, rtol=1e-6)
    assert m.buyer_value == pytest.approx(planted.buyer_value, rel=1e-4)
    assert m.buyer_harm > 0
    held = ir.procurement(table, ("A", "B"), costs=costs, sells=planted.sells, holds_reserve=True)
    assert held.buyer_harm > m.buyer_harm - 1e-9
    assert m.reserve_after < m.reserve_before
    np.testing.assert_allclose(held.firms.loc["C", "price_after"], planted.prices[2], rtol=1e-6)
    assert "A + B" in m._repr_html_()


def test_too_little_is_refused():
    table = pd.DataFrame({"product_ids": ["a", "b"], "firm_ids": ["A", "B"], "prices": [1.0, 1.1]})
    with pytest.raises(ir.InputError, match="capacities"):
        ir.procurement(table, ("A", "B"))
    with pytest.raises(ir.InputError, match="numbers or more"):
        ir.procurement(table.assign(capacities=[1, 2]), ("A", "B"))
    with pytest.raises(ir.InputError, match="probability"):
        ir.procurement(table.assign(capacities=[1, 2]), ("A", "B"), sells=1.2)
