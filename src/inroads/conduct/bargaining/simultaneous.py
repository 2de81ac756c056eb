"""Retail prices held while firms bargain (Draganska, Klapper and Villas-Boas 2010; Sheu and
Taragin 2021).

A linear wholesale price passes money one for one, so the first-order condition of a link is
lambda gain_manufacturer = (1 - lambda) gain_channel, linear in wholesale margins at given retail
prices. A two-part tariff sells at cost, and the fee divides the gains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.bargaining.base import (
    BargainingGame,
    Contract,
    LinearPrice,
    MixedContract,
    Terms,
    gains_from_trade,
    nash_foc,
)
from inroads.conduct.bargaining.disagreement import Disagreement, without_each_link
from inroads.conduct.bargaining.links import Links
from inroads.conduct.retail_pricing import Conditions
from inroads.errors import refuse
from inroads.numerics.linear import solve_or_nan
from inroads.solution import Solution, Status


def wholesale_pass_rates(links: Links, at: Conditions) -> tuple[Array, Array]:
    """What a unit on the wholesale margin brings the manufacturer and costs the channel (L,), by
    unit sold: where a tariff is on some offers of a link, their mean by units."""
    sold = links.offers_lost * np.maximum(at.choices.shares, np.finfo(float).tiny)
    share = at.retail.stakes.wholesale_share
    mean = sold / sold.sum(axis=1, keepdims=True)
    received, paid = share[links.manufacturer] * mean, -share[links.channel] * mean
    return received.sum(axis=1), paid.sum(axis=1)


@dataclass(frozen=True, kw_only=True)
class Simultaneous(BargainingGame):
    """The system of retail prices p (J,) and wholesale margins t (L,), one margin a link.

    Wholesale prices are production_cost + t on the offers of a link.
    """

    prices_answer: ClassVar[bool | None] = False

    tolerance: float = 1e-12
    max_iterations: int = 200

    @staticmethod
    def check(links: Links, contract: Contract) -> None:
        """Refuse mixed contracts, and channels without any weight under linear prices."""
        if isinstance(contract, MixedContract):
            raise refuse(
                expected="LinearPrice() or TwoPartTariff() under simultaneous timing",
                found=repr(contract),
                where="contract",
                remedy="choose one, or timing='sequential'.",
            )
        if isinstance(contract, LinearPrice) and (links.channel_weight == 0).any():
            raise refuse(
                expected="bargaining weights of channels above 0 under simultaneous timing",
                found="0: a channel would be left no margin, whatever its price",
                where="channel_weight",
                remedy="give a small weight, or timing='sequential', or two-part tariffs.",
            )

    def wholesale_at(self, margins: Array) -> Array:
        """w (J,) at wholesale margins t (L,)."""
        return self.production_cost + margins @ self.links.offers_lost

    def disagreement_profits(self, conditions: Conditions) -> Array:
        """(L, F), retail prices held."""
        return without_each_link(conditions, self.links, self.present).profits

    def foc(self, prices: Array, wholesale: Array) -> Array:
        """lambda b gain_manufacturer - (1 - lambda) a gain_channel (L,)."""
        agreed = self.conditions(prices, wholesale)
        return self._foc(agreed, without_each_link(agreed, self.links, self.present))

    def _foc(self, agreed: Conditions, broken: Disagreement) -> Array:
        gains = gains_from_trade(self.links, agreed.profits, broken.profits)
        return nash_foc(self.links, gains, wholesale_pass_rates(self.links, agreed))

    def foc_in_margins(self, agreed: Conditions, broken: Disagreement) -> Array:
        """d foc / dt (L, L)."""
        k, share = self.links, self.retail.stakes.wholesale_share
        lost = agreed.choices.shares - broken.shares
        a, b = wholesale_pass_rates(k, agreed)
        on_manufacturer = (k.channel_weight * b)[:, None]
        on_channel = ((1 - k.channel_weight) * a)[:, None]
        received = on_manufacturer * share[k.manufacturer] - on_channel * share[k.channel]
        return np.asarray((received * lost) @ k.offers_lost.T)

    def foc_in_prices(self, agreed: Conditions, broken: Disagreement) -> Array:
        """d foc / dp (L, J)."""
        k = self.links
        a, b = wholesale_pass_rates(k, agreed)
        manufacturer, channel = (
            agreed.profit_gradients(firm) - broken.profit_gradients(firm)
            for firm in (k.manufacturer, k.channel)
        )
        lam, share = k.channel_weight, agreed.retail.stakes.wholesale_share
        gains = gains_from_trade(k, agreed.profits, broken.profits)
        # Prices change which offers of a link are sold, and so its mean rates.
        of_b = (lam * gains.manufacturer)[:, None] * (-share[k.channel] - b[:, None])
        of_a = ((1 - lam) * gains.channel)[:, None] * (share[k.manufacturer] - a[:, None])
        volume = np.maximum(k.offers_lost @ agreed.choices.shares, np.finfo(float).tiny)
        per_unit = k.offers_lost / volume[:, None]
        rates = ((of_b - of_a) * per_unit) @ agreed.choices.jacobian
        at_rates = (lam * b)[:, None] * manufacturer - ((1 - lam) * a)[:, None] * channel
        return np.asarray(at_rates + rates)

    def margins(self, prices: Array) -> Array:
        """t (L,) that solves the bargains at given retail prices: one linear solve."""
        agreed, broken, _ = self._evaluate(prices, np.zeros(len(self.links)))
        return solve_or_nan(self.foc_in_margins(agreed, broken), self._foc(agreed, broken))

    def solve(self, start: Array) -> Solution[Terms]:
        """The terms; the residual is that of retail prices, and of wholesale margins alike."""
        if len(self.links) == 0 or not isinstance(self.contract, LinearPrice):
            return self.at_cost(start)
        k, J = self.links, len(start)
        unit = self.retail.demand.money_per_util
        p, t = start.copy(), self.margins(start)
        agreed, broken, gap = self._evaluate(p, t)
        for iteration in range(self.max_iterations + 1):
            size = np.concatenate([np.abs(p), np.abs(self.wholesale_at(t)) @ k.offers_lost.T])
            residual = float((np.abs(gap) / np.maximum(size, unit)).max(initial=0.0))
            converged = residual <= self.tolerance
            if converged or not np.isfinite(residual) or iteration == self.max_iterations:
                break
            system = np.block(
                [
                    [agreed.foc_jacobian(), agreed.foc_in_wholesale() @ k.offers_lost.T],
                    [self.foc_in_prices(agreed, broken), self.foc_in_margins(agreed, broken)],
                ]
            )
            step = solve_or_nan(system, np.concatenate([agreed.foc(), self._foc(agreed, broken)]))
            ahead = self._evaluate(p + step[:J], t + step[J:])
            if np.abs(ahead[2]).max() < np.abs(gap).max():
                p, t = p + step[:J], t + step[J:]
            else:
                # Each side's own answer: markups by their fixed point, then the linear solve.
                p = p + agreed.foc_in_money()
                t = self.margins(p)
                ahead = self._evaluate(p, t)
            agreed, broken, gap = ahead
        status = Status.CONVERGED if residual <= self.tolerance else Status.MAX_ITERATIONS
        return Solution(self.terms(agreed, broken.profits), status, residual, iteration)

    def _evaluate(self, p: Array, t: Array) -> tuple[Conditions, Disagreement, Array]:
        """With all links, without each, and by how much money each condition is off (J + L,)."""
        agreed = self.conditions(p, self.wholesale_at(t))
        broken = without_each_link(agreed, self.links, self.present)
        sold, off = self.links.offers_lost @ agreed.choices.shares, self._foc(agreed, broken)
        off = np.divide(off, sold, out=np.full_like(off, np.inf), where=sold > 0)
        return agreed, broken, np.concatenate([agreed.foc_in_money(), off])
