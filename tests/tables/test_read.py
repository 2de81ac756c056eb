"""Reading: every door gives the same table, every bad file is named with its row."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inroads.errors import InputError
from inroads.tables.read import read_query, read_table
from inroads.tables.schema import as_text, check_table, load_table
from inroads.tables.schemas import OFFERS, PRODUCTS

OFFERED = {
    "product": ["Mate 10 Pro", "Pixel 2"],
    "channel": ["Open channel", "Verizon"],
    "price": [799.99, 649.0],
    "months": [None, 24],
}
CSV = "product,channel,price,months\nMate 10 Pro,Open channel,799.99,\nPixel 2,Verizon,649,24\n"


def write(folder: Path, content: str | bytes, name: str = "offers.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: object) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path)  # type: ignore[arg-type]
    return str(caught.value)


def test_every_door_gives_the_same_table(tmp_path: Path) -> None:
    path = write(tmp_path, CSV)
    pandas = pd.DataFrame(OFFERED)
    polars = pl.DataFrame(OFFERED)
    arrow = pa.table(OFFERED)
    parquet = tmp_path / "offers.parquet"
    pyarrow.parquet.write_table(arrow, parquet)
    expected = load_table(path, OFFERS)
    assert expected["price"].tolist() == ["799.99", "649"]
    assert expected["down"].tolist() == ["", ""]
    assert expected.index.tolist() == [2, 3]
    with duckdb.connect() as connection:
        relation = connection.sql("select * from arrow")
        for source in (pandas, polars, polars.lazy(), arrow, str(parquet), relation):
            pd.testing.assert_frame_equal(load_table(source, OFFERS), expected)
    answer = read_query("select * from offers order by price desc", offers=path)
    pd.testing.assert_frame_equal(as_text(answer), as_text(read_table(path)))


def test_numbers_of_a_frame_stay_numbers() -> None:
    frame = read_table(pl.DataFrame({"shares": [0.1, 0.2], "firm_ids": [1, 2]}))
    assert frame.dtypes.tolist() == [np.dtype("float64"), np.dtype("int64")]


def test_dates_of_a_frame_are_written_as_in_a_file() -> None:
    frame = pl.DataFrame({"day": [date(2017, 12, 1), None]})
    assert as_text(read_table(frame))["day"].tolist() == ["2017-12-01", ""]


def test_the_source_is_left_alone() -> None:
    frame = pd.DataFrame(OFFERED)
    before = frame.copy(deep=True)
    load_table(frame, OFFERS)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    "content",
    ["\ufeff" + CSV, CSV.replace("\n", "\r\n"), CSV.replace(",", " , "), CSV.rstrip("\n")],
    ids=["byte order mark", "CRLF", "blanks", "no last newline"],
)
def test_what_spreadsheets_write_is_understood(tmp_path: Path, content: str) -> None:
    expected = read_table(write(tmp_path, CSV, "plain.csv"))
    pd.testing.assert_frame_equal(read_table(write(tmp_path, content)), expected)


def test_nothing_is_guessed(tmp_path: Path) -> None:
    frame = read_table(write(tmp_path, "manufacturer,code\nNA,007\nnull,1e3\n"))
    assert frame["manufacturer"].tolist() == ["NA", "null"]
    assert frame["code"].tolist() == ["007", "1e3"]


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    path = write(tmp_path, 'product,note\nA,"two\nlines"\n\nB,\nC\n')
    message = refusal(path)
    assert "offers.csv, row 5: found 1 cells; expected 2 cells" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "an empty file"),
        ("\n\n , \n", "an empty file"),
        ("product,price\n", "at least one row"),
        ("a,a\n1,2\n", "column 'a': found the column 'a' 2 times"),
        ("a,,\n1,2,3\n", "row 1"),
        ("a,\n1,2\n", "an empty name at place 2"),
        ("a,b\n1,2\n1,2,3\n1\n", "2 problems"),
        (b"a,b\n1,2\n1,\xe9\n", "row 3: found byte 0xe9"),
        ('a,b\n1,"2\n', "row 2: found unexpected end of data"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    message = refusal(write(tmp_path, content))
    assert "offers.csv" in message
    assert words in message
    assert "Remedy:" in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "offers.csv")
    assert "expected a file that can be read" in refusal(tmp_path / "a\0b.csv")


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    assert "expected a Parquet file" in refusal(write(tmp_path, b"PAR1", "offers.parquet"))


def test_other_things_are_refused(tmp_path: Path) -> None:
    assert ".csv, .parquet, .xlsx or .dta" in refusal(write(tmp_path, CSV, "offers.ods"))
    assert "found a builtins.int" in refusal(3)
    assert "at least one row" in refusal(pl.DataFrame({"a": []}))
    assert "2 times" in refusal(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    assert "2 times" in refusal(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]))


def test_a_query_sees_only_its_tables(tmp_path: Path) -> None:
    path = write(tmp_path, CSV)
    table = pd.DataFrame({"a": [1]})
    assert read_query("select a + 1 as b from t", t=table)["b"].tolist() == [2]
    for sql in (f"select * from '{path.as_posix()}'", "select * from table_of_nobody", "selec"):
        with pytest.raises(InputError, match="the tables at hand are: t"):
            read_query(sql, t=table)
    with pytest.raises(InputError, match="a query that returns a table"):
        read_query("")


@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    read_and_check(tmp_path_factory, content)


CELL = st.one_of(
    st.sampled_from(["", "1", "-5", "nan", "1e999", "@a", "@A|@b", "2017-13", ";", '"', "\0"]),
    st.text(max_size=8),
)
HEADER = st.sampled_from(
    ["product", "channel", "price", "months", "launched", "standards", "x", ""]
)


@given(
    header=st.lists(HEADER, max_size=6),
    rows=st.lists(st.lists(CELL, max_size=6), max_size=5),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_csv_text(
    tmp_path_factory: pytest.TempPathFactory,
    header: list[str],
    rows: list[list[str]],
    newline: str,
) -> None:
    lines = [",".join(cells) for cells in [header, *rows]]
    content = newline.join(lines).encode("utf-8", "surrogatepass")
    read_and_check(tmp_path_factory, content)


def read_and_check(factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(factory.getbasetemp(), content, "fuzz.csv")
    try:
        frame = read_table(path)
    except InputError as error:
        assert error.problems
        assert "fuzz.csv" in str(error)
        return
    for schema in (OFFERS, PRODUCTS):
        for problem in check_table(frame, schema):
            assert problem.expected
            assert problem.remedy
