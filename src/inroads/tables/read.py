"""Tables from anywhere: CSV, Parquet, any data frame, a query."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals as nw
import pandas as pd

from inroads.errors import InputError, Problem

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

TableSource: TypeAlias = "str | PathLike[str] | IntoFrame"
FIRST_ROW = 2


def read_table(source: TableSource, name: str | None = None) -> pd.DataFrame:
    """A table as a pandas data frame, whose index `row` is the line as a spreadsheet counts it.

    `source` is the path of a .csv or .parquet file, a pandas, polars or pyarrow table (or any
    other that narwhals knows), or a DuckDB relation. The header is row 1, so the first data row is
    row 2. Cells of a CSV file stay text, without surrounding blanks; a schema gives them meaning.
    `name` is what messages call the table. The source is not modified.

    Raises `InputError`: file missing or not readable, bytes that are not UTF-8, no rows, column
    names blank or double, rows of the wrong length.
    """
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        name = name or path.name
        frame = _read_file(path, name)
    else:
        name = name or "table"
        frame = _from_frame(source, name)
    if frame.empty:
        raise InputError.single(
            expected="at least one row of data",
            found=f"{len(frame)} rows and {frame.shape[1]} columns",
            where=name,
            remedy="add the rows, or leave the table out.",
        )
    return frame


def read_query(sql: str, name: str = "query", **tables: TableSource) -> pd.DataFrame:
    """The answer of a DuckDB query over the named `tables`, as `read_table` gives it.

    Only these tables can be read: the query has no access to files or to the network.
    Raises `InputError` when a table or the query is at fault.
    """
    import duckdb

    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        for table, source in tables.items():
            connection.register(table, read_table(source, table).reset_index(drop=True))
        try:
            answer = connection.sql(sql)
            if answer is not None:
                return read_table(answer, name)
        except duckdb.Error as error:
            raise InputError.single(
                expected="a query that DuckDB can run",
                found=str(error).strip(),
                where=name,
                remedy=f"mend the SQL; the tables at hand are: {', '.join(tables) or 'none'}.",
            ) from error
    raise InputError.single(
        expected="a query that returns a table",
        found=sql,
        where=name,
        remedy="write a SELECT statement.",
    )


def _read_file(path: Path, name: str) -> pd.DataFrame:
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".parquet"}:
        raise InputError.single(
            expected="a file ending in .csv or .parquet",
            found=str(path),
            where=name,
            remedy="save the table in one of these formats.",
        )
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError.single(
            expected="a file that can be read",
            found=f"{path} ({getattr(error, 'strerror', None) or error})",
            where=name,
            remedy="check the path and the permissions.",
        ) from error
    return _read_csv(content, name) if suffix == ".csv" else _read_parquet(path, name)


def _read_parquet(path: Path, name: str) -> pd.DataFrame:
    import duckdb

    try:
        with duckdb.connect() as connection:
            return _from_frame(connection.read_parquet(str(path)), name)
    except duckdb.Error as error:
        raise InputError.single(
            expected="a Parquet file",
            found=str(error).splitlines()[0],
            where=name,
            remedy="write the file again.",
        ) from error


def _read_csv(content: bytes, name: str) -> pd.DataFrame:
    numbers, rows = _csv_rows(_decode(content, name), name)
    columns = [cell.strip() for cell in rows[0]]
    _check_columns(columns, name)
    problems = [
        Problem(
            name,
            row,
            None,
            f"{len(cells)} cells",
            f"{len(columns)} cells, one for each column",
            "count the commas of this row; a cell that holds a comma stands in double quotes.",
        )
        for row, cells in zip(numbers, rows, strict=True)
        if len(cells) != len(columns)
    ]
    if problems:
        raise InputError(problems)
    index = pd.Index(numbers[1:], name="row", dtype="int64")
    body = {
        c: [cell.strip() for cell in cells[1:]] for c, *cells in zip(columns, *rows, strict=True)
    }
    return pd.DataFrame(body, index=index, dtype=str)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError.single(
            expected="text in UTF-8",
            found=f"byte 0x{error.object[error.start]:02x}",
            where=name,
            row=error.object[: error.start].count(b"\n") + 1,
            remedy="save the file as 'CSV UTF-8'.",
        ) from error


def _csv_rows(text: str, name: str) -> tuple[list[int], list[list[str]]]:
    """Rows that hold anything, and their numbers in a spreadsheet: blank lines count."""
    numbers, rows = list[int](), list[list[str]]()
    number = 0
    reader: Iterator[list[str]] = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(map(str.strip, cells)):
                numbers.append(number)
                rows.append(cells)
    except csv.Error as error:
        raise InputError.single(
            expected="comma-separated values",
            found=str(error),
            where=name,
            row=number + 1,
            remedy="close the quotes; a double quote inside a quoted cell is written twice.",
        ) from error
    if rows:
        return numbers, rows
    raise InputError.single(
        expected="a header and rows of data",
        found="an empty file",
        where=name,
        remedy="write the column names into the first line.",
    )


def _from_frame(source: Any, name: str) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        frame = source.reset_index(drop=True)
        columns = list(frame.columns)
    else:
        native = source.df() if _is_duckdb(source) else source
        try:
            foreign = nw.from_native(native)
            eager = foreign.collect() if isinstance(foreign, nw.LazyFrame) else foreign
            columns = list(eager.columns)
            _check_columns([str(column).strip() for column in columns], name)
            frame = pd.DataFrame({column: _values(eager[column]) for column in columns})
        except (TypeError, nw.exceptions.NarwhalsError) as error:
            raise InputError.single(
                expected="a path, a data frame (pandas, polars, pyarrow) or a DuckDB relation",
                found=f"a {type(source).__module__}.{type(source).__name__} ({error})",
                where=name,
                remedy="convert it to one of these.",
            ) from error
    frame.columns = pd.Index([str(column).strip() for column in columns])
    _check_columns(list(frame.columns), name)
    frame.index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(frame), name="row")
    return frame


def _is_duckdb(source: object) -> bool:
    return type(source).__name__ == "DuckDBPyRelation"


def _values(column: nw.Series[Any]) -> Any:
    plain = column.dtype.is_numeric() and not column.null_count()
    return column.to_numpy() if plain else column.to_list()


def _check_columns(columns: list[str], name: str) -> None:
    double = sorted(column for column, times in Counter(columns).items() if times > 1)
    problems = [
        Problem(
            name,
            1,
            column or None,
            f"the column {column!r} {columns.count(column)} times",
            "each column once",
            "rename or delete one of them.",
        )
        for column in double
    ]
    if columns.count("") == 1:
        place = f"an empty name at place {columns.index('') + 1}"
        problems.append(
            Problem(name, 1, None, place, "a name for each column", "name or delete the column.")
        )
    if problems:
        raise InputError(problems)
