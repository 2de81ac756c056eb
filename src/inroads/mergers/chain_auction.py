"""A chain whose channels bid, before and after firms merge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.auction_chain import AuctionChainFit, fit_auction_chain
from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.margin_columns import ChainTable
from inroads.conduct.bargaining.auctions import AuctionChain
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.priced_demand import PricedDemand


@dataclass(frozen=True, kw_only=True)
class BidOutcome:
    """frame: a row an offer: price, wholesale, share, channel_margin, manufacturer_margin (money,
    nan inside one firm). profits: of all firms; consumer_surplus: up to a constant; both of all
    `size` consumers."""

    frame: pd.DataFrame
    consumer_surplus: float
    profits: pd.Series


def calibrate_bids(table: ChainTable, power: Power, outside: str, rho: object) -> AuctionChainFit:
    """The chain of a table, channels bidding."""
    return fit_auction_chain(
        *(table.prices, table.wholesale, table.shares, table.channel_margins),
        manufacturer_margins=table.manufacturer_margins,
        manufacturers=table.manufacturers,
        channels=table.channels,
        power=power,
        outside=outside,  # type: ignore[arg-type]
        nests=table.nests,
        rho=rho,  # type: ignore[arg-type]
        names=table.names,
    )


def solve_bids(chain: AuctionChain, table: ChainTable, firms: list[str], size: float) -> BidOutcome:
    """The equilibrium on the way from the table's wholesale prices; firms: names, by number."""
    w = chain.solve(table.wholesale).unwrap()
    at = chain.demand.at_prices(w)
    channel, maker = chain.channel_margins(w), w - chain.production_cost
    inside = chain.manufacturers == chain.channels
    earned = np.bincount(chain.channels, channel * at.shares, minlength=len(firms))
    earned += np.bincount(chain.manufacturers, maker * at.shares, minlength=len(firms))
    frame = pd.DataFrame(
        {
            "price": chain.prices(w),
            "wholesale": w,
            "share": at.shares,
            "channel_margin": channel,
            "manufacturer_margin": np.where(inside, np.nan, maker),
        },
        index=pd.Index(table.names, name="product_ids"),
    )
    # What is chosen is chosen at wholesale prices; buyers pay the channel's margin besides.
    surplus = float(at.surplus - channel @ at.shares)
    return BidOutcome(
        frame=frame,
        consumer_surplus=surplus * size,
        profits=pd.Series(earned * size, index=pd.Index(firms, name="firm")),
    )


def merged_bidders(chain: AuctionChain, parties: list[int], savings: float) -> AuctionChain:
    """Firms as one, the first of them; unit costs of parties lower, on the side each stands on."""
    M, R = chain.manufacturers, chain.channels
    makes, sells = np.isin(M, parties), np.isin(R, parties)
    makers, sellers = np.where(makes, parties[0], M), np.where(sells, parties[0], R)
    link = chain.links.link_of_offer
    weight = np.where(link >= 0, np.append(chain.links.channel_weight, 1.0)[link], 1.0)
    saved = savings * np.where(sells, chain.retail_cost, 0.0)
    demand = chain.demand
    # Cheaper handling is a better bid, like a lower wholesale price.
    assert isinstance(demand, PricedDemand)
    demand = replace(demand, utility=demand.utility + demand.alpha * saved[:, None])
    return AuctionChain(
        demand=demand,
        manufacturers=makers,
        channels=sellers,
        links=make_links(makers, sellers, np.where(makers == sellers, 1.0, weight), "offer"),
        production_cost=chain.production_cost * np.where(makes, 1.0 - savings, 1.0),
        retail_cost=chain.retail_cost - saved,
    )
