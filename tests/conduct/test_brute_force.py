"""Bargains against plain maximisation: nothing here but logit formulas and scipy."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar, root

from inroads.conduct.bargaining import LinearPrice, NegotiatedTerms, TwoPartTariff
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.equilibrium import solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes

AGENTS = 3
MAKING, HANDLING = np.array([0.5, 0.3, 0.4, 0.6]), np.array([0.1, 0.2, 0.15, 0.1])
CASES = {
    "two shops, one maker": (np.array([0, 0]), np.array([1, 2])),
    "one shop, two makers": (np.array([0, 1, 0]), np.array([2, 2, 2])),
    "three links": (np.array([0, 1, 0, 0]), np.array([2, 2, 3, 3])),
    "a shop that makes": (np.array([0, 1, 0]), np.array([0, 0, 2])),
}


class World:
    """A chain with mixed logit demand, written out anew."""

    def __init__(self, name):
        rng = np.random.default_rng(7)
        self.manufacturers, self.shops = CASES[name]
        J = len(self.manufacturers)
        self.u = rng.normal(1.8, 0.7, (J, AGENTS))
        self.a = np.array([0.8, 1.0, 1.3])
        self.weights = np.array([0.3, 0.5, 0.2])
        self.making, self.handling = MAKING[:J], HANDLING[:J]
        self.power = np.array([0.4, 0.55, 0.4, 0.4])[:J]

    def shares(self, p, there):
        e = np.exp(self.u - self.a * p[:, None]) * there[:, None]
        P = e / (1 + e.sum(axis=0))
        return P @ self.weights, P

    def profits(self, p, w, there):
        s, _ = self.shares(p, there)
        out = np.zeros(4)
        np.add.at(out, self.shops, s * (p - w - self.handling))
        np.add.at(out, self.manufacturers, s * (w - self.making))
        return out

    def retail(self, w, there, start):
        """Retail prices at which no shop gains: its own derivative, by scipy."""

        def foc(p):
            s, P = self.shares(p, there)
            aw = self.a * self.weights
            D = (P * aw) @ P.T - np.diag(P @ aw)
            earns = self.shops[:, None] == self.shops
            sells = earns * (p - w - self.handling)
            makes = (self.shops[:, None] == self.manufacturers) * (w - self.making)
            foc = s + ((sells + makes) * D.T).sum(axis=1)
            return np.where(there, foc / np.maximum(s, 1e-12), p - start)

        found = root(foc, start, tol=1e-13)
        assert np.abs(foc(found.x)).max() < 1e-9
        return found.x


def library(world, how, **kind):
    v = PricedDemand(utility=world.u, alpha=world.a, weights=world.weights)
    retail = Retail(
        v,
        vertical_stakes(world.manufacturers, world.shops, world.making, world.handling),
        world.shops,
    )
    k = make_links(world.manufacturers, world.shops, world.power, how)
    start = world.making + world.handling + 1
    return k, solve(
        retail, NegotiatedTerms(links=k, production_cost=world.making, **kind), start=start
    ).value


def peak(objective, at, width):
    """Where an objective of one number peaks near `at`."""
    found = minimize_scalar(
        lambda x: -objective(x),
        bounds=(at - width, at + width),
        method="bounded",
        options={"xatol": 1e-11},
    )
    return found.x


@pytest.mark.parametrize("how", ["offer", "pair"])
@pytest.mark.parametrize("name", CASES)
def test_simultaneous_terms_maximise_each_nash_product(name, how):
    """Retail prices, and all other terms, held."""
    world = World(name)
    k, found = library(world, how)
    p, w, everything = found.prices, found.wholesale, np.ones(len(world.manufacturers))
    for row, drops in enumerate(k.offers_lost):
        f, r, lam = k.manufacturer[row], k.channel[row], k.channel_weight[row]
        without = world.profits(p, w, everything * ~drops)

        def nash(t, drops=drops, f=f, r=r, lam=lam, without=without):
            moved = world.profits(p, w + t * drops, everything) - without
            if min(moved[f], moved[r]) <= 0:
                return -np.inf
            return lam * np.log(moved[r]) + (1 - lam) * np.log(moved[f])

        assert peak(nash, 0.0, 0.3) == pytest.approx(0.0, abs=2e-7)


def test_terms_between_firms_that_hold_shares_of_each_other():
    """A shop that owns 15 percent of a maker loses 85 cents by a dollar more of its price."""
    world = World("three links")
    holds = np.eye(4)
    holds[2, 0], holds[3, 1] = 0.15, 0.1
    everything = np.ones(4)
    stakes = vertical_stakes(
        world.manufacturers, world.shops, world.making, world.handling
    ).owned_by(holds)
    retail = Retail(
        PricedDemand(utility=world.u, alpha=world.a, weights=world.weights), stakes, world.shops
    )
    k = make_links(world.manufacturers, world.shops, world.power, "offer")
    found = solve(
        retail, NegotiatedTerms(links=k, production_cost=world.making), start=world.making + 1.2
    ).value
    p, w = found.prices, found.wholesale
    for f, r, lam, drops in zip(
        k.manufacturer, k.channel, k.channel_weight, k.offers_lost, strict=True
    ):
        without = holds @ world.profits(p, w, everything * ~drops)

        def nash(t, f=f, r=r, lam=lam, drops=drops, without=without):
            gain = holds @ world.profits(p, w + t * drops, everything) - without
            if min(gain[f], gain[r]) <= 0:
                return -np.inf
            return lam * np.log(gain[r]) + (1 - lam) * np.log(gain[f])

        assert peak(nash, 0.0, 0.3) == pytest.approx(0.0, abs=2e-7)


@pytest.mark.parametrize("how", ["offer", "pair"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("contract", [LinearPrice(), TwoPartTariff()])
def test_sequential_terms_maximise_what_links_maximise(name, how, contract):
    """Retail prices solved anew for every wholesale price tried, and without the link."""
    world = World(name)
    k, found = library(world, how, timing="sequential", contract=contract)
    p, w, everything = found.prices, found.wholesale, np.ones(len(world.manufacturers), dtype=bool)
    for j in np.flatnonzero(k.link_of_offer >= 0):
        row = k.link_of_offer[j]
        f, r, lam = k.manufacturer[row], k.channel[row], k.channel_weight[row]
        there = everything & ~k.offers_lost[row]

        def objective(x, j=j, f=f, r=r, lam=lam, there=there):
            terms = w.copy()
            terms[j] = x
            agreed = world.profits(world.retail(terms, everything, p), terms, everything)
            without = world.profits(world.retail(terms, there, p), terms, there)
            gain = agreed - without
            if contract == TwoPartTariff():
                return gain[f] + gain[r]
            if min(gain[f], gain[r]) <= 0:
                return -np.inf
            return lam * np.log(gain[r]) + (1 - lam) * np.log(gain[f])

        assert peak(objective, w[j], 0.2) == pytest.approx(w[j], abs=2e-6)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
@pytest.mark.parametrize("how", ["offer", "pair"])
@pytest.mark.parametrize("name", CASES)
def test_fees_maximise_each_nash_product(name, how, timing):
    """Terms and retail prices held: a fee is lump-sum."""
    world = World(name)
    k, found = library(world, how, timing=timing, contract=TwoPartTariff())
    p, w, everything = found.prices, found.wholesale, np.ones(len(world.manufacturers), dtype=bool)
    agreed = world.profits(p, w, everything)
    for row, drops in enumerate(k.offers_lost):
        f, r, lam = k.manufacturer[row], k.channel[row], k.channel_weight[row]
        off = world.retail(w, everything & ~drops, p) if timing == "sequential" else p
        without = world.profits(off, w, everything & ~drops)
        gain = agreed - without

        def nash(fee, f=f, r=r, lam=lam, gain=gain):
            left = gain[r] - fee, gain[f] + fee
            return lam * np.log(left[0]) + (1 - lam) * np.log(left[1]) if min(left) > 0 else -np.inf

        low, high = -gain[f], gain[r]
        best = peak(nash, (low + high) / 2, (high - low) / 2)
        assert found.fixed_fees[row] == pytest.approx(best, abs=1e-7)
