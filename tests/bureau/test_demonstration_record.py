"""The record of every demonstration loan, month by month, in both layouts, against its position and installments."""

import datetime

import numpy as np
import pytest
from django.utils import timezone

from duly.bureau.layouts import cn, metro2_records
from duly.bureau.layouts.people import Person
from duly.bureau.layouts.said import Reporter, Said
from duly.bureau.models import Line
from duly.bureau.months import Month, month_end, month_of, months_to
from duly.close.book import Book, high_water_mark
from duly.demo import lender
from duly.demo.recording import record_through
from duly.demo.simulation import live
from duly.engine.columns import pack_contracts
from duly.engine.dates import NO_DATE, add_months, date, days
from duly.engine.facts import pack_facts
from duly.engine.fold import fold_one
from duly.lending.arrow import connect
from duly.lending.models import Loan
from duly.lending.on_record import contract_of, facts_of
from duly.lending.positions import position_on

FIRST = datetime.date(2025, 1, 6)
MONTHS = months_to(month_end("2025-11"), 9)[::-1]
REPORTER = Reporter("Example", "1 Example Road", "0", "M10", "1", datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC))


@pytest.fixture
def demonstration(book) -> Book:
    """A simulated lender's year, on record as the demonstration records it."""
    record_through(live(FIRST, MONTHS[-1], borrowers=260), MONTHS[-1])
    found = Book()
    with connect() as connection:
        found.read_through(connection, high_water_mark(connection))
    return found


def said_of(book: Book, month: Month) -> tuple[Said, list[Loan]]:
    """Every loan of the month, all borrowers told; and the loans in the same order."""
    rows = np.flatnonzero(month.reportable)
    month = month.some(rows)
    of_loans = {loan.pk: loan for loan in Loan.objects.select_related("product").prefetch_related("facts")}
    loans = [of_loans[int(loan_id)] for loan_id in book.loan_ids[rows]]
    told, none = np.ones(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    people = [Person(f"Borrower {number}", "", None) for number in range(len(rows))]
    reported = [told] * len(month.history)
    scale = np.full(len(rows), 100, np.int64)
    said = Said(
        month, month.standing, [loan.reference for loan in loans], ["CNY"] * len(rows), scale, people, told, reported,
        none, none,
    )  # fmt: skip
    return said, loans


def test_every_loan_agrees_with_its_position_month_by_month(demonstration):
    seen = 0
    for end in MONTHS:
        month = month_of(demonstration.contracts, demonstration.facts(), end)
        said, loans = said_of(demonstration, month)
        columns = cn.rows_of(said, REPORTER)
        base = metro2_records.base_segments(said, REPORTER)
        for row, loan in enumerate(loans):
            says = {name: _at(column, row) for name, column in columns.items()}
            check_cn(says, loan, end)
            check_metro2({name: _at(column, row) for name, column in base.items()}, loan, end)
        seen += len(loans)
    assert seen > 400


def _at(column: object, row: int) -> object:
    value = column[row] if isinstance(column, np.ndarray | list) else column
    return value.item() if hasattr(value, "item") else value


def whole(minor: int) -> int:
    return (minor + 50) // 100


def check_cn(says: dict, loan: Loan, end: datetime.date) -> None:
    then = position_on(loan, end)
    _, rows = fold_one(
        pack_contracts([contract_of(loan)]), pack_facts(facts_of(loan), None, contract_of(loan)), days(end)
    )
    late = then.days_past_due if then.status == "open" else 0
    lost = max(sum(then.written_off.values()) - then.recovered, 0) if then.status == "written_off" else 0
    open_rows = rows if then.status == "open" else rows[:0]
    status = {"open": "2" if late else "1", "settled": "3", "written_off": "4"}[then.status]
    assert says["AcctStatus"] == status
    assert says["AcctBal"] == whole(lost or then.outstanding["principal"])
    assert says["TotOverd"] == whole(lost or sum(then.overdue.values()))
    due_before = [one for one in open_rows if one["due_on"] < days(end)]
    assert says["OverdPrinc"] == whole(lost or sum(int(one["principal_left"]) for one in due_before))
    unpaid = [one for one in due_before if one["principal_left"] + one["interest_left"] + one["fee_left"] > 0]
    assert says["OverdPrd"] == len(unpaid)
    ages = {
        "Oved31_60Princ": (31, 60),
        "Oved61_90Princ": (61, 90),
        "Oved91_180Princ": (91, 180),
        "OvedPrinc180": (181, 10**6),
    }
    for name, (youngest, oldest) in ages.items():
        of_age = [one for one in due_before if youngest <= days(end) - one["due_on"] <= oldest]
        assert says[name] == whole(sum(int(one["principal_left"]) for one in of_age)), name
    to_come = sum(one["due_on"] > days(end) for one in open_rows if not one["alone"])
    if then.status == "open":
        assert says["RemRepPrd"] == to_come
    expected = "C" if then.status == "settled" else "B" if lost else str(min(-(-late // 30), 7)) if late else None
    fell_due = any(first_of(end) <= date(int(one["due_on"])) <= end for one in rows)
    assert says["RpyStatus"] == (expected or ("N" if fell_due else "*"))
    assert says["DueDate"] == last_due_on(loan).isoformat()
    assert says["CloseDate"] == (then.settled_on.isoformat() if then.status == "settled" else "")


def first_of(end: datetime.date) -> datetime.date:
    return end.replace(day=1)


def last_due_on(loan: Loan) -> datetime.date:
    return date(add_months(days(loan.first_due_on), loan.installments - 1, 0))


def check_metro2(says: dict, loan: Loan, end: datetime.date) -> None:
    then = position_on(loan, end)
    late = then.days_past_due if then.status == "open" else 0
    lost = max(sum(then.written_off.values()) - then.recovered, 0) if then.status == "written_off" else 0
    by_days = ((180, "84"), (150, "83"), (120, "82"), (90, "80"), (60, "78"), (30, "71"), (0, "11"))
    of_open = next(code for least, code in by_days if late >= least)
    assert says["account_status"] == {"open": of_open, "settled": "13", "written_off": "97"}[then.status]
    owed = then.outstanding["principal"] + sum(then.due.values()) - then.due["principal"]
    assert says["current_balance"] == (0 if then.status == "settled" else (lost or owed) // 100)
    assert says["amount_past_due"] == ((lost or sum(then.overdue.values())) // 100 if late >= 30 or lost else 0)
    assert says["highest_credit"] == loan.principal // 100
    if late >= 30:
        assert says["date_first_delinquency"] != NO_DATE
        assert says["date_first_delinquency"] <= days(then.oldest_unpaid_due_on) + 30
    if then.status == "open" and late < 30:
        assert says["date_first_delinquency"] == NO_DATE
    history = ""
    for before in months_to(end, 25)[1:]:
        if loan.disbursed_on > before:
            history += "B"
            continue
        was = position_on(loan, before)
        history += (
            "L"
            if was.status == "written_off"
            else str(min(was.days_past_due // 30, 6))
            if was.status == "open"
            else "0"
        )
    assert says["payment_history_profile"] == history


def test_the_demonstration_reports_its_months_and_each_line_is_the_loans_position(book, settings, monkeypatch):
    settings.HOME = book.home
    monkeypatch.setattr(lender, "HISTORY", datetime.timedelta(days=75))
    monkeypatch.setattr(lender, "BORROWERS", 700)
    monkeypatch.setattr(lender, "LIVED_ONE_BY_ONE", datetime.timedelta(days=2))
    now = timezone.now()
    lender.bring_up_to_date(now, lambda stage, done, steps: None)
    lines = list(Line.objects.select_related("loan__product").prefetch_related("loan__facts"))
    assert len(lines) > 20
    assert {line.report.layout for line in lines} == {"cn"}
    for line in lines:
        then = position_on(line.loan, line.month)
        assert line.days_past_due == (then.days_past_due if then.status == "open" else 0)
        assert line.days_past_due == 0  # nobody has been told of anything adverse yet
        owed = then.outstanding["principal"] + sum(then.due.values()) - then.due["principal"]
        assert (line.balance, line.past_due) == (owed, sum(then.overdue.values()))
    assert (book.home / "bureau" / f"cn-{max(line.month for line in lines):%Y-%m}.manifest.json").exists()
    lender.bring_up_to_date(now, lambda stage, done, steps: None)
    assert Line.objects.count() == len(lines)
