"""The book as Arrow columns: connections through ADBC, and reading every contract and fact.

ADBC brings an SQLite library of its own, and two SQLite libraries in one process do not see each other's locks ("How To
Corrupt An SQLite Database File", 2.2.1): when one closes the file it takes the other's log away, and with it what the
other writes later. So on SQLite nothing else in the process may use the book while a connection from here is open.
`connect` closes Django's connection of its own thread first (it opens again by itself when next used); a web server
must not call it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import numpy as np
import numpy.typing as npt
import psycopg.conninfo
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager.dbapi import Connection
from django.db import connection as django_connection
from django.db import connections

from duly.engine.columns import KIND, Contracts, Facts, Int32, Int64, arrange_facts, make_contracts
from duly.engine.contract import parse_terms
from duly.engine.fact_reading import read_details
from duly.engine.records import Records
from duly.engine.terms import WAIVABLE

ON_SQLITE = ("PRAGMA busy_timeout = 30000", "PRAGMA foreign_keys = ON", "PRAGMA synchronous = NORMAL")

SELECT_PRODUCTS = "SELECT id, code, currency, terms FROM lending_product ORDER BY id"
SELECT_LOANS = """
SELECT
    id, reference, borrower_id, product_id, principal, annual_rate, service_fee, upfront_fee, balloon,
    disbursed_on, first_due_on, installments, installment_amount
FROM lending_loan
ORDER BY id
"""
SELECT_FACTS = """
SELECT id, loan_id, kind, value_date, amount, component, reverses_id
FROM lending_fact
WHERE id > $1 AND id <= $2
ORDER BY id
"""
SELECT_DETAILS = """
SELECT f.id, f.kind, p.currency, CAST(f.details AS text)
FROM lending_fact AS f
JOIN lending_loan AS l ON l.id = f.loan_id
JOIN lending_product AS p ON p.id = l.product_id
WHERE f.id > $1 AND f.id <= $2 AND f.details IS NOT NULL
ORDER BY f.id
"""


class Loans(NamedTuple):
    """Every loan, one row each in the order of ids; `contracts` has the same rows."""

    id: Int64
    reference: pa.ChunkedArray
    borrower_id: Int64
    product: Int64  # index into `products`
    products: list[tuple[str, str]]  # code and currency of each version of a product
    contracts: Contracts


class FactRows(NamedTuple):
    """Facts in order of record, one row each, by the database's ids."""

    id: Int64
    loan_id: Int64
    kind: npt.NDArray[np.uint8]
    value_date: Int32
    amount: Int64  # minor units; 0 where the kind has none
    component: npt.NDArray[np.uint8]
    reverses_id: Int64  # 0 where it reverses nothing
    detail: Int32  # row of `details`, or -1
    details: Records  # what the rarer facts say: DETAIL_DTYPE


@contextmanager
def connect() -> Iterator[Connection]:
    """A connection to the book's database, in a transaction; what is not committed is taken back at the end.

    Raises RuntimeError inside a transaction of Django's, whose writes it could not see.
    """
    if django_connection.in_atomic_block:
        raise RuntimeError("the book is read and written by a connection of its own: call this outside a transaction")
    if django_connection.vendor == "sqlite":
        connections.close_all()
        with adbc_driver_sqlite.dbapi.connect(str(django_connection.settings_dict["NAME"])) as connection:
            # Foreign keys can only be switched on outside a transaction.
            connection.adbc_connection.set_autocommit(True)
            with connection.cursor() as cursor:
                for statement in ON_SQLITE:
                    cursor.execute(statement)
            connection.adbc_connection.set_autocommit(False)
            yield connection
    else:
        with adbc_driver_postgresql.dbapi.connect(postgresql_address()) as connection:
            yield connection


def postgresql_address() -> str:
    """The address of Django's PostgreSQL database, with its password."""
    settings = django_connection.settings_dict
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    options = {name: value for name, value in settings["OPTIONS"].items() if isinstance(value, str)}
    return psycopg.conninfo.make_conninfo(
        **{name: settings[key] for name, key in named.items() if settings[key]}, **options
    )


def read_contracts(connection: Connection) -> Loans:
    """Every loan with its contract."""
    with connection.cursor() as cursor:
        cursor.execute(SELECT_PRODUCTS)
        products = [(*row, json.loads(terms)) for *row, terms in cursor.fetchall()]
        cursor.execute(SELECT_LOANS)
        return loans_of(products, cursor.fetch_arrow_table())


def loans_of(products: Sequence[tuple[int, str, str, Mapping[str, Any]]], rows: pa.Table) -> Loans:
    """Loans from the columns of SELECT_LOANS; `products` have id, code, currency and terms, in the order of ids."""
    product_ids = np.array([product_id for product_id, *_ in products], np.int64)
    product = np.searchsorted(product_ids, _whole(rows["product_id"], np.int64))
    return Loans(
        id=_whole(rows["id"], np.int64),
        reference=rows["reference"],
        borrower_id=_whole(rows["borrower_id"], np.int64),
        product=product,
        products=[(code, currency) for _, code, currency, _ in products],
        contracts=make_contracts(
            [parse_terms(terms) for *_, terms in products],
            term=product.astype(np.int32),
            principal=_whole(rows["principal"], np.int64),
            annual_rate=_whole(rows["annual_rate"], np.int64),
            service_fee=_whole(rows["service_fee"], np.int64),
            upfront_fee=_whole(rows["upfront_fee"], np.int64),
            balloon=_whole(rows["balloon"], np.int64),
            disbursed_on=_days(rows["disbursed_on"]),
            first_due_on=_days(rows["first_due_on"]),
            installments=_whole(rows["installments"], np.int32),
            installment_amount=_whole(rows["installment_amount"], np.int64),
        ),
    )


def read_facts(connection: Connection, *, after: int = 0, through: int) -> FactRows:
    """The facts with ids above `after` up to `through`."""
    with connection.cursor() as cursor:
        cursor.execute(SELECT_FACTS, (after, through))
        rows = cursor.fetch_arrow_table()
        cursor.execute(SELECT_DETAILS, (after, through))
        return facts_of(rows, [(*row, json.loads(details)) for *row, details in cursor.fetchall()])


def facts_of(rows: pa.Table, told: Sequence[tuple[int, str, str, Mapping[str, Any]]]) -> FactRows:
    """Facts from the columns of SELECT_FACTS; `told` has id, kind, currency and details of those that say more."""
    ids = _whole(rows["id"], np.int64)
    detail = np.full(len(ids), -1, np.int32)
    detail[np.searchsorted(ids, np.array([fact_id for fact_id, *_ in told], np.int64))] = np.arange(len(told))
    return FactRows(
        id=ids,
        loan_id=_whole(rows["loan_id"], np.int64),
        kind=_coded(rows["kind"], KIND),
        value_date=_days(rows["value_date"]),
        amount=_whole(rows["amount"], np.int64),
        component=_coded(rows["component"], WAIVABLE),
        reverses_id=_whole(rows["reverses_id"], np.int64),
        detail=detail,
        details=read_details([(kind, currency, details) for _, kind, currency, details in told]),
    )


def arranged(facts: FactRows, loan_ids: Int64) -> Facts:
    """`facts` as the fold reads them, for the loans of `loan_ids` in that order (ascending).

    Raises ValueError when a fact reverses one of another loan.
    """
    reverses = np.full(len(facts.id), -1, np.int64)
    back = np.flatnonzero(facts.reverses_id)
    wanted = facts.reverses_id[back]
    reverses[back] = np.minimum(np.searchsorted(facts.id, wanted), len(facts.id) - 1)
    of_another = facts.loan_id[back] != facts.loan_id[reverses[back]]
    astray = back[of_another | (facts.id[reverses[back]] != wanted)]
    if len(astray):
        raise ValueError(
            f"fact {facts.id[astray[0]]} of loan {facts.loan_id[astray[0]]} reverses a fact of another loan; "
            "record facts through duly.lending.services only"
        )
    return arrange_facts(
        len(loan_ids),
        np.searchsorted(loan_ids, facts.loan_id),
        facts.kind,
        facts.value_date,
        facts.amount,
        facts.component,
        reverses,
        facts.detail if len(facts.details) else None,
        facts.details,
    )


# SQLite knows the type of a value, not of a column: one without rows, or all null, may come as any type.


def _whole(column: pa.ChunkedArray, dtype: npt.DTypeLike) -> npt.NDArray[np.integer]:
    if len(column) == column.null_count:
        return np.zeros(len(column), dtype)
    return pc.fill_null(column, 0).to_numpy().astype(dtype, copy=False)


def _coded(column: pa.ChunkedArray, codes: dict[str, int]) -> npt.NDArray[np.uint8]:
    if not len(column):
        return np.zeros(0, np.uint8)
    places = pc.index_in(column, pa.array(list(codes), column.type))
    if places.null_count:
        raise ValueError(f"the book holds a fact of a kind or component that is none of {', '.join(codes)}")
    return np.array(list(codes.values()), np.uint8)[places.to_numpy()]


def _days(column: pa.ChunkedArray) -> Int32:
    if not len(column):
        return np.zeros(0, np.int32)
    return column.cast(pa.date32()).cast(pa.int32()).to_numpy()
