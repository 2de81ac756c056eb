"""A study as a workbook is the study of its folder."""

from pathlib import Path

import openpyxl
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.study.new import write_study
from inroads.study.study_workbook import pack
from inroads.tables.cells import parse_number


@pytest.fixture(scope="module", params=[False, True], ids=["small", "full"])
def packed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies") / "beer.xlsx"
    write_study(path, request.param)
    write_study(path.with_name("beer"), request.param)
    return path


def as_read(study: ir.Study) -> dict[str, list[list[object]]]:
    """Cells of the tables, numbers as numbers."""
    return {
        name: [[parse_number(c) if parse_number(c) is not None else c for c in row] for row in rows]
        for name, rows in ((n, t.astype(str).to_numpy()) for n, t in study.tables.items())
    }


def test_the_same_study(packed: Path) -> None:
    found, expected = ir.load_study(packed), ir.load_study(packed.with_name("beer"))
    assert as_read(found) == as_read(expected)
    assert found.config == expected.config
    assert found.folder == packed
    for name, table in found.tables.items():
        assert list(table.index) == list(expected.tables[name].index)


def test_a_fault_is_told_with_its_row_in_excel(packed: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(packed)
    book["offers"]["C4"] = "dear"
    book["offers"].insert_rows(2)
    book.save(tmp_path / "wrong.xlsx")
    with pytest.raises(InputError, match=r"offers\.csv, row 5, column 'price': found dear"):
        ir.load_study(tmp_path / "wrong.xlsx")


def test_a_sheet_too_many(packed: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(packed)
    book["offers"].title = "offer"
    book.save(tmp_path / "wrong.xlsx")
    with pytest.raises(InputError, match=r"wrong\.xlsx: found offer; expected sheets named study"):
        ir.load_study(tmp_path / "wrong.xlsx")


def test_a_workbook_that_is_no_study(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "blank.xlsx")
    with pytest.raises(InputError, match=r"no study\.toml"):
        ir.load_study(tmp_path / "blank.xlsx")


def test_what_excel_may_not_change_is_text(packed: Path) -> None:
    sheet = openpyxl.load_workbook(packed)["products"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.cell(row=2, column=columns["launched"]).data_type == "s"
    assert sheet.cell(row=50, column=columns["launched"]).number_format == "@"
    assert sheet.cell(row=2, column=columns["price"]).data_type == "n"
    assert "list price" in sheet.cell(row=1, column=columns["price"]).comment.text


def test_the_study_that_ships_fits_into_a_workbook(us: ir.Study, tmp_path: Path) -> None:
    pack(us.folder, tmp_path / "us.xlsx")
    assert as_read(ir.load_study(tmp_path / "us.xlsx")) == as_read(us)
