"""Prices under limits: slack limits change nothing, binding ones are met and priced."""

import numpy as np
import pytest

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.choice import Nested
from inroads.conduct import capacity
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.capacity import solve_with_capacity
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.screens import compensating_variation
from inroads.conduct.stakes import integrated_stakes, vertical_stakes
from inroads.errors import ConvergenceError, InputError


def market(seed, J=6, nested=False):
    rng = np.random.default_rng(seed)
    model = {"model": Nested(np.arange(J) % 2, 0.4)} if nested else {}
    buyers = PricedDemand(
        utility=rng.normal(0, 1.5, (J, 4)),
        alpha=np.exp(rng.normal(0, 0.3, 4)),
        weights=rng.dirichlet(np.ones(4)),
        outside=0.0,
        **model,
    )
    owner = np.unique(rng.integers(0, 3, J), return_inverse=True)[1]
    retail = Retail(buyers, integrated_stakes(owner, rng.uniform(0.1, 1, J)), owner)
    free = solve_prices(retail, np.ones(J)).value
    return rng, retail, free, retail.conditions(free).choices.shares


def test_slack_limits_change_nothing():
    _, retail, free, shares = market(0)
    for limits in (np.full(6, np.inf), shares * 1.001):
        found = solve_with_capacity(retail, limits, np.ones(6)).value
        np.testing.assert_allclose(found.prices, free, rtol=1e-12)
        np.testing.assert_array_equal(found.shadow_cost, 0.0)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_binding_limits_are_met_and_priced(seed, nested):
    rng, retail, _, shares = market(seed, nested=nested)
    limited = rng.random(6) < 0.6
    limits = np.where(limited, shares * np.exp(rng.normal(-0.5, 1.0, 6)), np.inf)
    solution = solve_with_capacity(retail, limits, np.ones(6))
    found, s = solution.value, solution.value.conditions.choices.shares
    assert solution.residual <= 1e-12
    assert (s <= limits * (1 + 1e-10)).all()
    assert (found.shadow_cost >= -1e-10).all()
    np.testing.assert_allclose(
        found.shadow_cost * np.where(limited, s / limits - 1, 0), 0, atol=1e-10
    )
    # A shadow cost is a cost: who bore it would ask the same prices.
    extra = np.zeros_like(retail.stakes.cost)
    extra[retail.price_setter, np.arange(6)] = found.shadow_cost
    dear = Retail(retail.demand, retail.stakes.with_costs(extra), retail.price_setter)
    np.testing.assert_allclose(solve_prices(dear, np.ones(6)).value, found.prices, rtol=1e-9)


@pytest.mark.parametrize("seed", [129, 184, 292])
def test_limits_far_below_what_would_sell(seed):
    """Cases that one go of Newton does not solve."""
    rng = np.random.default_rng(seed)
    J, agents = 6, 4
    utility, money = rng.normal(0, 1.5, (J, agents)), np.exp(rng.normal(0, 0.3, agents))
    buyers = PricedDemand(utility=utility, alpha=money, weights=rng.dirichlet(np.ones(agents)))
    owner = np.unique(rng.integers(0, 3, J), return_inverse=True)[1]
    retail = Retail(buyers, integrated_stakes(owner, rng.uniform(0.1, 1, J)), owner)
    shares = retail.conditions(solve_prices(retail, np.ones(J)).value).choices.shares
    few = shares * np.exp(rng.normal(-0.5, 1.5, J))
    limits = np.where(rng.random(J) < 0.6, few, np.inf)
    assert solve_with_capacity(retail, limits, np.ones(J)).converged


@pytest.mark.parametrize("seed", [0, 2, 4, 12])
def test_a_step_that_goes_too_far_is_halved(seed):
    """Tight limits, consumers far apart: Newton's whole step is worse, half of it is not."""
    rng = np.random.default_rng(seed)
    buyers = PricedDemand(
        utility=rng.normal(0, 3, (4, 2)),
        alpha=np.exp(rng.normal(0, 1.0, 2)),
        weights=rng.dirichlet(np.ones(2)),
    )
    owner = np.arange(4) % 2
    retail = Retail(buyers, integrated_stakes(owner, rng.uniform(0.1, 1, 4)), owner)
    free = solve_prices(retail, np.ones(4)).value
    limits = retail.conditions(free).choices.shares * np.exp(-rng.uniform(0, 3, 4))
    point, halved = (
        capacity._evaluate(retail, limits, free, np.zeros(4), wholesale=None, groups=np.eye(4)),
        0,
    )
    while point.size > 1e-12:
        dp, dmu = capacity._step(point, np.arange(4))
        whole = capacity._evaluate(
            retail,
            limits,
            point.at.prices + dp,
            point.shadow + dmu,
            wholesale=None,
            groups=np.eye(4),
        )
        ahead, _ = capacity._newton(point, limits, 1e-12, 1)
        assert ahead.size < point.size
        if whole.size >= point.size:
            halved += 1
            # Both parts of the step are shortened alike, as often as it takes and no more.
            parts = (ahead.at.prices - point.at.prices) / dp
            times = round(-np.log2(parts[0]))
            np.testing.assert_allclose(parts, 0.5**times, rtol=1e-9)
            np.testing.assert_allclose(ahead.shadow - point.shadow, dmu * parts, atol=1e-12)
            longer = capacity._evaluate(
                retail,
                limits,
                point.at.prices + 2 * parts * dp,
                point.shadow + 2 * parts * dmu,
                wholesale=None,
                groups=np.eye(4),
            )
            assert longer.size >= point.size
        point = ahead
    assert halved > 0


@pytest.mark.parametrize("seed", [23, 32, 43, 45])
def test_where_newtons_method_fails_in_one_go_limits_are_tightened_little_by_little(seed):
    rng = np.random.default_rng(seed)
    buyers = PricedDemand(
        utility=rng.normal(0, 3, (4, 3)),
        alpha=np.exp(rng.normal(0, 1.0, 3)),
        weights=rng.dirichlet(np.ones(3)),
    )
    owner = np.arange(4) % 2
    retail = Retail(buyers, integrated_stakes(owner, rng.uniform(0.1, 1, 4)), owner)
    free = solve_prices(retail, np.ones(4)).value
    limits = retail.conditions(free).choices.shares * np.exp(-rng.uniform(0, 5, 4))
    unlimited = capacity._evaluate(
        retail, limits, free, np.zeros(4), wholesale=None, groups=np.eye(4)
    )
    failed, _ = capacity._newton(unlimited, limits, 1e-12, 30)
    assert failed.size > 1e-12
    found = solve_with_capacity(retail, limits, np.ones(4), max_iterations=30)
    shares, shadow = found.value.conditions.choices.shares, found.value.shadow_cost
    assert (shares <= limits * (1 + 1e-10)).all()
    np.testing.assert_allclose(shadow * (shares / limits - 1), 0.0, atol=1e-9)


def test_a_limited_monopolist_asks_what_clears_the_limit():
    buyers = PricedDemand(utility=np.array([[2.0]]), alpha=np.array([0.9]), weights=np.ones(1))
    one = np.array([0])
    retail = Retail(buyers, integrated_stakes(one, np.array([0.3])), one)
    found = solve_with_capacity(retail, np.array([0.2]), np.array([1.0])).value
    price = (2.0 - np.log(0.2 / 0.8)) / 0.9
    assert found.prices[0] == pytest.approx(price, rel=1e-11)
    # The next unit would sell at marginal revenue p - 1 / (alpha (1 - s)), and cost 0.3.
    assert found.shadow_cost[0] == pytest.approx(price - 1 / (0.9 * 0.8) - 0.3, rel=1e-11)


def test_limits_along_a_chain_bind_shops():
    manufacturers, shops = np.array([0, 0]), np.array([1, 2])
    buyers = PricedDemand(
        utility=np.array([[2.0], [1.5]]), alpha=np.array([0.9]), weights=np.ones(1)
    )
    retail = Retail(
        buyers, vertical_stakes(manufacturers, shops, np.zeros(2), np.full(2, 0.1)), shops
    )
    w = np.array([0.5, 0.6])
    limits = np.array([0.1, np.inf])
    found = solve_with_capacity(retail, limits, np.ones(2), w).value
    assert found.conditions.choices.shares[0] == pytest.approx(0.1, rel=1e-11)
    np.testing.assert_array_equal(found.conditions.wholesale, w)
    assert found.prices[1] > solve_prices(retail, np.ones(2), w).value[1]


def test_beers_with_two_at_their_limits():
    """antitrust 0.99.29's example, at its alpha; printed to ten digits, and no closer than 1e-6:
    its two limited beers keep the margins that were observed."""
    p = np.array([0.0441, 0.0328, 0.0409, 0.0396, 0.0387, 0.0497])
    s = np.array([0.066, 0.172, 0.253, 0.187, 0.099, 0.223])
    m = np.array([0.3830, 0.5515, 0.5421, 0.5557, 0.4453, 0.3769])
    limits = np.array([66, 200, 300, 200, 99, 300]) / 1000
    before, after = np.array([0, 1, 2, 2, 3, 4]), np.array([0, 0, 1, 1, 2, 3])
    buyers = buyers_at(p, s, 73.6064142447, None, rho=np.zeros(6))
    costs = p - markups(buyers.at_prices(p).jacobian, s, ownership(before.astype(float)))
    costs = np.where(s == limits, p * (1 - m), costs)
    found = solve_with_capacity(
        Retail(buyers, integrated_stakes(after, costs), after), limits, p
    ).value
    expected = [
        *(0.04479299712, 0.03397535901, 0.04114559477),
        *(0.03984559299, 0.03911778407, 0.04981415566),
    ]
    np.testing.assert_allclose(found.prices, expected, rtol=1e-6)
    assert found.conditions.choices.shares[4] == pytest.approx(0.099, rel=1e-10)
    harm = 1000 * compensating_variation(buyers, p, found.prices)
    assert harm == pytest.approx(0.4177845, rel=1e-4)


def test_limits_that_cannot_be_are_refused():
    _, retail, _, shares = market(1)
    with pytest.raises(InputError, match="limits above 0"):
        solve_with_capacity(retail, np.zeros(6), np.ones(6))
    held = Retail(
        retail.demand, retail.stakes, np.where(np.arange(6) == 2, -1, retail.price_setter)
    )
    with pytest.raises(InputError, match="limits above 0"):
        solve_with_capacity(held, shares, np.ones(6))


def test_out_of_iterations_is_said():
    _, retail, _, shares = market(2)
    with pytest.raises(ConvergenceError):
        solve_with_capacity(retail, shares * 0.2, np.ones(6), max_iterations=1)
    missed = solve_with_capacity(retail, shares * 0.2, np.ones(6), max_iterations=1, throw=False)
    assert not missed.converged
    assert missed.residual > 1e-12
