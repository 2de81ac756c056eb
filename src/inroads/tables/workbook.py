"""Workbooks of Excel: a sheet a table, read with the row numbers that Excel shows, and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from inroads.errors import refuse, require_extra
from inroads.tables.cells import cell_text

#: name and unit of columns, where they have one
Units = Mapping[str, str]
_LONGEST_SHEET_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WIDEST = 60


def read_sheets(path: str | PathLike[str]) -> dict[str, pd.DataFrame]:
    """The sheets of a workbook that are not blank, by name; each row's index is its row in Excel.

    The first row names the columns. Cells are as Excel has them, formulas as they last came out;
    rows and columns that are blank throughout are left out. Raises InputError for what is no
    workbook.
    """
    require_extra("excel", "openpyxl")
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    file = Path(path)
    try:
        workbook = load_workbook(file, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile, InvalidFileException) as error:
        raise refuse(
            expected="a workbook of Excel (.xlsx)",
            found=f"{file} ({getattr(error, 'strerror', None) or error})",
            where=file.name,
            remedy="check the path, or save it again as .xlsx.",
        ) from error
    try:
        sheets = {sheet.title: _frame(list(sheet.values)) for sheet in workbook.worksheets}
    finally:
        workbook.close()
    return {name: frame for name, frame in sheets.items() if frame.shape[1]}


def read_sheet(path: str | PathLike[str], name: str) -> pd.DataFrame:
    """The one sheet of a workbook; InputError where there are several, or none."""
    sheets = read_sheets(path)
    if len(sheets) != 1:
        raise refuse(
            expected="a workbook with one sheet that is not blank",
            found=", ".join(sheets) or "none",
            where=name,
            remedy="read one yourself: pandas.read_excel(path, sheet_name=...).",
        )
    return next(iter(sheets.values()))


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows of cells, the first of which names the columns."""
    if not rows:
        return pd.DataFrame()
    names = [cell_text(cell) for cell in rows[0]]
    frame = pd.DataFrame(rows[1:], dtype=object)
    frame = frame.reindex(columns=range(len(names)))
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    blank = frame.map(lambda cell: cell_text(cell) == "")
    used = [k for k, name in enumerate(names) if name or not blank[k].all()]
    frame = frame.loc[~blank.all(axis=1), used].infer_objects()
    frame.columns = pd.Index([names[k] for k in used])
    return frame


def write_workbook(
    path: str | PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    units: Units | None = None,
) -> None:
    """A workbook with a sheet a table, headers that stay, and a last sheet of units.

    An index that has a name is a column. Text is written as text: none of it is a formula.
    """
    require_extra("excel", "openpyxl")
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    unit_rows: list[tuple[str, str, str]] = []
    for name, table in tables.items():
        frame = table.reset_index() if any(table.index.names) else table
        sheet = workbook.create_sheet(_sheet_name(name, workbook.sheetnames))
        columns = [str(column) for column in frame.columns]
        fill(sheet, columns, frame.itertuples(index=False, name=None))
        unit_rows += [(sheet.title, c, (units or {})[c]) for c in columns if c in (units or {})]
    if unit_rows:
        fill(workbook.create_sheet("units"), ["sheet", "column", "unit"], unit_rows)
    workbook.save(path)


def fill(sheet: Any, columns: list[str], rows: Any) -> None:
    """Write a header and rows into a sheet of openpyxl."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    widths = [len(column) for column in columns]
    for r, row in enumerate([columns, *rows], start=1):
        for c, value in enumerate(row, start=1):
            cell = sheet.cell(row=r, column=c)
            cell.value = _value(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"
            if r == 1:
                cell.font = Font(bold=True)
            widths[c - 1] = max(widths[c - 1], len(cell_text(value)))
    for c, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(c)].width = min(width, _WIDEST) + 2
    sheet.freeze_panes = "A2"


def _value(value: Any) -> Any:
    """A cell as Excel may hold it: numbers and dates as such, all else as text."""
    if isinstance(value, (list, tuple, set, frozenset)):
        value = "; ".join(map(cell_text, value))
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if cell_text(value) == "":
        return None
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, (bool, int, float)) else cell_text(value)


def _sheet_name(name: str, taken: list[str]) -> str:
    plain = _FORBIDDEN.sub("-", name)[:_LONGEST_SHEET_NAME] or "table"
    number = 2
    while plain in taken:
        plain = f"{plain[: _LONGEST_SHEET_NAME - 4]} {number}"
        number += 1
    return plain
