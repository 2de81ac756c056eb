"""What a move is where firms set outputs, bid in second-score auctions, or bargain with buyers.

- Outputs: all others' are held, prices clear (found anew at every output that is tried).
- Bids: a firm that bids x more than it costs, and is paid what makes the next firm's offer as good,
  earns W(c + x) - W without it + x S(c + x). Its expected margin is also the area under the
  probability that it wins, as its bid rises, which is how the price is checked.
- Bargains: the Nash product along one price, all others held.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.certificate.gap import Gap, largest_gap
from inroads.conduct.certificate.moves import Lines, MoveProof, best_move
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    Conduct,
    Demand,
    QuantitySetting,
    SecondScore,
)
from inroads.conduct.horizontal.base import groups
from inroads.errors import refuse

#: how far areas reach, in units of money that buyers notice
_FAR = 80.0


@np.errstate(all="ignore")
def certify_conduct(
    conduct: Conduct,
    demand: Demand,
    *,
    owns: Array,
    costs: Array,
    prices: Array,
    sellers: list[Any],
    products: list[Any],
) -> MoveProof:
    """The proof of prices (J,) at costs (J,), of sellers that count owns (J, J) of profits.

    sellers, products (J,): names. Raises InputError for a conduct that it does not know.
    """
    names = {"firm": sellers, "offer": products}
    unit = demand.money_per_util
    at = costs if conduct.by_costs else prices
    gap = prices - costs - conduct.margins(demand, at, owns)
    if isinstance(conduct, QuantitySetting):
        lines, kind = _outputs(demand, owns, costs, prices, **names), ("output", "profit")
    elif isinstance(conduct, BargainingWithBuyers):
        weight = np.broadcast_to(conduct.buyer_weight, prices.shape)
        lines = _bargains(demand, owns, costs, prices, weight=weight, **names)
        kind = ("price", "Nash product")
    elif isinstance(conduct, SecondScore):
        won = areas(demand, groups(owns, "auctions"), costs)
        if isinstance(conduct, BargainingInAuction):
            weight = np.broadcast_to(conduct.buyer_weight, prices.shape)
            lines = _splits(won, costs, prices, weight, **names)
            gap, kind = prices - costs - (1.0 - weight) * won, ("price", "Nash product")
        else:
            lines = _bids(demand, groups(owns, "auctions"), costs, **names)
            gap, kind = prices - costs - won, ("bid", "profit")
    else:
        raise refuse(
            expected="outputs, bids or bargains, for this proof",
            found=type(conduct).__name__,
            where="conduct",
            remedy="posted prices are proved by certify.",
        )
    worst = largest_gap(gap, prices, unit)
    named = Gap(worst.relative, worst.money, products[worst.offer])
    return MoveProof(move=kind[0], aim=kind[1], residual=named, deviation=best_move(lines))


def _outputs(
    demand: Demand, owns: Array, costs: Array, prices: Array, *, firm: list[Any], offer: list[Any]
) -> Lines:
    q0, J = demand.at_prices(prices).shares, len(prices)
    alone, which = np.eye(J), np.arange(J)
    # All of a seller's by one factor, where it counts the whole of several.
    whole = (np.abs(owns - 1.0) < 1e-12).astype(float)
    several = np.unique(whole[whole.sum(axis=1) > 1], axis=0)
    moved = np.vstack([alone, several])
    mover = np.append(which, [int(row.argmax()) for row in several]).astype(np.intp)

    def value(k: Index, steps: Array) -> Array:
        q = q0 * (1.0 + steps[..., None] * moved[k])
        p = clearing_prices(demand, q.reshape(-1, J), prices).reshape(q.shape)
        earned = (owns[mover[k]] * (p - costs) * q).sum(axis=-1)
        return np.where((q > 0).all(axis=-1) & np.isfinite(earned), earned, -np.inf)

    n = len(several)
    return Lines(
        value=value,
        at=np.append(q0, np.ones(n)),
        size=np.append(q0, np.ones(n)),
        firm=[firm[j] for j in mover],
        offer=[*offer, *[-1] * n],
    )


def clearing_prices(demand: Demand, quantities: Array, start: Array) -> Array:
    """Prices (N, J) at which quantities (N, J) are bought; nan where none are found.

    Newton's method on logs of quantities, which bend less than these.
    """
    p, unit = np.broadcast_to(start, quantities.shape).copy(), demand.money_per_util
    moving = np.arange(len(p))
    for _ in range(80):
        at = demand.at_prices(p[moving])
        gap = np.log(quantities[moving]) - np.log(at.shares)
        D = at.jacobian / at.shares[..., None]
        solvable = np.isfinite(D).all(axis=(-2, -1)) & np.isfinite(gap).all(axis=-1)
        solvable[solvable] = np.linalg.slogdet(D[solvable])[0] != 0
        p[moving[~solvable]] = np.nan
        going = solvable & (np.abs(gap).max(axis=-1) > 1e-12)
        moving = moving[going]
        if not len(moving):
            break
        step = np.linalg.solve(D[going], gap[going][..., None])[..., 0]
        # Far away demand is too flat, or too steep, for a whole step.
        longest = np.abs(step / np.maximum(np.abs(p[moving]), unit)).max(axis=-1, keepdims=True)
        p[moving] += step * np.minimum(1.0, 0.5 / np.maximum(longest, 1e-300))
    missed = np.abs(demand.at_prices(p).shares / quantities - 1.0).max(axis=-1)
    p[~(missed <= 1e-11)] = np.nan
    return p


def _bargains(
    demand: Demand,
    owns: Array,
    costs: Array,
    prices: Array,
    *,
    weight: Array,
    firm: list[Any],
    offer: list[Any],
) -> Lines:
    J = len(prices)
    without = demand.at_prices(np.broadcast_to(prices, (J, J)), ~np.eye(J, dtype=bool))
    # Without offer j all other prices are as they were.
    earned_without = (owns * (prices - costs) * without.shares).sum(axis=-1)
    size = np.maximum(np.abs(prices), demand.money_per_util)

    def value(k: Index, steps: Array) -> Array:
        p = prices + steps[..., None] * size * np.eye(J)[k]
        at = demand.at_prices(p)
        seller = (owns[k] * (p - costs) * at.shares).sum(axis=-1) - earned_without[k]
        buyers = at.surplus - without.surplus[k]
        product = buyers ** weight[k] * seller ** (1.0 - weight[k])
        return np.where((buyers > 0) & (seller > 0), product, -np.inf)

    return Lines(value=value, at=prices, size=size, firm=firm, offer=offer)


def _bids(demand: Demand, has: Array, costs: Array, *, firm: list[Any], offer: list[Any]) -> Lines:
    J = len(costs)
    size = np.maximum(np.abs(costs), demand.money_per_util)
    without = demand.at_prices(np.broadcast_to(costs, has.shape), has == 0).surplus
    seller = has.argmax(axis=0)

    def value(k: Index, steps: Array) -> Array:
        x = steps * size[k]
        at = demand.at_prices(costs + x[..., None] * np.eye(J)[k])
        won = np.take_along_axis(at.shares, np.broadcast_to(k, steps.shape)[..., None], -1)[..., 0]
        return np.asarray(at.surplus - without[seller[k]] + x * won)

    return Lines(value=value, at=costs, size=size, firm=firm, offer=offer)


def _splits(
    won: Array, costs: Array, prices: Array, weight: Array, *, firm: list[Any], offer: list[Any]
) -> Lines:
    def value(k: Index, steps: Array) -> Array:
        seller = prices[k] * (1.0 + steps) - costs[k]
        buyers = won[k] - seller
        # A buyer without weight keeps nothing, and no price above that is paid.
        can_be = (buyers > -1e-12 * prices[k]) & (seller > 0)
        product = np.maximum(buyers, 0.0) ** weight[k] * seller ** (1.0 - weight[k])
        return np.where(can_be, product, -np.inf)

    return Lines(value=value, at=prices, size=prices, firm=firm, offer=offer)


def areas(demand: Demand, has: Array, costs: Array) -> Array:
    """Expected margins (J,) of firms with offers `has` (F, J): the area under the probability that
    they win as their bids rise, over that probability."""
    from scipy.integrate import quad

    far = _FAR * demand.money_per_util

    def wins(x: float, row: Array) -> float:
        return float(demand.at_prices(costs + x * row).shares @ row)

    unit = demand.money_per_util
    margin = [
        sum(
            quad(wins, low * unit, high * unit, args=(row,), epsabs=0.0, epsrel=1e-12, limit=200)[0]
            for low, high in ((0.0, 2.0), (2.0, 8.0), (8.0, far / unit))
        )
        / wins(0.0, row)
        for row in has
    ]
    return np.asarray(np.array(margin) @ has)
