"""Changes of a market that leave most of its arrays as they are, which are then taken along.

What is derived from a market's tables is computed once a market. Where only numbers change from
one market to the next (weights, awareness, list prices, terms), what these do not enter is not
computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.market.utility_columns import payment_weights

if TYPE_CHECKING:
    from inroads.market.market import Market


def with_weights(market: Market, weight: Array, awareness: pd.DataFrame, size: float) -> Market:
    """A labelled market whose cells have other weights (C,), and know other brands."""
    old, columns = market.labelled_consumers, market.labelled_consumers.columns
    none = np.zeros(len(weight))
    consumers = replace(old, cells=old.cells.assign(weight=weight, credit=0.0), awareness=awareness)
    consumers.__dict__.update(columns=columns | {"weight": weight, "credit": none}, money=old.money)
    if list(awareness.index) == list(old.awareness.index):
        consumers.__dict__["home_rows"] = old.home_rows
    types = consumers.split_by_awareness(sorted(set(market.columns["brand"])))
    arrays = replace(market.arrays, types=types, weight=weight, credit=none)
    other = replace(market, consumers=consumers, size=size)
    return carrying(other, columns=market.columns, arrays=arrays)


def with_awareness(market: Market, awareness: pd.DataFrame) -> Market:
    """A labelled market whose consumers know other brands, of those that not everyone knows."""
    old = market.labelled_consumers
    consumers = replace(old, awareness=awareness)
    consumers.__dict__.update(columns=old.columns, money=old.money, home_rows=old.home_rows)
    other = carrying(replace(market, consumers=consumers), columns=market.columns)
    if "arrays" in market.__dict__:
        types = consumers.split_by_awareness(sorted(set(market.columns["brand"])))
        carrying(other, arrays=replace(market.arrays, types=types))
    return other


def at_list_prices(market: Market, prices: Array) -> Market:
    """A labelled market at other list prices (J,), which only its columns say: moves begin from its
    table of offers, which stays as it is."""
    columns = market.columns | {"price": prices}
    _, payment = payment_weights(columns, market.labelled_consumers)
    arrays = replace(market.arrays, X=np.concatenate([-payment[None], market.arrays.X[1:]]))
    return carrying(replace(market), columns=columns, arrays=arrays)


def with_offer_columns(market: Market, values: Mapping[str, object]) -> Market:
    """A labelled market with columns of offers that no consumer minds: costs, terms, flags."""
    columns = _broadcast(market, values)
    return _carried(market, replace(market, offers=market.offers.assign(**columns)), columns)


def with_columns(market: Market, values: Mapping[str, object]) -> Market:
    """The same where only the columns say it, as in `at_list_prices`: for a market that is solved,
    and not moved on from."""
    return _carried(market, replace(market), _broadcast(market, values))


def _carried(market: Market, other: Market, columns: dict[str, np.ndarray]) -> Market:
    derived = {} if market.weights_given_deals else {"demand": market.demand}
    return carrying(other, columns=market.columns | columns, arrays=market.arrays, **derived)


def _broadcast(market: Market, values: Mapping[str, object]) -> dict[str, np.ndarray]:
    shape = (len(market.offers),)
    return {name: np.broadcast_to(np.asarray(v), shape) for name, v in values.items()}


def carrying(market: Market, **derived: object) -> Market:
    """The market, these of its cached properties being known already."""
    market.__dict__.update(derived)
    return market


def lightened(market: Market) -> Market:
    """The market, arrays by offer and cell let go until they are asked for again: many are kept."""
    for name in ("arrays", "demand"):
        market.__dict__.pop(name, None)
    return market
