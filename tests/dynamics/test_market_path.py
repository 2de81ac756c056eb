"""A market given as arrays from period to period: by hand, and as a study's market is followed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.dynamics.awareness_dynamics import Advertising, Law
from inroads.dynamics.launch_course import LaunchCourse
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.dynamics.period_pricing import EquilibriumPrices
from inroads.market import conduct_arrays
from tests.market.test_labelled import market as small
from tests.market.test_vertical import firms

LAUNCH = ir.Launch(
    "new", manufacturer="N", price=1.2, production_cost=0.5, characteristics={"size": 1.3}, xi=0.2
)
WORD = Law(word=0.5, fade=0.1, steady=False, steps=2)


def known(errors=None):
    """Three products, five agents who differ, parameters known."""
    table = pd.DataFrame(
        {
            "market_ids": 1,
            "product_ids": ["a", "b", "c"],
            "firm_ids": ["A", "A", "C"],
            "prices": [1.0, 1.3, 1.7],
            "shares": [0.2, 0.15, 0.1],
            "size": [1.0, 1.2, 1.5],
        }
    )
    nodes = {"nodes0": np.linspace(-1.4, 1.4, 5)}
    agents = pd.DataFrame({"market_ids": 1, "weights": 0.2, **nodes})
    return ir.known_demand(
        ir.Demand("1 + prices + size", random="0 + size"),
        ir.read_panel(table, agents),
        {"1": -0.5, "prices": -2.0, "size": 1.5, "sigma[size]": 0.6},
        covariance=errors,
    )


def test_where_nothing_happens_every_period_is_the_market():
    market = known().market(1, size=1000.0)
    path = ir.follow(market, 3)
    solved = market.solve()
    for period in range(3):
        frame = path.frame[path.frame["period"] == period]
        np.testing.assert_allclose(frame["price"], solved.prices, rtol=1e-10)
        np.testing.assert_allclose(frame["units"], 1000 * solved.shares, rtol=1e-9)
        np.testing.assert_allclose(path.profits.loc[period], solved.profits, rtol=1e-9)
    np.testing.assert_allclose(path.surplus, solved.consumer_surplus, rtol=1e-10)
    assert path.awareness.shape == (4, 0)


def test_each_period_by_hand():
    """Awareness by its recursion; who knows the newcomer and who does not as agents apart."""
    market = known().market(1, size=1000.0)
    tax = ir.Tax(unit=0.1, manufacturer="C")
    course = LaunchCourse(ramp=0.8, fade=0.3)
    path = ir.follow(
        market,
        4,
        {1: [LAUNCH], 3: [tax]},
        awareness={"new": 0.1},
        law=WORD,
        advertising=[Advertising(brand="new", push=0.2, first=1, last=1)],
        launch=course,
        season=(1.0, 1.5),
    )
    aware, known_by = 0.1, []
    for period in range(4):
        known_by.append(aware)
        for _ in range(2):
            push = 0.2 if period == 1 else 0.0
            aware = aware + ((1 - aware) * (push + 0.5 * aware) - 0.1 * aware) / 2
    known_by.append(aware)
    np.testing.assert_allclose(path.mean_awareness["new"], known_by, rtol=1e-12)
    for period in range(4):
        now = replace(market, size=1000.0 * (1.0, 1.5)[period % 2])
        now = now.after(LAUNCH) if period >= 1 else now
        now = now.after(tax) if period >= 3 else now
        if period >= 1:
            d, a = now.consumers, known_by[period]
            u = d.utility.copy()
            u[-1] += np.log((0.8, 0.7, 0.7**2)[period - 1])
            without = u.copy()
            without[-1] = -np.inf
            agents = {"utility": np.hstack([u, without]), "alpha": np.tile(d.alpha, 2)}
            weights = np.concatenate([a * d.weights, (1 - a) * d.weights])
            now = replace(now, consumers=ir.PricedDemand(weights=weights, **agents))
        solved = now.solve()
        frame = path.frame[path.frame["period"] == period].set_index("product")
        np.testing.assert_allclose(frame["price"], solved.prices, rtol=1e-9)
        np.testing.assert_allclose(frame["units"], solved.shares * now.size, rtol=1e-9)
        np.testing.assert_allclose(path.profits.loc[period][solved.profits.index], solved.profits)
        assert path.surplus[period] == pytest.approx(solved.consumer_surplus, rel=1e-9)
    assert path.sales().loc[0, "N"] == 0
    np.testing.assert_allclose(path.size, [1000, 1500, 1000, 1500])


def arrays_of(market):
    """A labelled market in which everybody knows all brands, as arrays by cell."""
    contracts = market.contracts
    offers = contracts.drop(columns="product").assign(
        channel=contracts.index.get_level_values("channel")
    )
    offers.index = [f"{product} at {channel}" for product, channel in contracts.index]
    demand = conduct_arrays.demand_by_agent(market)
    types = demand.utility.shape[-1] // len(market.consumers.cells)
    return ir.Market(
        offers=offers,
        consumers=demand,
        pricing=ir.Bertrand(),
        stakes={
            firm: np.repeat(stake, types, axis=1)
            for firm, stake in conduct_arrays.agent_stakes(market).items()
            if firm in set(offers["seller"])
        },
        size=market.size,
    )


@pytest.mark.parametrize("prices", ["set", "listed"])
def test_it_is_the_path_of_a_study_where_nobody_moves(prices):
    """A labelled market whose owners stay where they are (a hazard of next to nothing)."""
    law, season = Law(word=0.4, fade=0.1, steady=False), (1.0, 1.25)
    push = (Advertising(brand="New", push=0.1, first=1),)
    settings = PathSettings(
        periods=4, hazard=1e-12, law=law, advertising=push, season=season, moves={}
    )
    market = small(0.3)
    sellers = EquilibriumPrices(market=market.with_firms(firms())) if prices == "set" else None
    theirs = simulate_path(market, settings, sellers)
    everybody = arrays_of(small(1.0).with_firms(firms()))
    # Terms are those of the market of the data, where not everybody knows the brand.
    terms = market.with_firms(firms()).contracts[["wholesale", "production_cost", "retail_cost"]]
    offers = everybody.offers.assign(**{c: terms[c].to_numpy() for c in terms})
    pricing = ir.Bertrand() if prices == "set" else ir.ListPrices()
    given = replace(everybody, offers=offers, pricing=pricing)
    ours = ir.follow(given, 4, awareness={"New": 0.3}, law=law, advertising=push, season=season)
    np.testing.assert_allclose(ours.mean_awareness["New"], theirs.mean_awareness["New"], rtol=1e-9)
    for column in ("price", "share", "units"):
        np.testing.assert_allclose(ours.frame[column], theirs.frame[column], rtol=1e-8)
    np.testing.assert_allclose(ours.sales("channel"), theirs.sales("channel"), rtol=1e-8)
    if prices == "set":
        for firm in theirs.profits:
            np.testing.assert_allclose(ours.profits[firm], theirs.profits[firm], rtol=1e-7)
        assert ours.profits.loc[3, "New"] > ours.profits.loc[0, "New"]


def test_launches_of_a_study_go_on_likewise():
    """At list prices, a launch that fades: its utilities as the study's market has them."""
    launched = small(0.3).after(ir.Launch("N2"))
    course = LaunchCourse(ramp=0.5, fade=0.2)
    theirs = simulate_path(
        small(0.3),
        PathSettings(periods=3, hazard=1e-12, launch=course, moves={1: (ir.Launch("N2"),)}),
    )
    everybody = conduct_arrays.demand_by_agent(small(1.0).after(ir.Launch("N2")))
    market = arrays_of(small(1.0))
    name = launched.offer_names[-1]
    launch = ir.Launch(
        "N2 at Open",
        "Open",
        float(launched.table["price"].iloc[-1]),
        manufacturer="New",
        utility=everybody.utility[-1],
        alpha=everybody.alpha[-1],
    )
    market = replace(market, pricing=ir.ListPrices(), stakes={})
    ours = ir.follow(market, 3, {1: [launch]}, awareness={"New": 0.3}, launch=course)
    assert name == ("N2", "Open")
    np.testing.assert_allclose(ours.frame["share"], theirs.frame["share"], rtol=1e-8)
    assert not len(ours.profits.columns)


def test_nests_know_who_is_there():
    """Nested logit: shares are those of who knows the newcomer and of who does not."""
    table = pd.DataFrame(
        {
            "product_ids": ["a", "b", "c"],
            "firm_ids": ["A", "B", "C"],
            "prices": [1.0, 1.1, 1.2],
            "shares": [0.2, 0.15, 0.1],
            "nesting_ids": ["x", "x", "y"],
            "margins": [0.4, None, None],
        }
    )
    market, _ = ir.market_from_margins(table, rho=0.4)
    market = replace(market, pricing=ir.ListPrices())
    utility = market.consumers.utility[0]
    new = ir.Launch("n", manufacturer="N", price=1.0, utility=utility, nest="c")
    path = ir.follow(market, 1, {0: [new]}, awareness={"N": 0.25})
    known_by_all = market.after(new).solve().shares
    expected = 0.25 * known_by_all + 0.75 * market.solve().shares.reindex(
        known_by_all.index, fill_value=0.0
    )
    np.testing.assert_allclose(path.frame["share"], expected, rtol=1e-12)


def test_what_an_entry_is_worth_and_how_sure():
    errors = pd.Series({"prices": 0.05, "size": 0.05})
    fit = known(errors)

    def net(fitted):
        market = fitted.market(1, size=1000.0)
        path = ir.follow(market, 2, {0: [LAUNCH]}, awareness={"new": 0.3}, law=WORD)
        alone = ir.follow(market, 2)
        return ir.dynamics.entry_value(path, alone, "N", 0.1, spent={0: 5.0}).net

    worth = fit.standard_errors_of(net).to_frame().iloc[0]
    path = ir.follow(fit.market(1, size=1000.0), 2, {0: [LAUNCH]}, awareness={"new": 0.3}, law=WORD)
    rate = 1.1**0.25
    by_hand = path.profits["N"][0] / rate + path.profits["N"][1] / rate**2 - 5
    assert worth["estimate"] == pytest.approx(by_hand, rel=1e-9)
    assert worth["standard_error"] > 0
    with pytest.raises(ir.InputError, match="owners are counted"):
        path.installed("N")


def test_bad_input():
    market = known().market(1)
    for call, message in (
        (lambda: ir.follow(small(), 2), "labelled consumers"),
        (lambda: ir.follow(market, 0), "at least 1 period"),
        (lambda: ir.follow(market, 2, {2: [LAUNCH]}), "moves in periods 0 to 1"),
        (lambda: ir.follow(market, 2, awareness={"a": 1.5}), "1.5 for a"),
        (lambda: ir.follow(market, 2, awareness={"z": 0.5}), "found z; expected names of offers"),
        (lambda: ir.follow(market, 2, awareness={"a": 0.0}), "awareness above 0 of what is on"),
        (lambda: ir.follow(market, 2, awareness=dict.fromkeys("abcdefghi", 0.5)), "at most 8"),
        (lambda: ir.follow(market, 2, law=Law(use=0.1)), "rates of shelves or of use"),
        (lambda: ir.follow(market, 2, launch=LaunchCourse(drop_hazard=0.1)), "no dropping"),
        (lambda: ir.follow(market, 2, season=(1.0, 0.0)), "numbers above 0"),
        (lambda: ir.follow(market, 2, {1: [ir.Withdraw(offer="z")]}), "z"),
        (
            lambda: ir.follow(market, 2, advertising=[Advertising(brand="a", push=0.1)]),
            "a brand whose awareness is limited",
        ),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()
