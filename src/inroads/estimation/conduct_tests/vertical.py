"""Vertical conduct: manufacturers (firm_ids) sell to channels (channel_ids), which set prices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index
from inroads.conduct.bargaining.base import LinearPrice
from inroads.conduct.bargaining.links import DisagreementOver, Links, make_links
from inroads.conduct.bargaining.sequential import Sequential
from inroads.conduct.implied_costs import implied_vertical_costs
from inroads.conduct.priced_demand import DemandAtPrices, PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import Stakes, vertical_stakes
from inroads.errors import one_of, refuse
from inroads.estimation.conduct_tests.models import ConductModel
from inroads.estimation.markets.fitted_prices import bertrand_margins
from inroads.estimation.markets.price_response import check_price_response
from inroads.estimation.post_estimation import FittedDemand


@dataclass(frozen=True, kw_only=True)
class ChainMarket:
    """One market: products (J,), who makes and who sells each (J,), one list of firms for both."""

    products: Index
    manufacturers: Index
    channels: Index
    buyers: PricedDemand
    choices: DemandAtPrices
    prices: Array


@dataclass(frozen=True, kw_only=True)
class DoubleMarginalization(ConductModel):
    """Manufacturers set wholesale prices, then channels retail prices: linear prices, no bargains.

    A firm that is both on a product pays itself nothing: it is integrated there.

    Parameters
    ----------
    manufacturers, channels : str
        Columns of products.

    References
    ----------
    Villas-Boas, S. B. (2007), Vertical relationships between manufacturers and retailers: inference
    with limited data, Review of Economic Studies 74(2).

    Examples
    --------
    >>> DoubleMarginalization().channels
    'channel_ids'
    """

    manufacturers: str = "firm_ids"
    channels: str = "channel_ids"

    def markups(self, demand: FittedDemand) -> Array:
        """Margins of channels, and of manufacturers that know how retail prices answer.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Of both together, money a unit.
        """
        result = np.zeros(len(demand.panel))
        for market in _markets(demand, self.manufacturers, self.channels):
            s = market.choices.shares
            in_stack, sellers = _batched(market.choices), market.channels[None]
            retail_margin = bertrand_margins(in_stack, sellers, s[None])[0]
            apart = market.manufacturers != market.channels
            zero = np.zeros_like(s)
            stakes = vertical_stakes(market.manufacturers, market.channels, zero, zero)
            # Wholesale prices and costs enter alike: all of the channel's cost is the former.
            wholesale = np.where(apart, market.prices - retail_margin, 0.0)
            cost = np.where(apart, 0.0, market.prices - retail_margin)
            stakes = replace(stakes, cost=stakes.retail_price_share * cost)
            retail = Retail(market.buyers, stakes, market.channels)
            prices_in_wholesale = retail.conditions(market.prices, wholesale).pass_through()
            shares_in_wholesale = market.choices.jacobian @ prices_in_wholesale
            upstream = _upstream_margins(market, shares_in_wholesale, apart, retail_margin)
            result[market.products] = retail_margin + upstream
        return result


def _upstream_margins(
    market: ChainMarket, shares_in_wholesale: Array, apart: np.ndarray, retail_margin: Array
) -> Array:
    """Manufacturers' margins (J,), zero where they are integrated.

    An integrated manufacturer's wholesale prices to others move its own retail products too, on
    which it earns the retail margin.
    """
    owns = market.manufacturers[:, None] == market.manufacturers
    slopes = owns * shares_in_wholesale.T
    rows = np.flatnonzero(apart)
    margins = np.zeros(len(apart))
    if rows.size:
        own_retail = np.where(apart, 0.0, retail_margin)
        base = market.choices.shares[rows] + slopes[rows] @ own_retail
        margins[rows] = -np.linalg.solve(slopes[np.ix_(rows, rows)], base)
    return margins


@dataclass(frozen=True, kw_only=True)
class NashBargaining(ConductModel):
    """Channels set retail prices; wholesale prices are Nash bargains.

    Parameters
    ----------
    channel_weight : float
        The channel's weight in the Nash product, 0 to 1.
    timing : {"simultaneous", "sequential"}
        Whether retail prices are held while firms bargain, or answer every wholesale price, agreed
        or not; at a weight of 0 the latter is double marginalisation.
    disagreement : {"pair", "offer"}
        What is not sold without agreement.
    manufacturers, channels : str
        Columns of products.

    References
    ----------
    Draganska, M., Klapper, D. and Villas-Boas, S. B. (2010), A larger slice or a larger pie? An
    empirical investigation of bargaining power in the distribution channel, Marketing Science
    29(1).
    Crawford, G. S., Lee, R. S., Whinston, M. D. and Yurukoglu, A. (2018), The welfare effects of
    vertical integration in multichannel television markets, Econometrica 86(3) (on timing).

    Examples
    --------
    >>> NashBargaining(channel_weight=0.3).disagreement
    'pair'
    """

    channel_weight: float = 0.5
    timing: Literal["simultaneous", "sequential"] = "simultaneous"
    disagreement: DisagreementOver = "pair"
    manufacturers: str = "firm_ids"
    channels: str = "channel_ids"

    def markups(self, demand: FittedDemand) -> Array:
        """Margins of channels and of manufacturers at which retail prices and bargains hold.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Of both together, money a unit.

        Raises
        ------
        InputError
            For a weight outside 0 to 1, and firms on both sides under sequential timing.
        ConvergenceError
            Where retail prices without an agreement are not found.
        """
        one_of("timing", self.timing, "simultaneous", "sequential")
        result = np.zeros(len(demand.panel))
        for market in _markets(demand, self.manufacturers, self.channels):
            links = make_links(
                market.manufacturers, market.channels, self.channel_weight, self.disagreement
            )
            result[market.products] = (
                _bargained_before_prices(market, links)
                if self.timing == "sequential"
                else _bargained_at_prices(market, links)
            )
        return result


def _bargained_at_prices(market: ChainMarket, links: Links) -> Array:
    """Markups (J,) of both sides, retail prices held."""
    zero = np.zeros_like(market.prices)

    def stakes_at(retail_cost: Array, production_cost: Array) -> Stakes:
        return vertical_stakes(market.manufacturers, market.channels, production_cost, retail_cost)

    retail = Retail(market.buyers, stakes_at(zero, zero), market.channels)
    # Only sums of costs along the chain are determined: wholesale prices are set to zero.
    costs = implied_vertical_costs(
        retail, stakes_at, links, market.prices, wholesale=zero, production_cost=zero
    )
    return market.prices - sum(costs)


def _bargained_before_prices(market: ChainMarket, links: Links) -> Array:
    """Markups (J,) of both sides, retail prices answering: linear in manufacturers' margins.

    With lambda the channel's weight, w_j is such that lambda Gain_m dPi_c/dw_j + (1 - lambda)
    Gain_c dPi_m/dw_j = 0. What channels earn, agreed or not, follows from retail prices alone.
    """
    if np.isin(market.manufacturers, market.channels).any():
        raise refuse(
            expected="firms on one side of the chain under sequential timing",
            found="one that makes and sells",
            where="NashBargaining",
            remedy="use timing='simultaneous', or DoubleMarginalization.",
        )
    prices, zero = market.prices, np.zeros_like(market.prices)
    s = market.choices.shares
    retail_margin = bertrand_margins(_batched(market.choices), market.channels[None], s[None])[0]
    stakes = vertical_stakes(market.manufacturers, market.channels, zero, zero)
    game = Sequential(
        retail=Retail(market.buyers, stakes, market.channels),
        links=links,
        production_cost=zero,
        present=np.ones(len(prices), dtype=bool),
        contract=LinearPrice(),
    )
    subgame = game.subgame(prices - retail_margin, prices, np.tile(prices, (len(links), 1)))
    agreed, link = subgame.agreed, links.link_of_offer
    in_wholesale = agreed.choices.jacobian @ agreed.pass_through()
    sold_more = (s - subgame.without.choices.shares)[link]
    gain = subgame.gains(links).channel[link]
    weight, loss = links.channel_weight[link], subgame.along_w[market.channels, np.arange(len(s))]
    owns = market.manufacturers[:, None] == market.manufacturers
    bargains = (weight * loss)[:, None] * sold_more
    bargains += ((1 - weight) * gain)[:, None] * in_wholesale.T
    return np.asarray(retail_margin - np.linalg.solve(owns * bargains, (1 - weight) * gain * s))


def _markets(demand: FittedDemand, manufacturers: str, channels: str) -> Iterator[ChainMarket]:
    """Every market by itself; InputError without the columns, or where nobody minds paying."""
    check_price_response(demand, "somebody")
    prices = demand.column("prices").astype(float)
    columns = [demand.column(name).astype(str) for name in (manufacturers, channels)]
    for s in demand.stacks:
        for row, products in enumerate(s.products):
            firms = pd.factorize(np.concatenate([column[products] for column in columns]))[0]
            b = s.buyers
            arrays = {"utility": b.utility, "alpha": b.alpha, "weights": b.weights}
            buyers = replace(b, **{name: array[row] for name, array in arrays.items()})
            yield ChainMarket(
                products=products,
                manufacturers=firms[: len(products)],
                channels=firms[len(products) :],
                buyers=buyers,
                choices=buyers.at_prices(prices[products]),
                prices=prices[products],
            )


def _batched(choices: DemandAtPrices) -> DemandAtPrices:
    """One market as a stack of one."""
    d = choices.demand
    stacked = replace(d, utility=d.utility[None], alpha=d.alpha[None], weights=d.weights[None])
    return DemandAtPrices(stacked, choices.P[None], choices.inclusive[None])
