"""Markets, moves and outcomes, on a market small enough to check by hand."""

import itertools
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.choice.consideration import SelectiveAwareness
from inroads.market.consumers import Consumers
from inroads.market.decompose import FACTORS
from inroads.market.utility_columns import FEATURES


def market(known=0.3):
    products = pd.DataFrame(
        {
            "manufacturer": ["Big", "Big", "New", "New", "New"],
            "brand": ["Big", "Big", "New", "New", "New"],
            "platform": ["one", "one", "two", "two", "two"],
            "tier": ["flagship", "mid", "flagship", "mid", "flagship"],
            "standards": ["gsm+cdma", "gsm+cdma", "gsm", "gsm", "gsm"],
            "price": [700.0, 250.0, 500.0, 200.0, 600.0],
            "quality": [1.0, -0.5, 0.5, -1.0, np.nan],
        },
        index=pd.Index(["B1", "B2", "N1", "N2", "N3"], name="product"),
    )
    channels = pd.DataFrame(
        {
            "has_members": [True, True, False],
            "standard": ["gsm", "cdma", "any"],
            "months": [24.0, 30.0, 0.0],
            "down": [0.0, 0.0, 0.0],
            "limit": [np.inf, 400.0, np.inf],
            "appeal": [0.2, -0.1, 0.0],
        },
        index=pd.Index(["Gee", "Cee", "Open"], name="channel"),
    )
    rows = [("B1", "Gee"), ("B1", "Cee"), ("B2", "Gee"), ("B2", "Open"), ("N1", "Open")]
    offers = pd.DataFrame(rows, columns=["product", "channel"])
    offers["price"] = products.loc[offers["product"], "price"].to_numpy()
    for column in ("months", "down", "limit"):
        offers[column] = channels.loc[offers["channel"], column].to_numpy()
    offers["standards"] = products.loc[offers["product"], "standards"].to_numpy()
    offers["extra"] = 0.0
    cells = pd.DataFrame(
        [
            (h, b, p, income, rate, granted, 1 / 24, 0.0)
            for h in ("Gee", "Cee")
            for b, p in (("Big", "one"), ("other", "two"))
            for income in (30_000.0, 60_000.0, 120_000.0)
            for rate, granted in ((0.01, True), (0.04, False))
        ],
        columns=["home", "brand", "platform", "income", "rate", "may_finance", "weight", "credit"],
    )
    awareness = pd.DataFrame({"New": known}, index=pd.Index(["Gee", "Cee"], name="home"))
    consumers = Consumers(
        cells, awareness, income_exponent=0.5, standards={"Gee": "gsm", "Cee": "cdma"}
    )
    tastes = {"money": 0.6, "inertia": 1.5, "platform": 0.7, "brand": 0.4, "credit": 0.0}
    return ir.Market(
        products=products,
        channels=channels,
        offers=offers,
        consumers=consumers,
        tastes=tastes,
        size=1e6,
        period="now",
    )


def test_utility_of_one_consumer_by_hand():
    m = market()
    row = m.offers.index[(m.offers["product"] == "B1") & (m.offers["channel"] == "Cee")][0]
    cells = m.consumers.cells
    cell = cells.index[
        (cells["home"] == "Cee")
        & (cells["brand"] == "Big")
        & (cells["income"] == 120_000)
        & cells["may_finance"]
    ][0]
    # 700 dollars, of which 400 may be paid in 30 parts at one percent a month.
    paid = 300 + 400 * sum(1 / 30 / 1.01**k for k in range(1, 31))
    expected = 1.0 - 0.1 - 0.6 * paid / 100 * 0.5**0.5 + 1.5 + 0.7 + 0.4
    assert m.utility[row, cell] == pytest.approx(expected, abs=1e-12)


def test_awareness_is_enumerated_exactly():
    """Shares are the mixture over who knows the brand, by brute force."""
    known, unknown, mixed = (market(x).solve().shares for x in (1.0, 0.0, 0.3))
    np.testing.assert_allclose(mixed, 0.3 * known + 0.7 * unknown, atol=1e-14)
    assert unknown["N1", "Open"] == 0.0


def test_selective_awareness_without_spread_changes_nothing():
    m = market(0.3)
    selection = SelectiveAwareness(sigma=0.0, rho=0.6)
    same = replace(m, consumers=replace(m.consumers, selection=selection))
    np.testing.assert_allclose(same.solve().shares, m.solve().shares, rtol=1e-12)


def test_a_campaign_reaches_those_who_like_the_brand_less():
    """Sales grow by less than awareness where those who know like the brand most."""
    growth = []
    for sigma in (0.0, 1.5, 2.5):
        m = market(0.1)
        selection = SelectiveAwareness(sigma=sigma, rho=0.8)
        m = replace(m, consumers=replace(m.consumers, selection=selection))
        more = m.after(ir.Campaign("New", 0.4))
        growth.append(more.solve().shares["N1", "Open"] / m.solve().shares["N1", "Open"])
    assert growth[0] > growth[1] > growth[2] > 1
    assert growth[0] == pytest.approx(4.0, rel=0.1)


def test_a_product_of_another_standard_is_of_no_use():
    m = market(1.0)
    arrays, outcome = m.arrays, m.solve()
    home = arrays.to_agents(m.consumers.cells["home"].to_numpy())
    offer = list(outcome.shares.index).index(("N1", "Open"))
    assert (outcome.P[offer, home == "Cee"] == 0).all()
    someone = outcome.weights > 0
    assert (outcome.P[offer, (home == "Gee") & someone] > 0).all()
    adapted = m.after(ir.Adapt("N1", ("cdma",))).solve()
    assert (adapted.P[offer, someone] > 0).all()


def test_no_move_changes_nothing_and_nothing_is_mutated():
    m = market()

    def everything():
        people = m.consumers
        return pickle.dumps((m.products, m.channels, m.offers, people.cells, people.awareness))

    before = everything()
    base = m.solve().shares
    moves = [
        ir.Launch("N2"),
        ir.Deal("New", "Cee", ("N1",)),
        ir.Campaign("New", 0.9),
        ir.SetPrice("B1", by=-0.2),
        ir.Finance(12, channel="Open"),
        ir.Withdraw("B2", "Open"),
    ]
    m.after(*moves).solve()
    assert everything() == before
    pd.testing.assert_series_equal(m.after().solve().shares, base, rtol=0, atol=0)


def test_moves_undone_give_the_market_back():
    m = market()
    base = m.solve().shares
    there_and_back = m.after(
        ir.Deal("New", "Gee", ("N1",), adapted=False),
        ir.Withdraw(manufacturer="New", channel="Gee"),
        ir.SetPrice("B1", price=500.0),
        ir.SetPrice("B1", price=700.0),
        ir.Campaign("New", 0.8),
        ir.Campaign("New", 0.3),
        ir.Launch("N2"),
        ir.Withdraw("N2"),
    )
    pd.testing.assert_series_equal(there_and_back.solve().shares, base, atol=1e-15)


def test_order_of_offers_does_not_matter():
    m = market()
    turned = replace(
        m,
        products=m.products[::-1],
        channels=m.channels[::-1],
        offers=m.offers[::-1].reset_index(drop=True),
    )
    a, b = m.solve(), turned.solve()
    pd.testing.assert_series_equal(b.shares.reindex(a.shares.index), a.shares, atol=1e-15)
    assert b.consumer_surplus == pytest.approx(a.consumer_surplus, rel=1e-13)


def test_a_deal_opens_a_shelf_on_its_terms():
    m = market()
    deal = m.after(ir.Deal("New", "Cee"))
    added = deal.table.iloc[-1]
    assert (added["product"], added["channel"], added["months"]) == ("N1", "Cee", 30.0)
    assert set(added["standards"].split("+")) == {"gsm", "cdma"}
    assert deal.solve().sales()["New"] > m.solve().sales()["New"]
    cash = m.after(ir.Deal("New", "Cee", financing=False))
    assert cash.solve().sales()["New"] < deal.solve().sales()["New"]
    useless = m.after(ir.Deal("New", "Cee", adapted=False)).solve()
    assert useless.shares["N1", "Cee"] == 0.0


def test_bans_campaigns_and_prices():
    m = market()
    assert "New" not in m.after(ir.Withdraw(manufacturer="New")).solve().sales()
    only_gee = m.after(ir.Campaign("New", 1.0, members_of=("Gee",)))
    assert only_gee.consumers.awareness["New"].to_dict() == {"Gee": 1.0, "Cee": 0.3}
    cheaper = m.after(ir.SetPrice("N1", by=-0.5))
    assert cheaper.offers["price"].iloc[-1] == 250.0
    assert cheaper.solve().consumer_surplus > m.solve().consumer_surplus


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (ir.Launch("N1"), "not yet on sale at Open"),
        (ir.Launch("N9"), "a product of this market"),
        (ir.Launch("N2", price=-1.0), "above 0 dollars"),
        (ir.Deal("New", "Ge"), "did you mean 'Gee'"),
        (ir.Deal("Now", "Gee"), "did you mean 'New'"),
        (ir.Deal("New", "Gee", ("B1",)), "a product of New"),
        (ir.Withdraw(manufacturer="New", channel="Gee"), "products of New on sale at Gee"),
        (ir.Withdraw(manufacturer="New", channel="Cee"), "products of New on sale at Cee"),
        (ir.Withdraw("N2"), "N2 on sale"),
        (ir.Campaign("New", 1.2), "between 0 and 1"),
        (ir.Campaign("Neu", 0.2), "a brand of this market"),
        (ir.Finance(-1), "0 or more"),
        (ir.Finance(12, product="N2"), "offers that match"),
        (ir.SetPrice("B1", by=-1.0), "above 0"),
        (ir.SetPrice("B1"), "either price= or by="),
        (ir.Launch("N3"), "a quality for every product"),
    ],
)
def test_moves_that_cannot_be_made_say_so(move, said):
    with pytest.raises(ir.InputError, match=said):
        market().after(move).solve()


def test_a_deal_with_nothing_to_sell():
    m = market().after(ir.Withdraw(manufacturer="New"))
    with pytest.raises(ir.InputError, match="products for New to sell"):
        m.after(ir.Deal("New", "Gee"))


def test_price_derivatives_of_an_outcome_against_differences():
    m = market()
    found = m.after(ir.SetPrice("B1", channel="Gee", price=700.0)).solve()
    h = 1e-3
    for k, (product, channel) in enumerate(found.shares.index):
        price = m.offers["price"].iloc[k]
        up, down = (
            m.after(ir.SetPrice(product, price=price + x, channel=channel)).solve() for x in (h, -h)
        )
        numeric = (up.state.shares - down.state.shares) / (2 * h)
        np.testing.assert_allclose(found.jacobian()[:, k], numeric, rtol=1e-6, atol=1e-12)


def test_tables_of_an_outcome():
    outcome = market().solve()
    assert outcome.share_of_sales().sum() == pytest.approx(1.0)
    assert outcome.sales("channel").sum() == pytest.approx(outcome.sales("product").sum())
    assert outcome.outside + outcome.shares.sum() == pytest.approx(1.0)
    diversion = outcome.diversion()
    np.testing.assert_allclose(diversion.sum(axis=1), 1.0, atol=1e-12)
    e = outcome.elasticities()
    assert (np.diag(e) < 0).all()
    change = ir.compare(outcome, market().after(ir.Launch("N2")).solve())
    assert change["units_change"]["New"] > 0
    assert change["units_change"]["Big"] < 0
    with pytest.raises(ir.InputError, match="one of product"):
        outcome.sales("colour")


def test_consumer_surplus_falls_by_what_buyers_pay_more():
    """Its derivative in a cash price is minus the units sold (Roy's identity)."""
    m, h = market(1.0), 1e-3
    up, down = (m.after(ir.SetPrice("N1", price=500 + x)).solve().consumer_surplus for x in (h, -h))
    assert (up - down) / (2 * h) == pytest.approx(-m.solve().sales("product")["N1"], rel=1e-6)


class TestShapley:
    def test_of_an_additive_game_are_its_terms(self):
        worth = {"a": 1.0, "b": -2.0, "c": 5.0}
        found = ir.market.shapley("abc", lambda on: 7 + sum(worth[f] for f in on))
        assert found.parts == pytest.approx(worth)
        assert found.gain == pytest.approx(4.0)

    def test_is_the_mean_over_all_orders(self):
        rng = np.random.default_rng(6)
        worth = {
            frozenset(s): rng.normal() for k in range(4) for s in itertools.combinations("xyz", k)
        }
        found = ir.market.shapley("xyz", worth.__getitem__)
        orders = list(itertools.permutations("xyz"))
        for f in "xyz":
            gains = [
                worth[frozenset(o[: o.index(f) + 1])] - worth[frozenset(o[: o.index(f)])]
                for o in orders
            ]
            assert found.parts[f] == pytest.approx(np.mean(gains))

    def test_the_gain_of_a_deal_is_shared_out_and_all_on_is_the_deal(self):
        m = market()
        found = ir.why_channels_matter(m, "New", ["Cee"], ["N1"], awareness=0.8)
        deal = m.after(ir.Deal("New", "Cee", ("N1",)), ir.Campaign("New", 0.8)).solve()
        assert sum(found.parts.values()) == pytest.approx(found.gain, rel=1e-12)
        assert found.worlds[FACTORS] == pytest.approx(deal.sales()["New"], rel=1e-12)
        assert found.worlds[()] == pytest.approx(m.solve().sales()["New"], rel=1e-12)
        assert min(found.parts.values()) > 0

    def test_a_network_that_carries_the_phone_already_adds_nothing(self):
        found = ir.why_channels_matter(market(), "New", ["Gee"], ["N1"], awareness=0.8)
        assert found.parts["compatibility"] == pytest.approx(0.0, abs=1e-6)


def test_features_are_named_in_order():
    assert FEATURES == ("money", "inertia", "platform", "brand")
    assert market().arrays.X.shape == (4, 5, 24)
