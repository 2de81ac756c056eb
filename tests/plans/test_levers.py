"""Each lever does to the path what it says; clauses at a fair price move risk alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import inroads as ir
from inroads.dynamics.path import simulate_path
from inroads.dynamics.record import Path
from inroads.errors import InputError
from inroads.market.moves import Deal, Launch, Withdraw
from inroads.plans.chances import Chances, clauses_worth, launched, worth
from inroads.plans.clauses import Clauses, Sign
from inroads.plans.criteria import tail
from inroads.plans.deal_sales import deal_sales
from inroads.plans.paths import Played
from inroads.plans.plan_model import check_signs
from inroads.plans.strategies import Strategy, read_choices
from inroads.plans.variants import Drawn, Variant, variants, worths
from inroads.study.config.plan import PlanPart
from inroads.study.load import Study
from inroads.uncertainty import evpi
from inroads.uncertainty.ensemble import INPUT
from tests.plans.test_plan import with_part

ALE, LAGER = "Amsel Pale Ale", "Amsel Dark Lager"
MARKT = Strategy(launches=(("Markt", 0),))
BOTH = Strategy(launches=(("Markt", 0), ("Grund", 3)))
ODDS = Chances(talks={"Markt": 0.7, "Grund": 0.5}, political=0.1, stopped=0.2, to_launch=2.0)


@pytest.fixture(scope="module")
def played(beer: Study) -> Played:
    return Played.of(beer.path().with_prices_at_launches(), read_choices(beer, "Amsel"))


def test_prices_are_set_whenever_some_plan_changes_shelves(beer: Study) -> None:
    study = with_part(beer, wait=[0, 2], exclusive=[0, 3])
    model = beer.path().with_prices_at_launches()
    assert model.reprice is not None
    again = Played.of(model, read_choices(study)).model.reprice
    assert set(again or ()) == set(model.reprice) | {2, 3, 5}


def places(path: Path, product: str) -> dict[int, set[str]]:
    rows = path.frame[path.frame["product"].eq(product)]
    return {int(q): set(group["channel"]) for q, group in rows.groupby("period")}


def test_exclusivity_ends(played: Played) -> None:
    """Three months at Markt alone: the same market, every move made by hand."""
    strategy = replace(BOTH, exclusive=3)
    path = played.path(strategy)
    on_sale = places(path, ALE)
    assert [on_sale[q] for q in (0, 2)] == [{"Markt"}, {"Markt"}]
    assert on_sale[3] == {"Markt", "Grund", "Shops and bars"}
    model = played.model
    plain = model.moves("Amsel", dict(strategy.launches))
    campaigns = [[m for m in plain[q] if not isinstance(m, Launch | Deal)] for q in (0, 3)]
    first, second = (Deal("Amsel", channel, (ALE,)) for channel in ("Markt", "Grund"))
    moves = {
        0: (Launch(ALE), first, *campaigns[0], Withdraw(ALE, "Shops and bars")),
        3: (second, *campaigns[1], Launch(ALE)),
    }
    by_hand = simulate_path(model._start, model.settings(moves), model.sellers(), model._path_start)
    pd.testing.assert_frame_equal(path.profits, by_hand.profits, rtol=1e-9)


def test_without_the_first_partner_nothing_is_exclusive() -> None:
    strategy = replace(BOTH, exclusive=3, held_back=(LAGER,))
    assert strategy.only(["Grund"]) == Strategy(launches=(("Grund", 3),))
    assert strategy.only(["Markt"]).exclusive == 3


def test_deals_are_about_the_products_chosen(played: Played) -> None:
    path = played.path(replace(MARKT, products=(LAGER,)))
    assert places(path, LAGER)[0] == {"Markt"}
    assert places(path, ALE)[0] == {"Shops and bars"}
    both = played.path(replace(MARKT, products=(ALE, LAGER)))
    assert places(both, ALE)[0] == {"Shops and bars", "Markt"}


def test_a_product_held_back_is_at_the_first_partner_alone(played: Played) -> None:
    path = played.path(replace(BOTH, held_back=(LAGER,)))
    assert places(path, LAGER)[5] == {"Markt"}
    assert places(path, ALE)[5] == {"Markt", "Grund", "Shops and bars"}
    own = played.path(replace(BOTH, products=(ALE, LAGER), held_back=(ALE,)))
    assert places(own, ALE)[5] == {"Markt"}
    assert places(own, LAGER)[5] == {"Markt", "Grund"}
    # What it brings both sides is parted by the weights of their bargain.
    held = replace(MARKT, held_back=(LAGER,))
    before, after = played.path(MARKT).profits, played.path(held).profits
    both = sum((after[f] - before[f]).to_numpy() for f in ("Amsel", "Markt"))
    weight = played.model.game.terms.channel_weight("Amsel", "Markt")
    gained = played.gain(held) - played.gain(MARKT)
    np.testing.assert_allclose(gained, (1 - weight) * both, rtol=1e-9)


def test_a_suggested_price_leaves_costs_as_they_are(played: Played) -> None:
    strategy = replace(MARKT, price=0.9)
    path, sales = played.path(strategy), deal_sales(played, strategy, "Markt")
    frame = path.frame
    own = frame[frame["product"].eq(ALE) & frame["channel"].eq("Shops and bars")]
    np.testing.assert_allclose(own["price"], 0.9 * 2.69)
    np.testing.assert_allclose(sales.cost, deal_sales(played, MARKT, "Markt").cost)
    # Profits are at these costs: those of the lager in the open are the same in either case.
    facts = played.model.game.firms.facts
    lager = frame[frame["product"].eq("Amsel Lager")]
    cost = played.model.game.firms.market.products.loc["Amsel Lager", "production_cost"]
    received = 1 - facts.open_channel_cut
    earned = (received * lager["price"] - cost).to_numpy() * lager["units"].to_numpy()
    earned = earned + (received * own["price"] - sales.cost[0]).to_numpy() * own["units"].to_numpy()
    earned = earned + sales.units * (sales.wholesale - sales.cost)
    np.testing.assert_allclose(earned, path.profits["Amsel"], rtol=1e-9)


def test_the_plan_tries_every_lever(beer: Study) -> None:
    """Two products, each held back or not, two prices, exclusive for three months or not."""
    study = with_part(
        beer,
        partners=[["Markt"], ["Markt", "Grund"]],
        wait=[0, 3],
        exclusive=[0, 3],
        held_back=[[], [LAGER], [ALE]],
        suggested_price={"from": 0.9, "to": 1.0, "by": 0.1},
        guarantee=[0, 1],
        first_order=[0, 1],
        buy_back=[0, 0.8],
        sign=[{"input": "talks-fail", "below": 0.1, "after": 3}],
    )
    choices = read_choices(study)
    # Alone: 2 waits x 2 x 3 x 2. Together the ale cannot be held back, nor another launch within
    # three months: 4 pairs of waits x 2 x 2, and 2 of them exclusive.
    assert len(choices.strategies) == 24 + 16 + 8
    assert len(choices.clauses) == 2 * 3 - 1
    late = sum(s.begins >= 3 for s in choices.strategies)
    assert sum(1 for _ in variants(choices, choices.strategies)) == 6 * (48 + late)


def test_the_best_lever_is_found(beer: Study) -> None:
    """The dark lager too, and at which price: by every path, profits compared by hand."""
    study = with_part(
        beer,
        partners=[["Markt"]],
        wait=[0],
        products=[[ALE], [ALE, LAGER]],
        suggested_price=[0.8, 1],
        guarantee=[0, 1],
        solve=2,
    )
    plan = ir.plan(study, drawing=ir.study.DrawSettings(draws=2))
    played = Played.of(study.path().with_prices_at_launches(), read_choices(study))
    known = {
        replace(MARKT, products=products, price=price).label("month"): played.present(
            replace(MARKT, products=products, price=price), "Amsel"
        )
        for products in ((ALE,), (ALE, LAGER))
        for price in (0.8, 1.0)
    }
    # And the plan in the press. One talk, one launch: the order of profits is that of worths.
    assert len(plan.tried) == 5
    assert plan.combinations == 10
    assert plan.tried.drop(plan.answer).index[0] == max(known, key=lambda name: known[name])
    best = max(known, key=lambda name: known[name])
    assert f"{best}, 1 of central units guaranteed" in plan.table.index
    # Nobody sells a guarantee at the same price once sales are known.
    assert len(plan.priced) == 2
    bare = plan.expected.drop(columns=list(plan.priced))
    assert plan.perfect_information == pytest.approx(evpi(bare), abs=1e-9)
    assert plan.table.loc[plan.best, "regret"] == pytest.approx(
        (bare.max(axis=1) - plan.expected[plan.best]).max()
    )
    assert "5 plans tried at the central numbers, 10 with clauses on risk and signs" in str(plan)


def test_clauses_at_a_fair_price_move_risk_alone(played: Played) -> None:
    """Sales that are half or one and a half of what was expected, as likely."""
    sales = deal_sales(played, MARKT, "Markt")
    clauses = (Clauses(guarantee=1.0), Clauses(order=3.0), Clauses(order=3.0, buy_back=1.0))
    choices = replace(played.choices, clauses=clauses, signs=())
    sure = replace(ODDS, talks={"Markt": 1.0, "Grund": 1.0}, political=0.0, stopped=0.0)
    columns: dict[str, list[float]] = {}
    for factor in (0.5, 1.5):
        model = replace(
            played, sales={(MARKT, "Markt"): replace(sales, units=factor * sales.units)}
        )
        for luck in ("expected", "value"):
            rows = {
                Drawn(luck, "worth", MARKT): 1e5 * factor,
                Drawn(luck, "launched", MARKT): launched(model, MARKT, sure),
            }
            for one in clauses:
                own, fair = clauses_worth(model, MARKT, one, {"Markt": sales}, sure)
                rows |= {Drawn(luck, "own", MARKT, one): own, Drawn(luck, "fair", MARKT, one): fair}
            for drawn, number in rows.items():
                columns.setdefault(drawn.name, []).append(number)
    arrays = {name: np.array(column) for name, column in columns.items()}
    expected, value = worths(choices, (MARKT,), arrays, "month")
    plain, guaranteed, ordered, returned = expected.columns
    means, tails = expected.mean(), pd.Series(tail(value.to_numpy()), value.columns)
    assert means[guaranteed] == pytest.approx(means[plain], rel=1e-12)
    assert tails[guaranteed] > tails[plain]
    # An order beforehand loses what is made and not sold, of which the firm bears its part.
    assert means[ordered] < means[plain]
    assert means[returned] == pytest.approx(means[ordered], rel=1e-9)
    assert tails[ordered] > tails[returned]


def test_luck_of_clauses_comes_to_the_odds(played: Played) -> None:
    agreed = {p: deal_sales(played, BOTH, p) for p in BOTH.partners}
    agreed = {p: replace(s, units=1.3 * s.units) for p, s in agreed.items()}
    clauses = Clauses(guarantee=1.0, order=2.0, protection=0.5, buy_back=0.4)
    ends = np.unique([0.0, 1.0, *ODDS.on_sale(0, played.model.part.periods)])
    middles, lengths = (ends[1:] + ends[:-1]) / 2, np.diff(ends)

    def numbers(odds: Chances) -> np.ndarray:
        pair = clauses_worth(played, BOTH, clauses, agreed, odds)
        return np.array([*pair, launched(played, BOTH, odds)])

    drawn = sum(
        chance * length * numbers(replace(ODDS, talks={"Markt": m, "Grund": g}, politics=u))
        for u, length in zip(middles, lengths, strict=True)
        for m, g, chance in ((1, 1, 0.35), (1, 0, 0.35), (0, 1, 0.15), (0, 0, 0.15))
    )
    np.testing.assert_allclose(drawn, numbers(ODDS), rtol=1e-9)


def test_a_sign_leaves_what_it_forbids(played: Played) -> None:
    late = Strategy(launches=(("Markt", 3),))
    sign = Sign(input="assumption|risk", limit=0.5, is_below=True, after=3)
    choices = replace(played.choices, signs=(sign,), clauses=())
    drawn = {INPUT + "assumption|risk": np.array([0.2, 0.8])}
    for luck in ("expected", "value"):
        drawn |= {Drawn(luck, "worth", s).name: np.array([5.0, -7.0]) for s in (late, MARKT)}
    expected, value = worths(choices, (late, MARKT), drawn, "month")
    assert expected.columns.tolist() == [
        "Markt after 3 months",
        "Markt now",
        "Markt after 3 months, if risk is below 0.5",
    ]
    for table in (expected, value):
        np.testing.assert_allclose(table.iloc[:, 2], [5.0, 0.0])
    above = Variant(late, None, replace(sign, is_below=False))
    assert above.label("month").endswith("if risk is above 0.5")


def test_a_sign_that_is_not_drawn_is_refused(beer: Study) -> None:
    study = with_part(beer, sign=[{"input": "talk-fail", "below": 0.1, "after": 3}], wait=[3])
    with pytest.raises(InputError, match="a sign that is drawn"):
        check_signs(read_choices(study), ["assumption|talks-fail"])


def test_the_channel_has_the_other_side_of_a_clause(beer: Study, played: Played) -> None:
    other = Played(played.model, read_choices(beer, "Markt"))
    theirs = Strategy(launches=(("Amsel", 0),))
    clauses = Clauses(guarantee=1.0, order=2.0)
    agreed = deal_sales(played, MARKT, "Markt")
    agreed = replace(agreed, units=1.2 * agreed.units)
    maker, fair = clauses_worth(played, MARKT, clauses, {"Markt": agreed}, ODDS)
    odds = replace(ODDS, talks={"Amsel": ODDS.talks["Markt"]})
    channel, part = clauses_worth(other, theirs, clauses, {"Amsel": agreed}, odds)
    assert maker + channel == pytest.approx(fair + part, rel=1e-9)
    assert maker > 0 > channel
    assert worth(other, theirs, odds) != 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price_protection": [0.5]}, "a first_order"),
        ({"guarantee": {"from": 1.0, "to": 0.5, "by": 0.1}}, "not empty"),
        ({"guarantee": {"from": 1.0, "to": 2.0}}, "a range"),
        ({"exclusive": [False, True]}, "valid integer"),
        ({"partners": [["Markt", "Grund"]], "exclusive": [6]}, "exclusive with one partner"),
        ({"sign": [{"input": "x", "after": 2}]}, "below or above"),
        ({"sign": [{"input": "x", "below": 1, "after": 4}], "wait": [0, 3]}, "wait for the sign"),
    ],
)
def test_levers_that_contradict_each_other_are_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        PlanPart.model_validate({"firm": "Amsel"} | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"buy_back": [1.5], "first_order": [1]}, "from 0 to 1"),
        ({"guarantee": [-1]}, "0 or more"),
        ({"suggested_price": [0]}, "above 0"),
        ({"firm": "Markt", "suggested_price": [0.9]}, "plan of a manufacturer"),
        ({"products": [["Stein Porter"]]}, "products of entrants"),
        ({"partners": [["Markt", "Grund"]], "held_back": [[ALE]]}, "does not contradict itself"),
        (
            {"sign": [{"input": "talks-fail", "below": 1, "after": 5}]},
            "launches that wait for the sign",
        ),
    ],
)
def test_levers_that_the_study_has_no_place_for_are_refused(
    beer: Study, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_choices(with_part(beer, **changes), str(changes.get("firm", "Amsel")))
