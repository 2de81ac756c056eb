"""A panel of markets: products with shares and prices, and the consumers drawn for each market."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.tables.panel_checks import (
    ids_at_fault,
    places_at_fault,
    rows_said,
    strangers,
    typed,
    weights_at_fault,
    weights_noted,
    wrong_shares,
)
from inroads.tables.read import TableSource, read_table
from inroads.tables.schema import row_numbers

#: what is done with products that sold nothing
Zeros = Literal["raise", "drop"] | float


@dataclass(frozen=True)
class Block:
    """Markets of one size: rows of products (B, J) and of agents (B, I), as positions."""

    products: np.ndarray
    agents: np.ndarray


@dataclass(frozen=True)
class Panel:
    """Products (N rows) and agents (or None), with PyBLP's column names.

    products: market_ids, shares, prices, and what formulas use; firm_ids, product_ids,
    clustering_ids, nesting_ids (or nesting_ids0..., outermost first), demand_instruments0...,
    supply_instruments0..., ownership0... where wanted. agents: market_ids, weights, nodes0...,
    availability0... (0 or 1, in the order of the market's products), demographics. notes: what was
    done to the tables as they were read, and what is unusual about them.
    """

    products: pd.DataFrame
    agents: pd.DataFrame | None
    notes: tuple[str, ...] = ()

    @cached_property
    def markets(self) -> list[object]:
        """Market ids, in the order of their first products."""
        return list(dict.fromkeys(self.products["market_ids"]))

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def blocks(self) -> list[Block]:
        """Markets gathered by size, so that those of one size are computed as one stack."""
        people = None if self.agents is None else _positions(self.agents)
        sizes: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]] = {}
        for market, products in _positions(self.products).items():
            agents = np.zeros(0, dtype=int) if people is None else people[market]
            sizes.setdefault((len(products), len(agents)), []).append((products, agents))
        return [
            Block(np.stack([p for p, _ in same]), np.stack([a for _, a in same]))
            for same in sizes.values()
        ]


def read_panel(
    products: TableSource, agents: TableSource | None = None, *, zeros: Zeros = "raise"
) -> Panel:
    """A panel from tables of any kind (see `read_table`).

    zeros: what to do with products whose share is exactly 0, of which no utility can be told:
    "raise" refuses them, "drop" leaves them out, a number (a share, 1e-6 say) takes its place.
    What was done stands in the panel's `notes`, as do weights that sum to less than one.

    Raises InputError with every problem: a missing column, text where a number belongs, an id that
    is blank, a share that is not between 0 and 1, a market whose shares sum to one or more, a
    market without agents and agents without a market, weights below zero or that sum to more than
    one, availability other than 0 and 1.
    """
    _check_zeros(zeros)
    goods = typed(read_table(products, "products"), "products", ("shares", "prices"))
    people = None if agents is None else typed(read_table(agents, "agents"), "agents", ("weights",))
    faults = [
        *ids_at_fault(goods, "products"),
        *([] if people is None else ids_at_fault(people, "agents")),
    ]
    if faults:
        raise InputError(faults)
    notes: list[str] = []
    if people is not None:
        faults = [*strangers(goods, people), *weights_at_fault(people)]
    goods, people = _without_zeros(goods, people, zeros, notes)
    faults += wrong_shares(goods, "read_panel(..., zeros='drop')" if zeros == "raise" else "")
    if not faults:
        faults = list(places_at_fault(goods, people))
    if faults:
        raise InputError(faults)
    return Panel(goods, people, (*notes, *([] if people is None else weights_noted(people))))


def _check_zeros(zeros: Zeros) -> None:
    number = isinstance(zeros, (int, float)) and not isinstance(zeros, bool)
    if not (0 < zeros < 1 if number else zeros in ("raise", "drop")):  # type: ignore[operator]
        raise InputError.single(
            expected="'raise', 'drop', or a share above 0 and below 1 that takes the place of 0",
            found=repr(zeros),
            where="zeros",
            remedy="choose one; 1e-6 is one buyer in a million consumers.",
        )


def _without_zeros(
    goods: pd.DataFrame, people: pd.DataFrame | None, zeros: Zeros, notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Products that sold nothing dropped or given a share, which `notes` then tells."""
    none = goods["shares"].to_numpy() == 0
    if zeros == "raise" or not none.any():
        return goods, people
    rows = rows_said([r for r, z in zip(row_numbers(goods), none, strict=True) if z])
    if zeros != "drop":
        notes.append(f"{none.sum()} shares of 0 replaced by {zeros:g} ({rows})")
        return goods.assign(shares=np.where(none, zeros, goods["shares"])), people
    by_place = [
        str(c)
        for frame in (goods, people)
        if frame is not None
        for c in frame
        if str(c) in ("ownership0", "availability0")
    ]
    if by_place or none.all():
        found = f"the column {by_place[0]}" if by_place else "nothing else"
        raise InputError.single(
            expected="products with shares above 0 beside those that are dropped, and no columns "
            "that count products by their places",
            found=found,
            where="zeros",
            remedy="give a number instead of 'drop', or drop the products yourself.",
        )
    notes.append(f"{none.sum()} products with a share of 0 dropped ({rows})")
    kept = goods[~none]
    lost = set(goods["market_ids"]) - set(kept["market_ids"])
    if lost:
        said = ", ".join(sorted(map(str, lost))[:5])
        notes.append(f"{len(lost)} markets in which nothing sold dropped: {said}")
        if people is not None:
            people = people[~people["market_ids"].isin(lost)]
    return kept, people


def _positions(frame: pd.DataFrame) -> dict[object, np.ndarray]:
    codes, ids = pd.factorize(frame["market_ids"])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(ids)))
    return dict(zip(ids, np.split(order, starts[1:]), strict=True))
