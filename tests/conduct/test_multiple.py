"""Markets with one equilibrium, with two, and with one that is none."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.certificate import certify
from inroads.conduct.equilibrium import explain_failure, solve
from inroads.conduct.multiple_equilibria import solve_equilibria, spread_starts
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import integrated_stakes, vertical_stakes
from inroads.errors import ConvergenceError, InputError

TWO = np.array([0, 1])


def two_types(loyal):
    """Two like sellers; a share of consumers hardly minds the price, the others do very much."""
    buyers = PricedDemand(
        utility=np.tile([3.4, 5.4], (2, 1)),
        alpha=np.array([0.7, 7.0]),
        weights=np.array([loyal, 1 - loyal]),
    )
    return Retail(buyers, integrated_stakes(TWO, np.array([0.1, 0.1])), TWO)


def test_sellers_of_two_types_have_two_equilibria():
    retail = two_types(0.4)
    equilibria = solve_equilibria(retail)
    assert len(equilibria) == 2
    cheap, dear = equilibria.distinct
    assert (dear.prices > 3 * cheap.prices).all()
    np.testing.assert_allclose(cheap.prices[0], cheap.prices[1], rtol=1e-9)
    # Other starts end where each price is right nearby, and another far away is better.
    assert sum(equilibria.starts_leading) + equilibria.starts_failed == 12
    assert equilibria.starts_failed > 0
    # No price on a fine grid pays better, in either.
    for each in equilibria.distinct:
        grid = np.geomspace(0.11, 60, 2000)
        for firm in (0, 1):
            tried = np.tile(each.prices, (len(grid), 1))
            tried[:, firm] = grid
            best = retail.conditions(tried).profits[:, firm].max()
            assert best <= each.profits[firm] * (1 + 1e-9)


@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_equilibria_are_one_if_nothing_in_them_is_further_apart(unit):
    """Relative to prices, in whatever money they are."""
    retail = two_types(0.4)
    buyers = replace(retail.demand, alpha=retail.demand.alpha / unit)
    retail = Retail(buyers, integrated_stakes(TWO, np.full(2, 0.1 * unit)), TWO)
    cheap, dear = (each.prices for each in solve_equilibria(retail).distinct)
    far = np.max((dear - cheap) / np.maximum(cheap, buyers.money_per_util))
    for apart, number in ((0.999 * far, 2), (1.001 * far, 1)):
        # Relative to the one found later.
        found = solve_equilibria(retail, starts=np.stack([dear, cheap]), apart=apart)
        assert len(found) == number


@pytest.mark.parametrize(("loyal", "dear"), [(0.02, False), (0.9, True)])
def test_where_one_type_prevails_there_is_one(loyal, dear):
    equilibria = solve_equilibria(two_types(loyal))
    assert len(equilibria) == 1
    assert (equilibria.distinct[0].prices[0] > 1.5) == dear


def test_a_price_right_nearby_only_is_refused():
    """Both sellers dear, where almost nobody is loyal: each would gain by reaching the others."""
    retail = two_types(0.02)
    dear = solve_prices(retail, np.array([2.7, 2.7])).value
    proof = certify(retail.conditions(dear))
    assert proof.curvature < 0
    assert proof.deviation.gain > 10
    assert proof.deviation.price < 1
    with pytest.raises(ConvergenceError, match="gains"):
        solve(retail, start=dear)


def test_plain_logit_has_one_from_everywhere():
    buyers = PricedDemand(
        utility=np.array([[1.0], [0.5], [2.0]]), alpha=np.array([0.02]), weights=np.ones(1)
    )
    owner = np.array([0, 0, 1])
    equilibria = solve_equilibria(Retail(buyers, integrated_stakes(owner, np.full(3, 30.0)), owner))
    assert len(equilibria) == 1
    assert equilibria.starts_leading == (12,)


def test_chains_have_terms_too():
    manufacturers, shops = np.array([0, 0]), np.array([1, 2])
    making = np.array([0.1, 0.1])
    buyers = two_types(0.4).demand
    retail = Retail(buyers, vertical_stakes(manufacturers, shops, making, np.zeros(2)), shops)
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, 0.8, "offer"), production_cost=making
    )
    equilibria = solve_equilibria(retail, terms)
    assert len(equilibria) >= 1
    for each in equilibria.distinct:
        assert each.certificate.is_equilibrium()
        assert (each.wholesale > making).all()


def test_starts_are_spread_and_the_same_every_time():
    retail = two_types(0.5)
    starts = spread_starts(retail, 6)
    assert starts.shape == (6, 2)
    np.testing.assert_array_equal(starts, spread_starts(retail, 6))
    above = (starts - 0.1) / retail.demand.money_per_util
    assert (above > 0.0999).all()
    assert (above < 10.001).all()
    assert np.ptp(above[:4], axis=1).max() < 1e-12
    np.testing.assert_allclose(above[:4, 0], [0.1, 10 ** (-1 / 3), 10 ** (1 / 3), 10.0], rtol=1e-12)
    # Those drawn differ from firm to firm, and from one another.
    assert (np.ptp(above[4:], axis=1) > 1e-3).all()
    assert len(spread_starts(retail)) == 12
    assert len(spread_starts(retail, 3)) == 3


def test_held_prices_are_as_they_are_held_in_every_start():
    """Two sellers and an offer whose price nobody sets: one equilibrium, not one a start."""
    buyers = PricedDemand(
        utility=np.array([[1.0], [0.5], [2.0]]), alpha=np.array([0.02]), weights=np.ones(1)
    )
    owner, setter = np.array([0, 1, 2]), np.array([0, 1, -1])
    stakes = integrated_stakes(owner, np.full(3, 30.0))
    held = Retail(buyers, stakes, setter, held_prices=np.array([np.nan, np.nan, 70.0]))
    assert (spread_starts(held)[:, 2] == 70.0).all()
    assert np.ptp(spread_starts(held)[:, 0]) > 100
    # Also where a caller's own starts would have it elsewhere.
    for starts in (None, np.array([[50.0, 50.0, 10.0], [500.0, 40.0, 900.0]])):
        found = solve_equilibria(held, starts=starts)
        assert len(found) == 1
        assert found.distinct[0].prices[2] == 70.0
    alone = solve(Retail(buyers, stakes, setter), start=np.array([50.0, 50.0, 70.0])).value
    np.testing.assert_allclose(found.distinct[0].prices, alone.prices, rtol=1e-9)
    with pytest.raises(InputError, match="held_prices"):
        solve_equilibria(Retail(buyers, stakes, setter))


def test_a_held_price_that_moved_is_no_equilibrium():
    buyers = two_types(0.9).demand
    stakes, setter = integrated_stakes(TWO, np.array([0.1, 0.1])), np.array([0, -1])
    held = Retail(buyers, stakes, setter, held_prices=np.array([np.nan, 2.0]))
    solved = solve(held, start=np.array([2.7, 9.0])).value
    assert solved.prices[1] == 2.0
    assert solved.certificate.moved == 0.0
    # The best answer to another price of the held offer: every other part of the proof holds.
    other = Retail(buyers, stakes, setter)
    elsewhere = solve(other, start=np.array([2.7, 3.0])).value
    proof = certify(held.conditions(elsewhere.prices))
    assert certify(other.conditions(elsewhere.prices)).is_equilibrium()
    assert proof.moved == pytest.approx(0.5)
    assert not proof.is_equilibrium()
    assert "moved by 0.5" in explain_failure(replace(elsewhere, certificate=proof))


def test_what_is_off_the_shelf_tells_no_equilibria_apart():
    buyers = PricedDemand(
        utility=np.array([[1.0], [0.5], [2.0]]), alpha=np.array([0.02]), weights=np.ones(1)
    )
    owner = np.array([0, 1, 2])
    retail = Retail(buyers, integrated_stakes(owner, np.full(3, 30.0)), owner)
    found = solve_equilibria(retail, present=np.array([True, True, False]))
    assert (len(found), found.starts_leading) == (1, (12,))
