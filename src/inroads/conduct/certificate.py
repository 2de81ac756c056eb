"""Proof that a point is an equilibrium: residual, peaks, no offer that pays to move, and held
prices where they are held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit
from inroads.choice.base import Array, Index
from inroads.conduct.consideration_demand import ConsiderationAtPrices, group_sums
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.conduct.retail_pricing import Conditions

# Far enough to reach the consumers whom a seller has given up on, or to give up on some.
_STEPS = np.array(
    [
        *(-0.95, -0.85, -0.75, -0.65, -0.5, -0.3, -0.1, -0.005),
        *(0.005, 0.1, 0.3, 0.6, 1.0, 1.8, 3.0, 6.0),
    ]
)
# Probabilities (worlds x offers x agents) held at once while looking for deviations.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Deviation:
    """The best one-sided move found: what `firm` gains, relative to its profit, by asking `price`
    for `offer` (-1: by moving all of its prices together, `price` being the factor)."""

    gain: float
    firm: int
    offer: int
    price: float


@dataclass(frozen=True)
class Certificate:
    """residual: as of the solve. curvature: the largest eigenvalue of any firm's Hessian in its own
    prices, relative to own-price slopes: negative at a peak. deviation: the best found. moved: by
    how much a held price is not what it is held at, at most, relative to the larger of the price
    and the money that a unit of utility is worth."""

    residual: float
    curvature: float
    deviation: Deviation
    moved: float = 0.0

    def is_equilibrium(self, tolerance: float = 1e-9) -> bool:
        """Whether every firm is at a peak, none gains more than `tolerance` by moving, and no held
        price has moved by more."""
        at_peak = self.curvature < 0 and self.deviation.gain <= tolerance
        return at_peak and self.moved <= tolerance


def certify(at: Conditions, residual: float) -> Certificate:
    """The certificate of retail prices (J,), in one world, wholesale prices held."""
    return Certificate(residual, curvature(at), best_deviation(at), held_prices_moved(at))


def held_prices_moved(at: Conditions) -> float:
    """See `Certificate.moved`; zero where nothing says at what prices are held."""
    held = at.retail.with_held_prices(at.prices)
    gap = np.abs(at.prices - held) / np.maximum(np.abs(held), at.retail.demand.money_per_util)
    return float(gap.max(initial=0.0))


def curvature(at: Conditions) -> float:
    """See `Certificate`."""
    H, worst = at.foc_jacobian(), -np.inf
    slope = np.sqrt(at.choices.own_slope)
    for _, rows in at.retail.price_setters:
        rows = rows[at.is_set[rows]]
        if len(rows):
            own = H[np.ix_(rows, rows)] / slope[rows, None] / slope[rows]
            worst = max(worst, float(np.linalg.eigvalsh((own + own.T) / 2)[-1]))
    return worst


def best_deviation(at: Conditions) -> Deviation:
    """The most that a firm gains by moving one of its prices, or all together, on a grid.

    Prices move from -95 percent to sevenfold, in steps from half a percent on, of the larger of the
    price and the money that a unit of utility is worth.
    """
    size = np.maximum(np.abs(at.prices), at.retail.demand.money_per_util)
    base, best = at.profits, Deviation(-np.inf, -1, -1, np.nan)
    profit = _profit_function(at)
    for f, rows in at.retail.price_setters:
        rows = rows[at.is_set[rows]]
        alone = [rows[[k]] for k in range(len(rows))]
        for moving in [*alone, rows] if len(rows) > 1 else alone:
            prices = at.prices[moving] + _STEPS[:, None] * size[moving]
            gain = (profit(at, f, moving, prices) - base[f]) / max(abs(float(base[f])), 1e-300)
            n = int(gain.argmax())
            if gain[n] > best.gain:
                one = len(moving) == 1
                price = prices[n, 0] if one else 1.0 + _STEPS[n]
                best = Deviation(float(gain[n]), f, int(moving[0]) if one else -1, float(price))
    return best


def _profit_function(at: Conditions) -> Callable[[Conditions, int, Index, Array], Array]:
    if isinstance(at.choices, ConsiderationAtPrices):
        return _profit_by_type
    return _profit_in_logit if isinstance(at.choices.demand.model, Logit) else _profit_in_any_model


def _profit_in_any_model(at: Conditions, f: int, moving: Index, prices: Array) -> Array:
    """Profit of f (n,) where the offers `moving` (R,) are sold at other prices (n, R)."""
    assert isinstance(at.choices, DemandAtPrices)
    shelf = at.is_set | (at.choices.P.max(axis=-1) > 0)
    trial = np.tile(at.prices, (len(prices), 1))
    trial[:, moving] = prices
    chunk = max(1, _AT_ONCE // at.choices.P.size)
    profits = [
        at.retail.conditions(prices, at.wholesale, shelf).profits[:, f]
        for prices in np.split(trial, range(chunk, len(trial), chunk))
    ]
    return np.concatenate(profits)


def _profit_in_logit(at: Conditions, f: int, moving: Index, prices: Array) -> Array:
    """The same for mixed logit: with e = exp(-a dp), all probabilities are over
    1 + sum_k P_k (e_k - 1), k the offers that move."""
    assert isinstance(at.choices, DemandAtPrices)
    P, demand, stakes = at.choices.P, at.choices.demand, at.retail.stakes
    P_moving = P[moving]
    change = (prices - at.prices[moving])[..., None]
    alpha = demand.alpha[moving] if demand.alpha_by_offer else demand.alpha
    e = np.exp(np.minimum(-alpha * change, 700.0))
    m = at.margins[f]
    total, before = m @ P, m[moving, None]
    if f in stakes.agent_stakes:
        total = total + np.einsum("ji,ji->i", stakes.agent_stakes[f], P)
        before = before + stakes.agent_stakes[f][moving]
    after = before + stakes.retail_price_share[f, moving][:, None] * change
    over = 1.0 + np.einsum("ri,nri->ni", P_moving, e - 1.0)
    earned = total + np.einsum("ri,nri->ni", P_moving, e * after - before)
    return np.asarray((demand.weights * earned / over).sum(axis=-1))


def _profit_by_type(at: Conditions, f: int, moving: Index, prices: Array) -> Array:
    """The same by cells and types: x_k becomes x_k e_k, in the sums over offers and in what they
    bring."""
    choices, stakes = at.choices, at.retail.stakes
    assert isinstance(choices, ConsiderationAtPrices)
    demand, x = choices.demand, choices.x[moving]
    change = (prices - at.prices[moving])[..., None]
    alpha = demand.alpha[moving] if demand.alpha_by_offer else demand.alpha
    e = np.exp(np.minimum(-alpha * change, 700.0))
    stake = at.margins[f][:, None] + stakes.agent_stakes.get(f, 0.0)
    stake = np.broadcast_to(stake, choices.x.shape)
    after = stake[moving] + stakes.retail_price_share[f, moving][:, None] * change
    earned = np.matmul(group_sums(demand, stake * choices.x).T, demand.odds)
    more: list[tuple[Array, Array]] = []
    total = choices.D
    for g in np.unique(demand.group[moving]):
        own = demand.group[moving] == g
        brings = (x[own] * (e[:, own] * after[:, own] - stake[moving][own])).sum(axis=1)
        more.append((brings, demand.odds[g]))
        total = total + (x[own] * (e[:, own] - 1.0)).sum(axis=1)[..., None] * demand.odds[g]
    per_sum = demand.weights / total
    profit = np.einsum("nct,ct->n", per_sum, earned)
    for brings, odds in more:
        profit += ((per_sum @ odds) * brings).sum(axis=-1)
    return np.asarray(profit)
