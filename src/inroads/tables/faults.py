"""Cells that are no numbers in a column of numbers, and words that stand for a missing value."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from inroads.errors import Problem
from inroads.tables.cells import MISSING, cell_text, parse_number
from inroads.tables.schema import row_numbers

#: Numbers with decimal commas, separators of thousands, a currency or a percent sign.
_MEANT = re.compile(r"[$€£¥]?\s*[+-]?[$€£¥]?\d[\d.,' ]*\s*[%$€£¥]?")


def no_numbers(column: pd.Series, category: bool = False) -> np.ndarray:
    """Places of the cells at fault, if this is a column of numbers; blank cells are none.

    It is one where most cells are numbers, be it in another way of writing (1,5 or 20%), and where
    all others hold words for a missing value. As a `category` (ids, what C( ) or absorb names) only
    the latter counts: 300, 500 and S4 are names.
    """
    none = np.zeros(0, dtype=int)
    if not pd.api.types.is_object_dtype(column) and not pd.api.types.is_string_dtype(column):
        return none
    codes, labels = _words(column)
    numbers = np.array([parse_number(text) is not None for text in labels], dtype=bool)
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    meant = numbers | np.array([_MEANT.fullmatch(text) is not None for text in labels], dtype=bool)
    missing = all(text in MISSING for text, n in zip(labels, numbers, strict=True) if not n)
    mostly = not category and counts[meant].sum() > counts[~meant].sum()
    if not mostly and not (missing and numbers.any()):
        return none
    return np.flatnonzero(np.isin(codes, np.flatnonzero(~numbers)))


def cell_problems(
    column: pd.Series,
    places: np.ndarray,
    rows: list[int],
    where: str,
    *,
    expected: str = "a number",
) -> Iterator[Problem]:
    """A problem a place, at most a hundred."""
    name = str(column.name)
    for place in places[:100]:
        cell = cell_text(column.iloc[place])
        yield Problem(
            file=where,
            row=rows[place],
            column=name,
            value=cell,
            expected=expected,
            remedy=remedy(cell, expected, name),
        )


def remedy(cell: str, expected: str = "a number", column: str | None = None) -> str:
    """What to do about a cell that is not what was expected, in a `column` of a formula or not."""
    if cell in MISSING:
        return f"write {expected}, or drop the row; what is not known is written as a blank cell."
    names = "" if column is None else f"; if these are names, write C({column})"
    return f"write digits only, as 1000.5{names}."


def written_alike(column: pd.Series, rows: list[int], where: str) -> Iterator[Problem]:
    """A problem for each id that is not another's but is written like it, as 3 and "3" are: where
    ids become names the two would be one."""
    codes, labels = pd.factorize(column)
    first: dict[str, int] = {}
    for k, label in enumerate(labels):
        text = cell_text(label)
        if text in first:
            pair = f"{labels[first[text]]!r} and {label!r}"
            yield Problem(
                file=where,
                row=rows[int(np.argmax(codes == k))],
                column=str(column.name),
                value=pair,
                expected="ids that are not written alike",
                remedy="write all of them as text, or as numbers.",
            )
        first.setdefault(text, k)


def levels_noted(frame: pd.DataFrame) -> Iterator[str]:
    """Words for a missing value that are levels of a column of text like any other."""
    for name in map(str, frame.columns):
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            continue
        codes, labels = _words(column)
        missing_codes = [k for k, text in enumerate(labels) if text in MISSING]
        if missing_codes and not len(no_numbers(column, category=True)):
            place = int(np.argmax(np.isin(codes, missing_codes)))
            words = ", ".join(repr(labels[k]) for k in missing_codes)
            yield f"{words} in '{name}' (first in row {row_numbers(frame)[place]})"


def _words(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes (N,) of each cell's text, -1 where it is blank, and the texts."""
    try:
        codes, labels = pd.factorize(column)
    except TypeError:  # Lists and their like, which are told elsewhere.
        codes, labels = pd.factorize(column.map(cell_text))
    texts = [cell_text(label) for label in labels]
    blank = [k for k, text in enumerate(texts) if not text]
    return np.where(np.isin(codes, blank), -1, codes), texts
