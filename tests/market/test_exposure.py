"""Campaigns that add: concave in dollars, a channel's own members see its first."""

import numpy as np
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.market.moves.awareness import Exposure, exposure_to_reach, partner_campaigns
from inroads.study.negotiations.own_campaigns import best_campaign
from tests.market.test_labelled import market as small


def awareness(market):
    return market.labelled_consumers.awareness["New"]


def test_a_campaign_brings_what_it_is_said_to_among_members_and_less_elsewhere():
    market = small(0.1)
    (move,) = partner_campaigns(market, ["New"], ["Gee"], 0.35, seen_elsewhere=0.5)
    after = awareness(market.after(move))
    assert after["Gee"] == pytest.approx(0.35, rel=1e-12)
    assert after["Cee"] == pytest.approx(1 - 0.9 * np.sqrt(0.65 / 0.9), rel=1e-12)
    assert exposure_to_reach(0.4, 0.35) == 0.0
    assert partner_campaigns(market, ["New"], [], 0.35, seen_elsewhere=0.5) == []
    assert partner_campaigns(small(0.4), ["New"], ["Gee"], 0.35, seen_elsewhere=0.5) == []


def test_campaigns_add_and_reach_ever_fewer():
    market = small(0.1)
    both = market.after(*partner_campaigns(market, ["New"], ["Gee", "Cee"], 0.35, seen_elsewhere=1))
    one_by_one = market.after(
        Exposure("New", exposure_to_reach(0.1, 0.35)), Exposure("New", exposure_to_reach(0.1, 0.35))
    )
    np.testing.assert_allclose(awareness(both), awareness(one_by_one), rtol=1e-12)
    first = 0.35 - 0.1
    assert 0 < awareness(both)["Gee"] - 0.35 < first


def test_without_a_part_one_campaign_reaches_everybody():
    (move,) = partner_campaigns(small(0.1), ["New"], ["Gee", "Cee"], 0.35, seen_elsewhere=None)
    assert move == ir.Campaign("New", 0.35)


def test_exposure_is_refused_out_of_range_and_nothing_where_all_know():
    with pytest.raises(InputError, match="an exposure of 0 or more"):
        small().after(Exposure("New", -0.1))
    with pytest.raises(InputError, match="Nowhere"):
        small().after(Exposure("New", 0.1, ("Nowhere",)))
    market = small()
    assert market.after(Exposure("Big", 0.3)).labelled_consumers is market.labelled_consumers


def test_the_campaign_that_pays_best_alone():
    """Profit a (1 - exp(-e)) a period: its dollars bring as much as they cost at the margin."""
    found = best_campaign(lambda e: 30.0 * (1 - np.exp(-e)), exposure=0.5, cost=10.0, periods=4.0)
    # 4 x 30 x exp(-e) x 0.5 / 10 = 1
    assert found.exposure == pytest.approx(np.log(6.0), rel=0.02)
    assert found.dollars == pytest.approx(10.0 * found.exposure / 0.5, rel=1e-12)
    assert found.first_dollar == pytest.approx(6.0, rel=0.01)
    none = best_campaign(lambda e: 1.0 * (1 - np.exp(-e)), exposure=0.5, cost=10.0, periods=4.0)
    assert (none.exposure, none.dollars) == (0.0, 0.0)
    assert none.first_dollar == pytest.approx(0.2, rel=0.01)
