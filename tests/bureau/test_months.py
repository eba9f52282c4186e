"""The month's record of every loan against a slow and obvious reading of the same loan, one at a time."""

import datetime

import numpy as np
import pytest

from duly.bureau.months import HISTORY, month_before, month_end, month_of, months_to, some_rows
from duly.bureau.standing import RISK_CLASSES
from duly.close.book import Book, high_water_mark
from duly.engine.dates import NO_DATE, date, days
from duly.engine.errors import InputError
from duly.engine.fold import STATUS
from duly.lending.arrow import connect
from duly.lending.models import Fact, Loan
from duly.lending.positions import position_on
from small_book import ONE_DAY, START, bounces, busy_book, happens, lend, pays

STATUSES = {code: name for name, code in STATUS.items()}


def the_book() -> Book:
    book = Book()
    with connect() as connection:
        book.read_through(connection, high_water_mark(connection))
    return book


def month(end: datetime.date):
    book = the_book()
    return book, month_of(book.contracts, book.facts(), end)


def on_record(day: int) -> datetime.date | None:
    return None if day == NO_DATE else date(int(day))


def as_class(days_past_due: int) -> str:
    for over, name in ((360, "loss"), (270, "doubtful"), (90, "substandard"), (0, "special_mention")):
        if days_past_due > over:
            return name
    return "normal"


def check_against_one_by_one(book: Book, found, end: datetime.date) -> None:
    for row, loan in enumerate(Loan.objects.order_by("pk").select_related("product")):
        if loan.disbursed_on > end:
            assert found.standing.status[row] == STATUS["not_disbursed"]
            continue
        then = position_on(loan, end)
        lost = sum(then.written_off.values()) - then.recovered if then.status == "written_off" else None
        owed = then.outstanding["principal"] + sum(then.due[part] for part in ("interest", "penalty", "fee"))
        assert STATUSES[int(found.standing.status[row])] == then.status
        late = then.days_past_due if then.status == "open" else 0
        assert found.standing.days_past_due[row] == late
        assert found.standing.balance[row] == (owed if lost is None else max(lost, 0))
        assert found.standing.past_due[row] == (sum(then.overdue.values()) if lost is None else max(lost, 0))
        risk = "loss" if then.status == "written_off" else as_class(late)
        assert RISK_CLASSES[found.standing.risk_class[row]] == risk
        check_history(found, row, loan, end)
        check_payments(found, row, loan, end)


def check_history(found, row: int, loan: Loan, end: datetime.date) -> None:
    for then, ended in zip(found.history, months_to(end, HISTORY + 1)[1:], strict=False):
        if loan.disbursed_on > ended:
            assert then.status[row] == STATUS["not_disbursed"]
            continue
        position = position_on(loan, ended)
        assert STATUSES[int(then.status[row])] == position.status
        assert then.days_past_due[row] == (position.days_past_due if position.status == "open" else 0)


def check_payments(found, row: int, loan: Loan, end: datetime.date) -> None:
    facts = list(Fact.objects.filter(loan=loan, value_date__lte=end))
    taken_back = {one.reverses_id for one in facts if one.kind == "reversed"}
    paid = [one.value_date for one in facts if one.kind == "paid" and one.pk not in taken_back]
    assert on_record(found.last_paid_on[row]) == max(paid, default=None)
    before = month_before(end)
    already = position_on(loan, before) if loan.disbursed_on <= before else None
    now = position_on(loan, end)
    received = now.received + now.recovered - (already.received + already.recovered if already else 0)
    assert found.received[row] == max(received, 0)


@pytest.mark.parametrize("text", ["2025-01", "2025-02", "2025-05", "2025-08", "2026-03"])
def test_every_figure_is_that_of_the_loans_own_position(book, text):
    busy_book(60, seed=11, waives=False)
    end = month_end(text)
    found_book, found = month(end)
    check_against_one_by_one(found_book, found, end)


def test_some_rows_alone_say_what_they_say_among_all(book):
    busy_book(40, seed=5)
    end = month_end("2025-05")
    found_book, found = month(end)
    rows = np.array([3, 17, 18, 39, 0])
    alone = month_of(*some_rows(found_book.contracts, found_book.facts(), rows), end)
    for name in ("late_since", "received", "last_paid_on", "reportable"):
        assert np.array_equal(getattr(alone, name), getattr(found, name)[rows]), name
    for column, of_all in zip(alone.standing, found.standing, strict=True):
        assert np.array_equal(column, of_all[rows])


def late_since(end: str) -> datetime.date | None:
    return on_record(month(month_end(end))[1].late_since[0])


def test_a_delinquency_begins_with_the_due_date_that_was_never_made_up(book):
    loan = lend("L", installments=6)  # due on the 6th from 2025-02-06
    assert late_since("2025-01") is None
    assert late_since("2025-03") == datetime.date(2025, 2, 6)
    # Paying the oldest alone does not end it: the next was unpaid by then.
    pays(loan, datetime.date(2025, 3, 20), 215_00)
    assert late_since("2025-03") == datetime.date(2025, 2, 6)
    # Paid up in April; late again from May.
    pays(loan, datetime.date(2025, 4, 10), 425_00)
    assert late_since("2025-04") is None
    assert late_since("2025-05") == datetime.date(2025, 5, 6)


def test_a_delinquency_is_remembered_after_a_write_off_however_long_ago(book):
    loan = lend("L")
    happens(loan, "written_off", datetime.date(2025, 7, 1))
    assert late_since("2025-08") == datetime.date(2025, 2, 6)
    assert late_since("2029-08") == datetime.date(2025, 2, 6)


def test_a_payment_that_comes_to_light_late_stands_in_its_own_month(book):
    loan = lend("L")
    before = month(month_end("2025-05"))[1].history[0].days_past_due[0]
    pays(loan, datetime.date(2025, 2, 6), 412_00)
    pays(loan, datetime.date(2025, 3, 6), 408_00)
    after = month(month_end("2025-05"))[1].history[0].days_past_due[0]
    assert (before, after) == ((datetime.date(2025, 4, 30) - datetime.date(2025, 2, 6)).days, 24)


def test_a_payment_that_bounced_is_not_the_last(book):
    loan = lend("L")
    pays(loan, datetime.date(2025, 2, 6), 412_00)
    bounces(pays(loan, datetime.date(2025, 3, 6), 408_00), datetime.date(2025, 3, 9))
    found = month(month_end("2025-03"))[1]
    assert on_record(found.last_paid_on[0]) == datetime.date(2025, 2, 6)
    assert found.received[0] == 0


def test_a_loan_is_reported_up_to_the_month_in_which_it_is_over(book):
    paid, lost = lend("paid", installments=1), lend("lost", installments=1)
    pays(paid, datetime.date(2025, 2, 6), 1212_00)
    happens(lost, "written_off", START + 60 * ONE_DAY)  # 2025-03-07
    owed = sum(position_on(lost, START + 60 * ONE_DAY).written_off.values())
    happens(lost, "recovered", datetime.date(2025, 5, 2), owed)

    def reportable(text: str) -> list[bool]:
        return month(month_end(text))[1].reportable.tolist()

    assert reportable("2024-12") == [False, False]
    assert reportable("2025-01") == [True, True]
    assert reportable("2025-02") == [True, True]
    assert reportable("2025-03") == [False, True]
    assert reportable("2025-05") == [False, True]
    assert reportable("2025-06") == [False, False]


@pytest.mark.parametrize("text", ["2025", "2025-13", "October", "", "2025-1-1"])
def test_what_is_not_a_month_is_refused(text):
    with pytest.raises(InputError, match="is not a month"):
        month_end(text)


def test_months_end_on_their_last_days():
    assert month_end("2024-02") == datetime.date(2024, 2, 29)
    assert month_end("2025-12") == datetime.date(2025, 12, 31)
    assert months_to(datetime.date(2025, 3, 31), 3) == [
        datetime.date(2025, 3, 31),
        datetime.date(2025, 2, 28),
        datetime.date(2025, 1, 31),
    ]
    assert days(month_before(datetime.date(2025, 1, 31))) == days(datetime.date(2024, 12, 31))
