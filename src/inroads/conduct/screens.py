"""Screens for mergers and markets: what practitioners compute before, or without, an equilibrium.

Nothing is solved except the hypothetical monopolist's problem; everything is evaluated at observed
prices. Money is in the unit of prices, fractions are fractions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice import diversion_ratios
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bertrand import markups, owned
from inroads.conduct.demand_systems import DemandSystem
from inroads.conduct.horizontal import Demand
from inroads.conduct.retail_pricing import Conditions, Retail, solve_prices
from inroads.conduct.stakes import integrated_stakes
from inroads.errors import UnreachableError

_RISE_GRID = np.concatenate([[0.0], np.geomspace(1e-4, 100.0, 60)])


def hhi(shares: Array, owner: ArrayLike) -> float:
    """Herfindahl-Hirschman index, 0 to 10,000: 10,000 sum_f (S_f / S)^2.

    shares (J,) of offers, relative to their sum S. owner: firms (J,), or how much of k's profit
    the seller of j counts (J, J), which makes it the modified index of O'Brien and Salop (2000).
    """
    within = shares / shares.sum()
    return float(1e4 * (within @ owned(owner) @ within))


def second_choices(demand: Demand, prices: Array) -> Array:
    """Where buyers of j go when j is withdrawn at given prices (J, J + 1), the outside option last.

    Row j: (s_k without j - s_k) / s_j. Equals `diversion_ratios` for one type of logit consumer
    (Conlon and Mortimer 2021 on how the two differ otherwise).
    """
    J = len(prices)
    present = ~np.eye(J, dtype=bool)
    shares = demand.at_prices(prices).shares
    change = demand.at_prices(np.broadcast_to(prices, (J, J)), present).shares - shares
    change[np.arange(J), np.arange(J)] = 0.0
    D = change / shares[:, None]
    return np.concatenate([D, 1.0 - D.sum(axis=1, keepdims=True)], axis=1)


def gained(before: ArrayLike, after: ArrayLike) -> Array:
    """(J, J): how much more of k's profit the seller of j counts after a merger than before.

    before, after: owners (J,), or what sellers count of profits (J, J).
    """
    return np.asarray(np.maximum(owned(after) - owned(before), 0.0))


def upward_pricing_pressure(
    jacobian: Array,
    margins: Array,
    before: ArrayLike,
    after: ArrayLike,
    *,
    savings: Array | float = 0.0,
) -> Array:
    """UPP (J,), money: sum_k D_jk (p_k - c_k) - savings_j, over the merging partner's offers k.

    jacobian (J, J): ds_j/dp_k. margins (J,): p - c before the merger. before, after: owners (J,),
    or how much of k's profit the seller of j counts (J, J): what is gained of it weighs k (O'Brien
    and Salop 2000). savings (J,): by how much the merger lowers marginal cost, counted for offers
    that gain a partner only. Farrell and Shapiro (2010); with several offers a firm, D_jk are
    ratios to j's own lost sales.
    """
    partner = gained(before, after)
    pressure = (partner * diversion_ratios(jacobian)[:, :-1]) @ margins
    return np.asarray(pressure - np.where(partner.any(axis=1), savings, 0.0))


def gross_upward_pricing_pressure(
    jacobian: Array, prices: Array, margins: Array, before: ArrayLike, *, after: ArrayLike
) -> Array:
    """GUPPI (J,), a fraction of price: sum_k D_jk (p_k - c_k) / p_j (Salop and Moresi 2009)."""
    return upward_pricing_pressure(jacobian, margins, before, after) / prices


def compensating_cost_reductions(
    jacobian: Array, shares: Array, prices: Array, before: ArrayLike, *, after: ArrayLike
) -> Array:
    """CMCR (J,), fractions of marginal cost by which costs must fall for prices not to rise.

    (m' - m) / (p - m), with m and m' the Bertrand margins of owners before and after the merger at
    observed prices (Werden 1996). For single-product firms a and b: (m_a D_ab D_ba + D_ab m_b) /
    (1 - D_ab D_ba) / c_a.
    """
    m = markups(jacobian, shares, owned(before))
    merged = markups(jacobian, shares, owned(after))
    return np.asarray((merged - m) / (prices - m))


@dataclass(frozen=True)
class MonopolistTest:
    """What a hypothetical monopolist of some offers would do: rises (J,) as fractions of price
    (zero for other offers) and what its profit gains, as a fraction."""

    rises: Array
    gain: float

    def passes(self, threshold: float = 0.05) -> bool:
        """Whether the price of at least one offer would rise by `threshold` or more."""
        return bool(self.rises.max() >= threshold)


def hypothetical_monopolist(
    demand: Demand, prices: Array, costs: Array, candidate: Mask, *, uniform: bool = False
) -> MonopolistTest:
    """The profit-maximising rise (SSNIP test) of a sole seller of `candidate` offers (J,).

    prices, costs (J,): observed prices, marginal costs. Prices of other offers are held. uniform:
    whether all prices rise by the same fraction; the best of a grid up to a hundredfold, then
    exact. Merger Guidelines (2023), section 4.3.

    Raises UnreachableError where there is no best rise (nobody has anywhere else to go),
    ConvergenceError where prices cannot be found.
    """
    owner = np.where(candidate, 0, 1)
    retail = Retail(demand, integrated_stakes(owner, costs, 2), np.where(candidate, 0, -1))
    if uniform:
        p = prices * (1.0 + candidate * _uniform_rise(retail, prices, candidate))
    else:
        p = solve_prices(retail, prices).value
    base = float(retail.conditions(prices).profits[0])
    profit = float(retail.conditions(p).profits[0])
    return MonopolistTest(p / prices - 1.0, (profit - base) / abs(base))


def _uniform_rise(retail: Retail, prices: Array, candidate: Mask) -> float:
    from scipy.optimize import brentq

    trial = prices * (1.0 + _RISE_GRID[:, None] * candidate)
    best = int(retail.conditions(trial).profits[:, 0].argmax())
    if best == len(_RISE_GRID) - 1:
        raise UnreachableError(
            "expected a price at which a monopolist would stop; found profit still rising at a "
            "hundred times today's prices. Remedy: give the market an outside option."
        )

    def slope(rise: float) -> float:
        at: Conditions = retail.conditions(prices * (1.0 + rise * candidate))
        return float((at.profit_gradients()[0] * prices * candidate).sum())

    low, high = _RISE_GRID[max(best - 1, 0)], _RISE_GRID[best + 1]
    if slope(low) <= 0:
        return 0.0
    return float(brentq(slope, low, high, xtol=1e-14, rtol=1e-14))


def compensating_variation(
    demand: Demand,
    before: Array,
    after: Array,
    shelf_before: Mask | None = None,
    *,
    shelf_after: Mask | None = None,
) -> float:
    """What consumers must be paid for prices to go from `before` to `after` (J,), per consumer.

    Positive is harm: sum_i w_i (W_i before - W_i after) / a_i (Small and Rosen 1981); of a demand
    system, what it says itself. Shelves (J,): the offers there are, all unless given.
    """
    if isinstance(demand, DemandSystem) and shelf_before is None and shelf_after is None:
        return demand.compensating_variation(before, after)
    return float(
        demand.at_prices(before, shelf_before).surplus
        - demand.at_prices(after, shelf_after).surplus
    )


def producer_surplus(shares: Array, margins: Array, owner: Index) -> Array:
    """Profit of each owner (F,), money per consumer: sum_j s_j (p_j - c_j) over its offers."""
    return np.asarray(np.bincount(owner, shares * margins), dtype=float)
