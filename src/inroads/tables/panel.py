"""A panel of markets: products with shares and prices, and the consumers drawn for each market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.errors import InputError, Problem
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import TableSource, read_table
from inroads.tables.schema import row_numbers, suggestion

IDS = ("market_ids", "product_ids", "firm_ids", "clustering_ids", "nesting_ids", "channel_ids")


@dataclass(frozen=True)
class Block:
    """Markets of one size: rows of products (B, J) and of agents (B, I), as positions."""

    products: np.ndarray
    agents: np.ndarray


@dataclass(frozen=True)
class Panel:
    """Products (N rows) and agents (or None), with PyBLP's column names.

    products: market_ids, shares, prices, and what formulas use; firm_ids, product_ids,
    clustering_ids, nesting_ids, demand_instruments0... where wanted. agents: market_ids, weights,
    nodes0..., demographics.
    """

    products: pd.DataFrame
    agents: pd.DataFrame | None

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


def read_panel(products: TableSource, agents: TableSource | None = None) -> Panel:
    """A panel from tables of any kind (see `read_table`).

    Raises InputError with every problem: a missing column, text where a number belongs, a share
    that is not between 0 and 1, a market whose shares sum to one or more, a market without agents,
    weights that sum to more than one.
    """
    goods = _typed(read_table(products, "products"), "products", ("shares", "prices"))
    people = (
        None if agents is None else _typed(read_table(agents, "agents"), "agents", ("weights",))
    )
    problems = [*_wrong_shares(goods), *([] if people is None else _wrong_agents(goods, people))]
    if problems:
        raise InputError(problems)
    return Panel(goods, people)


def _typed(frame: pd.DataFrame, name: str, needed: tuple[str, ...]) -> pd.DataFrame:
    """Every column of numbers as numbers; ids as they are."""
    missing = [c for c in ("market_ids", *needed) if c not in frame]
    if missing:
        raise InputError(
            Problem(
                name,
                1,
                c,
                None,
                f"a column '{c}'",
                suggestion(c, map(str, frame.columns)) or "add the column.",
            )
            for c in missing
        )
    columns, problems = {}, []
    for column in map(str, frame.columns):
        if column in IDS:
            columns[column] = frame[column].to_numpy()
            continue
        if pd.api.types.is_numeric_dtype(frame[column]):
            columns[column] = frame[column].to_numpy(dtype=float)
            continue
        cells = [cell_text(cell) for cell in frame[column]]
        numbers = [parse_number(cell) for cell in cells]
        if all(n is not None for n in numbers):
            columns[column] = np.array(numbers, dtype=float)
        elif column in needed or column.startswith(("demand_instruments", "nodes")):
            problems += [
                Problem(name, row, column, cell, "a number", "write digits only.")
                for row, cell, n in zip(row_numbers(frame), cells, numbers, strict=True)
                if n is None
            ]
        else:
            columns[column] = np.array(cells, dtype=object)
    for column, values in columns.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row = row_numbers(frame)[int(np.argmin(np.isfinite(values)))]
            problems.append(
                Problem(name, row, column, "no finite number", "a number", "fill in the cell.")
            )
    if problems:
        raise InputError(problems)
    return pd.DataFrame(columns, index=frame.index)


def _wrong_shares(products: pd.DataFrame) -> Iterator[Problem]:
    shares = products["shares"].to_numpy()
    remedy = (
        "give shares of all consumers in the market, 0.05 for 5 percent; drop what sold nothing."
    )
    for place in np.flatnonzero(~((shares > 0) & (shares < 1))):
        row = row_numbers(products)[place]
        expected = "a share above 0 and below 1"
        yield Problem("products", row, "shares", f"{shares[place]:g}", expected, remedy)
    sums = products.groupby("market_ids", sort=False)["shares"].sum()
    for market, total in sums[sums >= 1].items():
        yield Problem(
            "products",
            None,
            "shares",
            f"a sum of {total:.6g} in market {market}",
            "shares that sum to less than 1 in each market",
            remedy,
        )


def _wrong_agents(products: pd.DataFrame, agents: pd.DataFrame) -> Iterator[Problem]:
    without = set(products["market_ids"]) - set(agents["market_ids"])
    for market in sorted(without, key=str):
        yield Problem(
            "agents",
            None,
            "market_ids",
            f"no agents in market {market}",
            "agents in every market of products",
            "add them, or drop the market.",
        )
    sums = agents.groupby("market_ids", sort=False)["weights"].sum()
    # Importance sampling weighs the draws so that their sum may fall short of one, never above.
    for market, total in sums[~((sums > 0) & (sums < 1 + 1e-6))].items():
        yield Problem(
            "agents",
            None,
            "weights",
            f"a sum of {total:.6g} in market {market}",
            "weights that sum to at most 1 in each market",
            "divide them by their sum.",
        )


def _positions(frame: pd.DataFrame) -> dict[object, np.ndarray]:
    codes, ids = pd.factorize(frame["market_ids"])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(ids)))
    return dict(zip(ids, np.split(order, starts[1:]), strict=True))
