"""Calibration of a chain: planted truth, invariances, what margins must tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.chain_margins import ChainMargins
from inroads.calibration.from_margins.vertical import fit_vertical_margins
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.equilibrium import solve
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes
from inroads.errors import InputError

MAKERS, SHOPS = np.array([0, 1, 0, 1, 0, 2]), np.array([3, 3, 4, 4, 5, 5])
INTEGRATED = np.array([0, 0, 4, 4, 5, 5])
ALPHA = 0.8
BY = {"one": np.zeros(6, dtype=int), "manufacturer": MAKERS, "channel": SHOPS, "pair": np.arange(6)}


def equilibrium(seed, power, manufacturers=MAKERS, shops=SHOPS, how="offer"):
    """Prices, wholesale prices, shares and margins at both levels of a solved chain."""
    rng = np.random.default_rng(seed)
    making, handling = rng.uniform(0.5, 2, 6), rng.uniform(0.2, 0.6, 6)
    shares = rng.dirichlet(np.full(7, 4.0))[:6]
    buyers = buyers_at(making + handling + 2.5, shares, ALPHA, None, rho=np.zeros(6))
    retail = Retail(buyers, vertical_stakes(manufacturers, shops, making, handling), shops)
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, power, how), production_cost=making
    )
    found = solve(retail, terms, start=making + handling + 2.5).value
    p, w = found.prices, found.wholesale
    return (p, w, found.shares, (p - w - handling) / p, (w - making) / w), making, handling


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(BY)))
def test_planted_powers_are_found(seed, by):
    rng = np.random.default_rng(seed)
    power = rng.uniform(0.2, 0.9, 7)[BY[by]]
    observed, making, handling = equilibrium(seed, power)
    *prices_shares_down, up = observed
    fit = fit_vertical_margins(
        *prices_shares_down,
        manufacturer_margins=up,
        manufacturers=MAKERS,
        channels=SHOPS,
        power=by,
    )
    assert fit.alpha == pytest.approx(ALPHA, rel=1e-7)
    np.testing.assert_allclose(fit.channel_weight, power, rtol=1e-7)
    np.testing.assert_allclose(fit.production_cost, making, rtol=1e-6)
    np.testing.assert_allclose(fit.retail_cost, handling, rtol=1e-5)
    again = solve(fit.retail, fit.bargaining, start=observed[0] * 1.05).value
    np.testing.assert_allclose(again.prices, observed[0], rtol=1e-9)
    np.testing.assert_allclose(again.wholesale, observed[1], rtol=1e-9)


@pytest.mark.parametrize("shops", [SHOPS, INTEGRATED], ids=["apart", "integrated"])
@pytest.mark.parametrize("how", ["offer", "pair"])
def test_margins_missing_at_both_levels(how, shops):
    manufacturers = np.array([0, 1, 0, 0, 0, 2]) if how == "pair" else MAKERS
    observed, making, handling = equilibrium(4, 0.35, manufacturers, shops, how)
    p, w, s, down, up = observed
    down, up = down.copy(), up.copy()
    down[[0, 3]] = np.nan
    up[[1, 2, 4]] = np.nan
    fit = fit_vertical_margins(
        p,
        w,
        s,
        down,
        manufacturer_margins=up,
        manufacturers=manufacturers,
        channels=shops,
        disagreement=how,
    )
    assert fit.alpha == pytest.approx(ALPHA, rel=1e-8)
    apart = manufacturers != shops
    np.testing.assert_allclose(fit.channel_weight[apart], 0.35, rtol=1e-8)
    assert (fit.channel_weight[~apart] == 1).all()
    np.testing.assert_allclose(fit.production_cost, making, rtol=1e-7)
    np.testing.assert_allclose(fit.retail_cost, handling, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(-4, 4))
def test_neither_units_nor_order_matter(seed, magnitude):
    rng = np.random.default_rng(seed)
    (p, w, s, down, up), _, _ = equilibrium(seed, 0.45)
    down, up = (m * np.exp(rng.normal(0, 0.05, 6)) for m in (down, up))
    fit = fit_vertical_margins(
        p, w, s, down, manufacturer_margins=up, manufacturers=MAKERS, channels=SHOPS
    )
    k = 10.0**magnitude
    dear = fit_vertical_margins(
        k * p, k * w, s, down, manufacturer_margins=up, manufacturers=MAKERS, channels=SHOPS
    )
    assert dear.alpha * k == pytest.approx(fit.alpha, rel=1e-6)
    np.testing.assert_allclose(dear.channel_weight, fit.channel_weight, rtol=1e-6)
    o = rng.permutation(6)
    turned = fit_vertical_margins(
        p[o],
        w[o],
        s[o],
        down[o],
        manufacturer_margins=up[o],
        manufacturers=MAKERS[o],
        channels=SHOPS[o],
    )
    assert turned.alpha == pytest.approx(fit.alpha, rel=1e-6)
    np.testing.assert_allclose(turned.production_cost, fit.production_cost[o], rtol=1e-6)
    np.testing.assert_allclose(
        turned.residuals.reshape(2, 6), fit.residuals.reshape(2, 6)[:, o], 1e-5
    )


def test_noisy_margins_still_give_an_equilibrium():
    (p, w, s, down, up), _, _ = equilibrium(8, 0.5)
    rng = np.random.default_rng(8)
    down, up = (m * np.exp(rng.normal(0, 0.1, 6)) for m in (down, up))
    fit = fit_vertical_margins(
        p, w, s, down, manufacturer_margins=up, manufacturers=MAKERS, channels=SHOPS
    )
    found = solve(fit.retail, fit.bargaining, start=p * 0.95).value
    np.testing.assert_allclose(found.prices, p, rtol=1e-9)
    np.testing.assert_allclose(found.wholesale, w, rtol=1e-9)
    np.testing.assert_allclose(found.shares, s, rtol=1e-9)
    np.testing.assert_allclose((w - fit.production_cost) / w, fit.manufacturer_fitted, rtol=1e-12)
    assert np.abs(fit.residuals).max() > 1e-3


def test_too_few_margins_are_refused():
    (p, w, s, down, up), _, _ = equilibrium(1, 0.5)
    none = np.full(6, np.nan)
    with pytest.raises(InputError, match="at least 2 margins"):
        fit_vertical_margins(
            p, w, s, none, manufacturer_margins=none, manufacturers=MAKERS, channels=SHOPS
        )
    with pytest.raises(InputError, match="direction in which none of them moves"):
        # Shops' margins of a chain without integration say nothing of what manufacturers get.
        fit_vertical_margins(
            p, w, s, down, manufacturer_margins=none, manufacturers=MAKERS, channels=SHOPS
        )
    with pytest.raises(InputError, match="at least 7 margins"):
        fit_vertical_margins(
            p,
            w,
            s,
            none,
            manufacturer_margins=up,
            manufacturers=MAKERS,
            channels=SHOPS,
            power="pair",
        )


@pytest.mark.parametrize("bids", [False, True])
def test_the_derivative_of_margins(bids):
    (p, w, s, _, _), _, _ = equilibrium(3, 0.5, shops=INTEGRATED)
    demand = buyers_at(p, s, 1.0, None, rho=np.zeros(6))
    model = ChainMargins(
        *(demand, p, p, w, MAKERS), channels=INTEGRATED, disagreement="offer", bids=bids
    )
    lam, h = np.linspace(0.2, 0.8, 6), 1e-6
    _, slope = model.along(lam, np.eye(6))
    for j, e in enumerate(np.eye(6)):
        rate = (model.margins(lam + h * e) - model.margins(lam - h * e)) / (2 * h)
        np.testing.assert_allclose(slope[:, j], rate, atol=1e-8)


def test_nests_of_a_chain_are_met():
    """Margins at a given nesting parameter: the market that they calibrate is an equilibrium."""
    (p, w, s, _, _), _, _ = equilibrium(3, 0.5)
    nests, margins = [0, 0, 1, 1, 2, 2], np.array([0.3, *[np.nan] * 5])
    fit = fit_vertical_margins(
        *(p, w, s, margins),
        manufacturer_margins=margins + 0.1,
        manufacturers=MAKERS,
        channels=SHOPS,
        nests=nests,
        rho=0.4,
        below_zero=True,
    )
    assert fit.channel_fitted[0] == pytest.approx(0.3)
    assert fit.manufacturer_fitted[0] == pytest.approx(0.4)
    again = solve(fit.retail, fit.bargaining, start=p * 1.02, certificate=False).value
    np.testing.assert_allclose(again.prices, p, rtol=1e-9)
    np.testing.assert_allclose(again.wholesale, w, rtol=1e-9)
    np.testing.assert_allclose(again.shares, s, rtol=1e-9)
