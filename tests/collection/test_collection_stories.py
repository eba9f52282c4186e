"""A loan goes late: the close finds it, a case opens, the next morning a reminder is in the outbox, never at night."""

import datetime

import pytest

from duly.close.services import close_through
from duly.collection.after_close import WorkSummary, work_close
from duly.collection.models import Case, CaseEvent, WorkedClose
from duly.contact.models import Decision, PlannedContact
from duly.contact.outbox import send_due
from duly.lending.models import Loan, Product
from small_lender import (
    DUE,
    borrower,
    circumstance,
    days_after,
    instant,
    loan,
    mails,
    outbox_files,
    pay,
    record,
)

pytestmark = pytest.mark.usefixtures("book")

CLOSED_AT = 16  # o'clock in UTC: midnight in Shanghai, the day is over
MORNING = 2  # 10:00 in Shanghai


def close_and_work(day: datetime.date) -> WorkSummary:
    close_through(day)
    return work_close(day, now=instant(day, CLOSED_AT))


def work_each_day(first: datetime.date, last: datetime.date) -> dict[datetime.date, list[str]]:
    """Close and work each day and send the morning after; what was sent, by day of sending."""
    sent = {}
    day = first
    while day <= last:
        close_and_work(day)
        before = {planned.pk for planned in PlannedContact.objects.filter(status="sent")}
        send_due(instant(days_after(day, 1), MORNING))
        new = PlannedContact.objects.filter(status="sent").exclude(pk__in=before)
        if new:
            sent[days_after(day, 1)] = [planned.template for planned in new]
        day = days_after(day, 1)
    return sent


def test_a_borrower_becomes_overdue_a_case_opens_and_a_reminder_leaves_the_next_morning() -> None:
    late = loan(borrower())
    close_through(DUE)
    work_close(DUE, now=instant(DUE, CLOSED_AT))
    assert Case.objects.count() == 0
    summary = close_and_work(days_after(DUE, 1))
    assert (summary.opened, summary.planned) == (1, 1)
    case = Case.objects.get()
    assert (case.borrower, case.opened_on, case.playbook) == (late.borrower, days_after(DUE, 1), "standard")
    assert list(case.loans.all()) == [late]
    assert [event.kind for event in case.events.order_by("pk")] == ["opened", "loan_joined", "contact_planned"]
    for hour in (17, 19, 21, 23):  # 01:00 to 07:00 in Shanghai
        send_due(instant(days_after(DUE, 1), hour))
        assert outbox_files() == []
    send_due(instant(days_after(DUE, 2), MORNING))
    (mail,) = mails()
    assert late.reference in mail.get_content()
    assert mail["Date"].datetime == instant(days_after(DUE, 2), MORNING)


def test_the_playbook_three_days_before_then_one_three_seven_and_thirty_days_late() -> None:
    loan(borrower())
    sent = work_each_day(days_after(DUE, -6), days_after(DUE, 33))
    assert sent == {
        days_after(DUE, -3): ["due_soon"],
        days_after(DUE, 2): ["late_1"],
        days_after(DUE, 4): ["late_3"],
        days_after(DUE, 8): ["late_7"],
        days_after(DUE, 31): ["formal_notice"],
    }


def three_installments() -> Loan:
    """1,000.00 over three times 30 days, the first due on DUE."""
    terms = {"currency": "CNY", "method": "equal_principal", "day_count": "act/365", "every": "30 day"}
    thirds = Product.objects.create(code="thirds", name_en="Thirds", currency="CNY", terms=terms)
    made = Loan.objects.create(
        reference="thirds",
        borrower=borrower(),
        product=thirds,
        principal=999_00,
        annual_rate=0,
        disbursed_on=days_after(DUE, -30),
        first_due_on=DUE,
        installments=3,
        installment_amount=0,
    )
    record(made, "disbursed", days_after(DUE, -30), 999_00)
    return made


@pytest.mark.parametrize(("paid_late_by", "reminded"), [(0, False), (2, True)])
def test_after_the_first_installment_only_who_was_late_is_reminded_beforehand(
    paid_late_by: int, reminded: bool
) -> None:
    lent = three_installments()
    pay(lent, days_after(DUE, paid_late_by), 334_00)  # a day late costs a little more
    sent = work_each_day(days_after(DUE, -6), days_after(DUE, 29))
    assert sent[days_after(DUE, -3)] == ["due_soon"]
    assert (days_after(DUE, 27) in sent) is reminded


def test_two_late_loans_are_one_case_and_one_message_a_day() -> None:
    person = borrower()
    first, second = loan(person), loan(person, due_on=days_after(DUE, 2))
    sent = work_each_day(days_after(DUE, 1), days_after(DUE, 3))
    assert sent == {days_after(DUE, 2): ["late_1"], days_after(DUE, 4): ["late_3"]}
    assert Case.objects.get().loans.count() == 2
    latest = mails()[-1].get_content()
    assert first.reference in latest
    assert second.reference in latest


def test_a_payment_before_sending_nothing_leaves_and_the_next_close_ends_the_case() -> None:
    late = loan(borrower())
    close_and_work(days_after(DUE, 1))
    pay(late, on=days_after(DUE, 2))
    send_due(instant(days_after(DUE, 2), MORNING))
    assert outbox_files() == []
    summary = close_and_work(days_after(DUE, 2))
    assert (summary.closed, summary.planned) == (1, 0)
    case = Case.objects.get()
    assert case.closed_on == days_after(DUE, 2)
    assert [event.kind for event in case.events.order_by("pk")][-2:] == ["loan_left", "closed"]
    assert work_each_day(days_after(DUE, 3), days_after(DUE, 9)) == {}


def test_the_close_that_finds_a_borrower_cured_cancels_what_was_planned() -> None:
    late, out_of_reach = loan(borrower()), loan(borrower(email=""))
    close_and_work(days_after(DUE, 1))
    pay(late, on=days_after(DUE, 1))
    pay(out_of_reach, on=days_after(DUE, 1))
    assert close_and_work(days_after(DUE, 2)).closed == 2
    planned = PlannedContact.objects.get(borrower=late.borrower)
    assert (planned.status, planned.why) == ("cancelled", "nothing is overdue any more")
    assert CaseEvent.objects.get(kind="contacts_cancelled").case.borrower == late.borrower


def test_a_case_stays_open_until_the_last_loan_is_no_more_overdue() -> None:
    person = borrower()
    first, second = loan(person), loan(person)
    close_and_work(days_after(DUE, 1))
    pay(first, on=days_after(DUE, 2))
    assert close_and_work(days_after(DUE, 2)).closed == 0
    pay(second, on=days_after(DUE, 3))
    assert close_and_work(days_after(DUE, 3)).closed == 1


def test_late_again_is_a_new_case() -> None:
    person = borrower()
    pay(loan(person), on=days_after(DUE, 2))
    loan(person, due_on=days_after(DUE, 10))
    work_each_day(days_after(DUE, 1), days_after(DUE, 11))
    assert [case.closed_on for case in Case.objects.order_by("pk")] == [days_after(DUE, 2), None]


def test_a_part_payment_does_not_end_the_case() -> None:
    late = loan(borrower(), principal=1_000_00)
    close_and_work(days_after(DUE, 1))
    record(late, "paid", days_after(DUE, 1), 999_00)
    assert close_and_work(days_after(DUE, 2)).closed == 0


def test_deceased_is_held_for_ever_and_the_log_says_why_and_by_which_citation() -> None:
    late = loan(borrower())
    close_and_work(days_after(DUE, 1))
    circumstance(late.borrower, "deceased", since=instant(days_after(DUE, 1), CLOSED_AT + 1))
    send_due(instant(days_after(DUE, 2), MORNING))
    assert work_each_day(days_after(DUE, 2), days_after(DUE, 33)) == {}
    assert outbox_files() == []
    # What was planned before is held by the gate; the playbook plans nothing more.
    assert PlannedContact.objects.get().status == "held"
    decision = Decision.objects.order_by("pk").last()
    assert not decision.allowed
    assert decision.next_allowed_at is None
    failed = [rule for rule in decision.rules if rule["result"] == "fail"]
    assert failed
    assert all(rule["citation"] for rule in failed)


def test_without_a_time_zone_everything_is_held_and_says_so() -> None:
    loan(borrower(time_zones=""))
    assert close_and_work(days_after(DUE, 1)).held == 1
    assert "zone" in PlannedContact.objects.get().why


def test_the_same_close_worked_twice_does_nothing_twice() -> None:
    loan(borrower())
    close_and_work(days_after(DUE, 1))
    again = work_close(days_after(DUE, 1), now=instant(days_after(DUE, 1), CLOSED_AT))
    assert again == WorkSummary(days_after(DUE, 1))
    assert (Case.objects.count(), PlannedContact.objects.count(), Decision.objects.count()) == (1, 1, 1)


def test_a_book_caught_up_on_many_days_opens_and_closes_cases_in_order_and_plans_for_the_last_day_alone() -> None:
    cured = loan(borrower())
    pay(cured, on=days_after(DUE, 5))
    still_late = loan(borrower())
    close_through(days_after(DUE, 7))
    summary = work_close(days_after(DUE, 7), now=instant(days_after(DUE, 7), CLOSED_AT))
    assert (summary.opened, summary.closed, summary.planned) == (2, 1, 1)
    assert Case.objects.get(borrower=cured.borrower).closed_on == days_after(DUE, 5)
    planned = PlannedContact.objects.get()
    assert (planned.borrower, planned.template) == (still_late.borrower, "late_7")
    assert WorkedClose.objects.filter(planned=True).count() == 1


def test_a_book_of_the_past_writes_to_nobody() -> None:
    loan(borrower())
    close_through(days_after(DUE, 1))
    a_month_later = instant(days_after(DUE, 31), MORNING)
    summary = work_close(days_after(DUE, 1), now=a_month_later)
    assert (summary.opened, summary.planned, summary.held) == (1, 0, 0)
    assert PlannedContact.objects.count() == 0


def test_a_day_that_is_not_closed_cannot_be_worked() -> None:
    with pytest.raises(ValueError, match="is not closed"):
        work_close(DUE, now=instant(DUE, CLOSED_AT))
