"""What a table of products or of agents must be; every departure is one Problem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from inroads.errors import InputError, Problem
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.faults import cell_problems, no_numbers, remedy, written_alike
from inroads.tables.naming import suggestion
from inroads.tables.schema import row_numbers

_ID = re.compile(r"(market|product|firm|clustering|nesting|channel)_ids|nesting_ids\d+")
#: Columns that must be numbers in every row; the others only where a formula uses them.
_NUMBER = re.compile(r"(demand_instruments|supply_instruments|covariance_instruments|nodes)\d+")
#: Columns that count a market's products by their places, blank beyond the last.
_PLACE = re.compile(r"(ownership|availability)(\d+)")
#: how near to one a sum of shares is that means all who buy
_OF_BUYERS = 1e-6
_DIGITS = b"0123456789+-.eE"
_LABELS = (str, int, float, bool, date, Decimal, np.generic)


def typed(
    frame: pd.DataFrame, name: str, needed: tuple[str, ...], index: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Every column of numbers as numbers (blank cells as nan); ids and categories as they are.

    index: names of levels of the index that the table came with. Raises InputError for columns
    that are missing, and for cells of `needed` columns, instruments and nodes that are no finite
    numbers.
    """
    missing = [c for c in ("market_ids", *needed) if c not in frame]
    if missing:
        raise InputError(
            Problem(
                file=name,
                row=1,
                column=c,
                value=None,
                expected=f"a column '{c}'",
                remedy="it is a level of the index: give the data frame's reset_index()."
                if c in index
                else suggestion(c, map(str, frame.columns)) or "add the column.",
            )
            for c in missing
        )
    columns: dict[str, np.ndarray | pd.Categorical] = {}
    problems: list[Problem] = []
    for column in map(str, frame.columns):
        if _ID.fullmatch(column):
            columns[column] = frame[column].to_numpy(dtype=object)
            plain = pd.api.types.is_numeric_dtype(frame[column]) and frame[column].notna().all()
            if plain:
                columns[column] = frame[column].to_numpy()
            continue
        numeric = column in needed or _NUMBER.fullmatch(column) is not None
        values = columns[column] = number_or_text(
            frame[column], numeric or _PLACE.fullmatch(column) is not None
        )
        if numeric:
            bad = np.flatnonzero(~np.isfinite(values.astype(float)))
            problems += [
                Problem(
                    file=name,
                    row=row,
                    column=column,
                    value=cell,
                    expected="a number",
                    remedy=remedy(cell),
                )
                for row, cell in _cells(frame, column, bad)
            ]
    if problems:
        raise InputError(problems)
    return pd.DataFrame(columns, index=frame.index)


def number_or_text(column: pd.Series, numeric: bool = False) -> np.ndarray | pd.Categorical:
    """A column as numbers where all of it that is not blank is one (or it must be `numeric`)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not numeric:
            return _categorical(column)
        column = column.astype(object)
    if pd.api.types.is_complex_dtype(column):
        column = column.astype(object)
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
    # Most columns of a file are digits throughout: tried at once, and cell by cell otherwise.
    if isinstance(column.dtype, pd.StringDtype) and column.notna().all():
        values = _digits(column.tolist())
        if values is not None:
            return values
    cells = [cell_text(cell) for cell in column]
    numbers = [np.nan if not cell else parse_number(cell) for cell in cells]
    if any(cells) and all(n is not None for n in numbers):
        return np.array(numbers, dtype=float)
    if numeric:
        return np.array([np.nan if n is None else n for n in numbers], dtype=float)
    # A blank stays blank: it is no level of a category.
    return np.array([cell or None for cell in cells], dtype=object)


def _categorical(column: pd.Series) -> pd.Categorical:
    """Categories as text, in pandas' order; a blank one is a blank cell."""
    texts = [cell_text(label) or None for label in column.cat.categories]
    cells = [None if code < 0 else texts[code] for code in column.cat.codes]
    order = list(dict.fromkeys(text for text in texts if text))
    return pd.Categorical(cells, order, ordered=column.cat.ordered)


def _digits(cells: list[str]) -> np.ndarray | None:
    """Cells as finite numbers where all are such, and in digits."""
    # What cannot be encoded is no digit: a question mark stands for it.
    if "".join(cells).encode("utf-8", "replace").translate(None, _DIGITS):
        return None
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def ids_at_fault(frame: pd.DataFrame, name: str) -> Iterator[Problem]:
    """Blank ids, words for missing among numbers, and ids that are neither text nor numbers."""
    for column in map(str, frame.columns):
        if not _ID.fullmatch(column):
            continue
        cells = frame[column]
        blank = cells.isna().to_numpy()
        if cells.dtype == object:
            wrong = np.array([not isinstance(c, _LABELS) for c in cells], dtype=bool) & ~blank
            blank = blank | np.array([isinstance(c, str) and not c for c in cells], dtype=bool)
            for row, cell in _cells(frame, column, np.flatnonzero(wrong)):
                yield Problem(
                    file=name,
                    row=row,
                    column=column,
                    value=cell,
                    expected="text or a number",
                    remedy="correct the cell.",
                )
            if not wrong.any():
                yield from written_alike(cells, row_numbers(frame), name)
        missing = no_numbers(cells, category=True)
        if len(missing):
            yield from cell_problems(cells, missing, row_numbers(frame), name, expected="an id")
        for row, _ in _cells(frame, column, np.flatnonzero(blank)):
            yield Problem(
                file=name,
                row=row,
                column=column,
                value=None,
                expected="an id",
                remedy="fill in the cell.",
            )


def wrong_shares(products: pd.DataFrame, dropping: str, outside: bool) -> Iterator[Problem]:
    """Shares that are none, and, beside an outside option, markets that have too many; `dropping`
    says how zeros may go."""
    shares = products["shares"].to_numpy()
    remedy = "give shares of all consumers in the market, 0.05 for 5 percent"
    if dropping:
        remedy += f"; for products that sold nothing, choose as in {dropping}"
    for place in np.flatnonzero(~((shares > 0) & (shares < 1))):
        row, market = row_numbers(products)[place], products["market_ids"].iloc[place]
        actual = f"{shares[place]:g} in market {market}"
        yield Problem(
            file="products",
            row=row,
            column="shares",
            value=actual,
            expected="a share above 0 and below 1",
            remedy=f"{remedy}.",
        )
    if not outside:
        return
    sums = products.groupby("market_ids", sort=False)["shares"].sum()
    if len(sums) and np.abs(sums - 1).max() < _OF_BUYERS:
        remedy += ", or read_panel(..., outside=False) where they are of those who buy"
    # A sum of one in decimals may round to less.
    for market, total in sums[sums > 1 - 1e-12].items():
        yield Problem(
            file="products",
            row=None,
            column="shares",
            value=f"a sum of {total:.6g} in market {market}",
            expected="shares that sum to less than 1 in each market",
            remedy=f"{remedy}.",
        )


def not_of_those_who_buy(products: pd.DataFrame) -> Iterator[Problem]:
    """Markets whose shares do not sum to one, without an outside option."""
    sums = products.groupby("market_ids", sort=False)["shares"].sum()
    for market, total in sums[~(np.abs(sums - 1) < _OF_BUYERS)].items():
        yield Problem(
            file="products",
            row=None,
            column="shares",
            value=f"a sum of {total:.6g} in market {market}",
            expected="shares that sum to 1 in each market, with outside=False",
            remedy="divide them by their sum in the market, if they are of those who buy.",
        )


def strangers(products: pd.DataFrame, agents: pd.DataFrame) -> Iterator[Problem]:
    """Markets of one table that the other does not have."""
    sold, lived = (dict.fromkeys(frame["market_ids"]) for frame in (products, agents))
    remedy = "add them, or drop the market."
    expected = "the same markets in products and agents"
    for market in (m for m in sold if m not in lived):
        yield Problem(
            file="agents",
            row=None,
            column="market_ids",
            value=f"no agents in market {market}",
            expected=expected,
            remedy=remedy,
        )
    for market in (m for m in lived if m not in sold):
        actual = f"agents in market {market}, of which there are no products"
        yield Problem(
            file="agents",
            row=None,
            column="market_ids",
            value=actual,
            expected=expected,
            remedy=remedy,
        )


def weights_at_fault(agents: pd.DataFrame, outside: bool) -> Iterator[Problem]:
    """Weights below zero, and those of markets that sum to nothing or to more than one, or, without
    an outside option, to less."""
    for row, cell in _cells(agents, "weights", np.flatnonzero(agents["weights"] < 0)):
        yield Problem(
            file="agents",
            row=row,
            column="weights",
            value=cell,
            expected="a weight of at least 0",
            remedy="correct it.",
        )
    sums = agents.groupby("market_ids", sort=False)["weights"].sum()
    # Importance sampling weighs the draws so that their sum may fall short of one, never above.
    least = 0.0 if outside else 1 - 1e-6
    for market, total in sums[~((sums > least) & (sums < 1 + 1e-6))].items():
        yield Problem(
            file="agents",
            row=None,
            column="weights",
            value=f"a sum of {total:.6g} in market {market}",
            expected=f"weights that sum to {'at most ' * outside}1 in each market",
            remedy="divide them by their sum.",
        )


def weights_noted(agents: pd.DataFrame) -> list[str]:
    """What there is to say of weights that sum to less than one."""
    sums = agents.groupby("market_ids", sort=False)["weights"].sum()
    short = sums[sums < 1 - 1e-6]
    if short.empty:
        return []
    return [
        f"weights of agents sum to less than 1 in {len(short)} of {len(sums)} markets (the least "
        f"is {short.min():.6g}, in market {short.idxmin()}): right for importance sampling only"
    ]


def places_at_fault(products: pd.DataFrame, agents: pd.DataFrame | None) -> Iterator[Problem]:
    """Cells of ownership and availability that are no numbers, or that nobody can choose."""
    sizes = products.groupby("market_ids", sort=False).size()
    tables = ((products, "products", "ownership"), (agents, "agents", "availability"))
    for frame, name, family in tables:
        if frame is None:
            continue
        columns = [f"{family}{k}" for k in range(int(sizes.max()))]
        present = [c for c in columns if c in frame]
        if f"{family}0" not in frame:
            continue
        if len(present) < len(columns):
            expected = f"{family}0 to {columns[-1]}, a column for each product of a market"
            yield Problem(
                file=name,
                row=1,
                column=None,
                value=f"{len(present)} of them",
                expected=expected,
                remedy="add the columns.",
            )
            continue
        values = frame[columns].to_numpy(float)
        counted = np.arange(len(columns)) < frame["market_ids"].map(sizes).to_numpy()[:, None]
        good = np.isin(values, (0, 1)) if family == "availability" else np.isfinite(values)
        expected = "0 or 1" if family == "availability" else "a number"
        for place, k in np.argwhere(counted & ~good)[:20]:
            row, actual = row_numbers(frame)[place], f"{values[place, k]:g}"
            yield Problem(
                file=name,
                row=row,
                column=columns[k],
                value=actual,
                expected=expected,
                remedy="correct the cell.",
            )
        if family == "availability" and (good | ~counted).all():
            chosen = pd.DataFrame(np.where(counted, values, 1.0), columns=columns)
            seen = chosen.groupby(frame["market_ids"].to_numpy(), sort=False).max()
            for market, k in np.argwhere(seen.to_numpy() == 0)[:20]:
                actual = f"nobody who can choose product {k + 1} of market {seen.index[market]}"
                remedy = "drop the product, or make it available to someone."
                yield Problem(
                    file=name,
                    row=None,
                    column=columns[k],
                    value=actual,
                    expected="someone who can",
                    remedy=remedy,
                )


def row_words(rows: list[int]) -> str:
    """The rows, or the first of many."""
    shown = ", ".join(map(str, rows[:5]))
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _cells(frame: pd.DataFrame, column: str, places: Iterable[int]) -> Iterator[tuple[int, str]]:
    """The row number and the text of some cells, at most a hundred."""
    shown = list(places)[:100]
    rows = row_numbers(frame) if shown else []
    for place in shown:
        yield rows[place], cell_text(frame[column].iloc[place])
