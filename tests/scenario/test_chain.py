"""A market with its firms: list prices are an equilibrium, terms imply the power behind them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.scenario.chain import Firms, chain, subscriber_scale
from inroads.scenario.industry import Terms
from tests.scenario.test_scenario import market as small


def firms(**changes):
    given = {
        "subscriber": {"Gee": 200.0, "Cee": 120.0},
        "prepaid": {"Gee": 50.0, "Cee": 30.0},
        "handling": 20.0,
        "fee": 0.15,
        "margin": {"Big": 0.4, "": 0.3},
    }
    return Firms(**given | changes)


def test_list_prices_are_an_equilibrium():
    market = small()
    made = chain(market, firms())
    settled = made.industry().solve()
    np.testing.assert_allclose(settled.prices, market.table["price"], rtol=1e-12)
    np.testing.assert_allclose(settled.shares, market.solve().solution.unwrap(), atol=1e-15)
    offers = made.industry().offers
    carriers = offers[~offers["held"]]
    np.testing.assert_allclose(carriers["making"] / carriers["wholesale"], 0.6)
    direct = offers[offers["held"]]
    np.testing.assert_allclose(direct["making"] / direct["price"], [0.85 * 0.6, 0.85 * 0.7])


def test_a_subscriber_is_worth_a_cheaper_phone():
    """The more a subscriber is worth, the more a carrier pays for a phone at the same price."""
    paid = [chain(small(), firms().scaled(k)).costs["wholesale"].dropna() for k in (0.0, 0.5, 1.0)]
    assert (paid[1] > paid[0]).all()
    np.testing.assert_allclose(paid[2] - paid[1], paid[1] - paid[0], rtol=1e-10)


def test_the_scale_meets_the_equipment_margin():
    market = small()
    k = subscriber_scale(market, firms(), "Gee", -0.1)
    made = chain(market, firms().scaled(k))
    assert made.equipment_margin("Gee") == pytest.approx(-0.1, abs=1e-12)
    own = market.select(channel="Gee")
    units = market.solve().solution.unwrap()[own]
    earned = units @ (market.table["price"].to_numpy()[own] - made.costs["wholesale"][own])
    assert earned / (units @ market.table["price"].to_numpy()[own]) == pytest.approx(-0.1)


def test_implied_power_brings_the_terms_back():
    """Let every pair bargain with the power that its terms imply: the terms are what comes out."""
    # One offer a pair: the margin of a pair is the same on all its offers, which nothing else pins.
    market = small().after(ir.Withdraw("B2", "Gee"))
    made = chain(market, firms(fee=0.6, subscriber={"Gee": 300.0, "Cee": 60.0}))
    assert (made.implied_power()[["maker gain", "carrier gain"]] > 0).all(axis=None)
    implied = made.implied_power().pivot(index="maker", columns="carrier", values="power")
    # Nobody bargains with themselves; pairs without offers have no row.
    industry = made.industry(terms=Terms(implied))
    settled = industry.solve()
    carriers = settled.frame["wholesale"].notna()
    np.testing.assert_allclose(
        settled.frame["wholesale"][carriers], made.costs["wholesale"][carriers], rtol=1e-9
    )
    np.testing.assert_allclose(settled.prices, market.table["price"], rtol=1e-9)


def entered(made, known, power=0.5):
    market = made.market.after(ir.Deal("New", "Gee", ("N1",)))
    aware = market.after(ir.Campaign("New", known))

    def weights(pairs):
        return aware.weights if ("New", "Gee") in pairs else market.weights

    return made.entered(market, {}, Terms(power), weights)


def test_only_new_pairs_bargain_and_a_breakdown_takes_awareness_with_it():
    made = chain(small(), firms())
    industry = entered(made, 0.6)
    assert industry.offers.index[industry.offers["bargained"]].tolist() == [("N1", "Gee")]
    settled = industry.solve()
    stand = [pair for pair in made.costs.index if pair[1] != "Open"]
    np.testing.assert_allclose(
        settled.frame.loc[stand, "wholesale"], made.costs.loc[stand, "wholesale"]
    )
    link = settled.links.iloc[0]
    # The threat point: retail prices as they are, no offer, and the few who know the brand.
    prices = settled.prices.drop([("N1", "Gee")])
    without = made.industry()
    here = without.retail.conditions(prices.to_numpy(), without.given_wholesale)
    profits = pd.Series(here.profits * industry.size, without.firms)
    assert link["maker threat"] == pytest.approx(profits["New"], rel=1e-10)
    assert link["shop threat"] == pytest.approx(profits["Gee"], rel=1e-10)
    # What nobody learns of, nobody gains: with a campaign the maker gains more.
    quiet = entered(made, 0.3).solve().links.iloc[0]
    assert quiet["maker gain"] < link["maker gain"]


def test_a_device_without_a_known_cost_is_asked_for():
    made = chain(small(), firms())
    market = made.market
    devices = market.devices.copy()
    devices.loc["N3", "quality"] = 0.2
    market = replace(market, devices=devices).after(ir.Launch("N3"))
    with pytest.raises(InputError, match="N3 costs to make"):
        made.entered(market, {}, Terms())
    industry = made.entered(market, {"N3": 250.0}, Terms())
    assert industry.offers.loc[[("N3", "Open")], "making"].item() == 250.0


def test_what_a_subscriber_is_worth_must_be_said():
    with pytest.raises(InputError, match="Cee"):
        chain(small(), firms(subscriber={"Gee": 100.0}))
