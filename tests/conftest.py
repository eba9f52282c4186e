"""What every test may ask for, and how tests meet a database.

DULY_DATABASE_URL chooses the database: SQLite when it is not set, the throwaway PostgreSQL of `postgres.py` in the
second half of `make test`, which runs again only the tests that touch a database (`--touching-database`).

A test that asks for `db` works inside a transaction that is rolled back. A test that needs real commits, several
connections or other processes asks for `book`: a database of its own, copied from the migrated one, that Django, ADBC
and any `duly` started by the test all see. The usual alternative, deleting every row afterwards, is refused by the very
triggers under test; so what asks Django for a transactional test case (`transactional_db`, `live_server`,
`django_db(transaction=True)`) gets such a copy too.
"""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase

from database_copies import copied_database, database_url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--touching-database", action="store_true", help="run only the tests that touch a database")


def pytest_configure() -> None:
    # Staff come in by a password, also to what a test starts; the tests of the second factor switch it on.
    django_settings.DULY_STAFF_SECOND_FACTOR = False
    os.environ["DULY_STAFF_SECOND_FACTOR"] = "0"
    TransactionTestCase._fixture_setup = classmethod(_enter_copy)
    TransactionTestCase._fixture_teardown = _leave_copy


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--touching-database"):
        config.hook.pytest_deselected(items=[item for item in items if not runs_again(item)])
        items[:] = [item for item in items if runs_again(item)]


def runs_again(item: pytest.Item) -> bool:
    """Whether a test runs again on PostgreSQL. One in a browser is about pages: it runs once."""
    return touches_database(item) and "live_server" not in getattr(item, "fixturenames", ())


def touches_database(item: pytest.Item) -> bool:
    """Whether a test has asked for a database, by mark or by fixture."""
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not {"db", "transactional_db"}.isdisjoint(fixtures)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database in a folder of this process alone, so that test runs never meet."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "book.sqlite3")


@pytest.fixture(autouse=True)
def _outbox_of_its_own(request: pytest.FixtureRequest) -> None:
    """Messages of a test that could send one go to the test's own folder."""
    if touches_database(request.node):
        outbox = request.getfixturevalue("tmp_path") / "outbox"
        settings = request.getfixturevalue("settings")
        settings.DULY_OUTBOX = settings.EMAIL_FILE_PATH = outbox


@dataclass(frozen=True)
class Book:
    """A test's own book: the address of its database and the folder that stands for DULY_HOME."""

    url: str
    home: Path


@pytest.fixture
def book(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """A migrated book of the test's own, seen by this process and, through the environment, by any that it starts."""
    url = database_url(connection.settings_dict["NAME"])
    monkeypatch.setenv("DULY_DATABASE_URL", url)
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    monkeypatch.setenv("DULY_SECRET_KEY", django_settings.SECRET_KEY)
    monkeypatch.setenv("DULY_FIELD_KEYS", ",".join(django_settings.DULY_FIELD_KEYS))
    return Book(url, tmp_path)


def _enter_copy(case: type[TransactionTestCase]) -> None:
    case._copy = ExitStack()
    case._copy.enter_context(copied_database())


def _leave_copy(case: TransactionTestCase) -> None:
    case._copy.close()


@pytest.fixture
def code_sent(settings) -> Callable[[], str]:
    """The digits of the last code that left."""

    def last() -> str:
        newest = max(settings.DULY_OUTBOX.glob("*.sms"), key=lambda path: path.stat().st_mtime_ns)
        found = re.search(r"\b\d{3}-?\d{3}\b", newest.read_text(encoding="utf-8").partition("\n")[2])
        assert found, newest.read_text(encoding="utf-8")
        return found[0]

    return last
