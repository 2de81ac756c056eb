"""The text of a CSV file as a table of text, and what is wrong with it in words."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from inroads.errors import InputError, Problem, refuse

_OTHER_SEPARATORS = {"\t": ("tabs", r"\t"), ";": ("semicolons", ";"), "|": ("bars", "|")}


@dataclass(frozen=True)
class _Rows:
    """Rows that hold anything, their numbers in a spreadsheet (where blank lines count), and their
    places as pandas counts them (which leaves out blank lines, but not lines of commas)."""

    numbers: list[int]
    places: list[int]
    cells: list[list[str]]


def read_csv(
    content: bytes, name: str, row_names: bool
) -> tuple[pd.DataFrame, pd.Index | None, bool]:
    """Cells as text, the labels of rows where they are not 0, 1, 2, ..., and whether a first column
    without a name, which `row_names` allows, gave them."""
    text = _decode(content, name)
    check_separator(text, name)
    rows = _rows(text, name)
    columns = [cell.strip() for cell in rows.cells[0]]
    named = row_names and len(columns) > 1 and columns[0] == ""
    check_columns(columns[named:], name)
    _check_lengths(rows, name)
    index = pd.Index(rows.numbers[1:], name="row", dtype="int64")
    body = [[cell.strip() for cell in cells[1:]] for cells in zip(*rows.cells, strict=True)]
    frame = pd.DataFrame(
        dict(zip(columns[named:], body[named:], strict=True)), index=index, dtype=str
    )
    counted = [place - 1 for place in rows.places[1:]]
    labels = pd.Index(body[0], dtype=object) if named else pd.Index(counted)
    # Names that count from 0 are those that pandas gives where there are none.
    plain = [str(n) for n in range(len(frame))] if named else list(range(len(frame)))
    return frame, None if labels.tolist() == plain else labels, named


def check_columns(columns: list[str], name: str) -> None:
    """Refuse columns without a name, and names that come twice."""
    double = sorted(column for column, times in Counter(columns).items() if times > 1)
    problems = [
        Problem(
            file=name,
            row=1,
            column=column or None,
            value=f"the column {column!r} {columns.count(column)} times",
            expected="each column once",
            remedy="rename or delete one of them.",
        )
        for column in double
    ]
    if columns.count("") == 1:
        place = f"an empty name at place {columns.index('') + 1}"
        problems.append(
            Problem(
                file=name,
                row=1,
                column=None,
                value=place,
                expected="a name for each column",
                remedy="name or delete the column.",
            )
        )
    if problems:
        raise InputError(problems)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(
            expected="text in UTF-8",
            found=f"byte 0x{error.object[error.start]:02x}",
            where=name,
            row=error.object[: error.start].count(b"\n") + 1,
            remedy="save the file as 'CSV UTF-8'.",
        ) from error


def check_separator(text: str, name: str) -> None:
    """Refuse a header (the first line of `text`) that something else than commas separates."""
    header = text.lstrip().partition("\n")[0].strip()
    separator = next((sign for sign in _OTHER_SEPARATORS if sign in header), None)
    if separator is None or "," in header:
        return
    separator_name, written = _OTHER_SEPARATORS[separator]
    decimal = ", decimal=','" if separator == ";" else ""
    raise refuse(
        expected="columns separated by commas, and decimals by points",
        found=f"columns separated by {separator_name}",
        where=name,
        row=1,
        remedy=f"save the file with commas, or give the data frame pandas.read_csv(path, "
        f"sep='{written}'{decimal}).",
    )


def _check_lengths(rows: _Rows, name: str) -> None:
    columns, lengths = len(rows.cells[0]), {len(cells) for cells in rows.cells[1:]}
    if len(rows.cells) > 2 and len(lengths) == 1 and lengths != {columns}:
        raise refuse(
            expected=f"{columns} cells in every row, one for each column",
            found=f"{lengths.pop()} in every row",
            where=name,
            row=1,
            remedy="give every column a name (row names too); in numbers, write decimals with a "
            "point and no commas.",
        )
    problems = [
        Problem(
            file=name,
            row=row,
            column=None,
            value=f"{len(cells)} cells",
            expected=f"{columns} cells, one for each column",
            remedy="count the commas of this row; "
            "a cell that holds a comma stands in double quotes.",
        )
        for row, cells in zip(rows.numbers, rows.cells, strict=True)
        if len(cells) != columns
    ]
    if problems:
        raise InputError(problems)


def _rows(text: str, name: str) -> _Rows:
    rows = _Rows([], [], [])
    number = place = 0
    reader: Iterator[list[str]] = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            filled = any(map(str.strip, cells))
            if filled:
                rows.numbers.append(number)
                rows.places.append(place)
                rows.cells.append(cells)
            if rows.cells and (filled or len(cells) > 1):
                place += 1
    except csv.Error as error:
        raise refuse(
            expected="comma-separated values",
            found=str(error),
            where=name,
            row=number + 1,
            remedy="close the quotes; a double quote inside a quoted cell is written twice.",
        ) from error
    if rows.cells:
        return rows
    raise refuse(
        expected="a header and rows of data",
        found="an empty file",
        where=name,
        remedy="write the column names into the first line.",
    )
