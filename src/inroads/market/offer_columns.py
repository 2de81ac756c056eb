"""A market's offers as arrays by name, made of its tables of offers, products and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice import payment_factor
from inroads.choice.base import Array
from inroads.market.offers import FILLED

if TYPE_CHECKING:
    from inroads.market.market import Market

#: arrays (J,) by the name of the column
Columns = dict[str, np.ndarray]
_OF_PRODUCT = ("manufacturer", "brand", "platform", "tier", "quality")
_MONTHS = 12.0
_OF_CHANNEL = ("has_members", "standard", "appeal")


def offer_columns(market: Market) -> Columns:
    """Offers, labelled ones with the columns of their products and channels."""
    columns = {str(c): market.offers[c].to_numpy() for c in market.offers}
    if not market.is_labelled:
        return columns
    tastes = tuple(market.labelled_consumers.tastes)
    added = {name: columns[name].astype(float) for name in tastes if name in columns}
    for table, row, names in (
        (market.products, columns["product"], (*_OF_PRODUCT, *tastes)),
        (market.channels, columns["channel"], _OF_CHANNEL),
    ):
        at = table.index.get_indexer(row)
        columns |= {name: table[name].to_numpy()[at] for name in names}
    # A characteristic may be of channels and single offers too: at is that of channels.
    columns |= {
        n: columns[n] + market.channels[n].to_numpy()[at] for n in tastes if n in market.channels
    }
    columns |= {n: columns[n] + np.where(np.isnan(more), 0.0, more) for n, more in added.items()}
    if market.at_channels:
        pairs = zip(columns["manufacturer"], columns["channel"], strict=True)
        columns["extra"] = columns["extra"] + [market.at_channels.get(p, 0.0) for p in pairs]
    return columns


def firm_columns(market: Market) -> Columns:
    """The firms' side of labelled offers: every one of `offers.FIRM_COLUMNS`, and the product.

    In an open channel manufacturers sell themselves, at list prices, retailers keeping a part of
    them; of what buyers pay over time a channel keeps what funds and losses leave. price: `start`
    where offers have it, the list price elsewhere.
    """
    columns, facts = market.columns, market.firm_facts
    is_open = ~columns["has_members"].astype(bool)
    manufacturer, channel = columns["manufacturer"], columns["channel"]
    cut = 0.0 if facts is None else facts.open_channel_cut
    price = columns["price"].astype(float)
    if "start" in columns:
        start = columns["start"].astype(float)
        price = np.where(np.isnan(start), price, start)
    defaults: dict[str, Any] = {
        **FILLED,
        "retail_share": np.where(is_open, 1 - cut, kept_share(market)),
        "price_fixed": is_open,
    }
    every = {name: columns.get(name, defaults[name]) for name in defaults}
    return {
        "manufacturer": manufacturer,
        "channel": channel,
        "seller": np.where(is_open, manufacturer, channel),
        "product": columns["product"],
        "price": price,
        **{name: np.broadcast_to(values, price.shape) for name, values in every.items()},
    }


def kept_share(market: Market) -> Array:
    """The part of its price (J,) that a channel keeps, were its buyers its members: those who may
    pay over time do, which costs it funds and losses."""
    columns, facts = market.columns, market.firm_facts
    price = columns["price"].astype(float)
    remaining = np.ones(len(price))
    if facts is None or not (facts.funds_rate or facts.financed_loss):
        return remaining
    cells, credit = market.labelled_consumers.columns, market.tastes.get("credit", 0.0)
    weight = cells["weight"].astype(float) + credit * cells["credit"].astype(float)
    may_finance = cells["may_finance"].astype(bool)
    months = columns["months"].astype(float)
    upfront = np.maximum(columns["down"].astype(float), price - columns["limit"].astype(float))
    later = np.where(months > 0, 1 - np.clip(upfront / price, 0.0, 1.0), 0.0)
    paid = (1 - facts.financed_loss) * payment_factor(facts.funds_rate / _MONTHS, months)
    for channel in dict.fromkeys(columns["channel"]):
        own, members = columns["channel"] == channel, cells["home"] == channel
        if (everyone := weight[members].sum()) > 0:
            financed = weight[members & may_finance].sum() / everyone
            remaining[own] -= (financed * later * (1 - paid))[own]
    return remaining


def offer_names(market: Market) -> pd.Index:
    """What offers are called: (product, channel) where labelled."""
    if not market.is_labelled:
        return market.offers.index
    arrays = [market.columns["product"], market.columns["channel"]]
    return pd.MultiIndex.from_arrays(arrays, names=["product", "channel"])
