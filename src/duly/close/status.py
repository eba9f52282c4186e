"""The book on a date: how many loans, how much is out, how much is late; and the whole of it as a table."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from duly.close import writing
from duly.close.book import Book, last_fact
from duly.close.buckets import CURRENT, BucketFigures, bucket_names, bucket_of, by_bucket
from duly.close.models import Close
from duly.close.reading import reading
from duly.engine.dates import NO_DATE
from duly.engine.fold import STATUS, Positions
from duly.engine.money import decimals, format_money
from duly.ledger.balances import differences

POSITION_DATES = ("oldest_unpaid_due_on", "next_due_on", "settled_on")
CONTRACT_DATES = ("disbursed_on", "first_due_on")
CONTRACT_COLUMNS = (
    "principal",
    "annual_rate",
    "service_fee",
    *CONTRACT_DATES,
    "installments",
    "installment_amount",
)


def book_status(on: datetime.date) -> dict[str, Any]:
    """The book at the end of `on`, folded with every fact known now, in the form of `duly book status --json`.

    Loans are those disbursed by then; `overdue` those open with a day past due; `by_bucket` splits these and their
    overdue amounts. Money in decimal strings of major units. A book in several currencies has these figures under
    "currencies", by code: amounts in different money are never added. `ledger_ties`: the day is closed, and the
    ledger up to it ties to the fold with the facts that its close saw.
    """
    book, ties = _read(on)
    positions = book.fold(on)
    disbursed = positions.status != STATUS["not_disbursed"]
    figures = by_bucket(positions, book.currency, book.currencies)
    status: dict[str, Any] = {"on": on.isoformat()}
    by_currency = {
        code: _figures(
            int(np.count_nonzero(disbursed & (book.currency == index))),
            [one for one in figures if one.currency == code],
            decimals(code),
        )
        for index, code in enumerate(book.currencies)
        if (disbursed & (book.currency == index)).any()
    }
    if len(by_currency) > 1:
        status["currencies"] = by_currency
    else:
        empty = _figures(0, [BucketFigures("", name, 0, 0, 0) for name in bucket_names()], 2)
        status |= next(iter(by_currency.values()), empty)
    return {**status, "ledger_ties": ties}


def _figures(loans: int, buckets: list[BucketFigures], exponent: int) -> dict[str, Any]:
    late = [one for one in buckets if one.bucket != CURRENT]
    return {
        "loans": loans,
        "open": sum(one.loans for one in buckets),
        "overdue": sum(one.loans for one in late),
        "principal_outstanding": format_money(sum(one.principal_outstanding for one in buckets), exponent),
        "overdue_total": format_money(sum(one.overdue_total for one in buckets), exponent),
        "by_bucket": {
            one.bucket: {"loans": one.loans, "amount": format_money(one.overdue_total, exponent)} for one in late
        },
    }


def book_export(on: datetime.date, path: Path | str) -> int:
    """Write the book at the end of `on` to the Parquet file `path`, one row a loan disbursed by then; gives the rows.

    The contract's columns, then every column of the position by the engine's names. Money in minor units of
    `currency`, rates in millionths a year.
    """
    with reading() as connection:
        book = Book()
        book.read_through(connection, last_fact(connection))
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, reference FROM people_borrower ORDER BY id")
            borrowers = cursor.fetch_arrow_table()
    positions = book.fold(on)
    rows = np.flatnonzero(positions.status != STATUS["not_disbursed"])
    pq.write_table(_table(book, positions, rows, borrowers, on), path)
    return len(rows)


def _table(
    book: Book, positions: Positions, rows: np.ndarray[Any, Any], borrowers: pa.Table, on: datetime.date
) -> pa.Table:
    borrower = np.searchsorted(borrowers["id"].to_numpy(), book.borrower_ids[rows])
    group = pa.array(book.groups.of_loan[rows])
    columns: dict[str, Any] = {
        "reference": book.references_column.take(pa.array(rows)),
        "borrower": borrowers["reference"].take(pa.array(borrower)),
        "product": pa.array([key.product_code for key in book.groups.keys]).take(group),
        "currency": pa.array([key.currency for key in book.groups.keys]).take(group),
    }
    columns |= {name: getattr(book.contracts, name)[rows] for name in CONTRACT_COLUMNS}
    columns |= {name: _days(columns[name]) for name in CONTRACT_DATES}
    for name, column in positions._asdict().items():
        columns[name] = _days(column[rows]) if name in POSITION_DATES else column[rows]
    columns["status"] = pa.array(list(STATUS)).take(pa.array(columns["status"]))
    # Only an open loan is in a bucket.
    bucket = pa.array(bucket_of(positions.days_past_due[rows]), mask=positions.status[rows] != STATUS["open"])
    columns["bucket"] = pa.array(bucket_names()).take(bucket)
    return pa.table(columns).replace_schema_metadata({"on": on.isoformat(), "money": "minor units of currency"})


def _days(column: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(column, pa.int32(), mask=column == NO_DATE).cast(pa.date32())


def _read(on: datetime.date) -> tuple[Book, bool]:
    close = Close.objects.filter(business_date=on).first()
    with reading() as connection:
        book = Book()
        book.read_through(connection, last_fact(connection))
        if close is None:
            return book, False
        with connection.cursor() as cursor:
            posted = writing.posted_through(cursor, on)
    return book, not differences(posted, book.fold(on, through=close.facts_through), book.groups)
