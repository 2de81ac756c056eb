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

from inroads.calibration.from_margins.chain_fit import fit_chain
from inroads.calibration.from_margins.chain_margins import Power
from inroads.choice.base import Array
from inroads.conduct.bargaining.auctions import AuctionChain
from inroads.conduct.bargaining.links import make_links
from inroads.solution import Solution


@dataclass(frozen=True, kw_only=True)
class AuctionChainFit:
    """chain: at which observed wholesale and retail prices are an equilibrium. alpha, rho (J,),
    channel_weight (J,): found. fitted (2J,): margins of channels, then of manufacturers. doubts: as
    in `VerticalFit`."""

    chain: AuctionChain
    alpha: float
    rho: Array
    channel_weight: Array
    fitted: Array
    solution: Solution[Array]
    doubts: tuple[str, ...] = ()


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
    nests: ArrayLike | None = None,
    rho: ArrayLike | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> AuctionChainFit:
    """Calibrate logit demand, bargaining weights and costs of a chain whose channels bid.

    Arguments as of `fit_vertical_margins`; disagreement is over each offer.

    Raises InputError where margins do not tell the weights and where they imply costs below zero.
    """
    w = np.asarray(wholesale, dtype=float)
    fit = fit_chain(
        *(prices, w, shares, channel_margins),
        manufacturer_margins=manufacturer_margins,
        manufacturers=manufacturers,
        channels=channels,
        bids=True,
        power=power,
        disagreement="offer",
        outside=outside,
        nests=nests,
        rho=rho,
        below_zero=below_zero,
        names=names,
    )
    M, R = fit.manufacturers, fit.channels
    chain = AuctionChain(
        demand=fit.buyers,
        manufacturers=M,
        channels=R,
        links=make_links(M, R, fit.weights, "offer"),
        production_cost=fit.production_cost,
        retail_cost=fit.retail_cost,
    )
    return AuctionChainFit(
        chain=chain,
        alpha=fit.alpha,
        rho=fit.rho,
        channel_weight=fit.weights,
        fitted=fit.fitted,
        solution=fit.solution,
        doubts=fit.doubts,
    )
