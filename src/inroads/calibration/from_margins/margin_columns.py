"""Columns of a practitioner's table, and those of a chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import TableSource, read_table
from inroads.tables.schema import row_numbers


@dataclass(frozen=True, kw_only=True)
class ChainTable:
    """Offers of a chain (J,): names, who makes and who sells them, nests where there are any, money
    and shares; margins are fractions of prices at their level, nan where unknown."""

    names: list[str]
    manufacturers: np.ndarray
    channels: np.ndarray
    nests: np.ndarray | None
    prices: Array
    wholesale: Array
    shares: Array
    channel_margins: Array
    manufacturer_margins: Array


def read_chain(source: TableSource) -> ChainTable:
    """Read product_ids, firm_ids, channel_ids, nesting_ids where it is there, and the numbers."""
    frame = read_table(source, "market")
    columns = ("prices", "wholesale", "shares", "channel_margins", "manufacturer_margins")
    return ChainTable(
        names=column_ids(frame, "product_ids").tolist(),
        manufacturers=column_ids(frame, "firm_ids"),
        channels=column_ids(frame, "channel_ids"),
        nests=column_ids(frame, "nesting_ids") if "nesting_ids" in frame else None,
        **{name: column_numbers(frame, name) for name in columns},
    )


def column_numbers(frame: pd.DataFrame, name: str) -> Array:
    """A column of numbers (J,): margins between 0 and 1 or blank (nan), all others above 0."""
    cells = _cells(frame, name)
    optional = name.endswith("margins")
    expected = "margins above 0 and below 1 or blank" if optional else f"{name} above 0"
    numbers = []
    for row, cell in enumerate(cells):
        value = np.nan if optional and not cell else parse_number(cell)
        if value is None or value <= 0 or (optional and value >= 1):
            product = _cells(frame, "product_ids")[row]
            remedy = f"correct row {row_numbers(frame)[row]} of '{name}'"
            if optional:
                remedy += (
                    ": fractions of price (0.45, not 45), and a margin of the price or more leaves "
                    "no cost"
                )
            raise refuse(
                expected=expected,
                found=f"{cell or 'a blank'} for {product}",
                where="market",
                remedy=f"{remedy}.",
            )
        numbers.append(value)
    return np.array(numbers, dtype=float)


def column_ids(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of names (J,), as text."""
    cells = _cells(frame, name)
    if "" in cells:
        row = row_numbers(frame)[cells.index("")]
        raise refuse(
            expected=f"an id in '{name}'",
            found="a blank",
            where="market",
            remedy=f"fill in row {row}.",
        )
    return np.array(cells, dtype=object)


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        raise refuse(
            expected=f"a column '{name}'",
            found=", ".join(map(str, frame.columns)),
            where="market",
            remedy="add it, or rename the one that has it.",
        )
    return [cell_text(cell) for cell in frame[name]]
