"""What is taken away: workbooks, and a page of what is on the screen."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from inroads.dashboard.columns import head_of, html_table, unit_of
from inroads.dashboard.picture import Picture
from inroads.report.page import fonts
from inroads.results.words import Words

#: a column of a workbook is no wider, in characters
_WIDEST = 60


def workbook(tables: Mapping[str, pd.DataFrame], words: Words, per: str) -> bytes:
    """An Excel workbook, one sheet a table, numbers as numbers; the last sheet says what columns
    are, with their units. No text is a formula."""
    book = Workbook()
    book.remove(book.active)
    about: list[tuple[str, str, str, str]] = []
    for name, table in tables.items():
        frame = table.reset_index()
        columns = [str(column) for column in frame.columns]
        rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        _fill(book.create_sheet(name[:31]), columns, rows)
        about += [(name, c, head_of(c, words), unit_of(c, words, per)) for c in columns]
    _fill(book.create_sheet("columns"), ["sheet", "column", "what it is", "unit"], about)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(sheet: Worksheet, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    sheet.append(list(heads))
    for row in rows:
        sheet.append([_plain(value) for value in row])
    for cells in sheet.iter_rows():
        for cell in cells:
            # A text that begins like a formula stays a text.
            if cell.data_type == "f":
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for k, column in enumerate(sheet.iter_cols(), start=1):
        longest = max(
            (len(str(cell.value)) for cell in column if cell.value is not None), default=8
        )
        sheet.column_dimensions[get_column_letter(k)].width = min(longest + 2, _WIDEST)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV, with its index."""
    return str(table.to_csv(lineterminator="\n")).encode()


def page(
    title: str,
    about: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
    pictures: Sequence[Picture],
    code: str,
    words: Words,
) -> bytes:
    """What is on the screen as one HTML page that needs nothing else."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    drawn = [(picture, Markup(picture.to_take_away("svg").decode())) for picture in pictures]
    shown = {name: Markup(html_table(table, words)) for name, table in tables.items()}
    template = environment.get_template("page.html.j2")
    text = template.render(
        title=title, about=about, tables=shown, drawings=drawn, code=code, fonts=fonts()
    )
    return text.encode()
