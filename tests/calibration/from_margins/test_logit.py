"""Calibration from margins: published numbers, planted truth, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.logit import best_alpha, fit_margins
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.equilibrium import solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.screens import compensating_variation
from inroads.conduct.stakes import Stakes, integrated_stakes
from inroads.errors import InputError

# Epstein and Rubinfeld's beers: no outside good.
PRICES = np.array([0.0441, 0.0328, 0.0409, 0.0396, 0.0387, 0.0497])
SHARES = np.array([0.066, 0.172, 0.253, 0.187, 0.099, 0.223])
MARGINS = np.array([0.3830, 0.5515, 0.5421, 0.5557, 0.4453, 0.3769])
OWNER = np.array([0, 1, 2, 2, 3, 4])
ALPHA = 73.14831664583866


def beers():
    return fit_margins(PRICES, SHARES, MARGINS, OWNER, outside="none")


def test_beers_have_a_closed_form():
    fit = beers()
    of_firm = np.bincount(OWNER, SHARES)[OWNER]
    x = 1 / (PRICES * (1 - of_firm))
    assert fit.alpha == pytest.approx((x @ x) / (MARGINS @ x), rel=1e-14)
    assert fit.alpha == pytest.approx(ALPHA, rel=1e-14)
    np.testing.assert_allclose(fit.fitted, x / ALPHA, rtol=1e-12)
    np.testing.assert_allclose(fit.residuals, fit.fitted - MARGINS)
    np.testing.assert_allclose(fit.retail.conditions(PRICES).foc_in_money(), 0.0, atol=1e-15)


def test_least_squares_in_money_weighs_margins_by_price():
    """The other loss in use, as a closed form of its own."""
    of_firm = np.bincount(OWNER, SHARES)[OWNER]
    money = best_alpha(1 / (1 - of_firm), MARGINS * PRICES)
    assert money == pytest.approx(73.25143202792982, rel=1e-14)


@pytest.mark.parametrize(("price", "taxed"), [(0.0387, 0.040871319908), (0.0497, 0.0530935421302)])
def test_a_tariff_on_sellers_that_are_many(price, taxed):
    """Monopolistic competition: margin 1 / alpha, price c / (1 - t) + 1 / alpha."""
    alpha, rate, one = 52.1971861941, 0.1, np.array([0])
    cost = price - 1 / alpha
    few = PricedDemand(utility=np.array([[-40.0]]), alpha=np.array([alpha]), weights=np.ones(1))
    free = integrated_stakes(one, np.array([cost]))
    stakes = Stakes(
        retail_price_share=(1 - rate) * free.retail_price_share,
        wholesale_share=free.wholesale_share,
        cost=free.cost,
    )
    found = solve(Retail(few, stakes, one), start=np.array([price])).value
    assert found.prices[0] == pytest.approx(cost / (1 - rate) + 1 / alpha, rel=1e-12)
    assert found.prices[0] == pytest.approx(taxed, rel=1e-11)


def test_beers_merge():
    fit, merged = beers(), np.array([0, 0, 1, 1, 2, 3])
    retail = Retail(fit.buyers, integrated_stakes(merged, fit.costs), merged)
    after = solve(retail, start=PRICES).value
    expected = [
        *(0.0470148983038, 0.0338410936379, 0.0412117506929),
        *(0.0399117506929, 0.0387586358881, 0.0498451368716),
    ]
    np.testing.assert_allclose(after.prices, expected, rtol=2e-12)
    change = [
        *(6.6097467206, 3.1740659691, 0.7622266331),
        *(0.7872492246, 0.1515139229, 0.2920258987),
    ]
    np.testing.assert_allclose(100 * (after.prices / PRICES - 1), change, rtol=0, atol=6e-11)
    shares = [
        *(0.0554321409967, 0.1656811204403, 0.2570601747117),
        *(0.1900009986999, 0.1024685050575, 0.2293570600939),
    ]
    np.testing.assert_allclose(after.shares, shares, rtol=2e-12)
    harm = 1000 * compensating_variation(fit.buyers, PRICES, after.prices)
    assert harm == pytest.approx(0.5294004262, abs=6e-11)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (
            ALPHA,
            [
                *(0.0441915734287, 0.0330600901126, 0.0416411334199),
                *(0.0403411334199, 0.0411722446983, 0.0526839554734),
            ],
        ),
        (
            59.8076130307,
            [
                *(0.0441795059523, 0.033026065661, 0.0415481538065),
                *(0.0402481538065, 0.0408177736743, 0.0523092431183),
            ],
        ),
    ],
)
def test_a_tariff_on_the_consumer_price(alpha, expected):
    """Ten percent of what consumers pay: sellers of the last two keep 0.9 of it."""
    buyers = buyers_at(PRICES, SHARES, alpha, None, rho=np.zeros(6))
    D = buyers.at_prices(PRICES).jacobian
    costs = PRICES - markups(D, SHARES, ownership(OWNER.astype(float)))
    free = integrated_stakes(OWNER, costs)
    kept = np.array([1, 1, 1, 1, 0.9, 0.9])
    taxed = Retail(
        buyers,
        Stakes(
            retail_price_share=free.retail_price_share * kept,
            wholesale_share=free.wholesale_share,
            cost=free.cost,
        ),
        OWNER,
    )
    after = solve(taxed, start=PRICES).value
    # The second row is of a calibration that misses shares by a little, as its author meant it to.
    np.testing.assert_allclose(after.prices, expected, rtol=3e-12 if alpha == ALPHA else 5e-7)


def market(seed, J=5, nests=None, rho=0.0, alpha=0.7, left=0.2):
    """Prices, shares of the market and exact margins of Bertrand sellers."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(J, 3.0)) * (1 - left)
    prices = rng.uniform(4, 10, J)
    owner = np.array([0, 0, 1, 2, 2, 1, 0, 3])[:J]
    buyers = buyers_at(prices, shares, alpha, nests, rho=np.full(J, rho))
    D = buyers.at_prices(prices).jacobian
    m = markups(D, shares, ownership(owner.astype(float))) / prices
    return prices, shares, m, owner


SEEDS = st.integers(0, 10_000)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(0.05, 0.9))
def test_an_unknown_outside_option_is_found(seed, left):
    prices, shares, m, owner = market(seed, left=left)
    inside = shares / shares.sum()
    fit = fit_margins(prices, inside, m, owner, outside="unknown")
    assert fit.alpha == pytest.approx(0.7, rel=1e-6)
    assert fit.outside == pytest.approx(left, rel=1e-6)
    np.testing.assert_allclose(fit.buyers.at_prices(prices).shares, shares, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(0.05, 0.85))
def test_a_nesting_parameter_is_found(seed, rho):
    nests = np.array([0, 0, 1, 1, 1])
    prices, shares, m, owner = market(seed, nests=nests, rho=rho)
    known = fit_margins(prices, shares, m, owner, nests=nests, rho=rho)
    assert known.alpha == pytest.approx(0.7, rel=1e-12)
    assert known.solution.iterations == 0
    found = fit_margins(prices, shares, m, owner, nests=nests, rho=None)
    np.testing.assert_allclose(found.rho, rho, rtol=1e-6)
    assert found.alpha == pytest.approx(0.7, rel=1e-6)
    np.testing.assert_allclose(found.buyers.at_prices(prices).shares, shares, rtol=1e-9)


def test_both_unknown_are_found_from_enough_margins():
    nests = np.array([0, 0, 1, 1, 1, 0, 1, 0])
    prices, shares, m, owner = market(3, J=8, nests=nests, rho=0.4, left=0.3)
    inside = shares / shares.sum()
    fit = fit_margins(prices, inside, m, owner, outside="unknown", nests=nests, rho=None)
    np.testing.assert_allclose([fit.alpha, fit.rho[0], fit.outside], [0.7, 0.4, 0.3], rtol=1e-7)


def test_a_market_elasticity_is_met():
    prices, shares, m, owner = market(5, left=0.4)
    D = buyers_at(prices, shares, 0.7, None, rho=np.zeros(5)).at_prices(prices).jacobian
    elasticity = float((D @ prices).sum() / shares.sum())
    # For plain logit: minus alpha, times the mean price of what is sold, times the outside share.
    assert elasticity == pytest.approx(-0.7 * (prices @ shares) / shares.sum() * 0.4, rel=1e-12)
    one = np.full(5, np.nan)
    one[2] = m[2]
    inside = shares / shares.sum()
    fit = fit_margins(prices, inside, one, owner, outside="unknown", market_elasticity=elasticity)
    np.testing.assert_allclose([fit.alpha, fit.outside], [0.7, 0.4], rtol=1e-7)
    none = np.full(5, np.nan)
    known = fit_margins(prices, shares, none, owner, market_elasticity=elasticity)
    assert known.alpha == pytest.approx(0.7, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(["rest", "none", "unknown"]), st.floats(-4, 4), st.booleans())
def test_neither_units_nor_order_matter(seed, outside, magnitude, missing):
    """Noisy margins, so that what is minimised matters."""
    rng = np.random.default_rng(seed)
    prices, shares, m, owner = market(seed)
    m = m * np.exp(rng.normal(0, 0.05, 5))
    if missing:
        m[rng.integers(5)] = np.nan
    shares = shares if outside == "rest" else shares / shares.sum()
    fit = fit_margins(prices, shares, m, owner, outside=outside)
    scale = 10.0**magnitude
    dear = fit_margins(scale * prices, shares, m, owner, outside=outside)
    assert dear.alpha * scale == pytest.approx(fit.alpha, rel=1e-6)
    np.testing.assert_allclose(dear.costs, scale * fit.costs, rtol=1e-6)
    order = rng.permutation(5)
    turned = fit_margins(prices[order], shares[order], m[order], owner[order] + 7, outside=outside)
    assert turned.alpha == pytest.approx(fit.alpha, rel=1e-6)
    np.testing.assert_allclose(turned.costs, fit.costs[order], rtol=1e-6)
    np.testing.assert_allclose(turned.fitted, fit.fitted[order], rtol=1e-6)


@pytest.mark.parametrize("seed", [2, 45, 50, 94, 113, 122])
def test_flat_minima_are_found_to_the_last_steps(seed):
    """Sums of squares near them do not tell points apart that are 1e-7 from each other."""
    rng = np.random.default_rng(seed)
    prices, shares, m, owner = market(seed)
    noisy = m * np.exp(rng.normal(0, 0.05, 5))
    fit = fit_margins(prices, shares / shares.sum(), noisy, owner, outside="unknown")
    assert fit.solution.residual < 1e-9


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_what_is_handed_over_is_the_market(seed):
    """Ready buyers and sellers have the observed shares and, as an equilibrium, prices."""
    prices, shares, m, owner = market(seed, nests=np.array([0, 1, 0, 1, 1]), rho=0.3)
    m = m * np.exp(np.random.default_rng(seed).normal(0, 0.05, 5))
    fit = fit_margins(prices, shares, m, owner, nests=[*"abab", "b"], rho=0.3)
    np.testing.assert_allclose(fit.buyers.at_prices(prices).shares, shares, rtol=1e-12)
    found = solve(fit.retail, start=prices * 1.1).value
    np.testing.assert_allclose(found.prices, prices, rtol=1e-9)
    np.testing.assert_allclose(1 - fit.costs / prices, fit.fitted, rtol=1e-12)


def test_least_squares_is_least():
    prices, shares, m, owner = market(1)
    m = m * np.exp(np.random.default_rng(1).normal(0, 0.1, 5))
    inside = shares / shares.sum()
    best = fit_margins(prices, inside, m, owner, outside="unknown")
    loss = (best.residuals**2).sum()
    for outside in (best.outside * 0.99, min(best.outside * 1.01, 0.999)):
        other = fit_margins(prices, inside * (1 - outside), m, owner)
        assert (other.residuals**2).sum() > loss


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"margins": np.full(5, np.nan)}, "at least 1 margins"),
        ({"margins": -np.ones(5)}, "margins that are positive"),
        ({"rho": 0.5}, "nests that rho is about"),
        ({"rho": None}, "nests that rho is about"),
        ({"market_elasticity": 1.0}, "a market elasticity below 0"),
        ({"shares": np.full(5, 0.2)}, "positive shares"),
        ({"shares": np.array([0.1, 0.0, 0.1, 0.1, 0.1])}, "positive shares"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(change, expected):
    prices, shares, m, owner = market(2)
    given_ = {"prices": prices, "shares": shares, "margins": m, "owner": owner} | change
    with pytest.raises(InputError, match=expected):
        fit_margins(**given_)


def test_costs_below_zero_are_of_offers_counted_from_one_unless_they_have_names():
    prices, shares, m, owner = market(2)
    cheap, m = np.where(np.arange(5) == 4, 0.01, 1.0) * prices, np.where(np.arange(5), np.nan, m)
    for names, last in ((None, 5), ("abcde", "e")):
        with pytest.raises(InputError, match=f"unit costs of -[0-9.]+ for {last}, sold at"):
            fit_margins(cheap, shares, m, owner, names=names)


def test_margins_that_do_not_tell_the_outside_option_are_refused():
    prices, _, m, _ = market(2)
    with pytest.raises(InputError, match="direction in which none of them moves"):
        fit_margins(prices, np.full(5, 0.2), m, np.arange(5), outside="unknown")
