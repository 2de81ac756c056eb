"""Queries of a database: through SQLAlchemy, ADBC, or any connection of Python's DB-API."""

from __future__ import annotations

from typing import Any

import pandas as pd

from inroads.errors import InputError, refuse


def query_database(sql: str, connection: Any, name: str) -> Any:
    """The answer of a query, as a data frame or an Arrow table; InputError where it fails.

    The connection stays open, and what it has begun is not committed; an engine of SQLAlchemy
    lends one.
    """
    try:
        if hasattr(connection, "cursor"):
            return _of_cursor(sql, connection, name)
        if hasattr(connection, "connect") and hasattr(connection, "dialect"):
            with connection.connect() as lent:
                return _of_sqlalchemy(sql, lent, name)
        if hasattr(connection, "exec_driver_sql"):
            return _of_sqlalchemy(sql, connection, name)
    except InputError:
        raise
    except Exception as error:
        # Each driver has errors of its own, which share no base but Exception.
        raise refuse(
            expected="a query that the database can run",
            found=(str(error).strip().splitlines() or [repr(error)])[0],
            where=name,
            remedy="mend the SQL, or look at the connection.",
        ) from error
    raise refuse(
        expected="a connection or engine of SQLAlchemy, or one of ADBC or Python's DB-API",
        found=f"a {type(connection).__module__}.{type(connection).__name__}",
        where="connection",
        remedy="connect first: sqlalchemy.create_engine(url).",
    )


def _of_sqlalchemy(sql: str, connection: Any, name: str) -> pd.DataFrame:
    result = connection.exec_driver_sql(sql)
    if not result.returns_rows:
        raise _no_table(sql, name)
    return _frame(list(result.keys()), [tuple(row) for row in result.fetchall()])


def _of_cursor(sql: str, connection: Any, name: str) -> Any:
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        if cursor.description is None:
            raise _no_table(sql, name)
        if hasattr(cursor, "fetch_arrow_table"):
            return cursor.fetch_arrow_table()
        return _frame([column[0] for column in cursor.description], cursor.fetchall())
    finally:
        cursor.close()


def _frame(names: list[str], rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame([tuple(row) for row in rows], columns=names)


def _no_table(sql: str, name: str) -> InputError:
    return refuse(
        expected="a query that returns a table",
        found=sql,
        where=name,
        remedy="write a SELECT statement.",
    )
