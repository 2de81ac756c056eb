"""Brands that more know at some shelf than elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.choice.consideration import SelectiveAwareness
from inroads.market.moves import Campaign, Launch
from tests.market.test_labelled import market as small


def known_better_at_the_open_channel(part: float, selection=None, known=0.3):
    market = small(known).after(Launch("N1", "Gee"), Launch("N2", "Open"))
    consumers = replace(market.consumers, at_shelves={("New", "Open"): part}, selection=selection)
    return replace(market, consumers=consumers)


def who_may(market):
    """The share of consumers that may choose each offer."""
    arrays = market.arrays
    known = np.isfinite(arrays.types.taste_by_group[arrays.group])
    may = np.isfinite(arrays.base)[:, :, None] & known[:, None]
    return may.reshape(len(known), -1) @ market.weights.ravel()


@pytest.mark.parametrize("selection", [None, SelectiveAwareness(sigma=1.0, rho=0.6, nodes=3)])
def test_nobody_more_knows_it_there_than_elsewhere_is_as_without(selection):
    plain = small().after(Launch("N1", "Gee"), Launch("N2", "Open"))
    plain = replace(plain, consumers=replace(plain.consumers, selection=selection))
    same = known_better_at_the_open_channel(0.0, selection)
    np.testing.assert_allclose(same.solve().shares, plain.solve().shares, rtol=0, atol=1e-12)


def test_more_may_choose_it_there_and_as_many_elsewhere():
    market = known_better_at_the_open_channel(0.5)
    offers = market.offers
    new = market.products.loc[offers["product"], "brand"].eq("New").to_numpy()
    there = offers["channel"].eq("Open").to_numpy()
    plain = small().after(Launch("N1", "Gee"), Launch("N2", "Open"))
    ratio = who_may(market) / who_may(plain)
    assert ratio[~new] == pytest.approx(1)
    assert ratio[new & ~there] == pytest.approx(1)
    # 0.3 + 0.5 x 0.7 instead of 0.3, whatever else keeps a consumer from it.
    assert ratio[new & there] == pytest.approx(0.65 / 0.3)
    more = market.solve().shares.to_numpy() - plain.solve().shares.to_numpy()
    assert (more[new & there] > 0).all()
    assert (more[~new] < 0).all()
    # Who knows it only there does not know it elsewhere; others had it there already.
    assert more[new & ~there] == pytest.approx(0, abs=1e-12)


def test_a_campaign_raises_both_and_makes_no_more_agents():
    market = known_better_at_the_open_channel(0.5)
    louder = market.after(Campaign("New", 0.8))
    assert louder.weights.shape == market.weights.shape
    new_there = market.offers["product"].eq("N2") & market.offers["channel"].eq("Open")
    mask = new_there.to_numpy()
    ratio = who_may(louder)[mask] / who_may(market)[mask]
    assert ratio == pytest.approx((0.8 + 0.5 * 0.2) / (0.3 + 0.5 * 0.7))


def test_everyone_who_knows_it_everywhere_knows_it_there():
    market = known_better_at_the_open_channel(0.5, known=1.0)
    plain = small(1.0).after(Launch("N1", "Gee"), Launch("N2", "Open"))
    np.testing.assert_allclose(market.solve().shares, plain.solve().shares, rtol=0, atol=1e-12)
