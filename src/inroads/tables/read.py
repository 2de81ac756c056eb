"""Tables from anywhere: CSV, Parquet, Excel, Stata, any data frame, a query."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from inroads.errors import refuse, require_extra
from inroads.tables.csv_text import check_columns, check_separator, read_csv
from inroads.tables.database import query_database
from inroads.tables.workbook import read_sheet

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoFrame

TableSource: TypeAlias = "str | PathLike[str] | IntoFrame"
FIRST_ROW = 2
#: what pandas calls an index without a name when it writes Parquet
_PARQUET_INDEX = "__index_level_0__"


@dataclass(frozen=True)
class Labelled:
    """A table as `read_table` gives it, and the labels its rows have where they come from.

    labels: the index of a pandas data frame; row names of a file; otherwise 0, 1, 2, ..., as
    pandas would number the rows. names: whether they are row names, a column of the file.
    """

    frame: pd.DataFrame
    labels: pd.Index
    names: bool = False


def read_table(source: TableSource, name: str | None = None) -> pd.DataFrame:
    """A table as a pandas data frame, whose index `row` is the line as a spreadsheet counts it.

    The header is row 1, so the first data row is row 2. Cells of a CSV file stay text, without
    surrounding blanks; a schema gives them meaning. The source is not modified.

    Parameters
    ----------
    source : path or table
        A .csv, .parquet, .xlsx (with one sheet) or .dta file, a pandas, polars or pyarrow table (or
        any other that narwhals knows), or a DuckDB relation.
    name : str, optional
        What messages call the table.

    Returns
    -------
    DataFrame
        Its rows.

    Raises
    ------
    InputError
        File missing or not readable, several sheets, bytes that are not UTF-8, no rows, column
        names blank or double, rows of the wrong length.

    Examples
    --------
    >>> import pandas as pd
    >>> from inroads.tables import read_table
    >>> table = read_table(pd.DataFrame({"product": ["a", "b"], "price": [2.0, 3.0]}))
    >>> list(table.index)
    [2, 3]
    """
    return read_labelled(source, name, row_names=False).frame


def read_labelled(
    source: TableSource, name: str | None = None, *, row_names: bool = True
) -> Labelled:
    """The same with the labels of its rows; `row_names`: a CSV file's first column may have no
    name, as R and pandas write row names."""
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        name = name or path.name
        labelled = _read_file(path, name, row_names)
    else:
        name = name or "table"
        frame = _from_frame(source, name)
        labels = source.index if isinstance(source, pd.DataFrame) else pd.RangeIndex(len(frame))
        labelled = Labelled(frame, labels)
    frame = labelled.frame
    if frame.empty:
        raise refuse(
            expected="at least one row of data",
            found=f"{len(frame)} rows and {frame.shape[1]} columns",
            where=name,
            remedy="add the rows, or leave the table out.",
        )
    return labelled


def read_query(
    sql: str, name: str = "query", *, connection: Any = None, **tables: TableSource
) -> pd.DataFrame:
    """The answer of a query, as `read_table` gives it: of a database, or of DuckDB over tables.

    DuckDB reads these tables alone: its query has no access to files or to the network.

    Parameters
    ----------
    sql : str
        A SELECT statement.
    name : str
        What messages call the answer.
    connection : object, optional
        The database to ask: a connection or engine of SQLAlchemy, or a connection of ADBC or of
        Python's DB-API. It stays open.
    **tables : path or table
        By the names that the query uses, each as `read_table` takes it.

    Returns
    -------
    DataFrame
        Its rows.

    Raises
    ------
    InputError
        Where a table or the query is at fault.

    Examples
    --------
    >>> import pandas as pd
    >>> from inroads.tables import read_query
    >>> sales = pd.DataFrame({"seller": ["a", "a", "b"], "units": [1, 2, 3]})
    >>> query = "select seller, sum(units)::int as units from sales group by 1 order by 1"
    >>> read_query(query, sales=sales).to_dict("list")
    {'seller': ['a', 'b'], 'units': [3, 3]}
    """
    if connection is not None:
        if tables:
            raise refuse(
                expected="a connection, or tables",
                found=f"a connection and {', '.join(tables)}",
                where=name,
                remedy="query the database first, then the tables with DuckDB.",
            )
        return read_table(query_database(sql, connection, name), name)
    require_extra("query", "duckdb")
    import duckdb

    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        for table, source in tables.items():
            connection.register(table, read_table(source, table).reset_index(drop=True))
        try:
            answer = connection.sql(sql)
            if answer is not None:
                return read_table(answer, name)
        except duckdb.Error as error:
            raise refuse(
                expected="a query that DuckDB can run",
                found=str(error).strip(),
                where=name,
                remedy=f"mend the SQL; the tables at hand are: {', '.join(tables) or 'none'}.",
            ) from error
    raise refuse(
        expected="a query that returns a table",
        found=sql,
        where=name,
        remedy="write a SELECT statement.",
    )


def _read_file(path: Path, name: str, row_names: bool) -> Labelled:
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".parquet", ".xlsx", ".dta"}:
        raise refuse(
            expected="a file ending in .csv, .parquet, .xlsx or .dta",
            found=str(path),
            where=name,
            remedy="save the table in one of these formats.",
        )
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise refuse(
            expected="a file that can be read",
            found=f"{path} ({getattr(error, 'strerror', None) or error})",
            where=name,
            remedy="check the path and the permissions.",
        ) from error
    named = False
    if suffix in {".xlsx", ".dta"}:
        frame = read_sheet(path, name) if suffix == ".xlsx" else _read_stata(path, name)
        rows = frame.index if suffix == ".xlsx" else None
        frame = _from_frame(frame, name)
        frame = frame if rows is None else frame.set_axis(rows)
        return Labelled(frame, pd.RangeIndex(len(frame)))
    if suffix == ".csv":
        frame, labels, named = read_csv(content, name, row_names)
    else:
        frame = _read_parquet(path, name)
        has_index = row_names and _PARQUET_INDEX in frame
        labels = pd.Index(frame.pop(_PARQUET_INDEX).to_numpy()) if has_index else None
    return Labelled(frame, pd.RangeIndex(len(frame)) if labels is None else labels, named)


def _read_stata(path: Path, name: str) -> pd.DataFrame:
    try:
        return pd.read_stata(path)
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise refuse(
            expected="a data set of Stata",
            found=str(error),
            where=name,
            remedy="save it again; where two labels are alike, as `saveold` or without labels.",
        ) from error


def _read_parquet(path: Path, name: str) -> pd.DataFrame:
    require_extra("query", "duckdb")
    import duckdb

    try:
        with duckdb.connect() as connection:
            return _from_frame(connection.read_parquet(str(path)), name)
    except duckdb.Error as error:
        raise refuse(
            expected="a Parquet file",
            found=str(error).splitlines()[0],
            where=name,
            remedy="write the file again.",
        ) from error


def _from_frame(source: Any, name: str) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        frame = source.reset_index(drop=True)
        columns = list(frame.columns)
    else:
        import narwhals as nw

        native = source.df() if _is_duckdb(source) else source
        try:
            foreign = nw.from_native(native)
            eager = foreign.collect() if isinstance(foreign, nw.LazyFrame) else foreign
            columns = list(eager.columns)
            check_columns([str(column).strip() for column in columns], name)
            frame = pd.DataFrame({column: _values(eager[column]) for column in columns})
        except (TypeError, nw.exceptions.NarwhalsError) as error:
            raise refuse(
                expected="a path, a data frame (pandas, polars, pyarrow) or a DuckDB relation",
                found=f"a {type(source).__module__}.{type(source).__name__} ({error})",
                where=name,
                remedy="convert it to one of these.",
            ) from error
    if len(columns) == 1:
        check_separator(str(columns[0]), name)
    frame.columns = pd.Index([str(column).strip() for column in columns])
    check_columns(list(frame.columns), name)
    frame.index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(frame), name="row")
    return frame


def _is_duckdb(source: object) -> bool:
    return type(source).__name__ == "DuckDBPyRelation"


def _values(column: nw.Series[Any]) -> Any:
    import narwhals as nw

    if isinstance(column.dtype, nw.Enum):
        return pd.Categorical(column.to_list(), list(column.dtype.categories))
    plain = column.dtype.is_numeric() and not column.null_count()
    return column.to_numpy() if plain else column.to_list()
