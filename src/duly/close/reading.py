"""How the book is read where others may be using the database in the same process: pages, status, export.

ADBC brings an SQLite library of its own. Two SQLite libraries in one process do not see each other's locks (see "How To
Corrupt An SQLite Database File", 2.2.1), so what runs inside the web server reads SQLite through Python's library, the
one that Django uses. On PostgreSQL it is ADBC, as in the close.
"""

import datetime
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa
from adbc_driver_manager.dbapi import Connection
from django.db import connection as django_connection

from duly.lending.arrow import connect


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection to read with, in one transaction of its own; safe beside Django's connections in every thread."""
    if django_connection.vendor == "sqlite":
        path = django_connection.settings_dict["NAME"]
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield _SqliteReader(connection)
    else:
        with connect() as connection:
            yield connection


class _SqliteReader:
    """As much of ADBC's connection and cursor as reading needs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursor = connection.cursor()

    @contextmanager
    def cursor(self) -> Iterator["_SqliteReader"]:
        yield self

    def commit(self) -> None:
        """Nothing was written."""

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        named = {str(number): _as_stored(value) for number, value in enumerate(parameters, 1)}
        self._cursor.execute(statement, named)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._cursor.fetchall()

    def fetch_arrow_table(self) -> pa.Table:
        names = [column[0] for column in self._cursor.description]
        columns = zip(*self._cursor.fetchall(), strict=True)
        return pa.table([pa.array(column) for column in columns] or [pa.array([], pa.null())] * len(names), names)


def _as_stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
