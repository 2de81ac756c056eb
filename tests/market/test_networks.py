"""Which deals form: stability against a search by hand, effects of one deal on another."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from inroads.conduct.bargaining import TwoPartTariff
from inroads.conduct.networks import (
    BlockingMove,
    NetworkGame,
    Networks,
    best_response_path,
    enumerate_networks,
)
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import InputError
from inroads.market import conduct_arrays
from inroads.market.market import Market
from inroads.market.moves import SetPrice, Withdraw
from inroads.market.networks import deal_networks
from inroads.market.pricing import BargainingTerms, Bertrand, Vertical

PAIRS = (("W1", "R1"), ("W1", "R2"), ("W2", "R1"), ("W2", "R2"))


def industry(terms=None, handling=0.1, quality=1.0, agents=15):
    rng = np.random.default_rng(4)
    buyers = PricedDemand(
        utility=quality + 0.7 * rng.normal(size=(6, agents)),
        alpha=rng.uniform(0.6, 1.4, agents),
        weights=np.full(agents, 1 / agents),
    )
    offers = pd.DataFrame(
        {
            "manufacturer": ["W1", "W2", "W1", "W2", "W3", "W3"],
            "channel": ["R1", "R1", "R2", "R2", "R1", "R2"],
            "price": 2.5,
            "production_cost": 0.3,
            "retail_cost": handling,
        },
        index=["11", "12", "21", "22", "13", "23"],
    )
    pricing = Vertical(terms or BargainingTerms())
    return Market(offers=offers, consumers=buyers, pricing=pricing, size=100.0)


class Remembered(NetworkGame):
    """A game whose networks are solved once."""

    def solve(self, active, start=None):
        solved = self.__dict__.setdefault("solved", {})
        if active.tobytes() not in solved:
            solved[active.tobytes()] = super().solve(active, start)
        return solved[active.tobytes()]


def game(market):
    """The pairs of PAIRS that have a negotiation, all of which may form."""
    bargaining = conduct_arrays.negotiated_terms(market)
    k = bargaining.links
    names = [
        (market.firms[m], market.firms[s]) for m, s in zip(k.manufacturer, k.channel, strict=True)
    ]
    return Remembered(
        retail=conduct_arrays.retail(market),
        negotiated=bargaining,
        candidates=np.array([names.index(pair) for pair in PAIRS]),
        start=market.column("price"),
    )


@pytest.mark.parametrize(
    "terms",
    [
        BargainingTerms(),
        BargainingTerms(0.3, contract=TwoPartTariff()),
        BargainingTerms(contract=TwoPartTariff(), timing="sequential"),
    ],
)
def test_networks_are_the_industries_with_offers_gone(terms):
    market = industry(terms)
    found = deal_networks(market, *PAIRS)
    names = dict(zip(PAIRS, ["11", "21", "12", "22"], strict=True))
    assert len(found.frame) == 16
    for row in (1, 6, 11):
        absent = [names[pair] for pair in PAIRS if pair not in found.deals_of(row)]
        alone = market.after(*(Withdraw(offer=name) for name in absent)).solve()
        for firm, profit in alone.profits.items():
            assert found.frame.loc[row, firm] == pytest.approx(profit, rel=1e-8)


def test_stable_networks_by_hand():
    market = industry(BargainingTerms(0.5, contract=TwoPartTariff(), timing="sequential"))
    found = deal_networks(market, *PAIRS)
    n = found.networks

    def profit(active, firm):
        return n.profits[n.row(active), market.firms.index(firm)]

    by_hand = []
    for active in n.active:
        stable = True
        for k, (manufacturer, shop) in enumerate(PAIRS):
            other = active.copy()
            other[k] = not active[k]
            gains = [profit(other, f) - profit(active, f) for f in (manufacturer, shop)]
            stable &= not (max(gains) > 1e-9 if active[k] else min(gains) > 1e-9)
        if stable:
            by_hand.append(tuple(pair for pair, on in zip(PAIRS, active, strict=True) if on))
    assert found.stable == by_hand
    assert by_hand, "there is a stable network here"


def test_a_deal_that_costs_more_than_it_brings_is_not_made():
    """Sold below cost by rule, an offer leaves nothing to split: no network with it holds."""
    losing = industry().after(SetPrice(offer="22", price=0.1))
    found = deal_networks(losing, ("W2", "R2"), ("W1", "R1"))
    assert found.stable
    assert all(("W2", "R2") not in stable for stable in found.stable)
    undone = found.frame.set_index(["W2-R2", "W1-R1"])["undone_by"]
    assert undone[(True, True)] == "a bargain with nothing to split"


def test_values_and_effects():
    market = industry(BargainingTerms(0.5, contract=TwoPartTariff(), timing="sequential"))
    found = deal_networks(market, *PAIRS)
    with_it = market.after(Withdraw(offer="22"), Withdraw(offer="12")).solve()
    without = market.after(Withdraw(offer="22"), Withdraw(offer="12"), Withdraw(offer="21")).solve()
    value = found.value(("W1", "R2"), (("W1", "R1"),))
    assert value["W1"] == pytest.approx(with_it.profits["W1"] - without.profits["W1"], rel=1e-7)
    assert value["consumers"] == pytest.approx(
        with_it.consumer_surplus - without.consumer_surplus, rel=1e-7
    )
    # Rival products are substitutes: one manufacturer's deal is worth less beside the other's.
    assert found.effect(("W2", "R1"), ("W1", "R1"))["W1"] < 0


def test_workers_make_no_difference():
    market = industry()
    alone = deal_networks(market, *PAIRS)
    with ThreadPoolExecutor(2) as pool:
        together = deal_networks(market, *PAIRS, executor=pool)
    np.testing.assert_array_equal(alone.networks.profits, together.networks.profits)


def test_networks_begin_at_the_prices_of_the_one_with_all_links():
    potential = game(industry())
    begun = {}

    class Watched(NetworkGame):
        def solve(self, active, start=None):
            begun[tuple(active)] = self.start if start is None else start
            return super().solve(active, start)

    names = ("retail", "negotiated", "candidates", "start")
    enumerate_networks(Watched(**{name: getattr(potential, name) for name in names}))
    full = potential.solve(np.ones(4, dtype=bool)).value.prices
    assert len(begun) == 16
    for start in begun.values():
        np.testing.assert_array_equal(start, full)


def test_without_a_link_consumers_know_what_the_others_tell_them():
    """Profits without link k: prices held, its offers gone, weights as the links left have them."""
    potential = game(industry())
    links, agents = potential.negotiated.links, 15

    def weights(stand):
        told = 1.0 + np.arange(agents) * (stand @ np.arange(1.0, len(links) + 1))
        return told / told.sum()

    potential = replace(potential, weights=weights)
    active = np.array([True, True, False, True])
    found = potential.solve(active).value
    stand = np.ones(len(links), dtype=bool)
    stand[potential.candidates[~active]] = False
    shelf = ~links.offers_lost[~stand].any(axis=0)
    for row, k in enumerate(np.flatnonzero(stand)):
        left = stand & (np.arange(len(links)) != k)
        buyers = replace(potential.retail.demand, weights=weights(left))
        without = replace(potential.retail, demand=buyers).conditions(
            found.prices, found.wholesale, shelf & ~links.offers_lost[k]
        )
        np.testing.assert_allclose(found.disagreement_profits[row], without.profits, rtol=1e-10)
    buyers = replace(potential.retail.demand, weights=weights(stand))
    at = replace(potential.retail, demand=buyers).conditions(found.prices, found.wholesale, shelf)
    np.testing.assert_allclose(found.profits, at.profits, rtol=1e-10)


@pytest.mark.parametrize("begin", list(combinations(range(4), 2)))
def test_best_responses_end_in_a_stable_network(begin):
    market = industry(BargainingTerms(0.5, contract=TwoPartTariff(), timing="sequential"))
    every = deal_networks(market, *PAIRS)
    potential = game(market)
    start = np.isin(np.arange(4), begin)
    found, stable = best_response_path(potential, start)
    assert stable
    end = tuple(pair for pair, on in zip(PAIRS, found.active[-1], strict=True) if on)
    assert end in every.stable


@pytest.mark.parametrize("losing", [False, True])
def test_best_responses_step_by_step(losing):
    """From every network, the first deal that pays to cut or to form, by hand; where a bargain has
    nothing to split, the one that brings least is given up."""
    market = industry(BargainingTerms(0.5, contract=TwoPartTariff(), timing="sequential"))
    if losing:
        market = market.after(SetPrice(offer="22", price=0.1), SetPrice(offer="12", price=0.2))
    potential = game(market)
    makers, shops = (
        potential.negotiated.links.manufacturer[potential.candidates],
        potential.negotiated.links.channel[potential.candidates],
    )

    def next_network(active):
        """The network that follows, None where nobody moves; and whether a bargain is void."""
        solved = potential.solve(active).value
        joint = solved.gains.joint
        void = np.minimum(solved.gains.manufacturer, solved.gains.channel) < 0
        if void.any():
            links = np.setdiff1d(np.arange(len(potential.negotiated.links)),
                                 potential.candidates[~active])  # fmt: skip
            brings = {k: joint[list(links).index(potential.candidates[k])]
                      for k in np.flatnonzero(active)}  # fmt: skip
            return active ^ (np.arange(4) == min(brings, key=brings.get))
        for k in range(4):
            other = active ^ (np.arange(4) == k)
            ahead = potential.solve(other).value
            if (np.minimum(ahead.gains.manufacturer, ahead.gains.channel) < 0).any():
                continue
            change = (ahead.profits - solved.profits) / np.maximum(np.abs(solved.profits), 1e-300)
            sides = change[[makers[k], shops[k]]]
            if active[k] and sides.max() > 1e-9:
                return other
            if not active[k] and sides.min() >= -1e-9 and sides.max() > 1e-9:
                return other
        return None

    voids = 0
    for start in product([False, True], repeat=4):
        current, looked_at = np.array(start), set()
        while True:
            around = [current, *(current ^ (np.arange(4) == k) for k in range(4))]
            looked_at |= {each.tobytes() for each in around}
            following = next_network(current)
            if following is None:
                break
            current = following
        found, stable = best_response_path(potential, np.array(start))
        assert stable
        np.testing.assert_array_equal(found.active[-1], current)
        assert {row.tobytes() for row in found.active} == looked_at
        assert len(found.active) == len(looked_at)
        for row, active in enumerate(found.active):
            np.testing.assert_array_equal(found.profits[row], potential.solve(active).value.profits)
        voids += not found.has_surplus.all()
    assert (voids > 0) == losing


def test_best_responses_stop_at_their_limit_and_say_what_they_looked_at():
    potential, looks = game(industry()), []
    none = np.zeros(4, dtype=bool)
    found, stable = best_response_path(
        potential, none, limit=1, progress=lambda done, total: looks.append((done, total))
    )
    assert not stable
    assert looks == [(k, 1) for k in range(1, 6)]
    # All that was looked at, and where the first step leads.
    assert len(found.active) == 6
    np.testing.assert_array_equal(found.active[0], none)
    assert found.active[-1].sum() == 1


def test_best_responses_that_go_round_in_a_circle_end(monkeypatch):
    """A game in which some deal always pays: a cycle is noticed, and is no stable network."""
    potential = game(industry())
    monkeypatch.setattr(
        Networks, "blocking_move", lambda self, row: BlockingMove("form", int(self.active[0][0]))
    )
    found, stable = best_response_path(potential, np.zeros(4, dtype=bool))
    assert not stable
    assert len(found.active) < 17


def test_beyond_ten_deals_best_responses_are_followed():
    """Twelve pairs; where they end, nobody gains by one deal more or less, solved anew."""
    rng = np.random.default_rng(2)
    manufacturers, shops = np.repeat(["W1", "W2"], 6), np.tile([f"R{k}" for k in range(6)], 2)
    names = [
        f"{manufacturer}{shop}" for manufacturer, shop in zip(manufacturers, shops, strict=True)
    ]
    offers = pd.DataFrame(
        {"manufacturer": manufacturers, "channel": shops, "price": 2.5, "production_cost": 0.3},
        names,
    )
    buyers = PricedDemand(
        utility=rng.normal(0.5, 0.5, (12, 4)),
        alpha=rng.uniform(0.8, 1.2, 4),
        weights=np.full(4, 0.25),
    )
    market = Market(
        offers=offers.assign(retail_cost=0.1),
        consumers=buyers,
        pricing=Vertical(BargainingTerms(contract=TwoPartTariff())),
    )
    pairs = tuple(zip(manufacturers, shops, strict=True))
    found = deal_networks(market, *pairs)
    assert not found.complete
    (end,) = found.stable
    assert 0 < len(found.frame) < 2**10

    def profits(standing):
        absent = [name for name, pair in zip(names, pairs, strict=True) if pair not in standing]
        settled = market.after(*(Withdraw(offer=name) for name in absent)).solve(certificate=False)
        return settled.profits

    here = profits(end)
    for pair in pairs:
        there = profits(set(end) ^ {pair})
        gain = [there.get(firm, 0.0) - here.get(firm, 0.0) for firm in pair]
        assert (max if pair in end else min)(gain) <= 1e-9


def test_refusals():
    market = industry()
    with pytest.raises(InputError, match="pairs of a manufacturer and a channel"):
        deal_networks(market, ("W1", "R9"))
    with pytest.raises(InputError, match="each pair once"):
        deal_networks(market, ("W1", "R1"), ("W1", "R1"))
    with pytest.raises(InputError, match="bargained over"):
        deal_networks(
            replace(market, offers=market.offers.assign(wholesale=1.0), pricing=Bertrand()),
            ("W1", "R1"),
        )
    with pytest.raises(InputError, match="disagreement"):
        deal_networks(industry(BargainingTerms(disagreement="offer")), ("W1", "R1"))
    with pytest.raises(InputError, match="among those"):
        deal_networks(market, ("W1", "R1")).value(("W2", "R1"))
