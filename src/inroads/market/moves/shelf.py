"""Offers put on a shelf and taken off it: what moves on offers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice import Nested
from inroads.choice.base import Mask
from inroads.conduct.demand_systems import CES, Overlapping
from inroads.conduct.priced_demand import PricedDemand
from inroads.market.market import Market
from inroads.market.moves.base import refuse_move
from inroads.market.names import require_name, select_offers


def add_offers(
    move: object,
    market: Market,
    products: Iterable[str],
    channel: str,
    *,
    price: float | None,
    financing: bool = True,
    production_cost: float | None = None,
    retail_cost: float | None = None,
    wholesale: float | None = None,
) -> Market:
    """A labelled market with one more offer of each product."""
    require_name(market, "channel", channel)
    shelf, rows = market.channels.loc[channel], list[dict[str, object]]()
    for product in products:
        if select_offers(market, product=product, channel=channel).any():
            raise refuse_move(
                move,
                f"{product} not yet on sale at {channel}",
                "it is already",
                "drop this move, or change its price with SetPrice",
            )
        row = market.products.loc[product]
        list_price = float(row["price"]) if price is None else float(price)
        if not list_price > 0:
            expected = "a price above 0 dollars"
            raise refuse_move(move, expected, f"{list_price:g}", "give the price in dollars")
        offer: dict[str, object] = {
            "product": product,
            "channel": channel,
            "price": list_price,
            "months": float(shelf["months"]) if financing else 0.0,
            "down": float(shelf["down"]),
            "limit": float(shelf["limit"]),
            "standards": str(row["standards"]),
            "extra": 0.0,
        }
        if market.has_firms:
            offer |= _firm_columns(
                move,
                market,
                row,
                shelf,
                price=float(row["price"]) if row["price"] > 0 else list_price,
                production_cost=production_cost,
                retail_cost=retail_cost,
                wholesale=wholesale,
            )
        rows.append(offer)
    return replace(market, offers=_with_rows(market.offers, rows))


def _with_rows(offers: pd.DataFrame, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Offers with more rows; what either does not say is nan."""
    names = dict.fromkeys([*offers, *(name for row in rows for name in row)])
    none = np.full(len(offers), np.nan)
    columns = {}
    for name in names:
        old = offers[name].to_numpy() if name in offers else none
        new = np.array([row.get(name, np.nan) for row in rows], dtype=object)
        alike = old.dtype != object and all(isinstance(x, bool) == (old.dtype == bool) for x in new)
        columns[name] = np.concatenate([old, new.astype(old.dtype if alike else object)])
    return pd.DataFrame(columns)


def _firm_columns(
    move: object,
    market: Market,
    product: pd.Series,
    shelf: pd.Series,
    *,
    price: float,
    production_cost: float | None,
    retail_cost: float | None,
    wholesale: float | None,
) -> dict[str, object]:
    """The firms' side of a new offer; without a wholesale price it is to be negotiated."""
    facts, is_open = market.firm_facts, not shelf["has_members"]
    cost = product.get("production_cost", np.nan) if production_cost is None else production_cost
    if not np.isfinite(cost):
        expected = f"what {product.name} costs to make"
        remedy = "give production_cost=, or products['production_cost']."
        raise refuse_move(move, expected, "none", remedy)
    if retail_cost is None:
        retail_cost = 0.0
        if not is_open and facts is not None:
            retail_cost = facts.selling_cost(str(shelf.name), price)
    columns: dict[str, object] = {
        "wholesale": np.nan if wholesale is None else wholesale,
        "production_cost": float(cost),
        "retail_cost": retail_cost,
        # Channels' prices of what is new are looked for from what it costs to make.
        "start": float(cost) if wholesale is None and not is_open else np.nan,
        "negotiated": wholesale is None,
    }
    defaults = {"retail_share": 1.0 if not is_open or facts is None else 1 - facts.open_channel_cut}
    defaults |= {"channel_pays": 1.0, "manufacturer_receives": 1.0, "capacity": np.inf}
    defaults |= {"price_fixed": bool(is_open)}
    return columns | {name: v for name, v in defaults.items() if name in market.offers}


def without_offers(move: object, market: Market, mask: Mask) -> Market:
    """The market without the offers of a mask (J,)."""
    stay = ~mask
    if market.is_labelled:
        return replace(market, offers=market.offers[stay].reset_index(drop=True))
    if not stay.any():
        raise refuse_move(move, "an offer that stays", "none", "leave something on the shelf.")
    offers = market.offers[stay]
    return replace(
        market,
        offers=offers,
        consumers=_of_fewer(move, market.consumers, stay),
        stakes={firm: stake[stay] for firm, stake in market.stakes.items()},
        owners=standing_owners(market, offers),
    )


def _of_fewer(move: object, demand: Any, stay: Mask) -> Any:
    """Demand for the offers of a mask (J,), where it says what is bought without the others."""
    if isinstance(demand, Overlapping):
        left = stay[demand.of]
        of = (np.cumsum(stay) - 1)[demand.of[left]].astype(np.intp)
        return Overlapping(_of_fewer(move, demand.copies, left), of)
    if isinstance(demand, CES):
        return CES(_of_fewer(move, demand.spending, stay))
    if not isinstance(demand, PricedDemand):
        actual, remedy = type(demand).__name__, "use logit, nests or CES."
        raise refuse_move(move, "a demand that says what is bought without", actual, remedy)
    return replace(
        demand,
        utility=demand.utility[stay],
        alpha=demand.alpha[stay] if demand.alpha_by_offer else demand.alpha,
        model=demand.model.subset(stay) if isinstance(demand.model, Nested) else demand.model,
    )


def standing_owners(market: Market, offers: pd.DataFrame) -> dict[str, str]:
    """Owners of the firms that still have offers."""
    left = {*offers["manufacturer"], *offers["seller"]}
    return {firm: owner for firm, owner in market.owners.items() if firm in left}
