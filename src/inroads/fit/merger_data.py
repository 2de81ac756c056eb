"""From a practitioner's table (shares, prices, some margins) to a market in which firms respond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.fit.logit_margins import MarginFit, Outside, fit_margins
from inroads.scenario.industry import Industry
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import TableSource, read_table


def industry_from_margins(
    table: TableSource,
    *,
    outside: Outside = "rest",
    rho: Any = 0.0,
    market_elasticity: float | None = None,
    size: float = 1.0,
) -> tuple[Industry, MarginFit]:
    """A logit or nested logit market calibrated to shares, prices and margins (see `fit_margins`).

    table: product_ids, firm_ids, prices, shares, margins ((p - c) / p, blank where unknown) and,
    for nested logit, nesting_ids. size: consumers in the market. Raises InputError for columns that
    are missing, cells that are no numbers, and margins of one or more (cost of zero or less).
    """
    frame = read_table(table, "market")
    needed = ("product_ids", "firm_ids", "prices", "shares", "margins")
    missing = [column for column in needed if column not in frame]
    if missing:
        raise _wrong(f"a column '{missing[0]}'", ", ".join(map(str, frame.columns)), "add it.")
    numbers = {name: _numbers(frame[name], name) for name in ("prices", "shares", "margins")}
    m = numbers["margins"]
    if (m >= 1).any() or (m <= 0).any():
        place = int(np.flatnonzero((m >= 1) | (m <= 0))[0])
        raise _wrong(
            "margins above 0 and below 1, (p - c) / p",
            f"{m[place]:g} for {frame['product_ids'].iloc[place]}",
            "give fractions of price: a margin of the price or more leaves no cost.",
        )
    for name in ("prices", "shares"):
        if np.isnan(numbers[name]).any():
            place = int(np.flatnonzero(np.isnan(numbers[name]))[0])
            raise _wrong(f"{name} for every product", "a blank", f"fill in row {place + 2}.")
    if not (numbers["prices"] > 0).all():
        place = int(np.argmin(numbers["prices"] > 0))
        found = f"{numbers['prices'][place]:g} for {frame['product_ids'].iloc[place]}"
        raise _wrong("prices above 0", found, f"correct row {place + 2}.")
    for name in ("product_ids", "firm_ids", *(["nesting_ids"] if "nesting_ids" in frame else [])):
        blank = [not cell_text(cell) for cell in frame[name]]
        if any(blank):
            raise _wrong(f"an id in '{name}'", "a blank", f"fill in row {blank.index(True) + 2}.")
    nests = frame["nesting_ids"].to_numpy() if "nesting_ids" in frame else None
    fit = fit_margins(
        numbers["prices"],
        numbers["shares"],
        m,
        frame["firm_ids"].to_numpy(),
        outside=outside,
        nests=nests,
        rho=rho,
        market_elasticity=market_elasticity,
    )
    firms = frame["firm_ids"].astype(str).to_numpy()
    offers = pd.DataFrame(
        {"maker": firms, "shop": firms, "price": numbers["prices"], "handling": fit.costs},
        index=pd.Index(frame["product_ids"].to_numpy(), name="product_ids"),
    )
    return Industry(offers, fit.buyers, size=size), fit


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    cells = [cell_text(cell) for cell in column]
    found = [np.nan if not cell else parse_number(cell) for cell in cells]
    if any(number is None for number in found):
        place = found.index(None)
        raise _wrong(f"a number in '{name}'", cells[place], f"correct row {place + 2}.")
    return np.array(found, dtype=float)


def _wrong(expected: str, found: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found=found, where="market", remedy=remedy)
