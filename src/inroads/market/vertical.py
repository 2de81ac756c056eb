"""The firms behind a labelled market: costs and power that its list prices imply.

Channels with members price what is on their shelves and value a member; in open channels prices
stand at list, retailers keeping a part of them. Wholesale prices are those that make channels' list
prices their best answers; manufacturers' unit costs follow from what is said of their margins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.bargaining import make_links
from inroads.conduct.bargaining.base import gains_from_trade
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.implied_costs import implied_costs
from inroads.errors import InputError
from inroads.market.conduct_arrays import owner_index, pairs_of
from inroads.market.pricing import Bertrand, ListPrices

if TYPE_CHECKING:
    from inroads.market.market import Market


@dataclass(frozen=True, kw_only=True)
class FirmFacts:
    """What is said of the firms behind a market; money in dollars.

    subscriber, prepaid: what a member is worth to each channel, one who may pay by instalments and
    one who may not. retail_cost: what selling a device costs such a channel, beside its wholesale
    price. fee: the share of the price that retailers keep in open channels. margin: each
    manufacturer's margin on what it is paid, as a fraction of it ("" for the others).
    """

    subscriber: Mapping[str, float]
    prepaid: Mapping[str, float]
    retail_cost: float
    fee: float
    margin: Mapping[str, float]

    def margin_of(self, manufacturer: str) -> float:
        """A manufacturer's margin, as a fraction of what it is paid."""
        return float(self.margin.get(manufacturer, self.margin[""]))

    def scaled(self, factor: float) -> FirmFacts:
        """The same with members worth `factor` times as much."""
        return replace(
            self,
            subscriber={c: factor * v for c, v in self.subscriber.items()},
            prepaid={c: factor * v for c, v in self.prepaid.items()},
        )


def with_terms(market: Market, facts: FirmFacts, terms: Mapping[str, Array]) -> Market:
    """A labelled market with its firms at given terms: columns of offers such as wholesale,
    production_cost, retail_cost (J,). Terms stand: nothing is negotiated unless `terms` say so."""
    offers = market.offers.assign(**{"negotiated": False, **terms})
    return replace(market, offers=offers, firm_facts=facts, pricing=Bertrand())


def implied_vertical_market(market: Market, facts: FirmFacts) -> Market:
    """The market with its firms: wholesale prices from channels' pricing, manufacturers' costs from
    margins. `devices["production_cost"]` is then the mean over a device's offers, by units sold."""
    members = market.channels.index[market.channels["kind"] == "carrier"]
    missing = [c for c in members if c not in facts.subscriber or c not in facts.prepaid]
    if missing:
        raise InputError.single(
            expected=f"what a subscriber is worth to {missing[0]}",
            found="none",
            where="firms",
            remedy="give it, in dollars (0 for a channel without service).",
        )
    none = np.zeros(len(market.offers))
    costless = with_terms(
        market, facts, {"wholesale": none, "production_cost": none, "retail_cost": none}
    )
    p = costless.column("price")
    is_open = costless.contracts["price_fixed"].to_numpy(bool)
    # What channels pay and spend on a unit is one number, of which the retail cost is known.
    spent = implied_costs(costless.retail, costless.stakes_at, p, none, none)
    wholesale = spent - facts.retail_cost
    received = np.where(is_open, (1 - facts.fee) * p, wholesale)
    margin = np.array([facts.margin_of(m) for m in costless.contracts["manufacturer"]])
    priced = with_terms(
        market,
        facts,
        {
            "wholesale": np.where(is_open, np.nan, wholesale),
            "production_cost": (1 - margin) * received,
            "retail_cost": np.where(is_open, 0.0, facts.retail_cost),
        },
    )
    return replace(priced, devices=market.devices.assign(production_cost=device_costs(priced)))


def list_price_shares(market: Market) -> Array:
    """Shares (J,) at list prices, of a labelled market."""
    shares = replace(market, pricing=ListPrices()).solve().state.shares
    return np.asarray(shares)


def device_costs(market: Market) -> pd.Series:
    """What each device on sale costs to make: the mean over its offers, by units sold at list."""
    units, cost = list_price_shares(market), market.column("production_cost")
    device = market.offers["device"].to_numpy()
    spent = pd.Series(cost * units).groupby(device).sum()
    return spent / pd.Series(units).groupby(device).sum()


def equipment_margin(market: Market, channel: str) -> float:
    """(revenue - cost) / revenue of what a channel sells, at list prices."""
    own = market.select(channel=channel)
    units = list_price_shares(market)[own]
    revenue = units @ market.table["price"].to_numpy(float)[own]
    return float(1 - units @ market.column("wholesale")[own] / revenue)


def member_value_scale(market: Market, facts: FirmFacts, channel: str, margin: float) -> float:
    """The factor on what members are worth at which a channel's equipment margin is `margin`.

    Exact, for implied wholesale prices are linear in what members are worth.
    """
    at_none, at_full = (
        equipment_margin(implied_vertical_market(market, facts.scaled(k)), channel)
        for k in (0.0, 1.0)
    )
    return (margin - at_none) / (at_full - at_none)


def implied_power(market: Market) -> pd.DataFrame:
    """By manufacturer and channel: gains of both from the pair's terms, and the channel's weight at
    which these terms are the Nash bargain (linear prices, retail prices held): the share of the
    joint surplus, in utility of either, that it would take to be content with this division."""
    manufacturer, seller = owner_index(market, "manufacturer"), owner_index(market, "seller")
    links = make_links(manufacturer, seller, 0.5, "pair")
    at = market.retail.conditions(market.column("price"), market.given_wholesale)
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
