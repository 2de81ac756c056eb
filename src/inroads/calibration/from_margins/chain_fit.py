"""Bargaining weights of a chain, alpha, and a nesting parameter, that come nearest to its margins.

At given shares, prices and rho margins are x(lambda) / alpha, so that alpha is concentrated out and
least squares in fractions of price searches for weights, and for rho where it is not given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.chain_margins import ChainMargins, Power, groups_of
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.logit import best_alpha, check_alternatives, inside_shares
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining.links import DisagreementOver
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class ChainFit:
    """What margins of both levels tell of a chain.

    manufacturers, channels (J,): firms, numbered together. weights (J,): of channels, 1 where a
    firm sells what it makes. alpha, rho (J,). production_cost, retail_cost (J,). target, fitted
    (2J,): margins of channels over retail prices, then of manufacturers over wholesale ones.
    buyers: with the observed shares at retail prices, or at wholesale prices where channels bid.
    """

    manufacturers: Index
    channels: Index
    weights: Array
    alpha: float
    rho: Array
    production_cost: Array
    retail_cost: Array
    target: Array
    fitted: Array
    buyers: PricedDemand
    solution: Solution[Array]
    doubts: tuple[str, ...]


def fit_chain(
    prices: ArrayLike,
    wholesale: ArrayLike,
    shares: ArrayLike,
    channel_margins: ArrayLike,
    *,
    manufacturer_margins: ArrayLike,
    manufacturers: ArrayLike,
    channels: ArrayLike,
    bids: bool,
    power: Power,
    disagreement: DisagreementOver,
    outside: Literal["rest", "none"],
    nests: ArrayLike | None,
    rho: ArrayLike | None,
    below_zero: bool,
    names: Sequence[object] | None,
) -> ChainFit:
    """Calibrate a chain; see `fit_vertical_margins`. bids: whether channels bid."""
    one_of("power", power, "one", "manufacturer", "channel", "pair")
    one_of("outside", outside, "rest", "none")
    one_of("disagreement", disagreement, "offer", "pair")
    p, w = np.asarray(prices, dtype=float), np.asarray(wholesale, dtype=float)
    both = np.concatenate([np.asarray(manufacturers), np.asarray(channels)])
    M, R = np.split(np.unique(both, return_inverse=True)[1].astype(np.intp), 2)
    is_vertical = M != R
    check_alternatives(R, outside)
    s = inside_shares(np.asarray(shares, dtype=float), outside)
    labels = None if nests is None else np.unique(np.asarray(nests), return_inverse=True)[1]
    nest = None if labels is None else labels.astype(np.intp)
    at = w if bids else p
    group = groups_of(power, M, R)
    group[is_vertical] = np.unique(group[is_vertical], return_inverse=True)[1]
    upstream = np.where(is_vertical, np.asarray(manufacturer_margins, dtype=float), np.nan)
    target = np.concatenate([np.asarray(channel_margins, dtype=float), upstream])

    def nesting(value: ArrayLike) -> Array:
        return np.broadcast_to(np.asarray(value, dtype=float), p.shape)

    def model_at(value: ArrayLike) -> ChainMargins:
        unit = buyers_at(at, s, 1.0, nest, rho=nesting(value))
        return ChainMargins(unit, at, p, w, M, channels=R, disagreement=disagreement, bids=bids)

    seeks_rho = rho is None and nest is not None
    if seeks_rho:
        lam, rho, solution = _with_rho(model_at, target, group, is_vertical)
    else:
        rho = 0.0 if rho is None else rho
        lam, solution = _weights(model_at(rho), target, group, is_vertical)
    x = model_at(rho).margins(lam)
    alpha = best_alpha(x, target)
    fitted = x / alpha
    channel, manufacturer = np.split(fitted, 2)
    production_cost = np.where(is_vertical, w * (1.0 - manufacturer), w)
    retail_cost = p * (1.0 - channel) - w
    offers = [str(name) for name in (range(1, len(p) + 1) if names is None else names)]
    if not below_zero:
        remedy = "correct margins, wholesale prices, shares or prices"
        unit_costs = {"production": production_cost, "retail": retail_cost}
        check_costs(unit_costs, p, offers, "margins", remedy=remedy)
    searched = {
        f"the channel's weight in bargains over {offers[j]}": float(lam[j])
        for j in np.flatnonzero(is_vertical)[np.unique(group[is_vertical], return_index=True)[1]]
    }
    if seeks_rho:
        searched["the nesting parameter rho"] = float(nesting(rho)[0])
    levels = [f"{name} ({level})" for level in ("channel", "manufacturer") for name in offers]
    return ChainFit(
        manufacturers=M,
        channels=R,
        weights=lam,
        alpha=alpha,
        rho=nesting(rho),
        production_cost=production_cost,
        retail_cost=retail_cost,
        target=target,
        fitted=fitted,
        buyers=buyers_at(at, s, alpha, nest, rho=nesting(rho)),
        solution=solution,
        doubts=doubts(searched, fitted, target, levels),
    )


def _spread(theta: Array, group: Index, is_vertical: Mask) -> Array:
    """Weights (J,) of groups (K,), 1 where a firm sells what it makes."""
    lam = np.ones(len(group))
    lam[is_vertical] = theta[group[is_vertical]]
    return lam


def _weights(
    model: ChainMargins, target: Array, group: Index, is_vertical: Mask
) -> tuple[Array, Solution[Array]]:
    """Weights (J,) that share groups (J,), for margins (2J,), nan where unknown."""
    is_given, free = np.isfinite(target), int(group[is_vertical].max(initial=-1)) + 1
    _check_count(is_given, free, "")
    to_group = np.zeros((len(group), free))
    to_group[is_vertical, group[is_vertical]] = 1.0

    def residuals(theta: Array) -> Array:
        x = model.margins(_spread(theta, group, is_vertical))
        return np.asarray((x / best_alpha(x, target) - target)[is_given])

    def jacobian(theta: Array) -> Array:
        x, dx = model.along(_spread(theta, group, is_vertical), to_group)
        x, dx, m = x[is_given], dx[is_given], target[is_given]
        c = float(m @ x) / float(x @ x)
        return np.asarray(c * dx + np.outer(x, (m - 2 * c * x) @ dx / (x @ x)))

    starts = np.tile(STARTS, (free, 1)).T
    solution = search_unit_interval(residuals, starts, "bargaining weights", jacobian)
    return _spread(solution.unwrap(), group, is_vertical), solution


def _with_rho(
    model_at: Callable[[float], ChainMargins], target: Array, group: Index, is_vertical: Mask
) -> tuple[Array, float, Solution[Array]]:
    """The same, and one nesting parameter for all nests."""
    is_given, free = np.isfinite(target), int(group[is_vertical].max(initial=-1)) + 1
    _check_count(is_given, free + 1, ", the nesting parameter among them")

    def residuals(theta: Array) -> Array:
        x = model_at(float(theta[0])).margins(_spread(theta[1:], group, is_vertical))
        return np.asarray((x / best_alpha(x, target) - target)[is_given])

    starts = np.array([[r, *[lam] * free] for r, lam in product(STARTS, STARTS[1:-1])])
    unknowns = "bargaining weights and the nesting parameter"
    solution = search_unit_interval(residuals, starts, unknowns)
    theta = solution.unwrap()
    return _spread(theta[1:], group, is_vertical), float(theta[0]), solution


def _check_count(is_given: Mask, free: int, beside: str) -> None:
    if is_given.sum() < free + 1:
        raise refuse(
            expected=f"at least {free + 1} margins for alpha and {free} bargaining weight(s)"
            + beside,
            found=str(int(is_given.sum())),
            where="margins",
            remedy="give more margins, let more offers share a weight (power='one'), or give rho.",
        )
