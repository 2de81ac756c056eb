"""Bargaining before retail prices are set: channels answer every wholesale price, on and off path.

Link l chooses its w_j where lambda dGain_channel/Gain_channel + (1 - lambda)
dGain_manufacturer/Gain_manufacturer = 0 (linear prices) or where the sum of gains peaks (two-part
tariffs, the fee dividing it); profits change along dp/dw, which the implicit function theorem
gives. All worlds, agreed and without each link, are one stack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.bargaining.base import (
    BargainingGame,
    Contract,
    Gains,
    LinearPrice,
    MixedContract,
    Terms,
    fee_rates,
    gains_from_trade,
)
from inroads.conduct.bargaining.links import Links
from inroads.conduct.retail_pricing import Conditions, solve_prices
from inroads.errors import ConvergenceError
from inroads.numerics.linear import solve_or_nan
from inroads.solution import Solution, Status


@dataclass(frozen=True, kw_only=True)
class RetailSubgame:
    """The retail equilibrium at wholesale prices w (J,): all links, then without each.

    agreed: one world; without: L worlds. along_w, along_w_without: dPi_f/dw_j with retail prices
    answering, (F, J) and (L, F, J).
    """

    agreed: Conditions
    without: Conditions
    along_w: Array
    along_w_without: Array

    def gains(self, links: Links) -> Gains:
        """Of each link, profits without it being at the retail prices that answer its absence."""
        return gains_from_trade(links, self.agreed.profits, self.without.profits)


@dataclass(frozen=True, kw_only=True)
class Sequential(BargainingGame):
    """The system of wholesale prices of the offers that are bargained over (B of them)."""

    prices_answer: ClassVar[bool | None] = True

    tolerance: float = 1e-11
    max_iterations: int = 50

    @staticmethod
    def check(links: Links, contract: Contract) -> None:
        """Every contract and every weight has a solution to look for."""

    @property
    def bargained(self) -> Index:
        """Positions of offers with a link (B,)."""
        return np.flatnonzero(self.links.link_of_offer >= 0)

    def subgame(self, w: Array, start: Array, start_without: Array) -> RetailSubgame:
        """Retail prices in all worlds, from starts (J,) and (L, J)."""
        agreed = self.conditions(solve_prices(self.retail, start, w, self.present).value, w)
        without = self._without(w, start_without)
        return RetailSubgame(
            agreed=agreed,
            without=without,
            along_w=_profits_along_wholesale(agreed),
            along_w_without=_profits_along_wholesale(without),
        )

    def _without(self, w: Array, start: Array) -> Conditions:
        present = self.present & ~self.links.offers_lost
        retail = self.links.market_without(self.retail)
        return retail.conditions(solve_prices(retail, start, w, present).value, w, present)

    def disagreement_profits(self, conditions: Conditions) -> Array:
        """(L, F), retail prices answering; nan where they are not found."""
        start = np.broadcast_to(conditions.prices, self.links.offers_lost.shape)
        try:
            return self._without(conditions.wholesale, start).profits
        except ConvergenceError:
            return np.full((len(self.links), conditions.profits.shape[-1]), np.nan)

    def foc(self, prices: Array, wholesale: Array) -> Array:
        """What each bargained w_j still has to gain (B,), money per unit, zero at the peak.

        Retail prices answer, from `prices` on. Raises ConvergenceError where they are not found.
        """
        start = np.broadcast_to(prices, self.links.offers_lost.shape)
        return self._subgame_foc(self.subgame(wholesale, prices, start))

    def _subgame_foc(self, subgame: RetailSubgame) -> Array:
        shares = subgame.agreed.choices.shares
        return self._foc(subgame.along_w, subgame.gains(self.links), shares)

    def _foc(self, along_w: Array, gains: Gains, shares: Array) -> Array:
        k, j = self.links, self.bargained
        link = k.link_of_offer[j]
        lam = k.channel_weight[link]
        manufacturer, channel = gains.manufacturer[..., link], gains.channel[..., link]
        of_manufacturer = along_w[..., k.manufacturer[link], j] / shares[..., j]
        of_channel = along_w[..., k.channel[link], j] / shares[..., j]
        # A fee passes at these rates, so that this is what the best fee makes largest.
        a, b = (rate[link] for rate in fee_rates(k, self.retail.stakes))
        joint, mix = b * of_manufacturer + a * of_channel, self.contract.two_part_weight
        if mix == 1.0:
            return np.asarray(joint * self.retail.demand.money_per_util)
        volume = shares @ k.offers_lost.T
        linear = lam * manufacturer * of_channel + (1 - lam) * channel * of_manufacturer
        if mix > 0:
            # The mix of objectives, over the Nash product and times both gains.
            with np.errstate(invalid="ignore"):
                even = lam**lam * (1 - lam) ** (1 - lam)
                even = even * channel ** (1 - lam) * manufacturer**lam
            linear = (1 - mix) * linear + mix * even * joint
        return np.asarray(linear / volume[..., link])

    def foc_jacobian(self, w: Array, subgame: RetailSubgame) -> Array:
        """d foc / dw (B, B), for the search only: gains change exactly, slopes by differences.

        What w_m does to dPi/dw_j is the difference of two exact derivatives, in the world where all
        agree; disagreement profits change along their own retail equilibria.
        """
        j, k = self.bargained, self.links
        h = 1e-6 * np.maximum(np.abs(w[j]), self.retail.demand.money_per_util)
        stepped = np.tile(w, (len(j), 1))
        stepped[np.arange(len(j)), j] += h
        start = subgame.agreed.prices + (subgame.agreed.pass_through()[:, j] * h).T
        ahead = self.conditions(
            solve_prices(self.retail, start, stepped, self.present).value, stepped
        )
        row = np.arange(len(k))
        rate = Gains(
            subgame.along_w[k.manufacturer] - subgame.along_w_without[row, k.manufacturer],
            subgame.along_w[k.channel] - subgame.along_w_without[row, k.channel],
        )
        gains = subgame.gains(k)
        gains_ahead = Gains(
            gains.manufacturer + rate.manufacturer[:, j].T * h[:, None],
            gains.channel + rate.channel[:, j].T * h[:, None],
        )
        along_w = _profits_along_wholesale(ahead)
        foc_ahead = self._foc(along_w, gains_ahead, ahead.choices.shares)
        return np.asarray(((foc_ahead - self._subgame_foc(subgame)) / h[:, None]).T)

    def solve(self, start: Array) -> Solution[Terms]:
        """The terms; residual: first-order conditions relative to prices and money per util.

        Where retail prices are not found at the first wholesale prices, status and residual are
        theirs.
        """
        if len(self.links) == 0:
            return self.at_cost(start)
        j, unit = self.bargained, self.retail.demand.money_per_util
        w = self.production_cost.copy()
        if isinstance(self.contract, MixedContract):
            # Mixed objectives are defined only where both sides gain.
            w = replace(self, contract=LinearPrice()).solve(start).value.wholesale
        try:
            subgame = self.subgame(w, start, np.broadcast_to(start, self.links.offers_lost.shape))
        except ConvergenceError as error:
            at = self.conditions(start, w)
            unknown = np.full((len(self.links), at.profits.shape[-1]), np.nan)
            return Solution(
                self.terms(at, unknown), error.solution.status, error.solution.residual, 0
            )
        foc = self._subgame_foc(subgame)

        def size(values: Array) -> float:
            return float((np.abs(values) / np.maximum(np.abs(w[j]), unit)).max(initial=0.0))

        residual = size(foc)
        for iteration in range(self.max_iterations + 1):
            converged = residual <= self.tolerance
            if converged or not np.isfinite(residual) or iteration == self.max_iterations:
                break
            try:
                step = solve_or_nan(self.foc_jacobian(w, subgame), foc)
            except ConvergenceError:
                break
            # Wholesale prices move by no more than a few units of money at once.
            step *= min(1.0, 3 * unit / max(float(np.abs(step).max()), 1e-300))
            for _ in range(12):
                trial = w.copy()
                trial[j] += step
                ahead = self._subgame_near(trial, w, subgame)
                if ahead is not None and size(self._subgame_foc(ahead)) < residual:
                    break
                step = step / 2
                ahead = None
            if ahead is None:
                break
            w, subgame, foc = trial, ahead, self._subgame_foc(ahead)
            residual = size(foc)
        status = Status.CONVERGED if residual <= self.tolerance else Status.STALLED
        terms = self.terms(subgame.agreed, subgame.without.profits)
        return Solution(terms, status, residual, iteration)

    def _subgame_near(self, trial: Array, w: Array, subgame: RetailSubgame) -> RetailSubgame | None:
        """The subgame at other w, prices starting along the pass-through; None where not found."""
        change = trial - w
        start = subgame.agreed.prices + subgame.agreed.pass_through() @ change
        without = subgame.without.prices + subgame.without.pass_through() @ change
        try:
            return self.subgame(trial, start, without)
        except ConvergenceError:
            return None


def _profits_along_wholesale(conditions: Conditions) -> Array:
    """dPi_f/dw_j (..., F, J) with retail prices answering."""
    direct = conditions.retail.stakes.wholesale_share * conditions.choices.shares[..., None, :]
    return np.asarray(direct + conditions.profit_gradients() @ conditions.pass_through())
