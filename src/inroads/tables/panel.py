"""A panel of markets: products with shares and prices, and the consumers drawn for each market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.errors import InputError, one_of, refuse
from inroads.tables.faults import levels_noted
from inroads.tables.panel_checks import (
    ids_at_fault,
    not_of_those_who_buy,
    places_at_fault,
    row_words,
    strangers,
    typed,
    weights_at_fault,
    weights_noted,
    wrong_shares,
)
from inroads.tables.panel_names import columns_by_place, in_same_markets, named_once, renamed
from inroads.tables.read import Labelled, TableSource, read_labelled
from inroads.tables.schema import row_numbers

#: what is done with products that sold nothing
Zeros = Literal["raise", "drop"] | float


@dataclass(frozen=True)
class Block:
    """Markets of one size: rows of products (B, J) and of agents (B, I), as positions."""

    products: np.ndarray
    agents: np.ndarray


@dataclass(frozen=True, kw_only=True, repr=False)
class Panel(Displayed):
    """Products and agents of many markets, with PyBLP's column names; `read_panel` makes one.

    Parameters
    ----------
    products : DataFrame
        N rows: market_ids, shares, prices, and what formulas use; firm_ids, product_ids,
        clustering_ids, nesting_ids (or nesting_ids0..., outermost first), demand_instruments0...,
        supply_instruments0..., ownership0... where wanted.
    agents : DataFrame or None
        market_ids, weights, nodes0..., availability0... (0 or 1, in the order of the market's
        products), demographics, distance0... for one that differs by product.
    notes : tuple of str
        What was done to the tables as they were read, and what is unusual about them.
    rows, agent_rows : array, optional
        Lines of the tables, as a spreadsheet counts them, for messages.
    outside : bool
        Whether there are consumers who buy nothing; otherwise shares of a market sum to one.
    """

    products: pd.DataFrame
    agents: pd.DataFrame | None
    notes: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    agent_rows: np.ndarray | None = None
    outside: bool = True

    def _card(self) -> Card:
        agents = "" if self.agents is None else f", {counted(len(self.agents), 'agent')}"
        return Card(
            line=f"Panel of {counted(len(self), 'product')} in "
            f"{counted(len(self.markets), 'market')}{agents}",
            table=self.products,
            next_steps=("ir.estimate(ir.Demand('1 + prices'), panel)", "panel.notes"),
        )

    @cached_property
    def markets(self) -> list[object]:
        """Market ids, in the order of their first products."""
        return list(dict.fromkeys(self.products["market_ids"]))

    def __len__(self) -> int:
        return len(self.products)

    def require_outside(self, where: str) -> None:
        """Refuse what hangs on consumers who buy nothing, where shares are of those who buy.

        Parameters
        ----------
        where : str
            What is asked for.

        Raises
        ------
        InputError
            For a panel read with outside=False.
        """
        if not self.outside:
            raise refuse(
                expected="shares of all consumers: it hangs on how many buy nothing",
                found="shares of those who buy (outside=False)",
                where=where,
                remedy="assume a size of the market, and see by ir.market_size_table what it does.",
            )

    def in_market(self, column: str) -> np.ndarray:
        """Sums of a column over each product's market.

        Parameters
        ----------
        column : str
            Of products.

        Returns
        -------
        (N,) array
            The same for all products of a market.
        """
        # By position: a user's index may have a level that is called like a column.
        values = pd.Series(self.products[column].to_numpy(float))
        ids = self.products["market_ids"].to_numpy()
        return np.asarray(values.groupby(ids, sort=False).transform("sum"))

    def in_order(self, values: Any) -> Any:
        """Values of products in the products' order.

        Parameters
        ----------
        values : (N, ...) array, Series or DataFrame
            Those labelled as the products are, but in another order, are put in the products';
            others are left as they come.

        Returns
        -------
        (N, ...) array, Series or DataFrame
            The values.
        """
        own = self.products.index
        if not isinstance(values, (pd.Series, pd.DataFrame)) or values.index.equals(own):
            return values
        alike = len(values) == len(own) and own.is_unique and values.index.is_unique
        return values.reindex(own) if alike and own.isin(values.index).all() else values

    @cached_property
    def blocks(self) -> list[Block]:
        """Markets gathered by size, so that those of one size are computed as one stack."""
        agent_rows = None if self.agents is None else _positions(self.agents)
        sizes: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]] = {}
        for market, products in _positions(self.products).items():
            agents = np.zeros(0, dtype=int) if agent_rows is None else agent_rows[market]
            sizes.setdefault((len(products), len(agents)), []).append((products, agents))
        return [
            Block(np.stack([p for p, _ in same]), np.stack([a for _, a in same]))
            for same in sizes.values()
        ]


def read_panel(
    products: TableSource,
    agents: TableSource | None = None,
    *,
    zeros: Zeros = "raise",
    on_duplicates: Literal["raise", "number"] = "raise",
    columns: Mapping[str, str] | None = None,
    prices: bool = True,
    outside: bool = True,
) -> Panel:
    """A panel from tables of any kind (see `read_table`).

    A pandas data frame keeps its index, here and in everything of the panel's length that is made
    of it; other tables are indexed 0, 1, 2, ..., as `pandas.read_csv` would. Messages count rows as
    a spreadsheet does, the first row of data being row 2. What was done stands in the panel's
    `notes`, as do weights that sum to less than one, and words for a missing value ("NA") that are
    levels of a column of text.

    Parameters
    ----------
    products : path or table
        With the columns that `Panel` names.
    agents : path or table, optional
        Likewise; `draw_agents` makes some.
    zeros : {"raise", "drop"} or float
        What to do with products whose share is exactly 0, of which no utility can be told: refuse
        them, leave them out, or put a share (1e-6 say) in its place.
    on_duplicates : {"raise", "number"}
        What to do with a product_ids that comes twice in a market, where names are to mean one
        offer: refuse it, or call each "ID (row R)".
    columns : mapping, optional
        New names of columns, {"list price": "prices"}, in whichever table has them.

    prices : bool
        Whether products need prices; of those without (free services, schools) demand is estimated
        with endogenous=(), and what hangs on prices is refused.
    outside : bool
        Whether shares are of all consumers, some of whom buy nothing. Without, they are of those
        who buy and sum to one in each market; demand then absorbs an effect of each market, and
        what hangs on who buys nothing (costs, prices, welfare) is refused.

    Returns
    -------
    Panel
        The tables, checked.

    Raises
    ------
    InputError
        With every problem: a missing column, text where a number belongs, an id that is blank, a
        product twice in a market, a share that is not between 0 and 1, a market whose shares sum to
        one or more, a market without agents and agents without a market, weights below zero or that
        sum to more than one, availability other than 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market": [1, 1, 2, 2], "product_ids": ["a", "b", "a", "b"],
    ...     "prices": [1.0, 2.0, 1.5, 2.5], "shares": [0.2, 0.3, 0.0, 0.4],
    ... })
    >>> panel = ir.read_panel(products, zeros="drop", columns={"market": "market_ids"})
    >>> len(panel), panel.notes
    (3, ('1 products with a share of 0 dropped (row 4)',))
    """
    _check_zeros(zeros)
    one_of("on_duplicates", on_duplicates, "raise", "number")
    sources = {"products": products} | ({} if agents is None else {"agents": agents})
    given = {name: read_labelled(source, name) for name, source in sources.items()}
    notes = [
        f"{name}: the first column, which has no name, is read as row names"
        for name, table in given.items()
        if table.names
    ]
    frames = renamed({name: table.frame for name, table in given.items()}, columns or {})
    index_names = {name: tuple(map(str, table.labels.names)) for name, table in given.items()}
    needed = ("shares", "prices") if prices else ("shares",)
    product_frame = typed(frames[0], "products", needed, index_names["products"])
    agent_frame = None
    if agents is not None:
        agent_frame = typed(frames[1], "agents", ("weights",), index_names["agents"])
    faults = [
        *ids_at_fault(product_frame, "products"),
        *([] if agent_frame is None else ids_at_fault(agent_frame, "agents")),
    ]
    if not faults:
        product_frame, faults = named_once(product_frame, on_duplicates == "number", notes)
    if faults:
        raise InputError(faults)
    if agent_frame is not None:
        agent_frame = in_same_markets(product_frame, agent_frame)
        faults = [*strangers(product_frame, agent_frame), *weights_at_fault(agent_frame, outside)]
    if not outside:
        faults += not_of_those_who_buy(product_frame)
    product_frame, agent_frame = _without_zeros(product_frame, agent_frame, zeros, notes)
    dropping = "read_panel(..., zeros='drop')" if zeros == "raise" else ""
    faults += wrong_shares(product_frame, dropping, outside)
    if not outside:
        # One but for rounding, and for zeros that were replaced.
        ids, shares = product_frame["market_ids"], product_frame["shares"]
        product_frame = product_frame.assign(shares=shares / shares.groupby(ids).transform("sum"))
    if not faults:
        faults = list(places_at_fault(product_frame, agent_frame))
    if faults:
        raise InputError(faults)
    levels = [*levels_noted(product_frame)] + (
        [] if agent_frame is None else [*levels_noted(agent_frame)]
    )
    if levels:
        notes.append(f"levels like any other, not blank cells: {'; '.join(levels)}")
    notes += [] if agent_frame is None else weights_noted(agent_frame)
    return Panel(
        products=_labelled(product_frame, given["products"]),
        agents=None if agent_frame is None else _labelled(agent_frame, given["agents"]),
        notes=tuple(notes),
        rows=product_frame.index.to_numpy(),
        agent_rows=None if agent_frame is None else agent_frame.index.to_numpy(),
        outside=outside,
    )


def _labelled(frame: pd.DataFrame, given: Labelled) -> pd.DataFrame:
    """The frame with the labels that its rows came with instead of their numbers."""
    if len(frame) == len(given.labels):
        return frame.set_axis(given.labels)
    return frame.set_axis(given.labels[np.searchsorted(given.frame.index, frame.index)])


def _check_zeros(zeros: Zeros) -> None:
    number = isinstance(zeros, (int, float)) and not isinstance(zeros, bool)
    if not (0 < zeros < 1 if number else zeros in ("raise", "drop")):  # type: ignore[operator]
        raise refuse(
            expected="'raise', 'drop', or a share above 0 and below 1 that takes the place of 0",
            found=repr(zeros),
            where="zeros",
            remedy="choose one; 1e-6 is one buyer in a million consumers.",
        )


def _without_zeros(
    product_frame: pd.DataFrame, agent_frame: pd.DataFrame | None, zeros: Zeros, notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Products that sold nothing dropped or given a share, which `notes` then tells."""
    none = product_frame["shares"].to_numpy() == 0
    if zeros == "raise" or not none.any():
        return product_frame, agent_frame
    rows = row_words([r for r, z in zip(row_numbers(product_frame), none, strict=True) if z])
    if zeros != "drop":
        notes.append(f"{none.sum()} shares of 0 replaced by {zeros:g} ({rows})")
        return product_frame.assign(
            shares=np.where(none, zeros, product_frame["shares"])
        ), agent_frame
    by_place = columns_by_place(product_frame, agent_frame)
    if by_place or none.all():
        actual = f"the column {by_place[0]}" if by_place else "nothing else"
        raise refuse(
            expected="products with shares above 0 beside those that are dropped, and no columns "
            "that count products by their places",
            found=actual,
            where="zeros",
            remedy="give a number instead of 'drop', or drop the products yourself.",
        )
    notes.append(f"{none.sum()} products with a share of 0 dropped ({rows})")
    sold = product_frame[~none]
    lost = set(product_frame["market_ids"]) - set(sold["market_ids"])
    if lost:
        market_names = ", ".join(sorted(map(str, lost))[:5])
        notes.append(f"{len(lost)} markets in which nothing sold dropped: {market_names}")
        if agent_frame is not None:
            agent_frame = agent_frame[~agent_frame["market_ids"].isin(lost)]
    return sold, agent_frame


def _positions(frame: pd.DataFrame) -> dict[object, np.ndarray]:
    codes, ids = pd.factorize(frame["market_ids"])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(ids)))
    return dict(zip(ids, np.split(order, starts[1:]), strict=True))
