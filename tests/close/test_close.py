"""Closing a day, told as it happens at a lender."""

import datetime
import os
import subprocess
import sys
from collections import defaultdict

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from database_copies import copied_database
from duly.close import services
from duly.close.errors import CloseError
from duly.close.models import Bucket, Close, Position, Transition
from duly.close.services import close_day, close_through, dates_to_close, next_business_date
from duly.close.status import book_status
from duly.ledger.models import JournalEntry
from duly.people.models import Borrower
from small_book import ONE_DAY, START, all_that_closes_wrote, bounces, busy_book, happens, lend, pays

FIRST_DUE = datetime.date(2025, 2, 6)


def entries(day: datetime.date) -> dict[str, int]:
    """What a day posted: movement → amount, below zero where the accounts are swapped."""
    from duly.ledger.accounts import MOVEMENTS

    return {
        one.movement: one.amount if one.debit_id == MOVEMENTS[one.movement][0] else -one.amount
        for one in JournalEntry.objects.filter(business_date=day)
    }


def story(loan) -> list[tuple[datetime.date, str]]:
    return list(
        Transition.objects.filter(loan=loan).order_by("business_date", "pk").values_list("business_date_id", "kind")
    )


def test_every_day_from_the_first_fact_is_closed_in_order(book):
    lend("A")
    assert next_business_date() == START
    seen = []
    summaries = close_through(START + 3 * ONE_DAY, progress=seen.append)
    assert [one.business_date for one in summaries] == [START + number * ONE_DAY for number in range(4)]
    assert seen == summaries
    assert list(Close.objects.order_by("pk").values_list("pk", flat=True)) == [one.business_date for one in summaries]
    assert next_business_date() == START + 4 * ONE_DAY


def test_the_money_that_went_out_and_the_interest_earned_are_posted(book):
    lend("A")
    close_through(START + ONE_DAY)
    assert entries(START) == {"disbursed": 1200_00}
    assert entries(START + ONE_DAY) == {"interest_earned": 40}


def test_run_again_nothing_changes(book):
    lend("A")
    close_through(START + 40 * ONE_DAY)
    before = all_that_closes_wrote()
    assert dates_to_close(START + 40 * ONE_DAY) == []
    assert close_through(START + 40 * ONE_DAY) == []
    assert close_through(START) == []
    assert all_that_closes_wrote() == before


def test_a_day_out_of_order_is_refused_and_the_next_one_named(book):
    lend("A")
    close_day(START)
    for day in (START, START + 2 * ONE_DAY):
        with pytest.raises(CloseError, match=f"the next business date is {START + ONE_DAY}"):
            close_day(day)
    assert Close.objects.count() == 1
    assert close_day(START + ONE_DAY).business_date == START + ONE_DAY


def test_an_empty_book_has_nothing_to_close(book):
    assert close_through(START) == []
    with pytest.raises(CloseError, match="no facts yet"):
        close_day(START)


def test_a_date_that_has_not_come_is_refused(book):
    lend("A")
    with pytest.raises(CloseError, match="has not come yet"):
        close_through(timezone.localdate() + ONE_DAY)
    assert not Close.objects.exists()


def test_closing_day_by_day_or_all_at_once_writes_the_same(book):

    busy_book(12, seed=7)
    last = START + 50 * ONE_DAY
    with copied_database():
        for day in dates_to_close(last):
            close_day(day)
        day_by_day = all_that_closes_wrote()
    close_through(last)
    assert all_that_closes_wrote() == day_by_day


def test_the_life_of_a_loan_paid_late(book):
    loan = lend("A", installments=1)
    pays(loan, FIRST_DUE + 10 * ONE_DAY, 5000_00)
    close_through(FIRST_DUE + 10 * ONE_DAY)
    assert story(loan) == [
        (FIRST_DUE, "fell_due"),
        (FIRST_DUE + ONE_DAY, "became_overdue"),
        (FIRST_DUE + 10 * ONE_DAY, "settled"),
    ]
    settled = Position.objects.get(loan=loan)
    assert (settled.status, settled.total_outstanding, settled.overdue_total) == ("settled", 0, 0)
    # 1200.00 + 12.00 interest + ten days of 10.5% on the principal: 3.45.
    assert settled.credit_balance == 5000_00 - 1200_00 - 12_00 - 3_45


def test_a_loan_that_stays_late_moves_from_bucket_to_bucket(book):
    loan = lend("A", installments=1)
    close_through(FIRST_DUE + 61 * ONE_DAY)
    moves = Transition.objects.filter(loan=loan, kind="moved_bucket").order_by("business_date")
    assert list(moves.values_list("business_date_id", "from_bucket", "to_bucket")) == [
        (FIRST_DUE + 31 * ONE_DAY, "1-30", "31-60"),
        (FIRST_DUE + 61 * ONE_DAY, "31-60", "61-90"),
    ]
    late = Bucket.objects.get(business_date=FIRST_DUE + 61 * ONE_DAY, bucket="61-90")
    assert (late.loans, late.principal_outstanding) == (1, 1200_00)
    assert late.overdue_total == Position.objects.get(loan=loan).overdue_total


def test_a_payment_that_bounces_after_the_close_is_taken_back_by_the_next(book):
    loan = lend("A", installments=1, annual_rate=0)
    payment = pays(loan, FIRST_DUE, 1200_00)
    close_through(FIRST_DUE + ONE_DAY)
    assert entries(FIRST_DUE) == {"principal_received": 1200_00}
    bounces(payment, FIRST_DUE + 2 * ONE_DAY)
    close_through(FIRST_DUE + 2 * ONE_DAY)
    # Two days late, as if never paid: 1200.00 at 10.5% for two days.
    assert entries(FIRST_DUE + 2 * ONE_DAY) == {"principal_received": -1200_00, "penalty_earned": 69}
    assert story(loan)[-2:] == [(FIRST_DUE, "settled"), (FIRST_DUE + 2 * ONE_DAY, "became_overdue")]
    assert Position.objects.get(loan=loan).principal_outstanding == 1200_00


def test_a_payment_recorded_days_late_is_caught_up_by_the_next_close(book):
    loan = lend("A", installments=1, annual_rate=0)
    close_through(FIRST_DUE + 3 * ONE_DAY)
    assert entries(FIRST_DUE + 3 * ONE_DAY) == {"penalty_earned": 35}
    pays(loan, FIRST_DUE, 1200_00)
    close_through(FIRST_DUE + 4 * ONE_DAY)
    # The penalty of three days falls away with the lateness itself; the days already closed stay as they were.
    assert entries(FIRST_DUE + 4 * ONE_DAY) == {"penalty_earned": -104, "principal_received": 1200_00}
    assert story(loan)[-1] == (FIRST_DUE + 4 * ONE_DAY, "settled")
    assert book_status(FIRST_DUE + 3 * ONE_DAY)["ledger_ties"] is True
    assert book_status(FIRST_DUE + 3 * ONE_DAY)["open"] == 0


def test_a_write_off_is_a_loss_of_all_that_was_earned_and_unpaid(book):
    loan = lend("A", installments=1)
    close_through(FIRST_DUE + ONE_DAY)
    happens(loan, "written_off", FIRST_DUE + 2 * ONE_DAY)
    close_through(FIRST_DUE + 2 * ONE_DAY)
    posted = entries(FIRST_DUE + 2 * ONE_DAY)
    assert posted["principal_written_off"] == 1200_00
    assert posted["interest_written_off"] == 12_00
    assert posted["penalty_written_off"] == 69
    assert story(loan)[-1] == (FIRST_DUE + 2 * ONE_DAY, "written_off")
    assert Position.objects.get(loan=loan).total_outstanding == 0


def test_a_waiver_is_posted_as_one(book):
    loan = lend("A", installments=1)
    happens(loan, "waived", START, 5_00, "interest")
    close_through(START)
    # Nothing was earned yet on the first day: what is waived ahead is a liability until it is.
    assert entries(START) == {"disbursed": 1200_00, "interest_waived": 5_00, "interest_in_advance": 5_00}
    close_through(FIRST_DUE)
    assert sum(one.get("interest_in_advance", 0) for one in map(entries, _days(START, FIRST_DUE))) == 0


def test_a_disbursement_taken_back_leaves_no_position_and_no_balance(book):
    loan = lend("A")
    close_through(START)
    bounces(loan.facts.get(), START + ONE_DAY)
    summary = close_through(START + ONE_DAY)[0]
    assert summary.loans == 0
    assert entries(START + ONE_DAY) == {"disbursed": -1200_00}
    assert not Position.objects.exists()


def test_only_positions_that_changed_are_written(book):
    lend("A", annual_rate=0)
    summaries = close_through(FIRST_DUE + 2 * ONE_DAY)
    changed = [one.business_date for one in summaries if one.positions_changed]
    # Paid out; fell due; the next day the first installment is late and each day adds penalty.
    assert changed == [START, FIRST_DUE, FIRST_DUE + ONE_DAY, FIRST_DUE + 2 * ONE_DAY]


def test_new_loans_between_two_closes_are_taken_in(book):
    lend("B")
    close_through(START)
    other = lend("C", on=START + ONE_DAY)
    summary = close_through(START + 2 * ONE_DAY)[-1]
    assert summary.loans == 2
    assert Position.objects.get(loan=other).business_date == START + ONE_DAY


def test_loans_that_come_while_days_are_closed_are_taken_in(book):
    lend("B")
    close_through(START + 2 * ONE_DAY, progress=lambda one: lend(f"C{one.business_date}", on=one.business_date))
    assert Close.objects.get(pk=START + 2 * ONE_DAY).loans == 3


def test_every_currency_and_product_balances_by_itself(book):
    busy_book(10, seed=3)
    lend("naira", currency="NGN", code="single", principal=77_777_77)
    close_through(START + 45 * ONE_DAY)
    left = defaultdict(int)
    for one in JournalEntry.objects.all():
        left[one.currency, one.product_code, one.debit_id] += one.amount
        left[one.currency, one.product_code, one.credit_id] -= one.amount
    principal = defaultdict(int)
    for position in Position.objects.select_related("loan__product"):
        product = position.loan.product
        principal[product.currency, product.code, "1100"] += position.principal_outstanding
    assert {key: amount for key, amount in left.items() if key[2] == "1100"} == dict(principal)
    for currency in ("CNY", "NGN"):
        assert sum(amount for key, amount in left.items() if key[0] == currency) == 0
    assert {one.currency for one in Bucket.objects.all()} == {"CNY", "NGN"}


def test_a_broken_identity_stops_the_close_names_the_loan_and_writes_nothing(book, monkeypatch):
    lend("A")
    lend("broken one")
    close_through(START)
    before = all_that_closes_wrote()
    real = services.Book.fold

    def off_by_a_cent(self, day, **through):
        positions = real(self, day, **through)
        positions.principal_outstanding[1] -= 1
        return positions

    monkeypatch.setattr(services.Book, "fold", off_by_a_cent)
    with pytest.raises(CloseError, match=r"disbursed = principal received .* broken one by 1"):
        close_through(START + ONE_DAY)
    assert all_that_closes_wrote() == before


def test_a_ledger_that_does_not_tie_stops_the_close_and_nothing_is_written(book, monkeypatch):
    lend("A")
    before = all_that_closes_wrote()
    monkeypatch.setattr(services, "entries_to_post", lambda totals, posted: [])
    with pytest.raises(CloseError, match="account 1100, product monthly, CNY: the ledger says 0, the loans 120000"):
        close_through(START)
    assert all_that_closes_wrote() == before


@pytest.mark.parametrize("table", [JournalEntry, Close, Bucket, Transition])
def test_what_a_close_wrote_cannot_be_changed_or_deleted(book, table):
    loan = lend("A", installments=1)
    pays(loan, START, 1)
    close_through(FIRST_DUE)
    column = "amount" if table is JournalEntry else "loans" if table in (Close, Bucket) else "kind"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        table.objects.update(**{column: "settled" if table is Transition else 1})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        table.objects.filter(pk=table.objects.last().pk)._raw_delete(using="default")


def test_two_closes_of_one_day_at_once_one_wins_and_the_other_is_told(book, monkeypatch):
    lend("A")
    real = services.broken_identities

    def meanwhile(positions):
        monkeypatch.setattr(services, "broken_identities", real)
        another_process(f"from duly.close.services import *; close_day(datetime.date({START:%Y, %-m, %-d}))")
        return real(positions)

    monkeypatch.setattr(services, "broken_identities", meanwhile)
    with pytest.raises(CloseError, match="closed by another run meanwhile"):
        close_through(START)
    assert Close.objects.count() == 1
    assert entries(START) == {"disbursed": 1200_00}


def test_others_may_write_while_a_day_is_being_folded(book, monkeypatch):
    lend("A")
    real = services.broken_identities

    def meanwhile(positions):
        another_process("from duly.people.models import Borrower; Borrower.objects.create(reference='new')")
        return real(positions)

    monkeypatch.setattr(services, "broken_identities", meanwhile)
    assert close_day(START).ledger_ties
    assert Borrower.objects.filter(reference="new").exists()


def another_process(does: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "duly.settings"}
    subprocess.run([sys.executable, "-c", f"import django; django.setup(); {does}"], env=environment, check=True)


def _days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]
