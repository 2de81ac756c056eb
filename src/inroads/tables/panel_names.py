"""What the columns and the products of a panel are called."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inroads.errors import Problem, refuse
from inroads.tables.cells import cell_text
from inroads.tables.csv_text import check_columns
from inroads.tables.naming import suggestion
from inroads.tables.schema import row_numbers


def named_once(
    products: pd.DataFrame, number: bool, notes: list[str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Products whose names mean one offer each; those named twice in a market are told, or numbered
    by their rows, which `notes` then tells."""
    if "product_ids" not in products:
        return products, []
    ids = products["product_ids"]
    names = products[["market_ids", "product_ids"]]
    twice = np.flatnonzero(names.duplicated(keep=False)).tolist()
    if not len(twice):
        return products, []
    rows = row_numbers(products)
    if number:
        offer_names = ids.astype(object).to_numpy(copy=True)
        for place in twice:
            offer_names[place] = f"{cell_text(offer_names[place])} (row {rows[place]})"
        examples = ", ".join(map(str, offer_names[twice[:5]])) + (", ..." if len(twice) > 5 else "")
        notes.append(f"{len(twice)} products named like another of their market: {examples}")
        return products.assign(product_ids=offer_names), []
    first: dict[object, int] = {}
    problems = list[Problem]()
    for place in twice:
        key = tuple(names.iloc[place])
        market, name = key
        if key not in first:
            first[key] = place
        elif len(problems) < 100:
            again = f"{cell_text(name)} again in market {cell_text(market)}"
            actual = f"{again}, first in row {rows[first[key]]}"
            problems.append(
                Problem(
                    file="products",
                    row=rows[place],
                    column="product_ids",
                    value=actual,
                    expected="one row for each product of a market",
                    remedy="drop or rename one of the two, or choose on_duplicates='number'.",
                )
            )
    return products, problems


def in_same_markets(products: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Agents with ids of markets as products have them: a file's "1" is the 1 of a data frame."""
    ids = {cell_text(market): market for market in products["market_ids"].unique()}
    markets = agents["market_ids"]
    if not set(markets.unique()).isdisjoint(ids.values()):
        return agents
    own = markets.map({m: ids.get(cell_text(m), m) for m in markets.unique()})
    return agents.assign(market_ids=own)


def renamed(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> list[pd.DataFrame]:
    """The tables with columns under new names; refused where there is none, or two of a name."""
    existing = [str(column) for frame in tables.values() for column in frame]
    for old in names:
        if old not in existing:
            raise refuse(
                expected="columns={old: new}, old being columns of the tables",
                found=repr(old),
                where="columns",
                remedy=suggestion(str(old), existing) or "correct the name.",
            )
    frames = {name: frame.rename(columns=dict(names)) for name, frame in tables.items()}
    for name, frame in frames.items():
        check_columns(list(map(str, frame.columns)), name)
    return list(frames.values())


def columns_by_place(products: pd.DataFrame, agents: pd.DataFrame | None) -> list[str]:
    """The first columns of families that count a market's products by their places: ownership0,
    availability0, and of agents distance0 where there are as many as the largest market has."""
    firsts = ["ownership0"] if "ownership0" in products else []
    columns = [] if agents is None else list(map(str, agents.columns))
    largest = int(products.groupby("market_ids", sort=False).size().max())
    for first in (c for c in columns if c.endswith("0") and c != "nodes0"):
        family = {f"{first[:-1]}{j}" for j in range(largest)}
        if first == "availability0" or (largest > 1 and family <= set(columns)):
            firsts.append(first)
    return firsts
