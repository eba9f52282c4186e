"""The book on a date, the loans behind an entry, and the book as a table."""

import datetime
import json
from decimal import Decimal

import polars as pl
import pytest
from django.db import connection

from duly.close.detail import movement_detail
from duly.close.errors import CloseError
from duly.close.models import Bucket, Close
from duly.close.services import close_through
from duly.close.status import book_export, book_status
from duly.ledger.accounts import MOVEMENTS
from duly.ledger.models import JournalEntry
from small_book import ONE_DAY, START, bounces, busy_book, happens, lend, pays

FIRST_DUE = datetime.date(2025, 2, 6)


def test_the_book_on_a_date_is_as_promised_to_programs(book):
    lend("paid", installments=1)
    lend("late", installments=1, principal=500_00)
    lend("later", on=FIRST_DUE + 30 * ONE_DAY)
    paid = lend("paid too", installments=1)
    pays(paid, FIRST_DUE, 1212_00)
    assert json.loads(json.dumps(book_status(FIRST_DUE + ONE_DAY))) == {
        "on": "2025-02-07",
        "loans": 3,
        "open": 2,
        "overdue": 2,
        "principal_outstanding": "1700.00",
        # Principal and 1% of interest, and a day of penalty at 10.5%: 0.35 and 0.14.
        "overdue_total": "1717.49",
        "by_bucket": {
            "1-30": {"loans": 2, "amount": "1717.49"},
            "31-60": {"loans": 0, "amount": "0.00"},
            "61-90": {"loans": 0, "amount": "0.00"},
            "91-180": {"loans": 0, "amount": "0.00"},
            "181+": {"loans": 0, "amount": "0.00"},
        },
        "ledger_ties": False,
    }


def test_the_status_of_a_closed_day_is_what_its_close_wrote_and_the_ledger_ties(book):
    busy_book(25, seed=5)
    last = START + 100 * ONE_DAY
    close_through(last)
    for number in range(0, 101, 10):
        on = START + number * ONE_DAY
        status, close = book_status(on), Close.objects.get(pk=on)
        assert status["ledger_ties"] is True
        assert (status["loans"], status["open"], status["overdue"]) == (
            close.loans,
            close.open_loans,
            close.overdue_loans,
        )
        for bucket, figures in status["by_bucket"].items():
            kept = Bucket.objects.get(business_date=on, bucket=bucket)
            assert figures == {"loans": kept.loans, "amount": str(Decimal(kept.overdue_total).scaleb(-2))}


def test_a_book_of_two_currencies_is_never_added_up(book):
    lend("yuan", principal=100_00)
    lend("yen", currency="JPY", code="single", principal=5000)
    status = book_status(START)
    assert sorted(status) == ["currencies", "ledger_ties", "on"]
    assert status["currencies"]["CNY"]["principal_outstanding"] == "100.00"
    assert status["currencies"]["JPY"]["principal_outstanding"] == "5000"
    assert status["currencies"]["JPY"]["loans"] == 1


def test_a_book_before_its_first_loan_is_empty(book):
    assert book_status(START)["loans"] == 0
    lend("A")
    before = book_status(START - ONE_DAY)
    assert (before["loans"], before["principal_outstanding"], before["ledger_ties"]) == (0, "0.00", False)


def test_a_ledger_that_someone_tampered_with_does_not_tie(book):
    lend("A")
    close_through(START + ONE_DAY)
    JournalEntry.objects.create(
        business_date=START,
        product_code="monthly",
        currency="CNY",
        movement="principal_received",
        debit_id="1000",
        credit_id="1100",
        amount=1,
    )
    assert book_status(START)["ledger_ties"] is False


def test_the_loans_behind_each_entry_add_up_to_it(book):
    busy_book(20, seed=2)
    lend("naira", currency="NGN", code="single", principal=777_77)
    close_through(START + 70 * ONE_DAY)
    entries = JournalEntry.objects.filter(business_date__in=[START + number * ONE_DAY for number in range(0, 71, 7)])
    assert entries.count() > 20
    for entry in entries:
        behind = [
            one
            for one in movement_detail(entry.business_date, entry.movement)
            if (one.product_code, one.currency) == (entry.product_code, entry.currency)
        ]
        grew = entry.debit_id == MOVEMENTS[entry.movement][0]
        assert sum(one.amount for one in behind) == (entry.amount if grew else -entry.amount)


def test_a_bounced_payment_is_found_behind_the_entry_that_took_it_back(book):
    lend("other", installments=1)
    loan = lend("A", installments=1, annual_rate=0)
    payment = pays(loan, FIRST_DUE, 1200_00)
    close_through(FIRST_DUE)
    bounces(payment, FIRST_DUE + ONE_DAY)
    close_through(FIRST_DUE + ONE_DAY)
    behind = movement_detail(FIRST_DUE + ONE_DAY, "principal_received")
    assert [(one.reference, one.amount) for one in behind] == [("A", -1200_00)]


def test_what_is_behind_an_entry_stays_what_its_close_saw(book):
    loan = lend("A")
    close_through(START + ONE_DAY)
    happens(loan, "waived", START, 1_00, "interest")
    assert movement_detail(START, "interest_waived") == []
    assert [one.amount for one in movement_detail(START, "disbursed")] == [1200_00]


def test_there_is_nothing_behind_a_day_that_is_not_closed_or_a_movement_that_is_not_there(book):
    lend("A")
    with pytest.raises(CloseError, match="is not closed"):
        movement_detail(START, "disbursed")
    with pytest.raises(ValueError, match="there is no movement 'magic'"):
        movement_detail(START, "magic")


def test_the_book_as_a_table_has_a_row_a_loan_and_every_figure(book, tmp_path):
    late = lend("late", installments=1)
    pays(lend("settled", installments=1), START, 1200_00)
    lend("later", on=FIRST_DUE + 30 * ONE_DAY)
    assert book_export(FIRST_DUE + 5 * ONE_DAY, tmp_path / "book.parquet") == 2
    rows = {row["reference"]: row for row in pl.read_parquet(tmp_path / "book.parquet").to_dicts()}
    assert set(rows) == {"late", "settled"}
    row = rows["late"]
    assert (row["borrower"], row["product"], row["currency"]) == (late.borrower.reference, "monthly", "CNY")
    assert (row["status"], row["bucket"], row["days_past_due"]) == ("open", "1-30", 5)
    assert (row["disbursed_on"], row["oldest_unpaid_due_on"], row["next_due_on"]) == (START, FIRST_DUE, None)
    assert (row["principal"], row["principal_overdue"], row["interest_overdue"]) == (1200_00, 1200_00, 12_00)
    assert (rows["settled"]["status"], rows["settled"]["bucket"]) == ("settled", None)


def test_reading_the_book_does_not_disturb_what_this_process_is_writing(book):
    lend("A")
    book_status(START)
    lend("B")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lending_loan")
        assert cursor.fetchone() == (2,)
    assert book_status(START)["loans"] == 2
