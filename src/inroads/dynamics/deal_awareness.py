"""Who knows what in a period in which deals are bargained over, should one of them break down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.market.market import Market, Pair


def weights_given_deals(
    market: Market, before: Market
) -> Callable[[Market, frozenset[Pair]], Array] | None:
    """See `Market.weights_given_deals`: where the last of a manufacturer's deals breaks down, its
    brands stay as little known as before the period's moves. None where no campaign comes with a
    deal."""
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
    weights_of: dict[frozenset[str], Array] = {}

    def weights(_: Market, pairs: frozenset[Pair]) -> Array:
        silent = frozenset(campaigners - {m for m, seller in pairs if seller in with_members})
        if silent not in weights_of:
            quiet = [brand for manufacturer in silent for brand in brands[manufacturer]]
            awareness = after_moves.assign(**{brand: earlier[brand] for brand in quiet})
            consumers = replace(market.labelled_consumers, awareness=awareness)
            types = consumers.split_by_awareness(sorted(set(columns["brand"])))
            arrays = replace(market.arrays, types=types)
            weights_of[silent] = arrays.weights(market.tastes.get("credit", 0.0))
        return weights_of[silent]

    return weights
