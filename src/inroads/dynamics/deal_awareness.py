"""Who knows what in a period in which deals are bargained over, should one of them break down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.market.market import Market, Pair
from inroads.market.moves import Exposure


def weights_given_deals(
    market: Market, before: Market
) -> Callable[[Market, frozenset[Pair]], Array] | None:
    """See `Market.weights_given_deals`: where a deal breaks down, its channel does not run its
    campaign, and where the last of a manufacturer's does, its brands stay as little known as before
    the period's moves. None where no campaign comes with a deal."""
    after_moves = market.labelled_consumers.awareness
    earlier = before.labelled_consumers.awareness
    louder = [
        b
        for b in after_moves
        if b in earlier and not np.allclose(after_moves[b], earlier[b], rtol=0, atol=1e-15)
    ]
    brands: dict[str, set[str]] = {}
    columns = market.columns
    for manufacturer, brand in zip(columns["manufacturer"], columns["brand"], strict=True):
        if brand in louder:
            brands.setdefault(manufacturer, set()).add(brand)
    with_members = set(market.channels.index[market.channels["has_members"]])
    negotiated: Mask = market.firm_columns["negotiated"].astype(bool)
    campaigners = set(market.firm_columns["manufacturer"][negotiated]) & set(brands)
    if not campaigners:
        return None
    exposures = [m for m in market.moves[len(before.moves) :] if isinstance(m, Exposure)]
    weights_of: dict[frozenset[Pair], Array] = {}

    def weights(_: Market, pairs: frozenset[Pair]) -> Array:
        deals = frozenset((m, c) for m, c in pairs if m in campaigners and c in with_members)
        if deals not in weights_of:
            awareness = after_moves
            for manufacturer in campaigners:
                channels = {c for m, c in deals if m == manufacturer}
                for brand in brands[manufacturer]:
                    own = [e for e in exposures if e.brand == brand]
                    if own:
                        seen = _seen(market, earlier[[brand]], own, channels)
                        awareness = awareness.assign(**{brand: seen})
                    elif not channels:
                        awareness = awareness.assign(**{brand: earlier[brand]})
            consumers = replace(market.labelled_consumers, awareness=awareness)
            types = consumers.split_by_awareness(sorted(set(columns["brand"])))
            arrays = replace(market.arrays, types=types)
            weights_of[deals] = arrays.weights(market.tastes.get("credit", 0.0))
        return weights_of[deals]

    return weights


def _seen(
    market: Market, earlier: pd.DataFrame, exposures: list[Exposure], channels: set[str]
) -> pd.Series:
    """Awareness of a brand after the campaigns of those channels alone that have a deal, and those
    of nobody's."""
    consumers = replace(market.labelled_consumers, awareness=earlier)
    other = replace(market, consumers=consumers)
    for e in exposures:
        running = e.channels and tuple(c for c in e.channels if c in channels)
        if running != ():
            other = replace(e, channels=running).apply(other)
    return other.labelled_consumers.awareness.iloc[:, 0]
