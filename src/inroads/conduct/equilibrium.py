"""One call from a market's arrays to its equilibrium: terms, prices, profits, and their proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.conduct.bargaining import Gains, NegotiatedTerms, Terms
from inroads.conduct.bargaining.base import fee_rates, gains_from_trade
from inroads.conduct.certificate import Certificate, certify
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.errors import ConvergenceError
from inroads.numerics.blas_threads import one_blas_thread
from inroads.solution import Solution, Status


@dataclass(frozen=True, kw_only=True)
class PriceEquilibrium:
    """Prices at which no firm gains by moving: conditions at retail and wholesale prices (J,),
    fixed fees (L,) that channels pay manufacturers, each firm's profit (F,) after fees, gains of
    each link, and the certificate.

    Money is per consumer in the market. disagreement_profits (L, F): should a link break down,
    before fees. shadow_prices (Q,): money a unit, of quotas, where there are any.
    """

    conditions: Conditions
    fixed_fees: Array
    profits: Array
    gains: Gains
    disagreement_profits: Array
    certificate: Certificate | None = None
    shadow_prices: Array | None = None

    @property
    def prices(self) -> Array:
        """Retail prices (J,)."""
        return self.conditions.prices

    @property
    def wholesale(self) -> Array:
        """Wholesale prices (J,)."""
        return self.conditions.wholesale

    @property
    def shares(self) -> Array:
        """s (J,)."""
        return self.conditions.choices.shares

    @property
    def surplus(self) -> float:
        """Consumer surplus per consumer."""
        return float(self.conditions.choices.surplus)


def solve(
    retail: Retail,
    negotiated: NegotiatedTerms | None = None,
    *,
    start: Array,
    wholesale: Array | None = None,
    present: Mask | None = None,
    certificate: bool = True,
    throw: bool = True,
) -> Solution[PriceEquilibrium]:
    """The equilibrium of retail prices and, where they are negotiated, of wholesale terms.

    start (J,): retail prices to begin from; held ones are as `Retail` has them. wholesale (J,):
    terms held as they are where nobody bargains. present (J,): offers on the shelf; all unless
    given.

    Raises ConvergenceError where the solve or its certificate fails, naming the offer and the
    deviation that pays; with throw=False the Solution says so instead.
    """
    with one_blas_thread():
        shelf = np.ones(len(start), dtype=bool) if present is None else present
        start = retail.with_held_prices(start)
        game = None if negotiated is None else negotiated.game(retail, shelf)
        if game is None:
            given = np.zeros(len(start)) if wholesale is None else wholesale
            terms = _given_terms(retail, start, given, shelf)
        else:
            terms = game.solve(start)
        if throw:
            terms.unwrap()
        at = retail.conditions(terms.value.prices, terms.value.wholesale, shelf)
        value = describe_equilibrium(at, negotiated, terms.value)
        status = terms.status
        if certificate:
            value = replace(value, certificate=certify(at, game, terms.value))
            assert value.certificate is not None
            if terms.converged and not value.certificate.is_equilibrium():
                status = Status.STALLED
        if terms.converged and np.isnan(value.disagreement_profits).any():
            status = Status.STALLED
        # What the proof was made of is let go: markets keep many equilibria.
        choices: Any = at.choices
        value = replace(value, conditions=replace(at, choices=replace(choices)))
        solution = Solution(value, status, terms.residual, terms.iterations)
        if throw and not solution.converged:
            raise ConvergenceError(explain_failure(value), solution)
        return solution


def _given_terms(retail: Retail, start: Array, wholesale: Array, shelf: Mask) -> Solution[Terms]:
    priced = solve_prices(retail, start, wholesale, shelf, throw=False)
    terms = Terms(
        prices=priced.value,
        wholesale=wholesale,
        fixed_fees=np.zeros(0),
        disagreement_profits=np.zeros((0, retail.stakes.cost.shape[-2])),
    )
    return Solution(terms, priced.status, priced.residual, priced.iterations)


def describe_equilibrium(
    at: Conditions, negotiated: NegotiatedTerms | None, terms: Terms
) -> PriceEquilibrium:
    """Profits and gains, after fees, at the terms of a game."""
    none = np.zeros(0)
    if negotiated is None or len(negotiated.links) == 0:
        return PriceEquilibrium(
            conditions=at,
            fixed_fees=none,
            profits=at.profits,
            gains=Gains(none, none),
            disagreement_profits=np.zeros((0, len(at.profits))),
        )
    k, fees = negotiated.links, terms.fixed_fees
    before = gains_from_trade(k, at.profits, terms.disagreement_profits)
    a, b = fee_rates(k, at.retail.stakes)
    counted = at.retail.stakes.fee_weights
    return PriceEquilibrium(
        conditions=at,
        fixed_fees=fees,
        profits=at.profits + (counted[:, k.manufacturer] - counted[:, k.channel]) @ fees,
        gains=Gains(before.manufacturer + a * fees, before.channel - b * fees),
        disagreement_profits=terms.disagreement_profits,
    )


def explain_failure(value: PriceEquilibrium, certificate: Certificate | None = None) -> str:
    """Why a point is no equilibrium: who gains by which move; by number unless its certificate is
    given with names."""
    unknown = np.flatnonzero(np.isnan(value.disagreement_profits).any(axis=1))
    if len(unknown):
        return (
            "expected retail prices in equilibrium without each link, for disagreement profits; "
            f"found none without link {unknown[0]}. Remedy: start elsewhere."
        )
    proof = certificate or value.certificate
    assert proof is not None
    demand = value.conditions.retail.demand
    remedy = "start elsewhere."
    if isinstance(demand, PricedDemand) and ((demand.alpha < 0) & (demand.weights > 0)).any():
        remedy = (
            "agents who like to pay make some price high enough pay; solve(certificate=False) is "
            "the equilibrium nearby."
        )
    return f"{proof.refutation}. Remedy: {remedy}"
