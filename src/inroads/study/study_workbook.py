"""A study as one workbook of Excel: a sheet a table, and one with the lines of study.toml."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inroads.errors import refuse, require_extra
from inroads.tables.cells import cell_text, parse_number
from inroads.tables.read import read_table
from inroads.tables.schemas import SCHEMAS
from inroads.tables.workbook import fill, read_sheets

SUFFIX = ".xlsx"
_TOML = "study.toml"
#: rows below a table's own that are formatted for those to come
_SPARE_ROWS = 200


@contextmanager
def as_folder(study: Path) -> Iterator[Path]:
    """The folder of a study; of a workbook, one with its tables that is there for the while."""
    if study.suffix.lower() != SUFFIX:
        yield study
        return
    with tempfile.TemporaryDirectory(prefix="inroads-") as place:
        unpack(study, Path(place))
        yield Path(place)


def unpack(workbook: Path, folder: Path) -> None:
    """Write the sheets of a workbook as a study's files; rows keep their numbers."""
    sheets = read_sheets(workbook)
    files = {schema.file.removesuffix(".csv"): schema.file for schema in SCHEMAS.values()}
    strange = [name for name in sheets if name not in {*files, _TOML}]
    if strange:
        raise refuse(
            expected=f"sheets named {_TOML}, {', '.join(files)}",
            found=strange[0],
            where=workbook.name,
            remedy="rename the sheet, or take it out.",
        )
    for name, frame in sheets.items():
        rows = {int(row): cells for row, cells in zip(frame.index, frame.to_numpy(), strict=True)}
        lines = [list(map(str, frame.columns))]
        lines += [list(map(cell_text, rows.get(r, ()))) for r in range(2, max(rows, default=1) + 1)]
        if name == _TOML:
            text = "\n".join(line[0] if line else "" for line in lines)
            (folder / _TOML).write_text(text + "\n", encoding="utf-8")
            continue
        with (folder / files[name]).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)


def pack(folder: Path, workbook: Path) -> None:
    """Write a study as a workbook: what a column means is noted at its head, cells of text stay
    text."""
    require_extra("excel", "openpyxl")
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    book = Workbook()
    toml = book.active
    toml.title = _TOML
    first, *lines = (folder / _TOML).read_text(encoding="utf-8").splitlines()
    fill(toml, [first], [(line,) for line in lines])
    for schema in SCHEMAS.values():
        if not (folder / schema.file).exists():
            continue
        table = read_table(folder / schema.file)
        sheet = book.create_sheet(schema.file.removesuffix(".csv"))
        about = {column.name: column for column in schema.columns}
        kinds = {name: column.kind for name, column in about.items()}
        numeric = {n for n in table.columns if kinds.get(n, schema.extra) == "number"}
        rows = [
            [_cell(text, name in numeric) for name, text in row.items()]
            for row in table.to_dict("records")
        ]
        fill(sheet, list(table.columns), rows)
        for c, name in enumerate(table.columns, start=1):
            if name in about:
                unit = f" ({about[name].unit})" if about[name].unit else ""
                note = Comment(f"{about[name].description}{unit}", "inroads", height=120, width=320)
                sheet.cell(row=1, column=c).comment = note
            if name not in numeric:
                for r in range(2, len(rows) + 2 + _SPARE_ROWS):
                    sheet.cell(row=r, column=c).number_format = "@"
    book.save(workbook)


def _cell(text: str, is_number: bool) -> str | float | None:
    number = parse_number(text) if is_number else None
    return text or None if number is None else number
