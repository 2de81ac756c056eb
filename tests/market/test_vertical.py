"""A market with its firms: list prices are an equilibrium, terms imply the power behind them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.market import conduct_arrays
from inroads.market.names import select_offers
from inroads.market.pricing import BargainingTerms, Vertical
from inroads.market.vertical import FirmFacts, goods_margin, implied_power, member_value_scales
from tests.market.test_labelled import market as small


def firms(**changes):
    given = {
        "member_value": {"Gee": 200.0, "Cee": 120.0},
        "cash_member_value": {"Gee": 50.0, "Cee": 30.0},
        "retail_cost": 20.0,
        "open_channel_cut": 0.15,
        "margin": {"Big": 0.4, "": 0.3},
    }
    return FirmFacts(**given | changes)


def test_list_prices_are_an_equilibrium():
    market = small()
    made = market.with_firms(firms())
    settled = made.solve()
    np.testing.assert_allclose(settled.prices, market.table["price"], rtol=1e-12)
    np.testing.assert_allclose(settled.shares, market.solve().state.shares, atol=1e-15)
    offers = made.contracts
    bargained = offers[~offers["price_fixed"]]
    np.testing.assert_allclose(bargained["production_cost"] / bargained["wholesale"], 0.6)
    direct = offers[offers["price_fixed"]]
    np.testing.assert_allclose(
        direct["production_cost"] / direct["price"], [0.85 * 0.6, 0.85 * 0.7]
    )


def test_a_member_is_worth_a_lower_margin():
    """The more a member is worth, the more a channel pays for a product at the same price."""
    paid = [
        small().with_firms(firms().scaled(k)).contracts["wholesale"].dropna()
        for k in (0.0, 0.5, 1.0)
    ]
    assert (paid[1] > paid[0]).all()
    np.testing.assert_allclose(paid[2] - paid[1], paid[1] - paid[0], rtol=1e-10)


def test_the_scale_meets_the_goods_margin():
    market = small()
    k = member_value_scales(market, firms(), {"Gee": -0.1})["Gee"]
    made = market.with_firms(firms().scaled(k))
    assert goods_margin(made, "Gee") == pytest.approx(-0.1, abs=1e-12)
    own = select_offers(market, channel="Gee")
    units = market.solve().state.shares[own]
    earned = units @ (market.table["price"].to_numpy()[own] - made.contracts["wholesale"][own])
    assert earned / (units @ market.table["price"].to_numpy()[own]) == pytest.approx(-0.1)


def test_implied_power_brings_the_terms_back():
    """Let every pair bargain with the power that its terms imply: the terms are what comes out."""
    # One offer a pair: the margin of a pair is the same on all its offers, which nothing else pins.
    market = small().after(ir.Withdraw("B2", "Gee"))
    made = market.with_firms(firms(open_channel_cut=0.6, member_value={"Gee": 300.0, "Cee": 60.0}))
    assert (implied_power(made)[["manufacturer_gain", "channel_gain"]] > 0).all(axis=None)
    implied = implied_power(made).pivot(index="manufacturer", columns="channel", values="power")
    # Nobody bargains with themselves; pairs without offers have no row.
    offers = made.offers.assign(negotiated=True)
    bargaining = replace(made, offers=offers, pricing=Vertical(BargainingTerms(implied)))
    settled = bargaining.solve()
    bargained = settled.frame["wholesale"].notna()
    np.testing.assert_allclose(
        settled.frame["wholesale"][bargained],
        made.contracts["wholesale"][bargained],
        rtol=1e-9,
    )
    np.testing.assert_allclose(settled.prices, market.table["price"], rtol=1e-9)


def entered(made, known, power=0.5):
    market = made.after(ir.Deal("New", "Gee", ("N1",)))

    def weights(current, pairs):
        plain = replace(current, weights_given_deals=None)
        aware = plain.after(ir.Campaign("New", known)) if ("New", "Gee") in pairs else plain
        return aware.weights

    pricing = Vertical(BargainingTerms(power))
    return replace(market, pricing=pricing, weights_given_deals=weights)


def test_only_new_pairs_bargain_and_a_breakdown_takes_awareness_with_it():
    made = small().with_firms(firms())
    market = entered(made, 0.6)
    contracts = market.contracts
    assert contracts.index[contracts["negotiated"]].tolist() == [("N1", "Gee")]
    settled = market.solve()
    stand = [pair for pair in made.contracts.index if pair[1] != "Open"]
    np.testing.assert_allclose(
        settled.frame.loc[stand, "wholesale"], made.contracts.loc[stand, "wholesale"]
    )
    link = settled.links.iloc[0]
    # Disagreement: retail prices as they are, no offer, and the few who know the brand.
    prices = settled.prices.drop([("N1", "Gee")])
    at = conduct_arrays.retail(made).conditions(
        prices.to_numpy(), conduct_arrays.given_wholesale(made)
    )
    profits = pd.Series(at.profits * made.size, made.firms)
    assert link["manufacturer_disagreement_profit"] == pytest.approx(profits["New"], rel=1e-10)
    assert link["channel_disagreement_profit"] == pytest.approx(profits["Gee"], rel=1e-10)
    # What nobody learns of, nobody gains: with a campaign the manufacturer gains more.
    quiet = entered(made, 0.3).solve().links.iloc[0]
    assert quiet["manufacturer_gain"] < link["manufacturer_gain"]


def test_a_product_without_a_known_cost_is_asked_for():
    products = small().products.copy()
    products.loc["N3", "quality"] = 0.2
    made = replace(small(), products=products).with_firms(firms())
    with pytest.raises(InputError, match="N3 costs to make"):
        made.after(ir.Launch("N3"))
    market = made.after(ir.Launch("N3", production_cost=250.0))
    assert market.contracts.loc[[("N3", "Open")], "production_cost"].item() == 250.0


def test_members_are_of_channels_that_have_some():
    with pytest.raises(InputError, match=r"found 'Cea'.*did you mean 'Cee'"):
        small().with_firms(firms(member_value={"Gee": 100.0, "Cea": 10.0}))


def test_members_may_be_worth_nothing():
    """Without a value of members wholesale prices leave the margins of plain retail pricing."""
    given = small().with_firms(firms(member_value={}, cash_member_value={}))
    zero = small().with_firms(firms().scaled(0.0))
    np.testing.assert_allclose(given.column("wholesale"), zero.column("wholesale"), rtol=1e-12)
