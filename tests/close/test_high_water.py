"""A close never passes over a fact that is still on its way in."""

import psycopg
import pytest
from adbc_driver_manager import Error as DatabaseError
from django.db import connection

from duly.close.book import high_water_mark
from duly.lending.arrow import connect
from duly.lending.models import Fact
from small_book import START, lend, pays

INSERT = """
INSERT INTO lending_fact (loan_id, kind, value_date, amount, idempotency_key)
VALUES (%s, 'paid', %s, 1, %s) RETURNING id
"""


def test_the_mark_is_the_last_fact_and_nothing_in_an_empty_book(book):
    with connect() as reader:
        assert high_water_mark(reader) == 0
    last = pays(lend("A"), START, 1).pk
    with connect() as reader:
        assert high_water_mark(reader) == last


def test_the_mark_waits_for_a_lower_fact_that_is_not_committed_yet(book):
    if connection.vendor == "sqlite":
        return _one_writer_at_a_time()
    loan = lend("A")
    with psycopg.connect(book.url) as slow:
        (lower,) = slow.execute(INSERT, (loan.pk, START, "slow")).fetchone()
        higher = pays(loan, START, 1).pk
        assert lower < higher
        with connect() as reader:
            with reader.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            reader.commit()
            with pytest.raises(DatabaseError, match="lock timeout"):
                high_water_mark(reader)
            reader.rollback()
        slow.commit()
    with connect() as reader:
        assert high_water_mark(reader) == higher
    return None


def _one_writer_at_a_time() -> None:
    """On SQLite ids are given under the write lock, so a lower one is always committed before a higher."""
    loan = lend("A")
    first, second = pays(loan, START, 1).pk, pays(loan, START, 1).pk
    assert first < second == Fact.objects.latest("pk").pk
    with connect() as reader:
        assert high_water_mark(reader) == second
