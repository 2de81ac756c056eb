"""Worked example: a new bargaining game, a class of its own in `conduct/bargaining/`.

Each link divides its gains from trade in proportion, lambda to the channel and 1 - lambda to the
manufacturer (Kalai 1977), by a wholesale price; retail prices answer on and off the path. A game
states which links and contracts it can solve, profits without each link, its first-order condition
and its solution (`conduct/bargaining/base.py`); one entry of `GAMES` in
`conduct/bargaining/negotiated.py` gives it a name, and `conduct.equilibrium.solve` then takes it.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import root
from scipy.special import lambertw

from inroads.choice.base import Array
from inroads.conduct.bargaining import (
    BargainingGame,
    Contract,
    LinearPrice,
    Links,
    NegotiatedTerms,
    Terms,
    TwoPartTariff,
    make_links,
    negotiated,
)
from inroads.conduct.bargaining.base import gains_from_trade, nash_foc
from inroads.conduct.equilibrium import PriceEquilibrium, solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.conduct.stakes import vertical_stakes
from inroads.errors import InputError, refuse
from inroads.solution import Solution, Status


@dataclass(frozen=True, kw_only=True)
class Proportional(BargainingGame):
    """lambda gain_manufacturer = (1 - lambda) gain_channel, retail prices answering."""

    tolerance: float = 1e-10

    @staticmethod
    def check(links: Links, contract: Contract) -> None:
        if not isinstance(contract, LinearPrice):
            raise refuse(
                expected="LinearPrice() under proportional bargaining",
                found=repr(contract),
                where="contract",
                remedy="choose it, or another timing.",
            )

    def disagreement_profits(self, conditions: Conditions) -> Array:
        present = self.present & ~self.links.offers_lost
        w, retail = conditions.wholesale, self.links.market_without(conditions.retail)
        start = np.broadcast_to(conditions.prices, present.shape)
        return retail.conditions(solve_prices(retail, start, w, present).value, w, present).profits

    def foc(self, prices: Array, wholesale: Array) -> Array:
        agreed = self.conditions(prices, wholesale)
        gains = gains_from_trade(self.links, agreed.profits, self.disagreement_profits(agreed))
        one = np.ones(len(self.links))
        return nash_foc(self.links, gains, (one, one))

    def solve(self, start: Array) -> Solution[Terms]:
        """The residual is the largest first-order condition, money per consumer."""

        def prices_and_wholesale(margins: Array) -> tuple[Array, Array]:
            w = self.production_cost + margins @ self.links.offers_lost
            return solve_prices(self.retail, start, w, self.present).value, w

        first = np.full(len(self.links), self.retail.demand.money_per_util)
        search = root(lambda t: self.foc(*prices_and_wholesale(t)), first, tol=1e-13)
        agreed = self.conditions(*prices_and_wholesale(search.x))
        residual = float(np.abs(search.fun).max())
        status = Status.CONVERGED if residual <= self.tolerance else Status.STALLED
        terms = self.terms(agreed, self.disagreement_profits(agreed))
        return Solution(terms, status, residual, int(search.nfev))


MANUFACTURERS, CHANNELS = np.array([0, 1, 0, 1]), np.array([2, 2, 3, 3])
PRODUCTION_COST, RETAIL_COST = np.array([0.4, 0.3, 0.5, 0.35]), np.array([0.1, 0.12, 0.2, 0.15])


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(negotiated.GAMES, "proportional", Proportional)


def equilibrium(order: Array, timing: str = "proportional") -> PriceEquilibrium:
    """Two manufacturers at two channels, offers in some order."""
    rng = np.random.default_rng(4)
    demand = PricedDemand(
        utility=rng.normal(1.5, 0.6, (4, 3))[order],
        alpha=np.array([0.8, 1.0, 1.3]),
        weights=np.array([0.3, 0.5, 0.2]),
    )
    manufacturers, shops, cost = MANUFACTURERS[order], CHANNELS[order], PRODUCTION_COST[order]
    retail = Retail(demand, vertical_stakes(manufacturers, shops, cost, RETAIL_COST[order]), shops)
    weight = np.array([0.5, 0.4, 0.6, 0.45])[order]
    links = make_links(manufacturers, shops, weight, "pair")
    terms = NegotiatedTerms(links=links, production_cost=cost, timing=timing)
    return solve(retail, terms, start=cost + 1.5).value


@pytest.mark.parametrize("channel_weight", [0.35, 0.5, 0.8, 1.0])
def test_one_link_is_closed_form(channel_weight: float) -> None:
    """In logit the channel's margin is 1 / (alpha (1 - s)), hence with x = alpha (p - c - k),
    x = (1 + exp(v - alpha p)) / lambda, which Lambert's function solves."""
    v, alpha, cost, handling = 2.0, 0.7, 0.5, 0.2
    demand = PricedDemand(utility=np.array([[v]]), alpha=np.array([alpha]), weights=np.array([1.0]))
    manufacturer, shop = np.array([0]), np.array([1])
    making = np.array([cost])
    retail = Retail(demand, vertical_stakes(manufacturer, shop, making, np.array([handling])), shop)
    links = make_links(manufacturer, shop, channel_weight, "offer")
    terms = NegotiatedTerms(links=links, production_cost=making, timing="proportional")
    outcome = solve(retail, terms, start=making + 1.0).value

    inverse = 1 / channel_weight
    x = inverse + lambertw(inverse * np.exp(v - alpha * (cost + handling) - inverse)).real
    np.testing.assert_allclose(outcome.prices, cost + handling + x / alpha, rtol=1e-9)
    wholesale = cost + (1 - channel_weight) * x / alpha
    np.testing.assert_allclose(outcome.wholesale, wholesale, rtol=1e-9)


def test_gains_are_divided_in_proportion_and_prices_answer() -> None:
    outcome = equilibrium(np.arange(4))
    weight = np.array([0.5, 0.4, 0.6, 0.45])
    np.testing.assert_allclose(outcome.gains.channel, weight * outcome.gains.joint, rtol=1e-7)
    assert (outcome.gains.manufacturer > 0).all()
    assert outcome.certificate is not None
    assert outcome.certificate.is_equilibrium()
    # Off the path rivals' prices move, which they do not where prices are held.
    simultaneous = equilibrium(np.arange(4), "simultaneous")
    assert np.abs(outcome.wholesale - simultaneous.wholesale).max() > 1e-3


def test_the_order_of_offers_does_not_matter() -> None:
    order = np.array([2, 0, 3, 1])
    outcome, reordered = equilibrium(np.arange(4)), equilibrium(order)
    np.testing.assert_allclose(reordered.wholesale, outcome.wholesale[order], rtol=1e-8)
    np.testing.assert_allclose(reordered.prices, outcome.prices[order], rtol=1e-8)


def test_a_contract_that_the_game_cannot_solve_is_refused() -> None:
    links = make_links(MANUFACTURERS, CHANNELS, 0.5, "pair")
    with pytest.raises(InputError, match="LinearPrice"):
        NegotiatedTerms(
            links=links,
            production_cost=PRODUCTION_COST,
            timing="proportional",
            contract=TwoPartTariff(),
        )
