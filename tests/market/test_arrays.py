"""Industries: labels on the arrays of conduct, moves, baseline, closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inroads.choice import Nested
from inroads.conduct.bargaining import LinearPrice, TwoPartTariff
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import ConvergenceError, InputError
from inroads.market import conduct_arrays
from inroads.market.certification import proof
from inroads.market.comparison import compare
from inroads.market.market import Market
from inroads.market.moves import (
    Allowance,
    ChangeCost,
    Divest,
    Exclusive,
    Launch,
    Merge,
    SetPrice,
    Subsidy,
    Tariff,
    Tax,
    Withdraw,
)
from inroads.market.pricing import BargainingTerms, Bertrand, Vertical

DELTA = np.array([0.2, 0.3, 0.9, 1, 0.8, 0.9])
ALPHA = 0.9


def sold(offers, demand, terms=None, owners=None, **given):
    """A market in which firms respond, bargaining where there are terms."""
    pricing = Bertrand() if terms is None else Vertical(terms)
    return Market(offers=offers, consumers=demand, pricing=pricing, owners=owners or {}, **given)


def chain(terms=None, agents=1, seed=0, model=None):
    """numbers of the mergersim vignette: three shops, two makers; spread where agents > 1."""
    rng = np.random.default_rng(seed)
    utility = DELTA[:, None] + (rng.normal(size=(6, agents)) if agents > 1 else 0.0)
    money = ALPHA * (rng.uniform(0.5, 1.5, agents) if agents > 1 else np.ones(1))
    buyers = PricedDemand(utility=utility, alpha=money, weights=np.full(agents, 1 / agents))
    if model is not None:
        buyers = PricedDemand(
            utility=utility,
            alpha=money,
            weights=np.full(agents, 1 / agents),
            outside=0.0,
            model=model,
        )
    offers = pd.DataFrame(
        {
            "manufacturer": ["W1", "W2"] * 3,
            "channel": ["R1", "R1", "R2", "R2", "R3", "R3"],
            "price": 2.5,
            "wholesale": 1.5,
            "production_cost": 0.2,
            "retail_cost": 0.1,
        },
        index=["11", "12", "21", "22", "31", "32"],
    )
    return sold(offers, buyers, terms or BargainingTerms(disagreement="offer"))


def test_mergers_of_the_vignette():
    before = chain().solve()
    np.testing.assert_allclose(before.prices.iloc[0], 2.947287753202, rtol=1e-10)
    after = chain().after(Merge("R1", "W1")).solve()
    np.testing.assert_allclose(after.prices.iloc[:2], [1.875944345284, 3.2905849824], rtol=1e-10)
    assert list(after.profits.index) == ["R1", "R2", "R3", "W2"]
    table = compare(before, after, by="offer")
    np.testing.assert_allclose(table["price_change"].iloc[0], -0.363501462236, rtol=1e-9)
    assert after.frame["wholesale"].isna().tolist() == [True, *[False] * 5]
    upstream = chain().after(Merge("W1", "W2")).solve()
    np.testing.assert_allclose(upstream.frame["wholesale"], 1.980535373172, rtol=1e-10)


@pytest.mark.parametrize("disagreement", ["offer", "pair"])
@pytest.mark.parametrize("agents", [1, 40])
def test_calibrated_costs_reproduce_prices_and_terms(disagreement, agents):
    rng = np.random.default_rng(3)
    power = pd.DataFrame(rng.uniform(0.3, 0.7, (2, 3)), ["W1", "W2"], ["R1", "R2", "R3"])
    market = chain(BargainingTerms(power, disagreement=disagreement), agents)
    seen = market.offers.assign(price=rng.uniform(2.2, 2.8, 6), wholesale=rng.uniform(1.0, 1.4, 6))
    # W1 is owned by R1, which earns on its sales elsewhere.
    for owners in ({}, {"W1": "R1"}):
        market = sold(seen, market.consumers, market.pricing.terms, owners).with_implied_costs(
            below_zero=True
        )
        settled = market.solve()
        np.testing.assert_allclose(settled.prices, seen["price"], rtol=1e-10)
        free = settled.frame["wholesale"].notna()
        np.testing.assert_allclose(
            settled.frame["wholesale"][free], seen["wholesale"][free], rtol=1e-9
        )


def test_given_wholesale_prices_are_kept():
    market = sold(chain().offers, chain().consumers)
    settled = market.with_implied_costs(below_zero=True).solve()
    np.testing.assert_allclose(settled.prices, 2.5, rtol=1e-12)
    assert settled.links.empty
    np.testing.assert_allclose(settled.frame["wholesale"], 1.5)
    with pytest.raises(InputError, match="wholesale"):
        sold(chain().offers.assign(wholesale=np.nan), chain().consumers).with_implied_costs()


def test_who_remits_a_tax_makes_no_difference():
    market = chain(agents=30)
    unit = market.after(Tax(unit=0.3)).solve()
    costs = market.after(ChangeCost(amount=0.3)).solve()
    np.testing.assert_allclose(unit.prices, costs.prices, rtol=1e-10)
    subsidy = market.after(Tax(unit=0.3), Subsidy(0.3)).solve()
    np.testing.assert_allclose(subsidy.prices, market.solve().prices, rtol=1e-10)
    # Ten percent of the producer price is 1 / 11 of the consumer's.
    producer = market.after(Tax(rate=0.1, base="producer price")).solve()
    consumer = market.after(Tax(rate=1 / 11)).solve()
    np.testing.assert_allclose(producer.prices, consumer.prices, rtol=1e-10)
    # An ad-valorem tax is costs / (1 - t), and profits (1 - t) times those.
    scaled = market.after(ChangeCost(fraction=0.1)).solve()
    np.testing.assert_allclose(consumer.prices, scaled.prices, rtol=1e-10)
    np.testing.assert_allclose(consumer.profits * 1.1, scaled.profits, rtol=1e-9)


@pytest.mark.parametrize("kind", ["sellers", "shops", "holdings", "held"])
def test_pass_through_is_what_a_tax_of_a_unit_does(kind):
    """The tax is levied on one offer after the other, wholesale prices as they are."""
    market = sold(chain().offers, chain(agents=12).consumers)
    if kind == "sellers":
        owners = ["A", "A", "B", "B", "C", "D"]
        market = sold(
            market.offers.assign(manufacturer=owners, channel=owners, seller=owners),
            market.consumers,
        )
    if kind == "holdings":
        market = replace(market, holdings=pd.DataFrame([[0.3]], ["R1"], ["R2"]))
    if kind == "held":
        market = market.after(SetPrice(offer="21", by=0.1))
    settled = market.solve()
    rate = settled.pass_through()
    h = 1e-4
    for offer in market.offers.index:
        up, down = (
            market.after(Tax(unit=sign * h, offer=offer)).solve().prices for sign in (1, -1)
        )
        np.testing.assert_allclose(rate[offer], (up - down) / (2 * h), atol=1e-6)
    if kind == "held":
        assert (rate.loc["21"] == 0).all()


def test_who_pays_a_wholesale_tariff_makes_no_difference_to_consumers():
    """A shop that pays (1 + t) w stands where one stands whose maker receives w / (1 + t)."""
    for timing in ("simultaneous", "sequential"):
        market = chain(BargainingTerms(timing=timing, disagreement="offer"))
        shop = market.after(Tariff(0.25, base="wholesale price", payer="channel")).solve()
        manufacturer = market.after(
            Tariff(0.2, base="wholesale price", payer="manufacturer")
        ).solve()
        np.testing.assert_allclose(shop.prices, manufacturer.prices, rtol=1e-8)
        np.testing.assert_allclose(
            shop.frame["wholesale"] * 1.25, manufacturer.frame["wholesale"], rtol=1e-8
        )
        assert (shop.prices > market.solve().prices).all()
    customs = chain().after(Tariff(0.25, base="customs value", manufacturer="W1")).solve()
    cost = chain().after(ChangeCost(amount=0.05, manufacturer="W1")).solve()
    np.testing.assert_allclose(customs.prices, cost.prices, rtol=1e-10)


def test_holdings_of_one_are_mergers_of_margins():
    offers = chain().offers.assign(channel=["A", "B", "C", "D", "E", "F"])
    offers["manufacturer"] = offers["seller"] = offers["channel"]
    market = sold(offers, chain(agents=20).consumers)
    both = pd.DataFrame([[1.0, 1.0], [1.0, 1.0]], ["A", "B"], ["A", "B"])
    held = sold(offers, market.consumers, holdings=both).solve()
    merged = market.after(Merge("A", "B")).solve()
    np.testing.assert_allclose(held.prices, merged.prices, rtol=1e-10)
    # Named axes: A counts B's profit, B does not count A's.
    one_way = pd.DataFrame([[1.0]], ["A"], ["B"])
    settled = sold(offers, market.consumers, holdings=one_way).solve()
    alone = market.solve()
    up = settled.prices - alone.prices
    assert up.iloc[0] > 5 * up.iloc[1] > 0
    np.testing.assert_allclose(
        settled.profits["B"],
        settled.frame["channel_margin"].iloc[1] * settled.frame["share"].iloc[1],
        rtol=1e-12,
    )


def test_divesting_what_was_merged_restores_the_market():
    market = chain().after(Merge("R1", "R2"))
    undone = sold(market.offers, market.consumers, market.pricing.terms)
    np.testing.assert_allclose(undone.solve().prices, chain().solve().prices, rtol=1e-12)
    shut = market.after(Divest("R1", channel="R2", side="channel"))
    np.testing.assert_allclose(shut.solve().prices, market.solve().prices, rtol=1e-12)
    divested = chain().after(Divest("R4", offer="31", side="channel")).solve()
    assert "R4" in divested.profits.index
    assert divested.profits["R4"] > 0


def test_the_shelf():
    market = chain(agents=25)
    before = market.solve()
    exclusive = market.after(Exclusive("W1", "R1")).solve()
    assert list(exclusive.prices.index) == ["11", "12", "22", "32"]
    same = market.after(Withdraw(offer="21"), Withdraw(offer="31")).solve()
    np.testing.assert_allclose(exclusive.prices, same.prices, rtol=1e-12)
    back = market.after(Withdraw(offer="32")).after(
        Launch(
            "32",
            "R3",
            2.5,
            manufacturer="W2",
            utility=market.consumers.utility[5],
            production_cost=0.2,
            retail_cost=0.1,
        )
    )
    np.testing.assert_allclose(back.solve().prices, before.prices, rtol=1e-10)


def test_the_shelf_under_nests():
    model = Nested([0, 0, 1, 1, 2, 2], 0.4)
    market = chain(model=model)
    before = market.solve()
    back = market.after(Withdraw(offer="32")).after(
        Launch(
            "32",
            "R3",
            2.5,
            manufacturer="W2",
            utility=market.consumers.utility[5],
            production_cost=0.2,
            retail_cost=0.1,
            nest="31",
        )
    )
    np.testing.assert_allclose(back.solve().prices, before.prices, rtol=1e-10)
    with pytest.raises(InputError, match="nest"):
        market.after(
            Withdraw(offer="32"),
            Launch("32", price=2.5, manufacturer="W2", utility=market.consumers.utility[5]),
        )


def test_a_held_price_stays():
    settled = chain(agents=10).after(SetPrice(offer="11", by=-0.1)).solve()
    assert settled.prices["11"] == pytest.approx(2.25, rel=1e-15)
    assert settled.certificate is not None
    assert settled.certificate.deviation.offer != "11"


def test_a_proof_that_was_left_out_is_looked_for_when_asked():
    market = chain(agents=10)
    late, early = market.solve(certificate=False), market.solve()
    assert late.certificate is None
    assert proof(late) is proof(late)
    assert proof(early) == early.certificate
    assert abs(proof(late).deviation.gain - early.certificate.deviation.gain) < 1e-12
    tight = replace(
        market,
        pricing=Bertrand(),
        offers=market.offers.assign(wholesale=1.0, capacity=0.5 * early.shares["21"]),
    )
    assert proof(tight.solve(certificate=False)) == tight.solve().certificate


def test_money_is_for_the_whole_market():
    one, many = chain(), chain()
    many = sold(many.offers, many.consumers, many.pricing.terms, size=1000.0)
    a, b = one.solve(), many.solve()
    np.testing.assert_allclose(b.profits, 1000 * a.profits)
    np.testing.assert_allclose(b.links["joint_gain"], 1000 * a.links["joint_gain"])
    assert b.consumer_surplus == pytest.approx(1000 * a.consumer_surplus)
    np.testing.assert_allclose(b.frame["units"], 1000 * a.shares)
    # What the two levels earn is what margins and units come to.
    earned = (b.frame["units"] * (b.frame["channel_margin"] + b.frame["manufacturer_margin"])).sum()
    assert b.profits.sum() == pytest.approx(earned)


def test_gains_are_those_of_the_world_without_the_link():
    """Sequential timing: the threat point is the settled market with the link's offers gone."""
    market = chain(BargainingTerms(0.4, timing="sequential", contract=TwoPartTariff()), agents=8)
    settled = market.solve()
    link = settled.links.set_index(["manufacturer", "channel"]).loc[("W1", "R2")]
    terms = settled.market.offers.assign(wholesale=settled.frame["wholesale"])
    without = sold(terms, market.consumers).after(Withdraw(offer="21")).solve()
    assert link["manufacturer_disagreement_profit"] == pytest.approx(
        without.profits["W1"], rel=1e-8
    )
    assert link["channel_disagreement_profit"] == pytest.approx(without.profits["R2"], rel=1e-8)
    assert link["channel_gain"] == pytest.approx(0.4 * link["joint_gain"], rel=1e-8)


@pytest.mark.parametrize(
    ("move", "match"),
    [
        (Merge("R1", "R9"), "R1"),
        (Merge("R1"), "two firms"),
        (SetPrice(offer="11"), "price= or by="),
        (Withdraw(offer="99"), "offer of this market"),
        (Tariff(1.5, base="wholesale price", payer="manufacturer"), "below 1"),
        (Tariff(0.1), "base"),
        (Tariff(-2.0, base="wholesale price"), "above -1"),
        (Tariff(np.nan, base="customs value"), "above -1"),
        (Tariff(0.1, base="wholesale price", payer="consumer"), "'manufacturer' or 'channel'"),
        (Tax(rate=1.0), "below 1"),
        (Tax(rate=-2.0, base="producer price"), "above -1"),
        (Tax(rate=0.1, base="consumers"), "'consumer price' or 'producer price'"),
        (Tax(unit=np.nan), "amount of money"),
        (Merge("R1", "R2", savings=1.5), "savings below 1"),
        (ChangeCost(fraction=-2.0), "-1 or more"),
        (Divest("R4", offer="11", side="channels"), "'manufacturer' or 'channel' or 'both'"),
        (Launch("n", price=1.0, manufacturer="W1", utility=np.zeros(3)), "utility of 1 agents"),
        (Exclusive("W1", "W2"), "channel of this market"),
        (Launch("11", price=1.0, manufacturer="W1", utility=np.zeros(1)), "no offer has"),
    ],
)
def test_moves_that_make_no_sense(move, match):
    with pytest.raises(InputError, match=match):
        chain().after(move)


def test_wrong_tables():
    good = chain()
    for offers, match in (
        (good.offers.drop(columns="channel"), "column 'channel'"),
        (good.offers.iloc[:5], "6 offers"),
        (good.offers.assign(production_cost=[0.2, np.nan, *[0.2] * 4]), "production_cost"),
        (good.offers.assign(channel=["R1", None, "R2", "R2", "R3", "R3"]), "a channel for every"),
        (
            good.offers.assign(manufacturer=["W1", " ", "W1", "W2", "W1", "W2"]),
            "a manufacturer for every",
        ),
        (good.offers.set_axis(["a", "a", "b", "c", "d", "e"]), "twice"),
        (good.offers.assign(price=["x", *[2.5] * 5]), "found x for 11"),
    ):
        with pytest.raises(InputError, match=match):
            sold(offers, good.consumers)
    with pytest.raises(InputError, match="owners: found R9"):
        sold(good.offers, good.consumers, owners={"R9": "R1"})
    for size in (0.0, np.nan):
        with pytest.raises(InputError, match="size"):
            sold(good.offers, good.consumers, size=size)
    for part in (-0.1, 1.5):
        holdings = pd.DataFrame([[part]], ["R1"], ["R2"])
        with pytest.raises(InputError, match="shares of profits"):
            sold(good.offers, good.consumers, holdings=holdings).solve()
    with pytest.raises(InputError, match="an offer that stays"):
        good.after(Withdraw(manufacturer="W1"), Withdraw(manufacturer="W2"))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"utility": np.full((6, 1), np.nan)}, "utility"),
        ({"alpha": np.array([-0.9])}, "alpha"),
        ({"weights": np.array([2.0])}, "weights: found 2.0"),
        (
            {"utility": np.zeros((6, 2)), "alpha": np.ones(2), "weights": np.array([1.5, -0.5])},
            "weights: found 1.5",
        ),
        ({"alpha": np.ones(2)}, r"\(6, 1\), \(2,\) and \(1,\)"),
    ],
)
def test_buyers_that_cannot_be(change, match):
    market = chain()
    with pytest.raises(InputError, match=match):
        replace(market, consumers=replace(market.consumers, **change))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"power": -0.1}, "terms.power: found -0.1"),
        ({"power": 1.2}, "from 0 to 1"),
        ({"power": "half"}, "from 0 to 1"),
        ({"power": 0.0}, "above 0 under simultaneous timing"),
        ({"power": pd.DataFrame([[0.5]], ["W1"], ["R1"])}, "bargaining weight"),
        ({"power": pd.DataFrame(0.5, ["R1", "R2", "R3"], ["W1", "W2"])}, "manufacturers as rows"),
        ({"timing": "simultan"}, "terms.timing"),
        ({"disagreement": "offers"}, "terms.disagreement"),
    ],
)
def test_terms_that_are_none(given, match):
    with pytest.raises(InputError, match=match):
        chain(BargainingTerms(**given)).solve()


@pytest.mark.parametrize(
    ("seen", "match"),
    [
        ({"price": 0.2}, "production costs of -"),
        ({"price": 2.0, "wholesale": 1.9}, "retail costs of -"),
        ({"price": 3.0, "wholesale": 0.9}, "production costs of -"),
    ],
)
def test_costs_below_zero_are_refused_level_by_level(seen, match):
    market = chain()
    market = replace(market, offers=market.offers.assign(**seen))
    with pytest.raises(InputError, match=match):
        market.with_implied_costs()
    allowed = market.with_implied_costs(below_zero=True).offers[["production_cost", "retail_cost"]]
    assert (allowed < 0).any(axis=None)


def test_what_a_breakdown_makes_unknown_counts_in_implied_costs():
    """Two types: those of the second learn of W1's offers only where both shops that sell it do."""
    market = chain(BargainingTerms(0.4), agents=2)
    known = {pair for pair in market.pairs if pair[0] == "W1"}

    def weights(_, pairs):
        return np.array([0.5, 0.5]) if known <= pairs else np.array([0.8, 0.2])

    told = replace(market, weights_given_deals=weights).with_implied_costs(below_zero=True)
    settled = told.solve()
    np.testing.assert_allclose(settled.prices, 2.5, rtol=1e-10)
    np.testing.assert_allclose(settled.frame["wholesale"], 1.5, rtol=1e-10)
    untold = market.with_implied_costs(below_zero=True)
    assert (told.offers["production_cost"] - untold.offers["production_cost"]).abs().max() > 0.01


@pytest.mark.parametrize("contract", [LinearPrice(), TwoPartTariff()])
@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_a_bargain_with_nothing_to_split_is_no_deal(contract, timing):
    """A phone sold for less than it costs to make, by rule: an outcome, not an error."""
    market = chain(BargainingTerms(contract=contract, timing=timing))
    losing = replace(market, offers=market.offers.assign(production_cost=[5.0, *[0.2] * 5]))
    links = (
        losing.after(SetPrice(offer="11", price=0.5))
        .solve()
        .links.set_index(["manufacturer", "channel"])
    )
    assert not links.loc[("W1", "R1"), "agreed"]
    assert links.drop(index=("W1", "R1"))["agreed"].all()
    assert market.solve().links["agreed"].all()


def test_a_solve_that_fails_says_so():
    market = chain(BargainingTerms(1e-9, disagreement="offer"))
    with pytest.raises(ConvergenceError):
        market.solve()
    assert not market.solve(throw=False).solution.converged


def test_a_price_that_somebody_gains_by_leaving_is_refused_by_name():
    """Two sellers, a few consumers who hardly mind the price: dear is right nearby only."""
    buyers = PricedDemand(
        utility=np.tile([3.4, 5.4], (2, 1)),
        alpha=np.array([0.7, 7.0]),
        weights=np.array([0.02, 0.98]),
    )
    firms = ["Acme", "Bolt"]
    offers = pd.DataFrame(
        {"manufacturer": firms, "channel": firms, "price": 2.7, "retail_cost": 0.1}, firms
    )
    with pytest.raises(
        ConvergenceError, match=r"firm Acme gains \d.* the price of offer Acme to 0"
    ):
        sold(offers, buyers).solve()


def test_fees_are_split_by_what_owners_count_of_them():
    """A shop holds a fifth of the maker: the fee maximises the product of what both count."""
    share = 0.2
    offers = chain().offers.iloc[[0]]
    buyers = PricedDemand(utility=np.array([[1.0]]), alpha=np.array([ALPHA]), weights=np.ones(1))
    held = pd.DataFrame([[share]], ["R1"], ["W1"])
    terms = BargainingTerms(0.4, contract=TwoPartTariff(), timing="simultaneous")
    settled = sold(offers, buyers, terms, holdings=held).solve()
    e = settled.arrays
    fee = e.fixed_fees[0]
    # Nobody earns anything without the deal; the wholesale price is at cost.
    shop = e.shares[0] * (e.prices[0] - 0.3)
    product = [(shop - f + share * f) ** 0.4 * f**0.6 for f in (fee - 1e-4, fee, fee + 1e-4)]
    assert product[1] == max(product)
    np.testing.assert_allclose(settled.profits, [shop - fee + share * fee, fee], rtol=1e-12)


def test_capacities_bind_and_are_worth_what_they_cost():
    offers = chain().offers.assign(channel=["A", "B", "C", "D", "E", "F"], wholesale=np.nan)
    offers["manufacturer"] = offers["seller"] = offers["channel"]
    buyers = chain(agents=20).consumers
    free = sold(offers, buyers, size=100.0).solve()
    units = free.frame["units"]
    loose = sold(offers.assign(capacity=2 * units), buyers, size=100.0).solve()
    np.testing.assert_allclose(loose.prices, free.prices, rtol=1e-9)
    tight = offers.assign(capacity=np.inf)
    tight.loc["21", "capacity"] = 0.5 * units["21"]
    limited = sold(tight, buyers, size=100.0).solve()
    assert limited.frame.loc["21", "units"] == pytest.approx(0.5 * units["21"], rel=1e-10)
    assert limited.prices["21"] > free.prices["21"]
    margins = limited.frame["channel_margin"] * limited.frame["units"]
    assert limited.profits["C"] == pytest.approx(margins["21"], rel=1e-12)
    with pytest.raises(InputError, match="capacit"):
        sold(tight.assign(channel="R", seller="R"), buyers, BargainingTerms()).solve()
    with pytest.raises(InputError, match="capacity"):
        sold(tight.assign(capacity=0.0), buyers)


def test_equilibria_are_looked_for_from_many_starts():
    found, lost = chain(agents=6).equilibria()
    assert len(found) == 1
    assert lost < 12
    np.testing.assert_allclose(found[0].prices, chain(agents=6).solve().prices, rtol=1e-6)


@pytest.mark.parametrize("terms", [None, BargainingTerms()])
def test_held_prices_stay_wherever_a_search_starts(terms):
    market = chain(terms, agents=6).after(SetPrice(offer="31", price=2.0))
    found, _ = market.equilibria()
    assert len(found) == 1
    assert found[0].prices["31"] == 2.0
    np.testing.assert_allclose(found[0].prices, market.solve().prices, rtol=1e-6)


def test_equilibria_under_capacities_are_not_looked_for():
    market = chain(None)
    offers = market.offers.assign(capacity=0.1)
    with pytest.raises(InputError, match="capacities"):
        replace(market, offers=offers).equilibria()


def numbered(firms):
    """Two shops with two offers each, firms and offers called by `firms`' kind of name."""
    base = chain(BargainingTerms(disagreement="pair"))
    named = {"W1": 1, "W2": 2, "R1": 11, "R2": 12, "R3": 13}
    offers = base.offers.assign(
        **{
            side: [firms(named[f]) for f in base.offers[side]]
            for side in ("manufacturer", "channel", "seller")
        }
    )
    return replace(base, offers=offers.set_axis([firms(int(name)) for name in offers.index]))


MOVES = {
    "merge": lambda n: Merge(n(11), n(12)),
    "merge, savings": lambda n: Merge(n(1), n(2), savings=0.1),
    "divest": lambda n: Divest(n(12), offer=n(11), side="channel"),
    "cost": lambda n: ChangeCost(amount=0.1, manufacturer=n(1)),
    "tax": lambda n: Tax(unit=0.1, channel=n(11)),
    "subsidy": lambda n: Subsidy(0.1, offer=n(21)),
    "tariff": lambda n: Tariff(0.1, base="customs value", manufacturer=n(1)),
    "exclusive": lambda n: Exclusive(n(1), n(11)),
    "delist": lambda n: Withdraw(offer=n(31)),
    "hold": lambda n: SetPrice(offer=n(31), price=2.0),
    "enter": lambda n: Launch(
        n(99), n(11), 2.0, manufacturer=n(1), utility=np.array([0.5]), production_cost=0.2
    ),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("held", [int, str])
@pytest.mark.parametrize("asked", [int, float, np.int64, str])
def test_ids_are_found_whether_numbers_or_text(move, held, asked):
    market = numbered(held)
    meant, given = (market.after(MOVES[move](kind)) for kind in (held, asked))
    same = [str(name) for name in meant.offers.index] == [str(int(n)) for n in given.offers.index]
    assert same or move == "enter"
    pd.testing.assert_frame_equal(
        given.offers.reset_index(drop=True), meant.offers.reset_index(drop=True)
    )
    assert given.owners == meant.owners
    assert set(given.firms) == set(meant.firms)


def test_tables_of_an_industry_take_numbers_or_text():
    market = numbered(str)
    offers, demand = market.offers, market.consumers
    power = pd.DataFrame(0.4, [1, 2], [11, 12, 13])
    for kind in (int, str):
        table = power.rename(index=kind, columns=kind)
        owners = {kind(12): "11"}
        held = pd.DataFrame(0.1, [kind(11)], [kind(13)])
        given = Market(
            offers=offers,
            consumers=demand,
            pricing=Vertical(BargainingTerms(table)),
            owners=owners,
            holdings=held,
        )
        assert given.firms == ["11", "13", "1", "2"]
        assert conduct_arrays.retail(given).stakes.retail_price_share[0].tolist() == [
            1,
            1,
            1,
            1,
            0.1,
            0.1,
        ]
        assert conduct_arrays.negotiated_terms(given) is not None


def test_holdings_that_are_none():
    market = chain()
    for holdings, match in (
        (pd.DataFrame(0.1, ["R1", "R1"], ["R2"]), "holdings: found R1 twice"),
        (pd.DataFrame(0.1, ["R1"], ["R2", "R2"]), "holdings: found R2 twice"),
        (pd.DataFrame("much", ["R1"], ["R2"]), "shares of profits, from 0 to 1"),
        (pd.DataFrame(0.1, ["R9"], ["R2"]), "holdings: found R9"),
    ):
        with pytest.raises(InputError, match=match):
            replace(market, holdings=holdings).solve()
    with pytest.raises(InputError, match="stakes: found R9; expected firms of this market"):
        replace(market, stakes={"R9": np.zeros((6, 1))})


@pytest.mark.parametrize(
    ("column", "cell", "match"),
    [
        ("capacity", 0.0, "found 0 for 21; expected units above 0 in 'capacity'"),
        ("capacity", -1.0, "found -1 for 21"),
        ("capacity", np.nan, "found a blank for 21"),
        ("capacity", "NA", "found NA for 21"),
        ("wholesale", "NA", "found NA for 21; expected a number in 'wholesale', or a blank"),
        ("price", "n/a", "found n/a for 21; expected a number in 'price'"),
        ("price", None, "found a blank for 21"),
    ],
)
def test_numbers_of_offers_that_are_none(column, cell, match):
    offers = chain().offers.astype({column: object})
    offers.at["21", column] = cell
    with pytest.raises(InputError, match=match):
        Market(offers=offers, consumers=chain().consumers)


@pytest.mark.parametrize("size", ["many", None, 0, -1.0, np.inf, np.nan])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(InputError, match="a number of consumers above 0"):
        replace(chain(), size=size)
    assert replace(chain(), size=np.int64(10)).size == 10


def test_terms_are_equal_by_value():
    """Two tables of power that differ in one of 140 cells, in the middle, are two terms."""
    power = pd.DataFrame(0.5, [f"W{k}" for k in range(70)], ["R1", "R2"])
    other = power.copy()
    other.loc["W35", "R2"] = 0.6
    assert BargainingTerms(power) == BargainingTerms(power.copy())
    assert hash(BargainingTerms(power)) == hash(BargainingTerms(power.copy()))
    assert BargainingTerms(power) != BargainingTerms(other)
    assert (
        len(
            {
                BargainingTerms(power),
                BargainingTerms(other),
                BargainingTerms(power.copy()),
                BargainingTerms(0.5),
            }
        )
        == 3
    )
    assert BargainingTerms(power) != BargainingTerms(power.rename(index={"W1": "X1"}))
    assert BargainingTerms(0.4, TwoPartTariff()) != BargainingTerms(0.4)


def test_an_allowance_is_a_lower_wholesale_price():
    market = replace(chain(agents=6), pricing=Bertrand())
    before, after = market.solve(), market.after(Allowance("W1", 0.3, "R1")).solve()
    named = (market.contracts["manufacturer"] == "W1") & (market.contracts["seller"] == "R1")
    paid = after.market.column("wholesale") - market.column("wholesale")
    np.testing.assert_allclose(paid, np.where(named, -0.3, 0.0))
    assert after.prices[named.to_numpy()].iloc[0] < before.prices[named.to_numpy()].iloc[0]
    # A payment of nothing changes nothing.
    same = market.after(Allowance("W1", 0.0)).solve()
    np.testing.assert_allclose(same.prices, before.prices, rtol=1e-12)
    for move, match in (
        (Allowance("Nobody", 0.3), "Nobody"),
        (Allowance("W1", np.inf), "an amount of money"),
    ):
        with pytest.raises(InputError, match=match):
            market.after(move)
    with pytest.raises(InputError, match="that stand"):
        chain(BargainingTerms(), agents=6).after(Allowance("W1", 0.3))
