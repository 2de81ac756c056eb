"""A chain whose channels bid, from margins at both levels.

What a channel earns does not move with bargains, so that its margins tell alpha, and then
manufacturers' margins the weights (Sheu and Taragin 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.chain_margins import (
    ChainMargins,
    Power,
    fit_power,
    groups_of,
)
from inroads.calibration.from_margins.logit import inside_shares
from inroads.choice.base import Array
from inroads.conduct.bargaining.auctions import AuctionChain
from inroads.conduct.bargaining.links import make_links
from inroads.errors import one_of
from inroads.market.offers import check_costs
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class AuctionChainFit:
    """chain: at which observed wholesale and retail prices are an equilibrium. alpha,
    channel_weight (J,): found. fitted (2J,): margins of channels, then of manufacturers."""

    chain: AuctionChain
    alpha: float
    channel_weight: Array
    fitted: Array
    solution: Solution[Array]


def fit_auction_chain(
    prices: ArrayLike,
    wholesale: ArrayLike,
    shares: ArrayLike,
    channel_margins: ArrayLike,
    *,
    manufacturer_margins: ArrayLike,
    manufacturers: ArrayLike,
    channels: ArrayLike,
    power: Power = "one",
    outside: Literal["rest", "none"] = "rest",
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> AuctionChainFit:
    """Calibrate logit demand, bargaining weights and costs of a chain whose channels bid.

    Arguments as of `fit_vertical_margins`; disagreement is over each offer.

    Raises InputError where margins do not tell the weights and where they imply costs below zero.
    """
    one_of("power", power, "one", "manufacturer", "channel", "pair")
    one_of("outside", outside, "rest", "none")
    p, w = np.asarray(prices, dtype=float), np.asarray(wholesale, dtype=float)
    both = np.concatenate([np.asarray(manufacturers), np.asarray(channels)])
    M, R = np.split(np.unique(both, return_inverse=True)[1].astype(np.intp), 2)
    s, flat = inside_shares(np.asarray(shares, dtype=float), outside), np.zeros(len(p))
    is_vertical = M != R
    unit = buyers_at(w, s, 1.0, None, rho=flat)
    model = ChainMargins(unit, w, p, w, M, channels=R, disagreement="offer", bids=True)
    group = groups_of(power, M, R)
    group[is_vertical] = np.unique(group[is_vertical], return_inverse=True)[1]
    upstream = np.where(is_vertical, np.asarray(manufacturer_margins, dtype=float), np.nan)
    target = np.concatenate([np.asarray(channel_margins, dtype=float), upstream])
    fit = fit_power(model, target, group, is_vertical)
    channel, manufacturer = np.split(fit.margins, 2)
    production_cost = np.where(is_vertical, w * (1.0 - manufacturer), w)
    retail_cost = p * (1.0 - channel) - w
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        unit_costs = {"production": production_cost, "retail": retail_cost}
        check_costs(unit_costs, p, offer_names, "margins", remedy="correct margins or prices")
    chain = AuctionChain(
        demand=buyers_at(w, s, fit.alpha, None, rho=flat),
        manufacturers=M,
        channels=R,
        links=make_links(M, R, fit.weights, "offer"),
        production_cost=production_cost,
        retail_cost=retail_cost,
    )
    return AuctionChainFit(
        chain=chain,
        alpha=fit.alpha,
        channel_weight=fit.weights,
        fitted=fit.margins,
        solution=fit.solution,
    )
