"""A practitioner's table to a screened and simulated merger: the beer of Epstein and Rubinfeld."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError

BEER = pd.DataFrame(
    {
        "product_ids": ["bud", "old style", "miller", "miller lite", "other l", "other r"],
        "firm_ids": ["BUD", "OLD STYLE", "MILLER", "MILLER", "OTHER-L", "OTHER-R"],
        "prices": [0.0441, 0.0328, 0.0409, 0.0396, 0.0387, 0.0497],
        "shares": [0.066, 0.172, 0.253, 0.187, 0.099, 0.223],
        "margins": [0.3830, 0.5515, 0.5421, 0.5557, 0.4453, 0.3769],
    }
)
AFTER = [0.0470148983038, 0.0338410936379, 0.0412117506929, 0.0399117506929, 0.0387586358881]


def test_beer():
    """Exact values of numbers in the reference (closed form of least squares in margin ratios)."""
    industry, fit = ir.industry_from_margins(BEER, outside="none", size=1000)
    assert fit.alpha == pytest.approx(73.14831664583866, rel=1e-12)
    found = ir.screen(industry, ir.Merge("BUD", "OLD STYLE"))
    np.testing.assert_allclose(found.offers["price after"].iloc[:5], AFTER, rtol=1e-9)
    assert found.compensating_variation == pytest.approx(0.5294004262, rel=1e-8)
    assert found.hhi_after - found.hhi_before == pytest.approx(2e4 * 0.066 * 0.172)
    merging = found.offers.loc[["bud", "old style"]]
    assert (merging[["UPP", "GUPPI", "CMCR"]] > 0).all(axis=None)
    assert (found.offers.drop(["bud", "old style"])[["UPP", "GUPPI", "CMCR"]].abs() < 1e-12).all(
        axis=None
    )
    # With costs down by CMCR, prices stay.
    cheaper = industry.after(ir.Merge("BUD", "OLD STYLE"))
    for offer, row in merging.iterrows():
        cheaper = cheaper.after(ir.CostChange(fraction=-row["CMCR"], offer=offer))
    np.testing.assert_allclose(cheaper.solve().prices, BEER["prices"], rtol=1e-9)
    assert found.producer_surplus > 0
    rises, passes = ir.monopolist_test(industry, ["bud", "old style"])
    assert passes == (rises.max() >= 0.05)


def test_units_and_order_make_no_difference():
    industry, fit = ir.industry_from_margins(BEER, outside="none")
    cents, other = ir.industry_from_margins(
        BEER.assign(prices=100 * BEER["prices"]).iloc[::-1], outside="none"
    )
    assert other.alpha == pytest.approx(fit.alpha / 100, rel=1e-12)
    merge = ir.Merge("BUD", "OLD STYLE")
    a, b = ir.screen(industry, merge).offers, ir.screen(cents, merge).offers
    np.testing.assert_allclose(b.loc[a.index, "price after"], 100 * a["price after"], rtol=1e-10)
    np.testing.assert_allclose(b.loc[a.index, "GUPPI"], a["GUPPI"], rtol=1e-10)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (BEER.drop(columns="margins"), "column 'margins'"),
        (BEER.assign(margins=[1.2, *[0.5] * 5]), "below 1"),
        (BEER.assign(prices=[np.nan, *[0.04] * 5]), "a blank for bud; expected prices above 0"),
        (BEER.assign(shares=["x", *[0.1] * 5]), "found x for bud; expected shares above 0"),
        (BEER.assign(margins=[-0.1, *[0.5] * 5]), "above 0"),
        (BEER.assign(prices=[0.0, *[0.04] * 5]), "found 0 for bud; expected prices above 0"),
        (BEER.assign(firm_ids=["BUD", None, "M", "M", "L", "R"]), "an id in 'firm_ids'"),
        (BEER.assign(nesting_ids=["a", "a", "", "b", "b", "b"]), "fill in row 4"),
    ],
)
def test_wrong_tables(table, match):
    with pytest.raises(InputError, match=match):
        ir.industry_from_margins(table)


CHAIN = pd.DataFrame(
    {
        "product_ids": ["11", "12", "21", "22", "own"],
        "firm_ids": ["W1", "W2", "W1", "W2", "W2"],
        "channel_ids": ["R1", "R1", "R2", "R2", "W2"],
    }
)


@pytest.mark.parametrize("power", ["one", "manufacturer", "channel", "pair"])
@pytest.mark.parametrize("disagreement", ["offer", "pair"])
def test_a_chain_from_margins_is_the_chain_they_come_from(power, disagreement):
    """Two shops, two makers, one with a channel of its own; weights alike as `power` says."""
    weights = {
        "one": [[0.4, 0.4], [0.4, 0.4]],
        "manufacturer": [[0.4, 0.4], [0.6, 0.6]],
        "channel": [[0.4, 0.6], [0.4, 0.6]],
        "pair": [[0.4, 0.6], [0.5, 0.3]],
    }[power]
    table = pd.DataFrame(weights, ["W1", "W2"], ["R1", "R2"])
    offers = CHAIN.set_index("product_ids").set_axis(["maker", "shop"], axis=1)
    offers = offers.assign(price=2.5, making=[0.5, 0.6, 0.5, 0.6, 0.6], handling=0.3)
    buyers = ir.Buyers(np.array([[1.0], [1.2], [0.8], [1.1], [0.4]]), np.array([0.8]), np.ones(1))
    terms = ir.Terms(table, disagreement=disagreement)
    made = ir.Industry(offers, buyers, terms).solve()
    p, w = made.equilibrium.prices, made.equilibrium.wholesale
    seen = CHAIN.assign(
        prices=p,
        wholesale=w,
        shares=made.equilibrium.shares,
        channel_margins=(p - w - 0.3) / p,
        manufacturer_margins=[*((w - offers["making"]) / w)[:4], np.nan],
    )
    industry, fit = ir.chain_from_margins(seen, power=power, disagreement=disagreement)
    assert fit.alpha == pytest.approx(0.8, rel=1e-8)
    found = industry.terms.power.loc[["W1", "W2"], ["R1", "R2"]]
    np.testing.assert_allclose(found.to_numpy(float), weights, rtol=1e-7)
    np.testing.assert_allclose(industry.offers["making"], offers["making"], rtol=1e-7)
    merge = ir.Merge("R1", "W1")
    before = ir.Industry(offers, buyers, terms).after(merge).solve()
    np.testing.assert_allclose(industry.after(merge).solve().prices, before.prices, rtol=1e-8)
    with pytest.raises(InputError, match=r"1\.2 for 11; expected margins above 0 and below 1"):
        ir.chain_from_margins(seen.assign(manufacturer_margins=1.2))
    with pytest.raises(InputError, match="column 'channel_ids'"):
        ir.chain_from_margins(seen.drop(columns="channel_ids"))
    with pytest.raises(InputError, match="'one' or 'manufacturer' or 'channel' or 'pair'"):
        ir.chain_from_margins(seen, power="pairs")


def test_other_words_for_the_outside_option_are_refused():
    with pytest.raises(InputError, match="'rest' or 'none' or 'unknown'"):
        ir.industry_from_margins(BEER, outside="all")


def test_a_candidate_market_has_offers():
    industry, _ = ir.industry_from_margins(BEER, outside="none")
    with pytest.raises(InputError, match="candidate market"):
        ir.monopolist_test(industry, [])


def test_a_chain_is_not_screened():
    industry, _ = ir.industry_from_margins(BEER, outside="none")
    chain = ir.Industry(industry.offers.assign(shop="SHOP", wholesale=0.03), industry.buyers)
    with pytest.raises(InputError, match="sell what they make"):
        ir.screen(chain, ir.Merge("BUD", "MILLER"))
