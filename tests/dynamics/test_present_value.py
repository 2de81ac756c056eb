"""Present values and decisions, against closed forms and hand calculation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inroads as ir
from inroads.dynamics.awareness_dynamics import Law
from inroads.dynamics.decision_tree import (
    GO_ON,
    NARROW,
    OUT,
    STOP,
    WIDE,
    WIDEN,
    Chance,
    Decision,
    EntryCase,
    Payoff,
    evaluate_tree,
    flexibility,
    staged_entry,
)
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.dynamics.period_pricing import EquilibriumPrices
from inroads.dynamics.present_value import (
    EntryValue,
    break_even_price_per_point,
    discount,
    entry_value,
    entry_values,
    joint_value,
    rate_per_period,
    share_of_valuation,
)
from inroads.errors import InputError
from tests.market.test_labelled import market as small
from tests.market.test_vertical import firms

RATE = 0.1
R = 1.1**0.25 - 1


def stream(profit, spent=(), rate=RATE):
    paid = np.zeros(len(profit))
    paid[: len(spent)] = spent
    return EntryValue(firm="Maker", profit=np.array(profit, dtype=float), spent=paid, rate=rate)


def test_a_rate_a_period_compounds_to_that_a_year():
    assert (1 + rate_per_period(0.1, 3)) ** 4 == pytest.approx(1.1, rel=1e-15)
    assert rate_per_period(0.0, 3) == 0.0


@pytest.mark.parametrize("periods", [1, 12, 400])
def test_a_constant_stream_is_an_annuity(periods):
    v = stream([7.0] * periods, [20.0])
    annuity = 7.0 * (1 - (1 + R) ** -periods) / R
    assert v.gross == pytest.approx(annuity, rel=1e-12)
    assert v.net == pytest.approx(annuity - 20.0, rel=1e-12)
    assert v.cumulative[-1] == pytest.approx(v.net, rel=1e-12)


def test_a_long_stream_is_a_perpetuity():
    assert stream([1.0] * 3000).gross == pytest.approx(1 / R, rel=1e-12)


@pytest.mark.parametrize("spent", [0.0, 5.0, 30.0, 61.0])
def test_break_even_is_the_closed_form(spent):
    """x (1 - (1 + r)^-n) / r = spent, rounded up to the quarter in which it is passed."""
    v = stream([7.0] * 40, [spent])
    exact = -math.log(1 - R * spent / 7.0) / math.log(1 + R)
    assert v.break_even == max(1, math.ceil(exact))


def test_what_never_pays_has_no_break_even():
    assert stream([1.0] * 12, [100.0]).break_even is None
    # Paid for itself after two quarters; what is spent later may undo it, until after five.
    assert stream([10.0] * 6, [15.0, 0, 0, 25.0], rate=0.0).break_even == 2
    assert stream([10.0] * 6, [15.0, 0, 0, 29.0], rate=0.0).break_even == 5


def test_without_discounting_value_is_the_sum():
    v = stream([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 0.0, 1.0], rate=0.0)
    assert v.net == 12.0
    assert v.last_year == 13.0
    assert discount([1.0, 1.0], 0.5, advance=True).tolist() == [1.0, 1 / 1.5]


def test_share_of_a_valuation():
    v = stream([1e9] * 8)
    assert share_of_valuation(v, 20.0, 50e9) == pytest.approx(20 * 4 / 50)


def test_awareness_at_its_price_is_worth_nothing():
    v = stream([5.0] * 6, [8.0])
    raised = np.array([0.25, 0.0, 0.0, 0.0, 0.1, 0.0])
    point = break_even_price_per_point(v, raised)
    paid = replace(v, spent=v.spent + 100 * raised * point)
    assert paid.net == pytest.approx(0.0, abs=1e-12)


def entry(periods=5):
    market = small()
    made = EquilibriumPrices(market=market.with_firms(firms()))
    law = Law(shelf=0.1, use=0.3, fade=0.1)
    moves = {0: (ir.Deal("New", "Gee", ("N1",)), ir.Campaign("New", 0.6))}
    return [
        simulate_path(market, PathSettings(periods=periods, hazard=0.2, law=law, moves=m), made)
        for m in (moves, {})
    ]


def test_value_is_the_difference_of_two_paths():
    after, before = entry()
    v = entry_value(after, before, "New", RATE, spent={0: 1e6, 4: 5e5})
    gained = after.profits["New"] - before.profits["New"]
    by_hand = sum(x / 1.1 ** ((t + 1) / 4) for t, x in enumerate(gained)) - 1e6 - 5e5 / 1.1
    assert v.net == pytest.approx(by_hand, rel=1e-12)
    table = entry_values(after, before, RATE, {"New": {0: 1e6, 4: 5e5}})
    assert table.loc["New", "net"] == pytest.approx(by_hand, rel=1e-12)
    assert set(table.index) == set(after.profits)
    assert table.loc["Cee", "cost"] == 0.0
    np.testing.assert_allclose(after.raised.loc[0, "New"], 0.3, atol=1e-15)
    assert (after.raised.loc[1:, "New"] == 0.0).all()
    both = joint_value(after, before, ["New", "Gee"], RATE)
    assert both.gross == pytest.approx(table.loc[["New", "Gee"], "gross"].sum())
    assert both.cost == 0.0
    same = entry_value(before, before, "New", RATE)
    assert same.net == 0.0


def test_what_has_no_value_is_refused():
    after, before = entry(2)
    listed = simulate_path(small(), PathSettings(periods=2, hazard=0.2))
    for wrong, message in (
        (lambda: entry_value(after, listed, "New", RATE), "paths with profits"),
        (lambda: entry_value(after, replace(before, size=before.size[:1]), "New", RATE), "as many"),
        (lambda: entry_value(after, before, "Nwe", RATE), "Nwe"),
        (lambda: entry_value(after, before, "New", RATE, spent={2: 1.0}), "periods 0 to 1"),
        (lambda: entry_value(after, before, "New", -1.0).net, "above -1"),
        (lambda: break_even_price_per_point(stream([1.0]), [0.0]), "better known"),
        (lambda: share_of_valuation(stream([1.0]), 10.0, 0.0), "valuation above 0"),
        (lambda: discount([np.nan], 0.1), "numbers"),
    ):
        with pytest.raises(InputError, match=message):
            wrong()


def entry_case(probability, narrow, widened, wide):
    return EntryCase(probability=probability, narrow=narrow, widened=widened, wide=wide)


def two_periods(up=30.0, down=-20.0, odds=0.5, cost=4.0):
    """Half a chance of +30 and of -20 a quarter hence; going on or not is decided then."""
    after = [Decision({GO_ON: Payoff(x), STOP: Payoff(0.0)}) for x in (up, down)]
    chance = Chance(((odds, after[0]), (1 - odds, after[1])))
    return Decision({"in": Payoff(-cost, 1, chance), "out": Payoff(0.0)})


def test_a_two_period_tree_by_hand():
    found = evaluate_tree(two_periods(), R)
    assert found.value == pytest.approx(-4.0 + 0.5 * 30.0 / 1.1**0.25, rel=1e-14)
    assert found.best == {"": "in", "in > 0": GO_ON, "in > 1": STOP}
    bound = evaluate_tree(two_periods(), R, {"": "in", "in": GO_ON})
    assert bound.value == pytest.approx(-4.0 + (15.0 - 10.0) / 1.1**0.25, rel=1e-14)
    assert evaluate_tree(two_periods(cost=100.0), R).value == 0.0


@given(
    st.lists(st.floats(-50, 50), min_size=6, max_size=6),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 20),
)
def test_freedom_is_never_worth_less_than_the_best_plan(x, odds, second, cost):
    prospects = [
        entry_case(odds, *(np.array([a, b]) for a, b in ((0, x[0]), (0, x[1]), (x[2], x[1])))),
        entry_case(1 - odds, *(np.array([a, b]) for a, b in ((0, x[3]), (0, x[4]), (x[5], x[4])))),
    ]
    tree = staged_entry(prospects, 1, (0.7, second), (cost, cost), rate=R)
    free = evaluate_tree(tree, R).value
    plans = [{"": OUT}, *({"": WIDE, WIDE: then} for then in (STOP, GO_ON))]
    plans += [{"": NARROW, NARROW: then} for then in (STOP, GO_ON, WIDEN)]
    bound = [evaluate_tree(tree, R, plan).value for plan in plans]
    assert free >= max(bound) - 1e-12
    assert flexibility(tree, R) == pytest.approx(free - max(bound), abs=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=4, max_size=4), st.floats(0, 1))
def test_a_choice_is_worth_between_the_better_and_the_sum_of_what_is_good(x, odds):
    a, b, c, d = x
    tree = Chance(
        (
            (odds, Decision({"A": Payoff(a), "B": Payoff(b)})),
            (1 - odds, Decision({"A": Payoff(c), "B": Payoff(d)})),
        )
    )
    free = evaluate_tree(tree, R).value
    bound = [evaluate_tree(tree, R, {"": name}).value for name in "AB"]
    assert bound[0] == pytest.approx(odds * a + (1 - odds) * c, abs=1e-12)
    good = [odds * max(u, 0.0) + (1 - odds) * max(v, 0.0) for u, v in ((a, c), (b, d))]
    assert max(bound) - 1e-12 <= free <= sum(good) + 1e-12


def test_staged_entry_by_hand():
    """Two outcomes, no discounting: widen when it goes well, stop when it does not."""
    good = entry_case(0.4, *(np.array(x, dtype=float) for x in ([10, 10], [10, 50], [40, 50])))
    bad = entry_case(0.6, *(np.array(x, dtype=float) for x in ([1, -5], [1, -9], [2, -9])))
    tree = staged_entry([good, bad], 1, (0.8, 0.5), (3.0, 6.0), rate=0.0)
    found = evaluate_tree(tree, 0.0)
    widen = -6.0 + 0.5 * 50.0 + 0.5 * 10.0
    one = -3.0 + 0.8 * (0.4 * (10.0 + widen) + 0.6 * (1.0 + 0.0))
    both = -9.0 + 0.8 * (0.4 * 0.5 * (90.0 + 20.0) + 0.6 * 0.5 * (-7.0 - 4.0))
    assert found.value >= max(one, both)
    assert evaluate_tree(tree, 0.0, {"": NARROW}).value == pytest.approx(one, rel=1e-14)
    going_on = {"": WIDE, WIDE: GO_ON}
    assert evaluate_tree(tree, 0.0, going_on).value == pytest.approx(both, rel=1e-14)
    # Who began with both may stop where it does not go well: two periods of losses less.
    stopping = both + 0.8 * 0.6 * (0.5 * 9.0 + 0.5 * 5.0)
    assert evaluate_tree(tree, 0.0, {"": WIDE}).value == pytest.approx(stopping, rel=1e-14)
    assert found.best["one channel > 0 > 0"] == WIDEN
    assert found.best["one channel > 0 > 1"] == STOP
    bound = {
        STOP: -3.0 + 0.8 * (0.4 * 10.0 + 0.6 * 1.0),
        GO_ON: -3.0 + 0.8 * (0.4 * 20.0 - 0.6 * 4.0),
        WIDEN: -3.0 + 0.8 * (0.4 * (10 + widen) + 0.6 * (1.0 - 6.0 + 0.5 * -9.0 + 0.5 * -5.0)),
    }
    for what, expected in bound.items():
        plan = {"": NARROW, NARROW: what}
        assert evaluate_tree(tree, 0.0, plan).value == pytest.approx(expected, rel=1e-14)
    best = max(0.0, both, *bound.values())
    assert flexibility(tree, 0.0) == pytest.approx(found.value - best, rel=1e-13)
    assert flexibility(tree, 0.0) > 0


def test_certainty_leaves_nothing_to_wait_for():
    sure = entry_case(1.0, *(np.array(x, dtype=float) for x in ([5, 5], [5, 9], [9, 9])))
    assert flexibility(staged_entry([sure], 1, (1.0, 1.0), (1.0, 1.0), rate=R), R) == 0.0


def test_a_later_launch_is_worth_less():
    sure = entry_case(1.0, *(np.array(x, dtype=float) for x in ([5, 5], [5, 9], [9, 9])))
    now, later = (
        evaluate_tree(staged_entry([sure], 1, (1.0, 1.0), (1.0, 1.0), rate=R, to_launch=n), R).value
        for n in (0, 2)
    )
    assert later + 2.0 == pytest.approx((now + 2.0) / 1.1**0.5, rel=1e-14)


def test_trees_that_make_no_sense_are_refused():
    sure = entry_case(1.0, *(np.zeros(2) for _ in range(3)))
    for wrong, message in (
        (lambda: Chance(((0.5, Payoff()),)), "add up to one"),
        (lambda: Chance(((1.5, Payoff()), (-0.5, Payoff()))), "add up to one"),
        (lambda: Decision({}), "at least one thing"),
        (lambda: staged_entry([], 1, (1, 1), (0, 0), rate=R), "at least one way"),
        (lambda: staged_entry([sure], 2, (1, 1), (0, 0), rate=R), "after 1 to 1"),
        (lambda: staged_entry([sure], 1, (1.2, 1), (0, 0), rate=R), "add up to one"),
    ):
        with pytest.raises(InputError, match=message):
            wrong()


def test_politics_ends_both_and_is_seen_before_the_decision():
    """Hand-made: sales last the decision with 0.5; only the second channel may be launched too."""
    one = entry_case(1.0, *(np.array(x, dtype=float) for x in ([10, 10], [10, 50], [40, 50])))
    let_be = np.array([0.5, 0.4])
    tree = staged_entry([one], 1, (0.6, 0.5), (3.0, 6.0), rate=0.0, only_second=0.2, lasting=let_be)
    # Who is still on sale at the decision stays so with 0.4 / 0.5; who is not pays nothing more.
    widen = -6.0 + 0.8 * (0.5 * 50.0 + 0.5 * 10.0)
    narrow = -3.0 + 0.6 * (0.5 * 10.0 + 0.5 * max(widen, 0.8 * 10.0, 0.0))
    both = -9.0 + 0.6 * 0.5 * (20.0 + 20.0) + (0.6 * 0.5 + 0.2) * (5.0 + 4.0)
    assert evaluate_tree(tree, 0.0, {"": NARROW}).value == pytest.approx(narrow, rel=1e-14)
    assert evaluate_tree(tree, 0.0, {"": WIDE}).value == pytest.approx(both, rel=1e-14)
    with pytest.raises(InputError, match="2 probabilities"):
        staged_entry([one], 1, (0.6, 0.5), (3.0, 6.0), rate=0.0, lasting=np.ones(3))
