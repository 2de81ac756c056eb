"""Markets whose demand is no single choice at a linear price: overlapping nests, CES, linear."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.conduct.demand_systems import AIDS, CES, Linear
from inroads.conduct.demand_systems.overlapping import overlapping_at, overlapping_nests

ALLOCATION = np.array([[1, 0], [0.5, 0.5], [0, 1.0], [0.3, 0.7]])
RHO = np.array([0.3, 0.5])
OFFERS = pd.DataFrame(
    {
        "manufacturer": list("ABCA"),
        "channel": ["R", "R", "S", "S"],
        "price": 2.0,
        "retail_cost": 0.3,
        "production_cost": 0.5,
    },
    index=["a", "b", "c", "d"],
)
SELLERS = OFFERS.assign(channel=list("ABCA"), production_cost=0.0, retail_cost=0.8)


def nests(alpha=1.3):
    return overlapping_nests(np.array([1.0, 1.5, 1.2, 0.9]), alpha, ALLOCATION, RHO)


def test_overlapping_nests_are_those_of_one_call():
    """Prices after a merger, screens, harm: the same as `ir.merger` with these nests."""
    table = pd.DataFrame(
        {
            "product_ids": OFFERS.index,
            "firm_ids": list("ABCA"),
            "prices": [1.0, 1.2, 0.9, 1.4],
            "shares": [0.15, 0.2, 0.1, 0.12],
            "margins": [0.5, None, None, None],
        }
    )
    m = ir.merger(*(table, ("A", "B")), demand="overlapping nests", allocation=ALLOCATION, rho=RHO)
    model = m.simulation.model
    offers = SELLERS.assign(price=model.prices, retail_cost=model.costs)
    market = ir.Market(offers=offers, consumers=model.demand, pricing=ir.Bertrand())
    found = ir.screen_merger(market, ir.Merge("A", "B"))
    for name in ("price_after", "UPP", "GUPPI", "CMCR"):
        np.testing.assert_allclose(found.offers[name], m.offers[name], rtol=1e-8, atol=1e-12)
    harm = m.summary["compensating_variation"]
    assert found.compensating_variation == pytest.approx(harm, rel=1e-8)
    np.testing.assert_allclose(market.solve().diversion(), m.diversion(), rtol=1e-8)
    rises, _ = ir.market.monopolist_test(market, ["a", "b"])
    ours, _ = m.monopolist_test(["a", "b"])
    np.testing.assert_allclose(rises, ours[rises.index], rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_firms_bargain_over_offers_in_overlapping_nests(timing):
    terms = ir.BargainingTerms(0.4, timing=timing)
    market = ir.Market(offers=OFFERS, consumers=nests(), pricing=ir.Vertical(terms))
    solved = market.solve()
    assert solved.certificate.is_equilibrium()
    assert (solved.frame["manufacturer_margin"] > 0).all()
    merged = market.after(ir.Merge("A", "B")).solve()
    assert merged.frame.loc["b", "wholesale"] > solved.frame.loc["b", "wholesale"]


def test_an_offer_may_go():
    """What is left is demand without it, in overlapping nests and in CES of these."""
    stay = np.array([True, False, True, True])
    for demand in (nests(), CES(nests())):
        market = ir.Market(offers=SELLERS, consumers=demand, pricing=ir.Bertrand())
        left = market.after(ir.Withdraw(offer="b"))
        p = np.array([1.5, 1.0, 1.7, 2.0])
        expected = demand.at_prices(p, stay).shares[stay]
        np.testing.assert_allclose(left.demand.at_prices(p[stay]).shares, expected, rtol=1e-12)
        assert left.solve().certificate.is_equilibrium()


def test_list_prices_of_a_system():
    demand = overlapping_at(np.full(4, 2.0), np.array([0.1, 0.2, 0.15, 0.3]), 1.3, ALLOCATION, RHO)
    solved = ir.Market(offers=OFFERS, consumers=demand, pricing=ir.ListPrices()).solve()
    np.testing.assert_allclose(solved.shares, [0.1, 0.2, 0.15, 0.3], rtol=1e-12)
    with pytest.raises(ir.InputError, match="Overlapping"):
        _ = solved.P


def test_what_is_not_defined_is_refused_by_name():
    slopes = 0.1 * np.ones((4, 4)) - np.eye(4)
    linear = Linear(np.full(4, 1.5), slopes)
    market = ir.Market(offers=SELLERS, consumers=linear, pricing=ir.Bertrand())
    before, after = market.solve(), market.after(ir.Merge("A", "B")).solve()
    assert (after.prices > before.prices).all()
    assert before.consumer_surplus > after.consumer_surplus
    with pytest.raises(ir.InputError, match="Linear"):
        market.after(ir.Withdraw(offer="b"))
    vertical = ir.Vertical(ir.BargainingTerms(0.4))
    r = np.full(4, 0.25)
    system = AIDS(r, -2.0 * (np.diag(r) - np.outer(r, r)), np.full(4, 2.0))
    bargained = ir.Market(offers=OFFERS, consumers=system, pricing=vertical)
    with pytest.raises(ir.InputError, match="AIDS"):
        bargained.solve()
    launch = ir.Launch("e", manufacturer="E", price=1.0, utility=1.0, production_cost=0.1)
    with pytest.raises(ir.InputError, match="PricedDemand"):
        market.after(launch)
    with pytest.raises(ir.InputError, match="4 offers"):
        ir.Market(offers=SELLERS[:3], consumers=linear, pricing=ir.Bertrand())
