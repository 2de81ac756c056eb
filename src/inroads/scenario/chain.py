"""A market of devices and channels with its firms: carriers that price, makers that sell to them.

Carriers price the phones on their shelves and value a subscriber; in the open channel prices stand
at list, retailers keeping a part of them. Wholesale prices are those that make carriers' list
prices their best answer; makers' unit costs follow from what is said of their margins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.conduct.bargaining import make_links
from inroads.conduct.bargaining.base import gains_from_trade
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.implied_costs import implied_costs
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import InputError
from inroads.scenario.assemble import payments
from inroads.scenario.industry import Industry, Pair, Terms
from inroads.scenario.market import Market


@dataclass(frozen=True)
class Firms:
    """What is said of the firms behind a market; money in dollars.

    subscriber, prepaid: what a subscriber is worth to each carrier, one who may pay by instalments
    and one who may not. handling: what selling a phone costs a carrier, beside its wholesale price.
    fee: the part of the price that retailers keep in the open channel. margin: each maker's margin
    on what it is paid, as a fraction of it ("" for the others).
    """

    subscriber: Mapping[str, float]
    prepaid: Mapping[str, float]
    handling: float
    fee: float
    margin: Mapping[str, float]

    def margin_of(self, maker: str) -> float:
        """A maker's margin, as a fraction of what it is paid."""
        return float(self.margin.get(maker, self.margin[""]))

    def scaled(self, factor: float) -> Firms:
        """The same with subscribers worth `factor` times as much."""
        postpaid = {c: factor * v for c, v in self.subscriber.items()}
        return replace(
            self, subscriber=postpaid, prepaid={c: factor * v for c, v in self.prepaid.items()}
        )


@dataclass(frozen=True)
class Chain:
    """A market with its firms at the terms that its list prices imply.

    costs: by (device, channel): wholesale price, the maker's unit cost, the shop's, in dollars.
    """

    market: Market
    firms: Firms
    costs: pd.DataFrame

    def industry(self, *, terms: Terms | None = None) -> Industry:
        """The industry of this market, wholesale prices as they are."""
        found = _industry(self.market, self.firms, self.costs)
        return found if terms is None else replace(found, terms=terms)

    def entered(
        self,
        market: Market,
        making: Mapping[str, float],
        terms: Terms,
        weights_of: Callable[[frozenset[Pair]], Array] | None = None,
    ) -> Industry:
        """The industry of a market with offers that this one has not.

        Pairs of makers and carriers that are new bargain on `terms`; all others trade as they do.
        making: dollars it costs to make one, for devices of which that is not implied.
        """
        new = [o for o in _names(market) if o not in self.costs.index]
        cost = self.device_costs()
        rows = {}
        for device, channel in new:
            if device not in making and device not in cost:
                raise InputError.single(
                    expected=f"what {device} costs to make",
                    found="none",
                    where="making",
                    remedy="give making={device: dollars}.",
                )
            unit = float(making.get(device, cost.get(device, np.nan)))
            carrier = market.channels.loc[channel, "kind"] == "carrier"
            rows[device, channel] = [np.nan, unit, self.firms.handling if carrier else 0.0]
        added = pd.DataFrame.from_dict(rows, orient="index", columns=self.costs.columns)
        costs = pd.concat([self.costs, added]) if rows else self.costs
        old = set(zip(*_sides(self.market), strict=True))
        found = _industry(market, self.firms, costs.loc[_names(market)])
        pairs = zip(found.offers["maker"], found.offers["shop"], strict=True)
        fresh = np.array([pair not in old for pair in pairs])
        # Carriers' prices of new phones are looked for from what these cost to make.
        asked = fresh & ~found.offers["held"].to_numpy(bool)
        start = np.where(asked, found.offers["making"], found.offers["price"])
        offers = found.offers.assign(bargained=fresh, price=start)
        return replace(found, offers=offers, terms=terms, weights_of=weights_of)

    def device_costs(self) -> pd.Series:
        """What each device on sale costs to make: the mean over its offers, by units sold."""
        return self._device_costs

    @cached_property
    def _device_costs(self) -> pd.Series:
        units = pd.Series(self.market.solve().solution.unwrap(), _names(self.market))
        table = self.costs.assign(units=units)
        table["device"] = [device for device, _ in table.index]
        spent = (table["making"] * table["units"]).groupby(table["device"]).sum()
        return spent / table["units"].groupby(table["device"]).sum()

    def equipment_margin(self, carrier: str) -> float:
        """(revenue - cost) / revenue of phones sold by a carrier, at list prices."""
        own = self.market.select(channel=carrier)
        units = self.market.solve().solution.unwrap()[own]
        revenue = units @ self.market.table["price"].to_numpy(float)[own]
        return float(1 - units @ self.costs["wholesale"].to_numpy()[own] / revenue)

    def implied_power(self) -> pd.DataFrame:
        """By maker and carrier: gains of both from the pair's terms, and the carrier's weight at
        which these terms are the Nash bargain (linear prices, retail prices held): the part of the
        joint surplus, in utility of either, that it would take to be content with this split."""
        industry = self.industry()
        retail = industry.retail
        index = pd.Index(industry.firms)
        maker, shop = (index.get_indexer(industry.owner(of)) for of in ("maker", "shop"))
        talks = make_links(maker, shop, 0.5, "pair")
        here = retail.conditions(industry.column("price"), industry.given_wholesale)
        present = np.ones(len(industry.offers), dtype=bool)
        found = gains_from_trade(
            talks, here.profits, without_each_link(here, talks, present).profits
        )
        pairs = industry.pairs_of(talks)
        size = self.market.size
        return pd.DataFrame(
            {
                "maker": [pair[0] for pair in pairs],
                "carrier": [pair[1] for pair in pairs],
                "maker gain": found.manufacturer * size,
                "carrier gain": found.channel * size,
                "power": found.channel / found.joint,
                "units": talks.offers_lost @ here.choices.shares * size,
            }
        )


def chain(market: Market, firms: Firms) -> Chain:
    """A market's chain: wholesale prices from carriers' pricing, makers' costs from margins."""
    missing = [c for c in _carriers(market) if c not in firms.subscriber or c not in firms.prepaid]
    if missing:
        raise InputError.single(
            expected=f"what a subscriber is worth to {missing[0]}",
            found="none",
            where="firms",
            remedy="give it, in dollars (0 for a channel without service).",
        )
    names = _names(market)
    none = np.zeros(len(names))
    empty = pd.DataFrame({"wholesale": none, "making": none, "handling": none}, names)
    industry = _industry(market, firms, empty)
    p = industry.column("price")
    carrier = ~industry.offers["held"].to_numpy(bool)
    # What carriers pay and spend on a phone is one number, of which handling is known.
    paid = implied_costs(industry.retail, industry.stakes_at, p, none, none)
    wholesale = paid - firms.handling
    received = np.where(carrier, wholesale, (1 - firms.fee) * p)
    margin = np.array([firms.margin_of(maker) for maker in industry.offers["maker"]])
    costs = {
        "wholesale": np.where(carrier, wholesale, np.nan),
        "making": (1 - margin) * received,
        "handling": np.where(carrier, firms.handling, 0.0),
    }
    return Chain(market, firms, pd.DataFrame(costs, names))


def subscriber_scale(market: Market, firms: Firms, carrier: str, margin: float) -> float:
    """The factor on what subscribers are worth at which a carrier's equipment margin is `margin`.

    Exact, for implied wholesale prices are linear in what subscribers are worth.
    """
    at = [chain(market, firms.scaled(k)).equipment_margin(carrier) for k in (0.0, 1.0)]
    return (margin - at[0]) / (at[1] - at[0])


def _industry(market: Market, firms: Firms, costs: pd.DataFrame) -> Industry:
    """Offers, buyers linear in price around list prices, and carriers' stakes in subscribers."""
    table, arrays = market.table, market.arrays
    price = table["price"].to_numpy(float)
    _, dearer = payments(table.assign(price=price + 1.0), market.consumers)
    # The first column of X is what paying weighs, with its sign.
    money = market.tastes["money"] * arrays.spread(dearer + arrays.X[0])
    buyers = PricedDemand(
        utility=market.utility + money * price[:, None], alpha=money, weights=market.weights
    )
    channel = table["channel"].to_numpy(object)
    opens = table["kind"].to_numpy() == "open"
    maker, shop = _sides(market)
    cells = market.consumers.cells
    postpaid = cells["instalments"].to_numpy(bool)
    stakes = {}
    for c in _carriers(market):
        home = (cells["home"] == c).to_numpy()
        worth = np.where(postpaid, firms.subscriber.get(c, 0.0), firms.prepaid.get(c, 0.0))
        if worth.any():
            # Whoever buys in the open channel stays where it was.
            stays = np.where(opens[:, None], home, (channel == c)[:, None])
            stakes[c] = arrays.spread(worth * (stays.astype(float) - home))
    offers = pd.DataFrame(
        {
            "maker": maker,
            "shop": shop,
            "price": price,
            "kept": np.where(opens, 1 - firms.fee, 1.0),
            "held": opens,
            "device": table["device"].to_numpy(),
            "channel": channel,
        },
        index=costs.index,
    )
    return Industry(
        offers.assign(**{c: costs[c] for c in costs}), buyers, stakes=stakes, size=market.size
    )


def _sides(market: Market) -> tuple[np.ndarray, np.ndarray]:
    """Maker and shop of each offer: in the open channel makers sell themselves."""
    table = market.table
    maker = table["maker"].to_numpy(object)
    opens = table["kind"].to_numpy() == "open"
    return maker, np.where(opens, maker, table["channel"].to_numpy(object))


def _names(market: Market) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(market.offers[["device", "channel"]])


def _carriers(market: Market) -> list[str]:
    return list(market.channels.index[market.channels["kind"] == "carrier"])
