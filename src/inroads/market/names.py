"""Offers by the names of what they are of, and names as a market has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Mask
from inroads.errors import refuse
from inroads.tables.naming import label, suggestion

if TYPE_CHECKING:
    from inroads.market.market import Market


def select_offers(
    market: Market,
    *,
    manufacturer: str | None = None,
    product: str | Iterable[str] | None = None,
    channel: str | Iterable[str] | None = None,
    offer: object | None = None,
) -> Mask:
    """Which offers match all of the names given.

    Parameters
    ----------
    market : Market
        Whose offers.
    manufacturer : str, optional
        One.
    product, channel : str or iterable of str, optional
        One or several; products of a labelled market.
    offer : object, optional
        An offer's own name.

    Returns
    -------
    (J,) mask
        True for those that do.

    Raises
    ------
    InputError
        For unknown names.
    """
    mask = np.ones(len(market.offers), dtype=bool)
    if manufacturer is not None:
        manufacturer = require_name(market, "manufacturer", manufacturer)
        mask &= market.columns["manufacturer"] == manufacturer
    for kind, names in (("product", product), ("channel", channel)):
        if names is not None:
            listed = list(names) if isinstance(names, (list, tuple, pd.Index)) else [names]
            labels = {require_name(market, kind, name) for name in listed}
            mask &= np.array([name in labels for name in market.offers[kind]], dtype=bool)
    if offer is not None:
        offer = require_name(market, "offer", offer)
        mask &= np.array([name == offer for name in market.offer_names], dtype=bool)
    return mask


def require_name(market: Market, kind: str, name: object) -> Any:
    """What is so called, as the market has it: firm 1 is "1" where names are text.

    Parameters
    ----------
    market : Market
        Whose names.
    kind : {"manufacturer", "brand", "product", "channel", "firm", "offer"}
        What is looked for.
    name : object
        How it is called.

    Returns
    -------
    object
        Its label.

    Raises
    ------
    InputError
        Where there is none such, with a suggestion.
    """
    if kind in ("product", "brand") and not market.is_labelled:
        raise refuse(
            expected=f"a market with {kind}s",
            found="demand as arrays (PricedDemand)",
            where="move",
            remedy="name the offer, its manufacturer or its channel.",
        )
    names: Iterable[object]
    if kind in ("manufacturer", "brand"):
        names = (market.products if market.is_labelled else market.offers)[kind]
    elif kind == "product":
        names = market.products.index
    elif kind == "channel":
        names = market.channels.index if market.is_labelled else market.offers["channel"]
    elif kind == "firm":
        names = [*market.firm_columns["manufacturer"], *market.firm_columns["seller"]]
    else:
        names = market.offer_names
    choices = list(dict.fromkeys(names))
    named = label(name, choices)
    if named is None:
        texts = list(map(str, choices))
        hint = suggestion(str(name), texts) or f"choose from {', '.join(texts[:12])}."
        raise refuse(
            expected=f"{'an' if kind == 'offer' else 'a'} {kind} of this market",
            found=repr(name),
            where="move",
            remedy=hint,
        )
    return named
