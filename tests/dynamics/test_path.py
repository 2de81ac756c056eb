"""A market from quarter to quarter: closed forms, conservation, and what may not matter."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.dynamics.awareness_dynamics import Advertising, Law
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.dynamics.period_pricing import (
    EquilibriumPrices,
    FixedListPrices,
    PeriodOutcome,
    StandingTerms,
)
from inroads.dynamics.population import initial_population
from inroads.errors import InputError, InroadsError
from inroads.market.pricing import BargainingTerms, Vertical
from tests.market.test_labelled import market as small
from tests.market.test_vertical import firms

LAW = Law(word=0.05, shelf=0.1, use=0.4, fade=0.08)


def sellers(market, **changes):
    return EquilibriumPrices(market=market.with_firms(firms()), **changes)


def first(path):
    return path.frame[path.frame["period"] == 0]


@pytest.mark.parametrize("hazard", [1.0, 0.13, {"Gee": 0.2, "Cee": 0.05}])
@pytest.mark.parametrize("priced", [False, True])
def test_period_0_is_the_market_of_the_data(hazard, priced):
    market = small()
    path = simulate_path(
        market, PathSettings(periods=2, hazard=hazard, law=LAW), sellers(market) if priced else None
    )
    observed = market.solve().state.shares
    np.testing.assert_allclose(first(path)["share"], observed, rtol=0, atol=1e-15)
    np.testing.assert_allclose(first(path)["units"], observed * market.size, rtol=1e-12)
    np.testing.assert_allclose(first(path)["price"], market.table["price"], rtol=1e-12)
    assert path.size[0] == pytest.approx(market.size, rel=1e-14)


def test_credit_is_part_of_the_weights_of_the_data():
    market = small()
    cells = market.consumers.cells.copy()
    granted = cells["may_finance"].to_numpy(bool)
    cells["credit"] = np.where(granted, 1 / 48, -1 / 48)
    cells["weight"] = np.where(granted, 1 / 48, 3 / 48)
    people = replace(market.consumers, cells=cells)
    market = replace(market, consumers=people, tastes={**market.tastes, "credit": 0.4})
    path = simulate_path(market, PathSettings(periods=1, hazard=0.2))
    np.testing.assert_allclose(path.frame["share"], market.solve().shares, rtol=0, atol=1e-15)


def test_hazards_by_home_tell_the_population_apart():
    """Twice as often in the market, half as many people behind the same number of buyers."""
    people = initial_population(small(), {"Gee": 0.2, "Cee": 0.1})
    gee, cee = people.by_home(people.weight)
    assert gee / cee == pytest.approx(0.5, rel=1e-14)
    assert people.number == pytest.approx(1e6 * (0.5 / 0.2 + 0.5 / 0.1), rel=1e-14)
    assert people.size == pytest.approx(1e6, rel=1e-14)


def test_without_choice_phones_in_use_follow_the_markov_chain():
    """Everyone buys brand b with the same odds s_b: own_t = x + (own_0 - x)(1 - h q)^t."""
    market, h, periods = small(1.0), 0.17, 15
    alike = dict.fromkeys(("inertia", "platform", "brand", "credit"), 0.0) | {"money": 1e-12}
    market = replace(market, tastes=alike)
    # Every phone works everywhere: all consumers have the same choice.
    everywhere = market.offers.assign(standards="gsm+cdma")
    market = replace(market, offers=everywhere)
    path = simulate_path(market, PathSettings(periods=periods, hazard=h))
    sold = first(path).groupby("brand")["share"].sum()
    q = sold.sum()
    use = path.in_use[["Big", "New"]] / path.in_use.iloc[0].sum()
    t = np.arange(periods + 1)[:, None]
    rest = sold.to_numpy() / q
    expected = rest + (use.iloc[0].to_numpy() - rest) * (1 - h * q) ** t
    np.testing.assert_allclose(use, expected, rtol=0, atol=1e-12)


def test_with_loyalty_weights_follow_the_transition_matrix():
    """Prices and awareness stand still: weights are those of a Markov chain, built by hand."""
    market, h = small(), 0.23
    people = initial_population(market, h)
    cells, table = people.cells, market.table
    outcome = market.solve()
    purchases, weight = outcome.choices.purchases, market.weights.sum(axis=1)
    label = ["home", "brand", "platform", "income", "rate", "may_finance"]
    at = {tuple(row): c for c, row in enumerate(cells[label].itertuples(index=False))}
    given = [at[tuple(row)] for row in market.consumers.cells[label].itertuples(index=False)]
    M = np.zeros((len(cells), len(cells)))
    for c, old in enumerate(given):
        odds = purchases[:, c] / weight[c]
        M[old, old] += 1 - h * odds.sum()
        for j, row in table.iterrows():
            home = row["channel"] if row["has_members"] else cells.loc[old, "home"]
            owns = "Big" if row["brand"] == "Big" else "other"
            rest = tuple(cells.loc[old, ["income", "rate", "may_finance"]])
            M[at[home, owns, row["platform"], *rest], old] += h * odds[j]
    path = simulate_path(market, PathSettings(periods=9, hazard=h))
    w = np.linalg.matrix_power(M, 9) @ people.weight
    expected = pd.Series(w).groupby(cells["home"]).sum() * people.number
    np.testing.assert_allclose(path.members.loc[9, expected.index], expected, rtol=1e-12)
    big = w[(cells["brand"] == "Big").to_numpy()].sum() * people.number
    assert path.in_use.loc[9, "Big"] == pytest.approx(big, rel=1e-12)


def test_awareness_alone_is_the_logistic_recursion():
    law = Law(word=0.3, steady=False)
    path = simulate_path(small(0.05), PathSettings(periods=12, hazard=0.1, law=law))
    a = [0.05]
    for _ in range(12):
        a.append(a[-1] + 0.3 * a[-1] * (1 - a[-1]))
    np.testing.assert_allclose(path.mean_awareness["New"], a, rtol=0, atol=1e-12)


def test_awareness_alone_tends_to_the_logistic_curve():
    """First order in the step: halving it halves the distance from the curve."""
    t = np.arange(13)
    curve = 1 / (1 + (1 / 0.05 - 1) * np.exp(-0.3 * t))
    gaps = []
    for steps in (64, 128, 256):
        law = Law(word=0.3, steady=False, steps=steps)
        path = simulate_path(small(0.05), PathSettings(periods=12, hazard=0.1, law=law))
        gaps.append(np.abs(path.mean_awareness["New"].to_numpy() - curve).max())
    assert gaps[2] < 3e-4
    np.testing.assert_allclose([gaps[0] / gaps[1], gaps[1] / gaps[2]], 2.0, atol=0.02)


def test_advertising_against_fading_has_a_level_of_its_own():
    law = Law(fade=0.1, steady=False)
    plan = PathSettings(
        periods=12, hazard=0.1, law=law, advertising=(Advertising(brand="New", push=0.05),)
    )
    level = 0.05 / 0.15
    expected = level + (0.9 - level) * (1 - 0.15) ** np.arange(13)
    np.testing.assert_allclose(
        simulate_path(small(0.9), plan).mean_awareness["New"], expected, rtol=1e-13
    )


def test_advertising_reaches_whom_it_is_for_and_stops():
    law = Law(steady=False)
    push = Advertising(brand="New", push=0.5, first=1, last=1, members_of=("Gee",))
    path = simulate_path(
        small(0.2), PathSettings(periods=3, hazard=0.1, law=law, advertising=(push,))
    )
    np.testing.assert_allclose(
        path.awareness["New"].unstack("home")[["Gee", "Cee"]],
        [[0.2, 0.2], [0.2, 0.2], [0.6, 0.2], [0.6, 0.2]],
    )


def test_steady_awareness_moves_only_with_shelves_and_phones_in_use():
    market = small()
    law = Law(word=0.1, shelf=0.2, fade=0.1)
    still = np.full((2, 1), 0.3)
    shelf, use = np.array([[0.4], [0.1]]), np.array([[0.2], [0.3]])
    background = law.background(still, shelf, use)
    np.testing.assert_allclose(
        law.next(still, shelf, use, 0 * still, background=background), still, atol=1e-15
    )
    louder = law.next(still, shelf + 0.3, use, 0 * still, background=background)
    np.testing.assert_allclose(louder, still + 0.7 * 0.2 * 0.3, atol=1e-15)
    deal = {0: (ir.Deal("New", "Gee", ("N1",)),)}
    known = (
        simulate_path(market, PathSettings(periods=4, hazard=0.1, law=law, moves=deal))
        .awareness["New"]
        .unstack("home")
    )
    assert (known["Gee"].diff().dropna() > 0.01).all()


def test_what_everyone_knows_stays_known():
    path = simulate_path(small(1.0), PathSettings(periods=5, hazard=0.2, law=Law(fade=0.3)))
    assert (path.awareness["New"] == 1.0).all()


def test_stocks_and_flows_agree():
    market = small()
    deal = {1: (ir.Deal("New", "Gee", ("N1",)), ir.Campaign("New", 0.6))}
    plan = PathSettings(
        periods=8, hazard={"Gee": 0.3, "Cee": 0.1}, law=LAW, decline=0.02, life=4, moves=deal
    )
    path = simulate_path(market, plan, sellers(market))
    assert path.residual < 1e-14
    for stock in (path.in_use, path.members):
        total = stock.sum(axis=1)
        np.testing.assert_allclose(total, total.iloc[0], rtol=1e-13)
    alone = simulate_path(market, replace(plan, moves={}), sellers(market))
    assert path.installed("New").iloc[-1] > alone.installed("New").iloc[-1]
    assert path.members["Gee"].iloc[-1] > alone.members["Gee"].iloc[-1]
    assert path.sales().sum(axis=1).to_numpy() == pytest.approx(
        path.frame.groupby("period")["units"].sum().to_numpy()
    )
    np.testing.assert_allclose(path.share_of_sales("channel").sum(axis=1), 1.0)


@dataclass(frozen=True)
class Twice:
    """Sellers that hand back choices of more consumers than there are."""

    def initial_terms(self):
        return StandingTerms(pd.DataFrame())

    def price_period(self, market, period, list_price_factor, before, standing):
        outcome = FixedListPrices().price_period(
            market, period, list_price_factor, before, standing=standing
        )
        buyers = replace(market.demand, weights=2.0 * market.weights)
        return replace(outcome, choices=buyers.at_prices(outcome.prices))


def test_what_does_not_add_up_is_refused():
    with pytest.raises(InroadsError, match="no weight is below zero"):
        simulate_path(small(), PathSettings(periods=1, hazard=1.0), Twice())


def test_order_does_not_matter():
    market = small()
    plan = PathSettings(
        periods=5, hazard=0.2, law=LAW, decline=0.02, moves={2: (ir.Deal("New", "Gee", ("N1",)),)}
    )
    people = market.consumers
    turned = replace(
        market,
        products=market.products.iloc[::-1],
        channels=market.channels.iloc[::-1],
        offers=market.offers.iloc[[3, 1, 4, 0, 2]].reset_index(drop=True),
        consumers=replace(
            people,
            cells=people.cells.sample(frac=1, random_state=3).reset_index(drop=True),
            awareness=people.awareness.iloc[::-1],
        ),
    )
    one, other = (simulate_path(m, plan, sellers(m)) for m in (market, turned))
    by = ["period", "product", "channel"]
    numbers = ["price", "share", "units", "list price"]
    pd.testing.assert_frame_equal(
        *(p.frame.set_index(by)[numbers].sort_index() for p in (one, other)), rtol=1e-10
    )
    for table in ("in_use", "members", "profits"):
        a, b = getattr(one, table), getattr(other, table)
        pd.testing.assert_frame_equal(a, b[a.columns], rtol=1e-9)


def test_names_do_not_matter():
    market = small()
    new = {"New": "Neu", "N1": "A1", "N2": "A2", "N3": "A3"}
    people = market.consumers
    renamed = replace(
        market,
        products=market.products.rename(index=new).replace({"New": "Neu"}),
        offers=market.offers.replace({"product": new}),
        consumers=replace(people, awareness=people.awareness.rename(columns=new)),
    )
    one, other = (
        simulate_path(m, PathSettings(periods=5, hazard=0.2, law=LAW), sellers(m))
        for m in (market, renamed)
    )
    np.testing.assert_allclose(one.frame["units"], other.frame["units"], rtol=1e-12)
    np.testing.assert_allclose(one.in_use["New"], other.in_use["Neu"], rtol=1e-12)


def test_the_same_again_is_the_same_to_the_last_bit():
    market = small()
    before = market.consumers.cells.copy(), market.offers.copy()
    one, other = (
        simulate_path(market, PathSettings(periods=4, hazard=0.2, law=LAW), sellers(market))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    pd.testing.assert_frame_equal(market.consumers.cells, before[0])
    pd.testing.assert_frame_equal(market.offers, before[1])


def test_prices_fall_and_successors_come():
    plan = PathSettings(periods=7, hazard=0.1, decline=0.02, life=4, ages={"B1": 3})
    frame = simulate_path(small(), plan).frame.set_index(["product", "channel", "period"])
    prices = frame.sort_index()["list price"]
    d = 0.98**3
    np.testing.assert_allclose(prices["B1", "Gee"], 700 * d ** np.array([0, -3, -2, -1, 0, -3, -2]))
    np.testing.assert_allclose(prices["N1", "Open"], 500 * d ** np.array([0, 1, 2, 3, 0, 1, 2]))
    forever = simulate_path(small(), PathSettings(periods=7, hazard=0.1, decline=0.02)).frame
    n1 = forever.loc[forever["product"] == "N1", "list price"]
    np.testing.assert_allclose(n1, 500 * d ** np.arange(7))


def test_models_come_and_go():
    moves = {2: (ir.Launch("N2"),), 3: (ir.Withdraw("B2", "Open"),), 5: (ir.Withdraw("N2"),)}
    path = simulate_path(small(), PathSettings(periods=6, hazard=0.2, decline=0.05, moves=moves))
    sold = path.sales("product")
    assert (sold["N2"] > 0).tolist() == [False, False, True, True, True, False]
    new = path.frame[path.frame["product"] == "N2"]
    np.testing.assert_allclose(new["list price"], 200 * 0.95 ** (3 * np.arange(3)))
    open_b2 = path.frame.query("product == 'B2' and channel == 'Open'")
    assert open_b2["period"].max() == 2


def test_entry_in_period_0_is_the_industry_that_bargains():
    """Terms, prices and profits of the quarter are those of the static model, awareness and all."""
    market = small()
    made = market.with_firms(firms())
    moves = (ir.Deal("New", "Gee", ("N1",)), ir.Campaign("New", 0.6))
    path = simulate_path(
        market,
        PathSettings(periods=3, hazard=0.2, law=LAW, moves={0: moves}),
        EquilibriumPrices(market=made, terms=BargainingTerms(0.4)),
    )
    entered = market.after(*moves)

    def weights(_, pairs):
        return (entered if ("New", "Gee") in pairs else market.after(moves[0])).weights

    static = replace(
        made.after(moves[0]),
        pricing=Vertical(BargainingTerms(0.4)),
        weights_given_deals=weights,
    ).solve()
    np.testing.assert_allclose(first(path)["price"], static.prices, rtol=1e-9)
    np.testing.assert_allclose(first(path)["share"], static.shares, rtol=1e-9)
    for name in ("manufacturer_gain", "channel_gain", "wholesale"):
        assert path.links[name].to_numpy() == pytest.approx(static.links[name], rel=1e-8)
    for firm, profit in static.profits.items():
        assert path.profits.loc[0, firm] == pytest.approx(profit, rel=1e-8, abs=1e-3)


def test_terms_stand_until_they_are_renegotiated():
    market = small()
    plan = PathSettings(
        periods=6, hazard=0.2, law=LAW, decline=0.02, moves={1: (ir.Deal("New", "Gee", ("N1",)),)}
    )
    path = simulate_path(market, plan, sellers(market, renegotiate=(4,)))
    at_gee = path.frame.query("product == 'N1' and channel == 'Gee'")
    launch = at_gee["wholesale"] / 0.98 ** (3 * at_gee["period"])
    assert launch.iloc[1] == pytest.approx(launch.iloc[0], rel=1e-12)
    assert launch.iloc[2] == pytest.approx(launch.iloc[0], rel=1e-12)
    assert abs(launch.iloc[3] / launch.iloc[0] - 1) > 1e-4
    assert path.links["period"].tolist() == [1, 4]
    # Terms of pairs that traded at the start stand throughout.
    big = path.frame.query("product == 'B1' and channel == 'Gee'")
    parts = big["wholesale"] / big["list price"]
    np.testing.assert_allclose(parts, parts.iloc[0], rtol=1e-12)


def test_carriers_answer_or_keep_list_prices():
    market = small()
    plan = PathSettings(periods=3, hazard=0.2, law=LAW, decline=0.03)
    kept = simulate_path(market, plan, sellers(market, reprice=())).frame
    np.testing.assert_allclose(kept["price"], kept["list price"], rtol=1e-12)
    answered = simulate_path(market, plan, sellers(market, certificate=True)).frame
    later = answered["period"] > 0
    carriers = answered["channel"] != "Open"
    moved = (answered["price"] / answered["list price"] - 1).abs()
    assert (moved[later & carriers] > 1e-6).all()
    assert (moved[~carriers] == 0).all()


def test_a_new_model_is_sold_on_its_manufacturers_terms():
    market = small()
    plan = PathSettings(periods=2, hazard=0.2, moves={1: (ir.Launch("B2", "Cee", 300.0),)})
    frame = simulate_path(market, plan, sellers(market)).frame.set_index(
        ["period", "product", "channel"]
    )
    part = (frame["wholesale"] / frame["list price"]).sort_index()
    assert part[1, "B2", "Cee"] == pytest.approx(part[0, "B1", "Cee"], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"periods": 0}, "at least 1 period"),
        ({"hazard": 0.0}, "above 0 and up to 1"),
        ({"hazard": {"Gee": 0.1}}, "hazard of Cee"),
        ({"decline": 1.0}, "part of the price"),
        ({"life": -1}, "successors"),
        ({"life": 4, "ages": {"B1": 4}}, "4 for B1"),
        ({"moves": {9: ()}}, "period 9"),
        ({"moves": {0: (ir.Campaign("Big", 0.5),)}}, "not everybody knows"),
        ({"moves": {1: (ir.Launch("N1"),)}}, "already"),
        ({"advertising": (Advertising(brand="Nwe", push=0.1),)}, "Nwe"),
        ({"advertising": (Advertising(brand="New", push=0.1, members_of=("Eff",)),)}, "Eff"),
        ({"advertising": (Advertising(brand="New", push=1.1),)}, "between 0 and 1"),
        ({"law": Law(word=4.0, steady=False)}, "more steps"),
    ],
)
def test_what_makes_no_sense_is_refused(change, message):
    given = {"periods": 3, "hazard": 0.2} | change
    with pytest.raises(InputError, match=message):
        simulate_path(small(0.5), PathSettings(**given))


@dataclass(frozen=True)
class Rename:
    """Hand a maker's products to a brand, and a platform, that nobody had."""

    brand: str
    platform: str

    def apply(self, market):
        own = market.products["manufacturer"].eq("New")
        changed = market.products.assign(
            brand=market.products["brand"].where(~own, self.brand),
            platform=market.products["platform"].where(~own, self.platform),
        )
        return replace(market, products=changed)


@pytest.mark.parametrize(
    ("move", "message"), [(Rename("Newer", "two"), "Newer"), (Rename("New", "three"), "three")]
)
def test_nobody_may_own_what_the_population_has_no_place_for(move, message):
    with pytest.raises(InputError, match=message):
        simulate_path(small(), PathSettings(periods=2, hazard=0.2, moves={1: (move,)}))


def test_rates_and_contracts_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="0 or more"):
        Law(fade=-0.1)
    with pytest.raises(InputError, match="at least 1 step"):
        Law(steps=0)
    with pytest.raises(InputError, match="linear"):
        sellers(small(), terms=BargainingTerms(contract=ir.TwoPartTariff()))
    with pytest.raises(InputError, match="'Maker'"):
        simulate_path(small(), PathSettings(periods=1, hazard=0.2)).sales("Maker")


def test_traded_is_what_sellers_hand_back():
    market = small()
    list_price_factor = np.ones(len(market.offers))
    found = FixedListPrices().price_period(
        market, 0, list_price_factor, market, standing=FixedListPrices().initial_terms()
    )
    assert isinstance(found, PeriodOutcome)
    np.testing.assert_allclose(found.choices.shares, market.solve().shares)
