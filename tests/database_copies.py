"""Copies of the test database, each deleted after use: a file on SQLite, a database from a template on PostgreSQL."""

import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings as django_settings
from django.db import connection, connections


def database_url(name: str) -> str:
    """The address of a database by its name (PostgreSQL) or path (SQLite), on the server under test."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(django_settings.DATABASE_URL)._replace(path=f"/{name}").geturl()


EMPTY = {"sqlite": ":memory:", "postgresql": "template1"}


@contextmanager
def empty_database() -> Iterator[None]:
    """Point Django's default connection at a new database without a table, then back; it is deleted."""
    with copied_database(EMPTY[connection.vendor]):
        yield


@contextmanager
def copied_database(name: str | None = None) -> Iterator[None]:
    """Point Django's default connection at a new copy of the database it has, or of that called `name`, then back.

    The copy is deleted.
    """
    original = connection.settings_dict["NAME"]
    copy = copied_sqlite if connection.vendor == "sqlite" else copied_postgresql
    connections.close_all()
    with copy(name or original) as fresh:
        connection.settings_dict["NAME"] = fresh
        try:
            yield
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = original


@contextmanager
def copied_sqlite(original: str) -> Iterator[str]:
    """Copy a SQLite database into a temporary folder and give the copy's path."""
    folder = Path(tempfile.mkdtemp(prefix="duly-book-"))
    fresh = str(folder / "book.sqlite3")
    try:
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(fresh)) as target:
            target.execute("PRAGMA synchronous = OFF")
            source.backup(target)
        yield fresh
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def copied_postgresql(original: str) -> Iterator[str]:
    """Copy a PostgreSQL database within its server and give the copy's name."""
    fresh = f"book_{uuid.uuid4().hex}"
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{original}"')
        try:
            yield fresh
        finally:
            server.execute(f'DROP DATABASE "{fresh}" WITH (FORCE)')
