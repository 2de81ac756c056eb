"""Prices of stacked markets by the fixed point of markups, beside Newton's."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.conduct.bertrand import firm_rows
from inroads.conduct.bertrand_prices import bertrand_prices
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.solution import Status

B, J, I = 5, 6, 9


def markets(spread=1.0):
    """Stacked markets, three firms, the second counting a part of the third's profit."""
    rng = np.random.default_rng(12)
    demand = PricedDemand(
        utility=rng.normal(0, 1, (B, J, I)) * spread,
        alpha=np.exp(rng.normal(0, 0.3, (B, I))),
        weights=rng.dirichlet(np.ones(I), size=B),
        outside=rng.normal(size=(B, I)),
    )
    setter = np.array([0, 0, 1, 1, 2, 2])
    counts = np.eye(3)[:, setter]
    counts[1, 4:] = 0.3
    return demand, setter, np.broadcast_to(counts, (B, 3, J)), rng.uniform(0.5, 1.5, (B, J))


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_they_are_best_answers(spread):
    demand, setter, counts, costs = markets(spread)
    solution = bertrand_prices(demand, np.broadcast_to(setter, (B, J)), counts, costs, costs + 1.0)
    assert solution.converged
    assert solution.residual <= 1e-12
    assert 1 < solution.iterations < 200
    for b in range(B):
        one = PricedDemand(
            utility=demand.utility[b],
            alpha=demand.alpha[b],
            weights=demand.weights[b],
            outside=demand.outside[b],
        )
        stakes = Stakes(
            retail_price_share=counts[b], wholesale_share=0 * counts[b], cost=counts[b] * costs[b]
        )
        alone = solve_prices(Retail(one, stakes, setter), costs[b] + 1.0).value
        np.testing.assert_allclose(solution.value[b], alone, rtol=1e-10)


def test_a_firm_a_product_unless_firms_are_named():
    demand, _, _, costs = markets()
    every = np.arange(J)
    counts = np.broadcast_to(np.eye(J), (B, J, J))
    named = bertrand_prices(demand, np.broadcast_to(every, (B, J)), counts, costs, costs + 1.0)
    unnamed = bertrand_prices(demand, None, counts, costs, costs + 1.0)
    np.testing.assert_array_equal(named.value, unnamed.value)


def test_a_market_that_does_not_go_on_is_said_and_the_others_are_solved():
    """Agents who like to pay: shares do not fall in prices."""
    demand, setter, counts, costs = markets()
    alpha = demand.alpha.copy()
    alpha[2] = -1.0
    odd = PricedDemand(
        utility=demand.utility, alpha=alpha, weights=demand.weights, outside=demand.outside
    )
    rows = np.broadcast_to(setter, (B, J))
    told = bertrand_prices(odd, rows, counts, costs, costs + 1.0)
    assert told.status is Status.STALLED
    assert told.residual == np.inf
    right = bertrand_prices(demand, rows, counts, costs, costs + 1.0)
    others = np.arange(B) != 2
    np.testing.assert_allclose(told.value[others], right.value[others], rtol=1e-10)


def test_a_cost_that_all_would_pay_is_added_to_every_price():
    """Utility worth a thousand of money more at costs a thousand higher: exponentials of either
    alone overflow."""
    demand, setter, counts, costs = markets()
    rows = np.broadcast_to(setter, (B, J))
    plain = bertrand_prices(demand, rows, counts, costs, costs + 1.0)
    dear = replace(demand, utility=demand.utility + 1000.0 * demand.alpha[:, None, :])
    found = bertrand_prices(dear, rows, counts, costs + 1000.0, costs + 1001.0)
    assert found.converged
    np.testing.assert_allclose(found.value, plain.value + 1000.0, rtol=1e-11)


def test_firms_are_numbered_market_by_market():
    numbers, rows = firm_rows(np.array([[7, 3, 7, 9], [5, 5, 5, 5]]))
    np.testing.assert_array_equal(numbers, [[1, 0, 1, 2], [0, 0, 0, 0]])
    np.testing.assert_array_equal(rows[0], [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    np.testing.assert_array_equal(rows[1], [[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
