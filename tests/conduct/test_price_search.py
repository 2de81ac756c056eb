"""Worlds solved together, some of which take far longer than others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes, integrated_stakes, ownership_rows
from inroads.errors import ConvergenceError, InputError
from inroads.solution import Status


@pytest.mark.parametrize("by_offer", [False, True])
@pytest.mark.parametrize("agents", [False, True])
def test_worlds_together_are_worlds_alone(by_offer, agents):
    rng = np.random.default_rng(0)
    B, J, I = 7, 5, 12
    price_setter = np.array([0, 0, 1, 1, 2])
    sells = np.broadcast_to(ownership_rows(price_setter), (B, 3, J))
    cost = sells * rng.uniform(1, 2, size=(B, 1, J))
    money = rng.uniform(0.5, 3, size=(B, J, I) if by_offer else (B, I))
    utility = rng.normal(size=(B, J, I)) * np.linspace(0.2, 3, B)[:, None, None]
    stake = {1: rng.uniform(size=(J, I))} if agents else {}
    wholesale = rng.uniform(size=(B, J))
    present = np.ones((B, J), dtype=bool)
    present[2, 0] = False
    weights, outside = rng.dirichlet(np.ones(I), size=B), rng.normal(size=(B, I))

    def solve(b):
        buyers = PricedDemand(
            utility=utility[b], alpha=money[b], weights=weights[b], outside=outside[b]
        )
        stakes = Stakes(
            retail_price_share=sells[b],
            wholesale_share=0 * sells[b],
            cost=cost[b],
            agent_stakes=stake,
        )
        start = np.full(utility[b].shape[:-1], 3.0)
        # The first world starts where it ends: it has arrived before others move.
        if start.ndim == 2:
            start[0] = solve(0).value
        return solve_prices(Retail(buyers, stakes, price_setter), start, wholesale[b], present[b])

    together = solve(slice(None))
    assert together.converged
    assert together.value.shape == (B, J)
    for b in range(B):
        np.testing.assert_allclose(together.value[b], solve(b).value, rtol=1e-9)


def duopoly():
    buyers = PricedDemand(
        utility=np.array([[1.0, 2.0], [1.5, 0.5]]),
        alpha=np.array([0.8, 1.3]),
        weights=np.array([0.4, 0.6]),
    )
    owner = np.array([0, 1])
    return Retail(buyers, integrated_stakes(owner, np.array([0.2, 0.3])), owner)


def test_prices_that_do_not_converge_are_an_error_unless_asked_otherwise():
    retail, start = duopoly(), np.array([9.0, 9.0])
    with pytest.raises(ConvergenceError, match="out of iterations") as caught:
        solve_prices(retail, start, max_iterations=1)
    missed = solve_prices(retail, start, max_iterations=1, throw=False)
    assert missed.status is Status.MAX_ITERATIONS
    assert missed.iterations == 1
    assert missed.residual > 1e-12
    np.testing.assert_array_equal(caught.value.solution.value, missed.value)
    right = solve_prices(retail, start)
    assert right.converged
    np.testing.assert_array_equal(solve_prices(retail, start, throw=False).value, right.value)


def test_the_residual_is_how_far_prices_are_from_best_answers():
    """Relative to the larger of the price and the money that a unit of utility is worth."""
    retail = duopoly()
    for start in (np.array([1.4, 1.6]), np.array([0.01, 1.6])):
        missed = solve_prices(retail, start, max_iterations=0, throw=False)
        np.testing.assert_array_equal(missed.value, start)
        gap = np.abs(retail.conditions(start).foc_in_money())
        unit = retail.demand.money_per_util
        assert unit == pytest.approx(1 / np.mean([0.8, 1.3]))
        assert missed.residual == pytest.approx((gap / np.maximum(start, unit)).max(), rel=1e-12)


def test_where_nobody_sets_a_price_nothing_is_searched():
    retail = duopoly()
    held = Retail(retail.demand, retail.stakes, np.array([-1, -1]), np.array([1.2, 0.9]))
    found = solve_prices(held, np.array([3.0, 3.0]))
    np.testing.assert_array_equal(found.value, [1.2, 0.9])
    assert (found.status, found.residual, found.iterations) == (Status.CONVERGED, 0.0, 0)


def test_a_setter_that_keeps_nothing_of_its_price_is_named_by_the_offer():
    retail = duopoly()
    share = retail.stakes.retail_price_share.copy()
    share[1, 1] = 0.0
    stakes = replace(retail.stakes, retail_price_share=share)
    with pytest.raises(InputError, match="offer 1, of whose price firm 1 keeps nothing"):
        Retail(retail.demand, stakes, retail.price_setter)


def test_newtons_method_squares_what_is_left():
    """The fixed point of markups would take three times as many steps."""
    assert solve_prices(duopoly(), np.array([9.0, 9.0])).iterations <= 6


@pytest.mark.parametrize("seed", [35, 203])
def test_newtons_method_is_tried_again_for_the_last_digits(seed):
    """Where it led astray at first, the fixed point of markups brings prices near: slowly."""
    rng = np.random.default_rng(seed)
    buyers = PricedDemand(
        utility=rng.normal(0, 3, (3, 2)),
        alpha=np.exp(rng.normal(0, 1.5, 2)),
        weights=rng.dirichlet(np.ones(2)),
    )
    owner = np.arange(3) % 2
    retail = Retail(buyers, integrated_stakes(owner, rng.uniform(0.1, 1, 3)), owner)
    found = solve_prices(retail, np.ones(3))
    assert 25 < found.iterations <= 51
