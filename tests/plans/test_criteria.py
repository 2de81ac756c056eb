"""Which plan is best, on a table small enough to be read."""

import numpy as np

from inroads.plans.criteria import best_above, frontier, regrets, tail
from inroads.plans.printing import Money

# Safe, bold, dominated by safe: two futures, each as likely.
VALUES = np.array([[2.0, 8.0, 1.5], [2.0, -3.0, 1.0]])


def test_the_criteria_part_ways() -> None:
    assert VALUES.mean(axis=0).argmax() == 1
    assert best_above(VALUES, VALUES, floor=0.0) == 0
    assert best_above(VALUES, VALUES, floor=3.0) is None
    np.testing.assert_allclose(regrets(VALUES), [6.0, 5.0, 6.5])


def test_the_frontier_leaves_out_what_is_dominated() -> None:
    np.testing.assert_array_equal(frontier(VALUES, VALUES), [True, True, False])


def test_plans_that_are_alike_are_both_on_it() -> None:
    np.testing.assert_array_equal(frontier(VALUES[:, [0, 0]], VALUES[:, [0, 0]]), [True, True])


def test_the_tail_is_a_quantile() -> None:
    np.testing.assert_allclose(tail(np.arange(101.0)[:, None]), [5.0])


def test_amounts_are_in_one_scale_with_three_figures_at_least() -> None:
    money = Money([8.0e8, -7.8e6], "euros")
    assert money.unit == "million euros"
    assert money.between(-7.8e6, 8e8) == "-7.8 to 800.0"
    assert Money([4.0, 0.0], "euros").unit == "euros"
