"""Certificates catch what is a little off: a price, a term, a profit without a link."""

from dataclasses import replace

import numpy as np
import pytest

from inroads.conduct.bargaining import (
    LinearPrice,
    MixedContract,
    NegotiatedTerms,
    TwoPartTariff,
    make_links,
)
from inroads.conduct.bargaining.base import gains_from_trade
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.bargaining.simultaneous import wholesale_pass_rates
from inroads.conduct.certificate import certify, certify_point
from inroads.conduct.certificate.deviations import best_deviation, search_lines
from inroads.conduct.certificate.moved_profits import moved_profits
from inroads.conduct.equilibrium import solve
from inroads.conduct.implied_costs import implied_vertical_costs
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import vertical_stakes
from tests.conduct import test_consideration_demand as by_type
from tests.conduct.test_brute_force import World
from tests.conduct.test_contract import DEMANDS, OWNERS, TERMS, Market

BARGAINS = [name for name in TERMS if name != "none"]
#: of each game, the sides that earn something without a link: none where makers sell at cost
SIDES = [(name, side) for name in BARGAINS for side in ("manufacturer", "channel")]
SIDES.remove(("simultaneous fees", "manufacturer"))
ALIKE = ["mixed", "nested mixed", "mixed, by offer"]


def point(market, name, how, prices, wholesale, **given):
    """The certificate of any prices and terms."""
    terms = market.terms(name, how)
    return certify_point(market.retail, terms, prices=prices, wholesale=wholesale, **given)


# Retail prices


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("name", ["none", "simultaneous"])
def test_retail_prices_a_hundredth_of_a_percent_off_are_caught(kind, owners, name):
    market = Market(DEMANDS[kind], owners)
    right = market.solve(name, "offer", certificate=False)
    assert point(market, name, "offer", right.prices, right.wholesale).is_equilibrium()
    for factor in (1.0001, 0.9999):
        off = point(market, name, "offer", factor * right.prices, right.wholesale)
        assert off.status == "no equilibrium"
        assert 1e-6 < off.residual.relative < 1e-3
    # One price alone, and it is that one whose answer is farthest.
    moved = np.where(np.arange(5) == 2, 1.0001, 1.0) * right.prices
    off = point(market, name, "offer", moved, right.wholesale)
    assert off.residual.offer == 2
    assert off.residual.money == pytest.approx(1e-4 * right.prices[2], rel=0.8)
    assert "offer 2" in off.refutation


@pytest.mark.parametrize("kind", [*ALIKE, "sets", "outside", "nested mixed, by offer"])
@pytest.mark.parametrize("owners", OWNERS)
def test_the_best_deviation_is_that_of_a_fine_grid(kind, owners):
    """At prices far off, so that much is to be gained; nowhere does a grid find more."""
    market = Market(DEMANDS[kind], owners)
    at = market.retail.conditions(np.array([1.1, 2.4, 1.7, 0.9, 1.45]), 1.3 * market.making)
    best = best_deviation(at, at.foc_jacobian())
    size = np.maximum(at.prices, at.retail.demand.money_per_util)
    gains = []
    for f, rows in at.retail.price_setters:
        for moving in [*rows[:, None], rows]:
            steps = np.linspace(-0.95, 6.0, 3000)
            tried = np.tile(at.prices, (len(steps), 1))
            tried[:, moving] += steps[:, None] * size[moving]
            gains.append(at.retail.conditions(tried, at.wholesale).profits[:, f].max())
            gains[-1] = (gains[-1] - at.profits[f]) / abs(at.profits[f])
    assert best.gain > 0.01
    assert best.gain == pytest.approx(max(gains), rel=1e-4)
    assert best.gain >= max(gains) - 1e-12
    assert best.money == pytest.approx(best.gain * abs(at.profits[best.firm]), rel=1e-12)
    # What is said of the move is what it brings.
    rows = at.retail.price_setter == best.firm
    tried = at.prices.copy()
    if best.offer < 0:
        tried[rows] += (best.price - 1.0) * size[rows]
    else:
        tried[best.offer] = best.price
    gained = at.retail.conditions(tried, at.wholesale).profits - at.profits
    assert gained[best.firm] == pytest.approx(best.money, rel=1e-9)


def test_a_small_deviation_is_that_of_a_parabola():
    market = Market(DEMANDS["mixed"], "apart")
    right = solve_prices(market.retail, np.full(5, 1.5), 1.3 * market.making).value
    off = right + 1e-4 * (np.arange(5) == 1)
    at = market.retail.conditions(off, 1.3 * market.making)
    best = best_deviation(at, at.foc_jacobian())
    assert (best.firm, best.offer) == (2, 1)
    assert best.price == pytest.approx(right[1], abs=1e-8)
    back = market.retail.conditions(right, 1.3 * market.making).profits[2]
    assert best.money == pytest.approx(back - at.profits[2], rel=1e-3)


def test_a_price_too_far_off_for_a_parabola_and_too_near_for_the_grid():
    """Three percent above what answers to the others best: between points that are tried."""
    market = Market(DEMANDS["mixed"], "apart")
    right = solve_prices(market.retail, np.full(5, 1.5), 1.3 * market.making).value
    off = right * np.where(np.arange(5) == 1, 1.03, 1.0)
    at = market.retail.conditions(off, 1.3 * market.making)
    best = best_deviation(at, at.foc_jacobian())
    assert (best.firm, best.offer) == (2, 1)
    assert best.price == pytest.approx(right[1], rel=1e-5)
    back = market.retail.conditions(right, 1.3 * market.making).profits[2]
    assert best.money == pytest.approx(back - at.profits[2], rel=1e-7)


def test_of_two_peaks_the_higher_is_found_between_what_is_tried():
    """One at the point, as a parabola has it, the other a quarter away."""

    def profit(_, steps):
        return np.exp(-((steps - 1e-3) ** 2) / 0.01) + 1.5 * np.exp(-((steps - 0.27) ** 2) / 0.005)

    base = float(profit(0, np.zeros(1))[0])
    h = 1e-5
    up, down = (float(profit(0, np.array([x]))[0]) for x in (h, -h))
    slope, bend = (up - down) / (2 * h), (up - 2 * base + down) / h**2
    step, best = search_lines(profit, np.array([slope]), np.array([bend]), base)
    assert step[0] == pytest.approx(0.27, abs=1e-3)
    assert best[0] == pytest.approx(profit(0, np.linspace(0, 1, 200_001)).max(), rel=1e-9)


def test_where_nobody_sets_a_price_nobody_deviates():
    market = Market(DEMANDS["mixed"], "apart")
    retail = Retail(market.buyers, market.retail.stakes, np.full(5, -1))
    at = retail.conditions(np.full(5, 1.5), market.making)
    best = best_deviation(at, at.foc_jacobian())
    assert (best.gain, best.firm, best.offer) == (-np.inf, -1, -1)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_where_one_side_has_all_the_power_the_other_gains_nothing_and_there_are_terms(timing):
    market = replace(Market(DEMANDS["mixed"], "apart"), power=np.ones(5))
    found = market.solve(timing, "offer")
    np.testing.assert_allclose(found.gains.manufacturer, 0.0, atol=1e-9)
    assert found.certificate.terms.nothing_to_split == ()
    assert found.certificate.terms.gain < 1e-6
    assert found.certificate.is_equilibrium()


def test_offers_at_held_prices_are_on_the_shelf_where_others_are_moved():
    market = Market(DEMANDS["nested mixed"], "apart")
    setter = np.where(np.arange(5) == 4, -1, market.price_setter)
    at = Retail(market.buyers, market.retail.stakes, setter).conditions(
        np.full(5, 1.5), market.making
    )
    moved = moved_profits(at, 3).alone(np.array([2, 3]), np.full((1, 2), 1.5))
    np.testing.assert_allclose(moved, at.profits[3], rtol=1e-12)


@pytest.mark.parametrize("kind", [*ALIKE, "types", "types, by offer"])
def test_profits_at_other_prices_are_those_of_the_market(kind):
    if kind.startswith("types"):
        buyers = by_type.demand(by_offer="by offer" in kind)
        worth = 0.3 * ((by_type.SHOPS == 3)[:, None] - 1.0 * (np.arange(by_type.C) % 2 == 0))
        stakes = vertical_stakes(by_type.MAKERS, by_type.SHOPS, by_type.MAKING, by_type.HANDLING)
        retail = Retail(buyers, replace(stakes, agent_stakes={3: worth}), by_type.SHOPS)
    else:
        retail = Market(DEMANDS[kind], "subscribers").retail
    J = len(retail.price_setter)
    at = retail.conditions(np.linspace(1.2, 1.7, J), np.full(J, 0.5))
    for f, rows in retail.price_setters:
        prices = at.prices[rows] * np.array([0.4, 0.99, 1.3, 2.0])[:, None]
        alone, together = np.empty(prices.shape), []
        for n, row in enumerate(prices):
            trial = at.prices.copy()
            trial[rows] = row
            together.append(retail.conditions(trial, at.wholesale).profits[f])
            for k, j in enumerate(rows):
                trial = np.where(np.arange(J) == j, row[k], at.prices)
                alone[n, k] = retail.conditions(trial, at.wholesale).profits[f]
        moved = moved_profits(at, f)
        np.testing.assert_allclose(moved.alone(rows, prices), alone, rtol=1e-12)
        np.testing.assert_allclose(moved.together(rows, prices), together, rtol=1e-12)


def test_profits_at_other_prices_where_all_who_know_an_offer_like_it():
    """Of offers of the second group every type's odds are other than 1."""
    buyers = by_type.demand()
    liked = np.where(np.isfinite(buyers.taste[1]), 0.7, -np.inf)
    buyers = replace(buyers, taste=np.stack([buyers.taste[0], liked, buyers.taste[2]]))
    stakes = vertical_stakes(by_type.MAKERS, by_type.SHOPS, by_type.MAKING, by_type.HANDLING)
    retail = Retail(buyers, stakes, by_type.SHOPS)
    at = retail.conditions(np.full(by_type.J, 1.3), np.full(by_type.J, 0.5))
    moved = np.where(np.arange(by_type.J) == 1, 1.6, at.prices)
    expected = retail.conditions(moved, at.wholesale).profits[2]
    found = moved_profits(at, 2).alone(np.array([1]), np.array([[1.6]]))
    assert found[0, 0] == pytest.approx(expected, rel=1e-12)


def test_by_type_and_by_agent_name_the_same_deviation():
    buyers = by_type.demand()
    stakes = vertical_stakes(by_type.MAKERS, by_type.SHOPS, by_type.MAKING, by_type.HANDLING)
    best = []
    for customers in (buyers, buyers.by_agent):
        retail = Retail(customers, stakes, by_type.SHOPS)
        best.append(certify(retail.conditions(np.full(6, 1.1), by_type.MAKING)))
    assert best[0].deviation.offer == best[1].deviation.offer
    assert best[0].deviation.gain == pytest.approx(best[1].deviation.gain, rel=1e-9)
    assert best[0].residual.offer == best[1].residual.offer
    assert best[0].residual.money == pytest.approx(best[1].residual.money, rel=1e-9)


# Wholesale terms


@pytest.mark.parametrize("kind", ALIKE)
@pytest.mark.parametrize("how", ["offer", "pair"])
@pytest.mark.parametrize("name", BARGAINS)
@pytest.mark.parametrize("factor", [1.001, 0.999, 1.05])
def test_a_wholesale_price_off_is_caught(kind, how, name, factor):
    """By a tenth of a percent, and by as much as no parabola reaches; retail prices answer it."""
    market = Market(DEMANDS[kind], "apart")
    right = market.solve(name, how, certificate=False)
    wholesale = np.where(np.arange(5) == 1, factor, 1.0) * right.wholesale
    prices = solve_prices(market.retail, right.prices, wholesale).value
    off = point(market, name, how, prices, wholesale)
    assert off.residual.relative < 1e-9
    assert not off.is_equilibrium()
    assert "Nash product" in off.refutation
    unit = market.buyers.money_per_util
    far = abs(factor - 1) * right.wholesale[1] / max(right.wholesale[1], unit)
    assert far / 4 < off.terms.prices.relative < 2 * far
    if name.startswith("sequential"):
        assert off.terms.prices.offer == 1
        assert off.terms.gain > 1e-9
        # All others' terms being right, its own peak is where it was.
        back = abs(factor - 1) * right.wholesale[1]
        assert off.terms.prices.money == pytest.approx(back, rel=2e-3)


def game_and_terms(market, name, how):
    """The game, conditions at its solution, and its terms."""
    game = market.terms(name, how).game(market.retail, np.ones(5, dtype=bool))
    terms = game.solve(market.making + market.handling + 1.0).value
    return game, game.conditions(terms.prices, terms.wholesale), terms


@pytest.mark.parametrize("kind", ["mixed", "nested mixed"])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_a_profit_without_a_link_off_by_a_percent_is_caught(kind, side, name, monkeypatch):
    """Where the solver takes it for right: its terms, or fees, are not those of Nash products."""
    market = Market(DEMANDS[kind], "apart")

    def wrong(links, agreed, without):
        firm = getattr(links, side)[1]
        off = np.where((np.arange(len(links)) == 1)[:, None] & (np.arange(4) == firm), 1.01, 1.0)
        return gains_from_trade(links, agreed, without * off)

    for module in ("base", "simultaneous", "sequential"):
        monkeypatch.setattr(f"inroads.conduct.bargaining.{module}.gains_from_trade", wrong)
    game, at, terms = game_and_terms(market, name, "offer")
    monkeypatch.undo()
    proof = certify(at, game, terms)
    assert proof.residual.relative < 1e-9
    assert proof.terms.disagreement.relative < 1e-9
    assert "Nash product" in proof.refutation
    assert max(proof.terms.prices.relative, proof.terms.fees.relative) > 1e-5


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_a_profit_without_a_link_that_is_said_to_be_other_than_it_is_is_caught(side, name):
    game, at, terms = game_and_terms(Market(DEMANDS["mixed"], "apart"), name, "offer")
    assert certify(at, game, terms).is_equilibrium()
    said = terms.disagreement_profits.copy()
    said[2, getattr(game.links, side)[2]] *= 1.01
    proof = certify(at, game, replace(terms, disagreement_profits=said))
    assert "profits without a link" in proof.refutation
    assert proof.terms.disagreement.offer == 2


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_a_fee_off_is_caught(timing):
    game, at, terms = game_and_terms(Market(DEMANDS["mixed"], "apart"), f"{timing} fees", "offer")
    fees = terms.fixed_fees * np.where(np.arange(5) == 3, 1.001, 1.0)
    proof = certify(at, game, replace(terms, fixed_fees=fees))
    assert "fees that maximise" in proof.refutation
    assert proof.terms.fees.offer == 3
    off = 0.001 * terms.fixed_fees[3] / at.choices.shares[3]
    assert proof.terms.fees.money == pytest.approx(off, rel=1e-3)


def test_a_fee_off_is_caught_where_the_wholesale_price_gives_the_maker_most():
    """It earns by units, and pays the shop for its shelf."""
    market = Market(DEMANDS["mixed"], "apart")
    prices, wholesale = np.full(5, 3.0), market.making + 1.5
    terms = market.terms("sequential fees", "offer")
    game = terms.game(market.retail, np.ones(5, dtype=bool))
    at = game.conditions(prices, wholesale)
    without = game.disagreement_profits(at)
    gains = gains_from_trade(game.links, at.profits, without)
    assert (gains.manufacturer > gains.channel).all()
    assert (gains.joint > 0).all()
    fees = game.fixed_fees(at, without)
    assert (fees < 0).all()
    right = point(market, "sequential fees", "offer", prices, wholesale, fixed_fees=fees)
    assert right.terms.fees.relative < 1e-7
    fees = fees * np.where(np.arange(5) == 3, 1.01, 1.0)
    off = point(market, "sequential fees", "offer", prices, wholesale, fixed_fees=fees)
    assert off.terms.fees.offer == 3
    by = -0.01 / 1.01 * fees[3] / at.choices.shares[3]
    assert off.terms.fees.money == pytest.approx(by, rel=1e-4)


@pytest.mark.parametrize("factor", [1.0, 1.05, 0.6, 1.3])
def test_what_a_link_would_gain_by_other_terms_is_what_its_nash_product_lacks(factor):
    """Retail prices held, a share lambda of what both gain is the channel's where it is largest."""
    market = Market(DEMANDS["mixed"], "apart")
    right = market.solve("simultaneous", "offer", certificate=False)
    wholesale = factor * right.wholesale
    proof = point(market, "simultaneous", "offer", right.prices, wholesale)
    at = market.retail.conditions(right.prices, wholesale)
    game = market.terms("simultaneous", "offer").game(market.retail, np.ones(5, dtype=bool))
    gains = gains_from_trade(game.links, at.profits, game.disagreement_profits(at))
    lam = game.links.channel_weight
    product = gains.channel**lam * gains.manufacturer ** (1 - lam)
    most = (lam * gains.joint) ** lam * ((1 - lam) * gains.joint) ** (1 - lam)
    assert proof.terms.gain == pytest.approx((most / product - 1).max(), rel=1e-6, abs=1e-12)
    size = np.maximum(wholesale, market.buyers.money_per_util)
    relative = np.abs(gains.channel - lam * gains.joint) / at.choices.shares / size
    assert proof.terms.prices.relative == pytest.approx(relative.max(), rel=1e-5, abs=1e-7)
    assert factor == 1.0 or proof.terms.prices.offer == relative.argmax()
    # The second derivative of exp(lam log(channel - x) + (1 - lam) log(manufacturer + x)).
    by_channel, by_maker = (
        at.choices.shares * size / g for g in (gains.channel, gains.manufacturer)
    )
    slope = (1 - lam) * by_maker - lam * by_channel
    bend = slope**2 - lam * by_channel**2 - (1 - lam) * by_maker**2
    assert proof.terms.curvature == pytest.approx(bend.max(), rel=1e-3)


def held(holds=(), tariff=0.0, how="offer", **kind):
    """Three links, firms holding parts of each other, a tariff on the last offer."""
    world, shares = World("three links"), np.eye(4)
    for holder, owned, part in holds:
        shares[holder, owned] = part
    stakes = vertical_stakes(world.manufacturers, world.shops, world.making, world.handling)
    share = stakes.wholesale_share.copy()
    share[3, 3] *= 1 + tariff
    stakes = replace(stakes, wholesale_share=share).owned_by(shares)
    retail = Retail(
        PricedDemand(utility=world.u, alpha=world.a, weights=world.weights), stakes, world.shops
    )
    links = make_links(world.manufacturers, world.shops, world.power, how)
    terms = NegotiatedTerms(links=links, production_cost=world.making, **kind)
    return retail, terms, solve(retail, terms, start=world.making + 1.2).value


@pytest.mark.parametrize("how", ["offer", "pair"])
@pytest.mark.parametrize("contract", [LinearPrice(), TwoPartTariff(), MixedContract(0.4)])
def test_between_firms_that_hold_parts_of_each_other_the_best_fee_is_counted(contract, how):
    """A shop that holds a part of a maker loses less by a fee: what is largest once it is paid is
    no plain sum of gains."""
    parts = ((2, 0, 0.15), (3, 1, 0.1))
    _, _, found = held(parts, how=how, timing="sequential", contract=contract)
    assert found.certificate.is_equilibrium()
    assert found.certificate.terms.prices.relative < 1e-6
    _, _, apart = held(how=how, timing="sequential", contract=contract)
    assert np.abs(found.wholesale - apart.wholesale).max() > 1e-2


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_a_tariff_on_one_offer_of_a_pair(timing):
    """What a margin on both costs the shop depends on how many of each are sold."""
    retail, terms, found = held(tariff=0.25, how="pair", timing=timing)
    assert found.certificate.is_equilibrium()
    assert len(terms.links) == 3
    a, b = wholesale_pass_rates(terms.links, found.conditions)
    sold = found.shares[2:]
    np.testing.assert_allclose(a, 1.0, rtol=1e-12)
    np.testing.assert_allclose(b[2], (sold @ [1, 1.25]) / sold.sum(), rtol=1e-12)
    if timing == "simultaneous":
        game = terms.game(retail, np.ones(4, dtype=bool))
        p, w = found.prices * [1.1, 0.9, 1.05, 1.0], found.wholesale
        at = game.conditions(p, w)
        slopes = game.foc_in_prices(at, without_each_link(at, terms.links, game.present))
        steps = 1e-5 * np.eye(4)
        by_steps = [(game.foc(p + h, w) - game.foc(p - h, w)) / 2e-5 for h in steps]
        np.testing.assert_allclose(slopes, np.transpose(by_steps), atol=1e-8)


def test_costs_behind_a_tariff_on_one_offer_of_a_pair():
    """Costs read off prices and terms bring them back."""
    world = World("three links")
    retail, terms, found = held(tariff=0.25, how="pair")

    def stakes_at(handling, making):
        every = vertical_stakes(world.manufacturers, world.shops, making, handling)
        return replace(every, wholesale_share=retail.stakes.wholesale_share)

    handling, making = implied_vertical_costs(
        retail,
        stakes_at,
        terms.links,
        found.prices,
        wholesale=found.wholesale,
        production_cost=world.making,
    )
    np.testing.assert_allclose(handling, world.handling, rtol=1e-9)
    np.testing.assert_allclose(making, world.making, rtol=1e-9)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_of_a_link_with_nothing_to_split_nothing_is_said(timing):
    """An offer that costs more to make than anyone pays, at a price that is held."""
    world = World("three links")
    making = world.making.copy()
    making[1] = 9.0
    setter = np.where(np.arange(4) == 1, -1, world.shops)
    retail = Retail(
        PricedDemand(utility=world.u, alpha=world.a, weights=world.weights),
        vertical_stakes(world.manufacturers, world.shops, making, world.handling),
        setter,
        held_prices=np.full(4, 1.5),
    )
    links = make_links(world.manufacturers, world.shops, world.power, "offer")
    terms = NegotiatedTerms(links=links, production_cost=making, timing=timing)
    found = solve(retail, terms, start=np.full(4, 1.5)).value
    assert found.certificate.terms.nothing_to_split == (1,)
    assert found.certificate.is_equilibrium()


def test_a_point_where_a_side_loses_is_refuted_by_the_gain_that_is_to_be_had():
    market = Market(DEMANDS["mixed"], "apart")
    right = market.solve("simultaneous", "offer", certificate=False)
    wholesale = right.wholesale - 2.0 * (np.arange(5) == 0)
    prices = solve_prices(market.retail, right.prices, wholesale).value
    proof = point(market, "simultaneous", "offer", prices, wholesale)
    assert proof.terms.gain == np.inf
    assert proof.terms.prices.offer == 0


def test_names_for_numbers():
    market = Market(DEMANDS["mixed"], "apart")
    right = market.solve("simultaneous", "offer", certificate=False)
    off = point(market, "simultaneous", "offer", 1.01 * right.prices, right.wholesale)
    firms, offers = list("ABCD"), ["one", "two", "three", "four", "five"]
    named = off.named(firms, offers, 1000.0)
    assert named.deviation.firm == firms[off.deviation.firm]
    assert named.residual.offer == offers[off.residual.offer]
    assert named.terms.prices.offer == offers[off.terms.prices.offer]
    assert named.deviation.money == pytest.approx(1000 * off.deviation.money)
    assert f"firm {named.deviation.firm} gains" in named.refutation
    assert repr(named).startswith("<Certificate: expected retail prices")
    at_rest = point(market, "simultaneous", "offer", right.prices, right.wholesale)
    assert repr(at_rest).startswith("<Certificate: equilibrium, worst residual")
