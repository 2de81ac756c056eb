"""What a table must look like; every departure from it is reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from inroads.errors import InputError, Problem
from inroads.tables.cells import (
    KEBAB,
    cell_text,
    in_unit,
    parse_list,
    parse_number,
    parse_reference,
)
from inroads.tables.dates import EXPECTED_DATE, known_on
from inroads.tables.naming import suggestion
from inroads.tables.read import FIRST_ROW, TableSource, read_table

Kind: TypeAlias = Literal["text", "id", "number", "date", "list"]


@dataclass(frozen=True)
class Column:
    """One column. `kind` says how a cell is written:

    text; id (lower-case words joined by hyphens); number (a plain number or, unless `references`
    is False, `@id` or `@id|@other`); date (YYYY, YYYY-MM, YYYY-MM-DD); list (joined by ';').
    A required column must be there and never blank; in another one, blank means `default`.
    `choices` are the entries allowed. Plain numbers are in `unit` and from `low` (above it when
    `low_open`) to `high`. `description` is what docs/study.md says of it.
    """

    name: str
    kind: Kind
    _: KW_ONLY
    required: bool = True
    choices: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    unit: str = ""
    default: str | None = None
    references: bool = True
    description: str = ""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        if self.choices:
            return f"{'one or several' if self.kind == 'list' else 'one'} of {_names(self.choices)}"
        if self.kind == "number":
            or_reference = " or a reference @id" if self.references else ""
            return f"{self.expected_number}{or_reference}"
        return {
            "text": "text",
            "id": "an id: lower-case letters and digits, words joined by hyphens",
            "date": EXPECTED_DATE,
            "list": "entries joined by ';'",
        }[self.kind]

    @property
    def expected_number(self) -> str:
        """The numbers allowed, in words."""
        words = "a finite number"
        if self.low is not None and self.high is not None:
            words = f"a number {'above' if self.low_open else 'from'} {self.low:g} "
            words += f"{'up ' if self.low_open else ''}to {self.high:g}"
        elif self.low is not None:
            words = f"a number {'above' if self.low_open else 'of at least'} {self.low:g}"
        elif self.high is not None:
            words = f"a number of at most {self.high:g}"
        return f"{words} ({self.unit})" if self.unit else words

    def admits(self, number: float, unit: str | None = None) -> bool:
        """Whether the number, in `unit` (by default the column's), lies in the column's range."""
        used = in_unit(number, self.unit if unit is None else unit)
        low = float("-inf") if self.low is None else in_unit(self.low, self.unit)
        high = float("inf") if self.high is None else in_unit(self.high, self.unit)
        return low <= used <= high and not (self.low_open and used == low)

    def fault(self, text: str) -> str | None:
        """What to do about the cell when it is wrong, else None. Blank cells are looked at too."""
        if not text:
            return "fill in the cell." if self.required else None
        if self.kind == "number":
            return self._number_fault(text)
        entries = parse_list(text) if self.kind == "list" else (text,)
        if self.choices and not set(entries) <= set(self.choices):
            return suggestion(text, self.choices) or "choose one of these."
        if "" in entries:
            return "delete the superfluous ';'."
        if self.kind == "id" and not KEBAB.fullmatch(text):
            return "write it like apple-share-2017."
        if self.kind == "date":
            try:
                known_on(text)
            except InputError as error:
                return error.problems[0].remedy
        return None

    def _number_fault(self, text: str) -> str | None:
        if self.references and parse_reference(text):
            return None
        if text.startswith("@"):
            if self.references:
                return "write references as @id or @id|@other, ids in lower case with hyphens."
            return "write the number itself: references are not followed here."
        number = parse_number(text)
        if number is None:
            return "write digits only (1000.5): no words, currency, percent or thousands signs."
        if not self.admits(number):
            return "correct the number, or its unit."
        return None


@dataclass(frozen=True)
class Schema:
    """The columns of `file`. The cells of the columns `key` together name a row.

    `extra` is the kind of the columns that are not listed, None when there may be none; their cells
    may be blank with `extra_blank`. A study may do without an `optional` table. `purpose` is what
    docs/study.md says of it.
    """

    file: str
    columns: tuple[Column, ...]
    _: KW_ONLY
    key: tuple[str, ...] = ()
    extra: Kind | None = None
    extra_blank: bool = False
    optional: bool = False
    purpose: str = ""

    def column(self, name: str) -> Column:
        """The column of that name, listed or extra; raises KeyError when there may be none."""
        for column in self.columns:
            if column.name == name:
                return column
        if self.extra is None:
            raise KeyError(name)
        return Column(name, self.extra, required=not self.extra_blank)


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy with every cell as the text it would be in a CSV file, blank where it is missing."""
    cells = {name: [cell_text(cell) for cell in frame[name]] for name in frame.columns}
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns, dtype=str)


def row_numbers(frame: pd.DataFrame, rows: np.ndarray | None = None) -> list[int]:
    """The line of each row as a spreadsheet counts it (header = 1): `rows` where they are known."""
    if rows is not None and len(rows) == len(frame):
        return list(np.asarray(rows).tolist())
    # A data frame of somebody else may call its labels so too.
    if frame.index.name == "row" and is_integer_dtype(frame.index):
        return list(frame.index)
    return list(range(FIRST_ROW, FIRST_ROW + len(frame)))


def check_table(frame: pd.DataFrame, schema: Schema, file: str | None = None) -> list[Problem]:
    """Every problem of the table, by row: columns missing or unknown, bad cells, double keys."""
    file = file or schema.file
    text = as_text(frame)
    rows = row_numbers(frame)
    problems = list(_column_problems(list(text.columns), schema, file))
    unknown = {p.column for p in problems}
    for name in text.columns:
        if name in unknown:
            continue
        column = schema.column(name)
        for row, cell in zip(rows, text[name], strict=True):
            remedy = column.fault(cell)
            if remedy:
                problems.append(
                    Problem(
                        file=file,
                        row=row,
                        column=name,
                        value=cell,
                        expected=column.expected,
                        remedy=remedy,
                    )
                )
    if schema.key and set(schema.key) <= set(text.columns):
        problems.extend(_double_keys(text, rows, schema.key, file))
    return sorted(problems, key=lambda problem: problem.row or 0)


def load_table(source: TableSource, schema: Schema, name: str | None = None) -> pd.DataFrame:
    """The table read, checked and completed: every cell text, every column of the schema there.

    Blank cells hold the column's default, where it has one. Numbers stay text, because each may
    be a reference: `Facts` gives their values. Raises `InputError` with every problem found.
    """
    frame = read_table(source, name or schema.file)
    problems = check_table(frame, schema, name)
    if problems:
        raise InputError(problems)
    return complete(frame, schema)


def complete(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A copy as text, with the optional columns of the schema and their defaults filled in."""
    text = as_text(frame)
    for column in schema.columns:
        if column.name not in text.columns:
            text[column.name] = ""
        if column.default is not None:
            text[column.name] = text[column.name].replace("", column.default)
    return text


def _column_problems(header: list[str], schema: Schema, file: str) -> Iterator[Problem]:
    listed = [column.name for column in schema.columns]
    unknown = [name for name in header if name not in listed]
    for column in schema.columns:
        if column.required and column.name not in header:
            close = suggestion(column.name, unknown)
            remedy = f"rename that column: {close}" if close else "add the column."
            seen = f"the columns {_names(header)}"
            yield Problem(
                file=file,
                row=1,
                column=column.name,
                value=seen,
                expected=f"the column '{column.name}'",
                remedy=remedy,
            )
    if schema.extra is None:
        missing = [name for name in listed if name not in header]
        for name in unknown:
            remedy = suggestion(name, missing) or "delete the column, or rename it."
            expected = f"only the columns {_names(listed)}"
            yield Problem(
                file=file,
                row=1,
                column=name,
                value=f"a column '{name}'",
                expected=expected,
                remedy=remedy,
            )


def _double_keys(
    text: pd.DataFrame, rows: list[int], key: tuple[str, ...], file: str
) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    for row, cells in zip(rows, zip(*(text[name] for name in key), strict=True), strict=True):
        if cells in first:
            yield Problem(
                file=file,
                row=row,
                column=key[0] if len(key) == 1 else None,
                value=f"{', '.join(cells)} again, first in row {first[cells]}",
                expected=f"one row for each {' and '.join(key)}",
                remedy="delete one of the two rows.",
            )
        first.setdefault(cells, row)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
