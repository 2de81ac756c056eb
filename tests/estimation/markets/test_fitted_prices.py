"""Margins, prices and slopes of large markets against what needs all pairs of products."""

import numpy as np
import pytest

from inroads.choice import Nested
from inroads.conduct.bertrand import firm_rows, markups, ownership
from inroads.conduct.bertrand_prices import bertrand_prices
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.estimation.markets.fitted_prices import (
    bertrand_margins,
    own_price_slopes,
    prices_in_equilibrium,
)


def markets(J, agents=60, B=2, **changes):
    rng = np.random.default_rng(J)
    alpha = np.exp(rng.normal(0, 0.3, (B, agents)))
    utility = rng.normal(-1, 1, (B, J, 1)) + rng.normal(0, 0.5, (B, J, agents))
    weights = rng.dirichlet(np.ones(agents), size=B)
    demand = PricedDemand(utility=utility, alpha=alpha, weights=weights, **changes)
    return demand, rng.integers(3, 9, (B, J)), rng.uniform(0.5, 1.5, (B, J))


def by_newton(demand, owns, costs, start):
    stakes = Stakes(
        retail_price_share=owns, wholesale_share=np.zeros_like(owns), cost=owns * costs[:, None]
    )
    return solve_prices(Retail(demand, stakes, np.arange(owns.shape[-1])), start).value


@pytest.mark.parametrize("J", [12, 130])
@pytest.mark.parametrize("kappa", [0.0, 0.2])
def test_prices_margins_and_slopes(J, kappa):
    demand, firms, costs = markets(J)
    square = np.maximum(ownership(firms), kappa)
    owns = square if kappa else firms
    found = prices_in_equilibrium(demand, owns, costs, costs + 1)
    assert found.converged
    np.testing.assert_allclose(found.value, by_newton(demand, square, costs, costs + 1), rtol=1e-9)
    choices = demand.at_prices(found.value)
    margins = bertrand_margins(choices, owns, choices.shares)
    np.testing.assert_allclose(margins, found.value - costs, rtol=1e-8)
    slopes = own_price_slopes(choices)
    # Of many products no matrix of all pairs is formed.
    assert ("jacobian" in vars(choices)) == (J == 12)
    np.testing.assert_allclose(
        margins, markups(choices.jacobian, choices.shares, square), rtol=1e-9
    )
    own = np.einsum("bjj->bj", choices.jacobian)
    np.testing.assert_allclose(slopes, own, rtol=1e-10)


def test_nests_keep_newton():
    demand, firms, costs = markets(12, model=Nested(np.arange(12) % 3, 0.4))
    found = prices_in_equilibrium(demand, firms, costs, costs + 1)
    assert found.converged
    expected = by_newton(demand, ownership(firms), costs, costs + 1)
    np.testing.assert_allclose(found.value, expected, rtol=1e-9)


def test_prices_far_off_and_utilities_beyond_exponentials():
    demand, firms, costs = markets(12)
    setter, counts = firm_rows(firms)
    expected = prices_in_equilibrium(demand, firms, costs, costs + 1).value
    far = bertrand_prices(demand, setter, counts, costs, np.full(costs.shape, 300.0))
    if far.converged:
        np.testing.assert_allclose(far.value, expected, rtol=1e-9)
    # Should it stop short, Newton's method takes over.
    found = prices_in_equilibrium(demand, firms, costs, np.full(costs.shape, 300.0))
    np.testing.assert_allclose(found.value, expected, rtol=1e-8)


def test_where_agents_like_to_pay_it_says_so():
    demand, firms, costs = markets(6)
    likes = PricedDemand(utility=demand.utility, alpha=-demand.alpha, weights=demand.weights)
    setter, counts = firm_rows(firms)
    assert not bertrand_prices(likes, setter, counts, costs, costs + 1).converged
