"""Workbooks of Excel and data sets of Stata as tables; tables as workbooks."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.tables.read import read_table
from inroads.tables.workbook import read_sheets, write_workbook

PRODUCTS = pd.DataFrame(
    {
        "market_ids": [1, 1, 2, 2],
        "firm_ids": ["a", "b", "a", "b"],
        "prices": [1.5, 2.0, 1.25, 3.0],
        "shares": [0.2, 0.3, 0.1, 0.4],
    }
)


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_panel_from_excel_and_stata_is_that_of_a_data_frame(tmp_path: Path) -> None:
    expected = ir.read_panel(PRODUCTS).products
    PRODUCTS.to_excel(tmp_path / "a.xlsx", index=False)
    PRODUCTS.to_stata(tmp_path / "a.dta", write_index=False)
    for name in ("a.xlsx", "a.dta"):
        found = ir.read_panel(tmp_path / name)
        pd.testing.assert_frame_equal(found.products, expected, check_dtype=False)
        assert list(found.rows) == [2, 3, 4, 5]


def test_labels_of_stata_are_levels(tmp_path: Path) -> None:
    labelled = PRODUCTS.assign(firm_ids=pd.Categorical(PRODUCTS["firm_ids"]))
    labelled.to_stata(tmp_path / "a.dta", write_index=False)
    assert list(read_table(tmp_path / "a.dta")["firm_ids"]) == ["a", "b", "a", "b"]


def test_rows_are_those_that_excel_shows(tmp_path: Path) -> None:
    rows = [[*PRODUCTS], [1, "a", 1.5, 0.2], [None] * 4, [2, "b", "dear", 0.1], [None, " "]]
    path = workbook(tmp_path / "a.xlsx", rows)
    with pytest.raises(InputError, match=r"row 4, column 'prices': found dear"):
        ir.read_panel(path)
    rows[3][2] = 2
    assert list(read_table(workbook(path, rows)).index) == [2, 4]


def test_cells_are_numbers_text_and_days(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["day", " x ", "of"], [date(2024, 3, 1), 1, "=1+1"]])
    table = read_table(path)
    assert list(table) == ["day", "x", "of"]
    assert str(table.iloc[0, 0]).startswith("2024-03-01")
    assert table["x"].tolist() == [1]


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        (([["a"], [1]], [["b"], [2]]), "one sheet that is not blank; found|found Sheet, Sheet1"),
        (([[None]],), "found none; expected a workbook with one sheet"),
        (([["a", None], [1, 2]],), "column"),
        (([["a", "a"], [1, 2]],), "the column 'a' 2 times"),
    ],
)
def test_workbooks_that_are_no_table(sheets, message, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_table(workbook(tmp_path / "a.xlsx", *sheets))


@pytest.mark.parametrize("suffix", [".xlsx", ".dta"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"a,b\n1,2\n" * 200])
def test_files_that_are_something_else(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"expected a (workbook of Excel|data set of Stata)"):
        read_table(path)
    with pytest.raises(InputError, match="No such file"):
        read_table(tmp_path / f"none{suffix}")


def test_tables_come_back(tmp_path: Path) -> None:
    tables = {
        "products": PRODUCTS,
        "a name/that is [longer] than a sheet's name may be": PRODUCTS.set_index("firm_ids"),
        "a name/that is [longer] than a sheet's name can be": pd.DataFrame(
            {"x": [np.nan, np.int64(2)], "list": [("a", "b"), ()], "y": ["=1+1", "a\x00b"]}
        ),
    }
    write_workbook(tmp_path / "a.xlsx", tables, {"prices": "dollars"})
    found = read_sheets(tmp_path / "a.xlsx")
    assert len(found) == 4
    assert all(len(name) <= 31 and not re.search(r"[/\[\]]", name) for name in found)
    first, second, third, units = found.values()
    pd.testing.assert_frame_equal(first.reset_index(drop=True), PRODUCTS)
    assert next(iter(second)) == "firm_ids"
    assert third.iloc[1, 0] == 2
    assert third["list"].iloc[0] == "a; b"
    assert pd.isna(third["list"].iloc[1])
    assert third["y"].tolist() == ["=1+1", "ab"]
    assert units.to_numpy().tolist() == [
        ["products", "prices", "dollars"],
        [list(found)[1], "prices", "dollars"],
    ]
    (cell,) = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[2]["C2:C2"][0]
    assert cell.data_type == "s"
