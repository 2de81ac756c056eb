"""The firms behind a labelled market: costs and power that its list prices imply.

Channels with members price what is on their shelves and value a member; in open channels prices
stand at list, retailers keeping a part of them. What a channel's list price, as its best answer,
says that it spends on a unit is either its wholesale price, which then differs by channel; or, with
one wholesale price a product, what retailers pay for it, and what the channel gives off the list
price: its promotion. Manufacturers' unit costs follow from what is said of their margins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bargaining import make_links
from inroads.conduct.bargaining.base import gains_from_trade
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.implied_costs import implied_costs
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.carried import carrying, with_columns, with_offer_columns
from inroads.market.conduct_arrays import owner_index, pairs_of
from inroads.market.names import select_offers
from inroads.market.pricing import Bertrand, ListPrices
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.market.market import Market

# Distinct list prices up to which a channel's promotion is the same at all of them.
_ENOUGH_FOR_A_LINE = 2


class Promotion(NamedTuple):
    """What a channel gives off list prices: dollars a unit, and a part of the list price."""

    unit: float = 0.0
    part: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FirmFacts:
    """What is said of the firms behind a market; money in dollars.

    Parameters
    ----------
    margin : mapping
        Each manufacturer's margin on what it is paid, as a fraction of it ("" for the others).
    member_value, cash_member_value : mapping
        What a member is worth to each channel that has any, one who may pay over time and one who
        may not; 0 where not given.
    retail_cost : float
        What selling a product costs such a channel, beside its wholesale price.
    open_channel_cut : float
        The share of the price that retailers keep in open channels.
    one_wholesale_price : bool
        Whether a product has one wholesale price, what retailers leave of its lowest price in open
        channels (of its lowest list price where it has none): channels with members then give the
        rest of what their prices imply off the list price. Otherwise wholesale prices are by
        channel, and nothing is given off.
    promotion : mapping
        What each channel gives off the list price of a product of that price; found by
        `implied_vertical_market`.
    funds_rate, financed_loss : float
        What paying over time costs a channel: its cost of funds a year, and the part of what is
        financed that is never paid.
    """

    margin: Mapping[str, float]
    member_value: Mapping[str, float] = field(default_factory=dict)
    cash_member_value: Mapping[str, float] = field(default_factory=dict)
    retail_cost: float = 0.0
    open_channel_cut: float = 0.0
    one_wholesale_price: bool = False
    promotion: Mapping[str, Promotion] = field(default_factory=dict)
    funds_rate: float = 0.0
    financed_loss: float = 0.0

    def selling_cost(self, channel: str, list_price: float) -> float:
        """What a channel with members spends on a unit beside its wholesale price.

        Parameters
        ----------
        channel : str
            Which.
        list_price : float
            Of the product.

        Returns
        -------
        float
            `retail_cost`, and what it gives off the list price.
        """
        unit, part = self.promotion.get(channel, Promotion())
        return self.retail_cost + unit + part * list_price

    def margin_of(self, manufacturer: str) -> float:
        """A manufacturer's margin.

        Parameters
        ----------
        manufacturer : str
            Whose.

        Returns
        -------
        float
            As a fraction of what it is paid.
        """
        return float(self.margin.get(manufacturer, self.margin[""]))

    def scaled(self, factor: float) -> FirmFacts:
        """The same with members worth more or less.

        Parameters
        ----------
        factor : float
            How many times as much.

        Returns
        -------
        FirmFacts
            A copy.
        """
        return replace(
            self,
            member_value={c: factor * v for c, v in self.member_value.items()},
            cash_member_value={c: factor * v for c, v in self.cash_member_value.items()},
        )


def with_terms(market: Market, facts: FirmFacts, terms: Mapping[str, Array]) -> Market:
    """A labelled market with its firms at given terms: columns of offers such as wholesale,
    production_cost, retail_cost (J,). Terms stand: nothing is negotiated unless `terms` say so."""
    return _with_firms(with_offer_columns(market, {"negotiated": False, **terms}), facts)


def at_terms(market: Market, facts: FirmFacts, terms: Mapping[str, Array]) -> Market:
    """The same for a market that is solved, and not moved on from (`carried.with_columns`)."""
    return _with_firms(with_columns(market, {"negotiated": False, **terms}), facts)


def _with_firms(stated: Market, facts: FirmFacts) -> Market:
    other = replace(stated, firm_facts=facts, pricing=Bertrand())
    derived = {"demand": stated.demand} if "demand" in stated.__dict__ else {}
    return carrying(other, columns=stated.columns, arrays=stated.arrays, **derived)


def implied_vertical_market(market: Market, facts: FirmFacts) -> Market:
    """The market with its firms: wholesale prices from channels' pricing, manufacturers' costs from
    margins. `products["production_cost"]` is then the mean over a product's offers, by units
    sold."""
    with_members = market.channels.index[market.channels["has_members"]]
    for name in (*facts.member_value, *facts.cash_member_value):
        if name not in with_members:
            raise refuse(
                expected=f"channels with members: {', '.join(map(str, with_members)) or 'none'}",
                found=repr(name),
                where="firms, member_value",
                remedy=suggestion(str(name), list(map(str, with_members))) or "correct the name.",
            )
    none = np.zeros(len(market.offers))
    costless = at_terms(
        market, facts, {"wholesale": none, "production_cost": none, "retail_cost": none}
    )
    p = costless.column("price")
    is_open = costless.firm_columns["price_fixed"].astype(bool)
    # What channels pay and spend on a unit is one number, of which the retail cost is known.
    spent = implied_costs(
        conduct_arrays.retail(costless),
        partial(conduct_arrays.stakes_at, costless),
        p,
        none,
        production_cost=none,
    )
    retail_cost = np.where(is_open, 0.0, facts.retail_cost)
    received = np.where(is_open, (1 - facts.open_channel_cut) * p, spent - facts.retail_cost)
    if facts.one_wholesale_price:
        received = (1 - facts.open_channel_cut) * _lowest_price(costless)
        retail_cost = np.where(is_open, 0.0, spent - received)
        facts = replace(facts, promotion=_promotions(market, facts, retail_cost))
    margin = np.array([facts.margin_of(m) for m in costless.firm_columns["manufacturer"]])
    priced = with_terms(
        market,
        facts,
        {
            "wholesale": np.where(is_open, np.nan, received),
            "production_cost": (1 - margin) * received,
            "retail_cost": retail_cost,
        },
    )
    return replace(priced, products=market.products.assign(production_cost=product_costs(priced)))


def _lowest_price(market: Market) -> Array:
    """Each offer's product's lowest list price (J,): in open channels, or anywhere if in none."""
    columns = market.columns
    table = pd.DataFrame({"product": columns["product"], "price": columns["price"].astype(float)})
    is_open = ~columns["has_members"].astype(bool)
    lowest = table[is_open].groupby("product")["price"].min()
    anywhere = table.groupby("product")["price"].min()
    lowest = lowest.reindex(anywhere.index).fillna(anywhere)
    return np.asarray(lowest[table["product"]], dtype=float)


def _promotions(market: Market, facts: FirmFacts, retail_cost: Array) -> dict[str, Promotion]:
    """By channel with members, the line through what it gives off each list price, by units."""
    columns, units = market.columns, list_price_shares(market)
    given, price = retail_cost - facts.retail_cost, columns["price"].astype(float)
    promotions = {}
    for channel in market.channels.index[market.channels["has_members"]]:
        own = columns["channel"] == channel
        if len(np.unique(price[own])) > _ENOUGH_FOR_A_LINE:
            part, unit = np.polyfit(price[own], given[own], 1, w=np.sqrt(units[own]))
            promotions[str(channel)] = Promotion(float(unit), float(part))
        elif own.any():
            promotions[str(channel)] = Promotion(float(np.average(given[own], weights=units[own])))
    return promotions


def given_off(market: Market) -> Array:
    """What channels with members give off each list price (J,), 0 elsewhere."""
    facts, columns = market.firm_facts, market.firm_columns
    if facts is None or not facts.one_wholesale_price:
        return np.zeros(len(market.offers))
    has_members = market.columns["has_members"].astype(bool)
    return np.where(has_members, columns["retail_cost"] - facts.retail_cost, 0.0)


def list_price_shares(market: Market) -> Array:
    """Shares (J,) at list prices, of a labelled market."""
    listed = replace(market, pricing=ListPrices())
    derived = {} if market.weights_given_deals else {"demand": market.demand}
    listed = carrying(listed, columns=market.columns, arrays=market.arrays, **derived)
    return np.asarray(listed.solve().state.shares)


def product_costs(market: Market) -> pd.Series:
    """What each product on sale costs to make: the mean over its offers, by units sold at list."""
    units, cost = list_price_shares(market), market.column("production_cost")
    product = market.offers["product"].to_numpy()
    spent = pd.Series(cost * units).groupby(product).sum()
    return spent / pd.Series(units).groupby(product).sum()


def sold_to_others(market: Market, channel: str) -> float:
    """The part of a channel's units at list prices that members of other channels buy."""
    solved = replace(market, pricing=ListPrices()).solve()
    own = select_offers(market, channel=channel)
    bought = (solved.P[own] * solved.weights).sum(axis=0)
    home = market.labelled_consumers.cells["home"].eq(channel).to_numpy(float)
    return float(1.0 - bought @ market.arrays.to_agents(home) / bought.sum())


def goods_margin(market: Market, channel: str) -> float:
    """(revenue - cost) / revenue of what a channel sells, at what is paid for it in the data."""
    revenue, cost = _goods_accounts(market, channel)
    return 1 - cost / revenue


def promotion_share(market: Market, channel: str) -> float:
    """The part of list prices that a channel gives off, over all that it sells in the data."""
    own, units = select_offers(market, channel=channel), list_price_shares(market)
    listed = market.columns["price"].astype(float)
    return float(units[own] @ given_off(market)[own] / (units[own] @ listed[own]))


def _goods_accounts(market: Market, channel: str) -> tuple[float, float]:
    """What a channel's sales bring, less what is given off, and what they cost at wholesale."""
    own = select_offers(market, channel=channel)
    units = list_price_shares(market)[own]
    paid = market.columns["price"].astype(float) - given_off(market)
    return float(units @ paid[own]), float(units @ market.column("wholesale")[own])


def member_value_scales(
    market: Market,
    facts: FirmFacts,
    margins: Mapping[str, float],
    promotions: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """By channel the factor on what its members are worth at which its margin on what it sells is
    the one given, or the part of list prices that it gives off.

    Exact: what a channel's prices imply that it spends is linear in what its own members are worth,
    and does not depend on others'.
    """
    at_none, at_full = (implied_vertical_market(market, facts.scaled(k)) for k in (0.0, 1.0))
    given = promotions or {}

    def missed(priced: Market, channel: str) -> float:
        if channel in given:
            return promotion_share(priced, channel) - given[channel]
        revenue, cost = _goods_accounts(priced, channel)
        return cost - (1 - margins[channel]) * revenue

    short = {c: (missed(at_none, c), missed(at_full, c)) for c in (*margins, *given)}
    return {c: none / (none - full) for c, (none, full) in short.items()}


def implied_power(market: Market) -> pd.DataFrame:
    """By manufacturer and channel: gains of both from the pair's terms, and the channel's weight at
    which these terms are the Nash bargain (linear prices, retail prices held): the share of the
    joint surplus, in utility of either, that it would take to be content with this division."""
    manufacturer, seller = owner_index(market, "manufacturer"), owner_index(market, "seller")
    links = make_links(manufacturer, seller, 0.5, "pair")
    at = conduct_arrays.retail(market).conditions(
        market.column("price"), conduct_arrays.given_wholesale(market)
    )
    present = np.ones(len(market.offers), dtype=bool)
    disagreement = without_each_link(at, links, present).profits
    gains = gains_from_trade(links, at.profits, disagreement)
    pairs = pairs_of(market, links)
    return pd.DataFrame(
        {
            "manufacturer": [pair[0] for pair in pairs],
            "channel": [pair[1] for pair in pairs],
            "manufacturer_gain": gains.manufacturer * market.size,
            "channel_gain": gains.channel * market.size,
            "power": gains.channel / gains.joint,
            "units": links.offers_lost @ at.choices.shares * market.size,
        }
    )
