"""Screens against closed forms, and against the equilibria they stand in for."""

import numpy as np
import pytest
from scipy.special import lambertw

from inroads.choice import Nested, diversion_ratios
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.equilibrium import solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.screens import (
    compensating_cost_reductions,
    compensating_variation,
    gained,
    gross_upward_pricing_pressure,
    hhi,
    hypothetical_monopolist,
    producer_surplus,
    second_choices,
    upward_pricing_pressure,
)
from inroads.conduct.stakes import integrated_stakes
from inroads.errors import UnreachableError

ALPHA = 0.8
PRICES, COSTS = np.array([2.5, 3.0, 2.8, 3.4]), np.array([1.0, 1.4, 1.1, 1.6])
ALONE, MERGED = np.arange(4), np.array([0, 0, 2, 3])


def plain(delta=(2.0, 2.2, 1.7, 2.5), outside=0.0, model=None):
    extra = {} if model is None else {"model": model}
    v = np.array(delta)[:, None]
    return PricedDemand(
        utility=v, alpha=np.array([ALPHA]), weights=np.ones(1), outside=outside, **extra
    )


def mixed(seed=0):
    rng = np.random.default_rng(seed)
    u = rng.normal(1.5, 1.5, (4, 6))
    return PricedDemand(
        utility=u, alpha=np.exp(rng.normal(-0.3, 0.4, 6)), weights=rng.dirichlet(np.ones(6))
    )


def test_concentration():
    shares = np.array([0.1, 0.2, 0.3, 0.2])
    assert hhi(shares, ALONE) == pytest.approx(1e4 * (0.01 + 0.04 + 0.09 + 0.04) / 0.64)
    assert hhi(np.ones(5), np.arange(5)) == pytest.approx(2000)
    assert hhi(shares, np.zeros(4, dtype=int)) == pytest.approx(1e4)
    rise = hhi(shares, MERGED) - hhi(shares, ALONE)
    assert rise == pytest.approx(2 * 1e4 * (0.1 / 0.8) * (0.2 / 0.8))


def test_second_choices_are_diversion_for_one_type_of_consumer():
    buyers = plain()
    at = buyers.at_prices(PRICES)
    D = second_choices(buyers, PRICES)
    np.testing.assert_allclose(D, diversion_ratios(at.jacobian), rtol=1e-12, atol=1e-15)
    assert D[0, 1] == pytest.approx(at.shares[1] / (1 - at.shares[0]), rel=1e-12)
    np.testing.assert_allclose(D.sum(axis=1), 1.0, rtol=1e-14)
    # With several types, those who leave at the margin are not those who have bought.
    gap = second_choices(mixed(), PRICES) - diversion_ratios(mixed().at_prices(PRICES).jacobian)
    assert np.abs(gap).max() > 0.01


def test_pressure_of_a_merger_of_two_products():
    buyers = plain()
    D = buyers.at_prices(PRICES).jacobian
    m = PRICES - COSTS
    ratio = diversion_ratios(D)
    np.testing.assert_array_equal(gained(ALONE, MERGED), np.eye(4)[[1, 0, 3, 2]] * [1, 1, 0, 0] > 0)
    upp = upward_pricing_pressure(D, m, ALONE, MERGED, savings=0.1 * COSTS)
    expected = [ratio[0, 1] * m[1] - 0.1 * COSTS[0], ratio[1, 0] * m[0] - 0.1 * COSTS[1], 0, 0]
    np.testing.assert_allclose(upp, expected, rtol=1e-12)
    guppi = gross_upward_pricing_pressure(D, PRICES, m, ALONE, after=MERGED)
    np.testing.assert_allclose(guppi[0], ratio[0, 1] * m[1] / PRICES[0], rtol=1e-12)


@pytest.mark.parametrize("buyers", [plain(), plain(model=Nested([0, 0, 1, 1], 0.5)), mixed()])
def test_compensating_cost_reductions_keep_prices(buyers):
    start = solve(Retail(buyers, integrated_stakes(ALONE, COSTS), ALONE), start=COSTS + 1).value
    D, s, p = start.conditions.choices.jacobian, start.shares, start.prices
    fall = compensating_cost_reductions(D, s, p, ALONE, after=MERGED)
    ratio, m = diversion_ratios(D), p - COSTS
    both = ratio[0, 1] * ratio[1, 0]
    closed = (m[0] * both + ratio[0, 1] * m[1]) / (1 - both) / COSTS[0]
    np.testing.assert_allclose(fall[0], closed, rtol=1e-9)
    np.testing.assert_allclose(fall[2:], 0.0, atol=1e-10)
    after = Retail(buyers, integrated_stakes(MERGED, COSTS * (1 - fall), 4), MERGED)
    found = solve(after, start=p * 1.02).value
    np.testing.assert_allclose(found.prices, p, rtol=1e-9)


def test_pressure_beyond_compensation_raises_prices():
    """Savings short of CMCR let prices rise, savings beyond it bring them down."""
    buyers = plain()
    start = solve(Retail(buyers, integrated_stakes(ALONE, COSTS), ALONE), start=COSTS + 1).value
    fall = compensating_cost_reductions(
        start.conditions.choices.jacobian, start.shares, start.prices, ALONE, after=MERGED
    )
    for part, sign in ((0.9, 1), (1.1, -1)):
        retail = Retail(buyers, integrated_stakes(MERGED, COSTS * (1 - part * fall), 4), MERGED)
        moved = solve(retail, start=start.prices).value.prices - start.prices
        assert (sign * moved[:2] > 0).all()


def test_a_monopolist_of_everything_has_the_textbook_price():
    """One product: the price of the integrated monopolist, by Lambert's function."""
    alpha, delta, cost = 0.9, 2.0, 0.3
    buyers = PricedDemand(utility=np.array([[delta]]), alpha=np.array([alpha]), weights=np.ones(1))
    best = cost + (1 + lambertw(np.exp(delta - alpha * cost - 1)).real) / alpha
    now = np.array([1.1])
    for uniform in (False, True):
        test = hypothetical_monopolist(
            buyers, now, np.array([cost]), np.array([True]), uniform=uniform
        )
        assert test.rises[0] == pytest.approx(best / 1.1 - 1, rel=1e-9)
        assert test.passes()


def test_a_narrow_market_fails_and_a_wide_one_passes():
    buyers = plain((0.5, 2.6, 2.5, 2.5))
    costs = PRICES - np.array([1.3, 1.5, 1.4, 1.5])
    narrow = np.array([True, False, False, False])
    test = hypothetical_monopolist(buyers, PRICES, costs, narrow)
    assert not test.passes()
    wide = hypothetical_monopolist(buyers, PRICES, costs, np.ones(4, dtype=bool))
    assert wide.passes()
    assert wide.gain > 0
    at = buyers.at_prices(PRICES * (1 + wide.rises))
    markup = PRICES * (1 + wide.rises) - costs
    np.testing.assert_allclose(markup, 1 / (ALPHA * (1 - at.shares.sum())), rtol=1e-9)


def test_a_uniform_rise_is_the_best_uniform_rise():
    buyers, candidate = mixed(3), np.array([True, True, True, False])
    test = hypothetical_monopolist(buyers, PRICES, COSTS, candidate, uniform=True)
    rise = test.rises[0]
    np.testing.assert_allclose(test.rises, rise * candidate)

    def profit(t):
        p = PRICES * (1 + t * candidate)
        return float(buyers.at_prices(p).shares @ ((p - COSTS) * candidate))

    for other in (0.999 * rise, 1.001 * rise, 0.5 * rise, 2 * rise):
        assert profit(other) < profit(rise)
    free = hypothetical_monopolist(buyers, PRICES, COSTS, candidate)
    assert free.gain >= test.gain > 0


@pytest.mark.parametrize("short", [5e-5, 2e-3])
def test_a_monopolist_a_little_below_its_best_price_rises_as_little(short):
    alpha, delta, cost = 0.9, 2.0, 0.3
    buyers = PricedDemand(utility=np.array([[delta]]), alpha=np.array([alpha]), weights=np.ones(1))
    best = cost + (1 + lambertw(np.exp(delta - alpha * cost - 1)).real) / alpha
    now = np.array([best / (1 + short)])
    test = hypothetical_monopolist(buyers, now, np.array([cost]), np.array([True]), uniform=True)
    assert test.rises[0] == pytest.approx(short, rel=1e-8)


@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("now", [1.1, 0.2])
def test_what_a_monopolist_gains_is_relative_to_what_is_earned_now(uniform, now):
    """Also where that is a loss: at a price below cost it gains what it stops losing and more."""
    alpha, delta, cost = 0.9, 2.0, 0.3
    buyers = PricedDemand(utility=np.array([[delta]]), alpha=np.array([alpha]), weights=np.ones(1))
    test = hypothetical_monopolist(
        buyers, np.array([now]), np.array([cost]), np.array([True]), uniform=uniform
    )

    def profit(p):
        return (p - cost) / (1 + np.exp(alpha * p - delta))

    best = now * (1 + test.rises[0])
    expected = (profit(best) - profit(now)) / abs(profit(now))
    assert test.gain == pytest.approx(expected, rel=1e-9)
    assert test.gain > 0


def test_prices_beyond_the_best_do_not_rise():
    dear = np.array([9.0])
    buyers = PricedDemand(utility=np.array([[2.0]]), alpha=np.array([0.9]), weights=np.ones(1))
    test = hypothetical_monopolist(buyers, dear, np.array([0.3]), np.array([True]), uniform=True)
    assert test.rises[0] == 0.0
    assert not test.passes()


def test_without_an_outside_option_a_monopolist_never_stops():
    everything = np.ones(4, dtype=bool)
    with pytest.raises(UnreachableError, match="outside option"):
        hypothetical_monopolist(plain(outside=-np.inf), PRICES, COSTS, everything, uniform=True)


def test_compensating_variation_and_the_value_of_a_product():
    buyers = plain()
    v = buyers.utility[:, 0] - ALPHA * PRICES
    dear = PRICES * 1.1
    after = buyers.utility[:, 0] - ALPHA * dear
    closed = (np.log1p(np.exp(v).sum()) - np.log1p(np.exp(after).sum())) / ALPHA
    assert compensating_variation(buyers, PRICES, dear) == pytest.approx(closed, rel=1e-12)
    shelf = np.array([True, True, False, True])
    share = buyers.at_prices(PRICES).shares[2]
    lost = compensating_variation(buyers, PRICES, PRICES, None, shelf_after=shelf)
    assert lost == pytest.approx(np.log(1 / (1 - share)) / ALPHA, rel=1e-12)


def test_producer_surplus_is_profit():
    buyers = mixed()
    found = solve(
        Retail(buyers, integrated_stakes(MERGED, COSTS, 4), MERGED), start=COSTS + 1
    ).value
    surplus = producer_surplus(found.shares, found.prices - COSTS, MERGED)
    np.testing.assert_allclose(surplus, found.profits, rtol=1e-12)
    D = found.conditions.choices.jacobian
    owns = ownership(MERGED.astype(float))
    np.testing.assert_allclose(markups(D, found.shares, owns), found.prices - COSTS, rtol=1e-9)
