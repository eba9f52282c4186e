"""A line: its limit revolves, its changes are dated and stay, and nobody ever draws more than is left."""

import datetime
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from duly.borrowing.drawing import draw, give_up, lapse_unsigned
from duly.borrowing.lines import change_limit, close_line, freeze, left_of, open_line, standing_on, thaw
from duly.borrowing.models import CreditLine, Drawdown, LineEvent
from duly.engine.errors import InputError
from duly.lending.services import disburse_loan, record_payment, write_off
from duly.people import approvals

DAY = datetime.timedelta(days=1)


def pay_out_by_hand(drawdown: Drawdown, on: datetime.date) -> None:
    """The loan of a drawdown, as it is once its money has left."""
    drawdown.loan = disburse_loan(
        drawdown.reference,
        borrower=drawdown.line.borrower.reference,
        product=drawdown.terms.code,
        principal=drawdown.amount,
        disbursed_on=on,
        installments=drawdown.installments,
        annual_rate=drawdown.annual_rate,
        service_fee=drawdown.service_fee,
        upfront_fee=drawdown.upfront_fee,
        key=drawdown.reference,
    )
    drawdown.state = Drawdown.State.DISBURSED
    drawdown.save()


def take(line: CreditLine, amount: int, key: str, now: datetime.datetime, today: datetime.date) -> Drawdown:
    return draw(line, amount, 6, "equal_installment", key=key, at=now, on=today)


def test_a_line_is_opened_once_with_what_was_approved(apply, today):
    application = apply()
    line = open_line(application, today)
    assert open_line(application, today) == line
    standing = standing_on(line, today)
    assert (standing.limit, standing.left, standing.state) == (30000_00, 30000_00, "open")
    assert line.annual_rate == 144_000
    assert line.expires_on.year == today.year + 1


def test_the_limit_revolves(line, now, today):
    drawn = take(line, 5000_00, "a", now, today)
    assert left_of(line, today) == 25000_00
    pay_out_by_hand(drawn, today)
    assert left_of(line, today) == 25000_00
    # What pays principal comes back to the line, what pays interest and fees does not.
    first = drawn.loan.facts.get()
    assert first.kind == "disbursed"
    month = today + 35 * DAY
    record_payment(drawn.reference, 5000_00 + 500_00, month, key="all", prepays=True)
    assert left_of(line, month) == 30000_00


def test_what_was_lost_leaves_no_room_and_lateness_stops_drawing(line, now, today):
    drawn = take(line, 5000_00, "a", now, today)
    pay_out_by_hand(drawn, today)
    late = today + 40 * DAY
    with pytest.raises(InputError) as refused:
        take(line, 1000_00, "b", now, late)
    assert refused.value.what == "A loan on this line is overdue."
    write_off(drawn.reference, today + 200 * DAY, key="lost")
    assert left_of(line, today + 200 * DAY) == 25000_00


def test_the_same_request_draws_once_and_another_under_its_key_is_refused(line, now, today):
    drawn = take(line, 5000_00, "a", now, today)
    assert take(line, 5000_00, "a", now, today) == drawn
    assert left_of(line, today) == 25000_00
    with pytest.raises(InputError):
        take(line, 6000_00, "a", now, today)


def test_what_is_given_up_or_never_signed_comes_back(line, now, today):
    give_up(take(line, 5000_00, "a", now, today), now)
    assert left_of(line, today) == 30000_00
    take(line, 7000_00, "b", now, today)
    assert lapse_unsigned(now, today) == 0
    assert lapse_unsigned(now + DAY, today + DAY) == 1
    assert left_of(line, today + DAY) == 30000_00


def test_nothing_more_than_is_left_can_be_drawn(line, now, today):
    take(line, 25000_00, "a", now, today)
    with pytest.raises(InputError) as refused:
        take(line, 5100_00, "b", now, today)
    assert refused.value.what == "At most CNY 5,000.00 is left to draw."
    take(line, 5000_00, "c", now, today)
    assert left_of(line, today) == 0


def test_a_frozen_line_cannot_be_drawn_until_it_is_thawed(line, now, today):
    freeze(line, "fraud_checked", "ann", today)
    with pytest.raises(InputError):
        take(line, 1000_00, "a", now, today)
    thaw(line, "checked_and_well", "ann", today)
    assert take(line, 1000_00, "a", now, today).amount == 1000_00


def test_a_closed_line_stays_closed(line, now, today):
    close_line(line, "borrower_asked", "ann", today)
    for change in (freeze, thaw):
        with pytest.raises(InputError):
            change(line, "borrower_asked", "ann", today)
    with pytest.raises(InputError):
        take(line, 1000_00, "a", now, today)


def test_an_ended_line_cannot_be_drawn(line, now):
    with pytest.raises(InputError):
        take(line, 1000_00, "a", now, line.expires_on + DAY)


def test_one_person_changes_a_limit_within_their_authority(line, underwriters, today):
    change_limit(line, 12000_00, "income_fell", underwriters[0], today)
    change_limit(line, 20000_00, "paid_well", underwriters[0], today)
    assert standing_on(line, today).limit == 20000_00


def test_a_higher_limit_needs_a_second_person(line, underwriters, today):
    ann, ben = underwriters
    assert change_limit(line, 40000_00, "paid_well", ann, today) is None
    assert standing_on(line, today).limit == 30000_00
    waiting = approvals.waiting_for(ben).get()
    with pytest.raises(PermissionDenied):
        approvals.approve(waiting, ann)
    approvals.approve(waiting, ben)
    event = LineEvent.objects.filter(line=line).latest("pk")
    assert (event.limit, event.by, event.approved_by) == (40000_00, "ann", "ben")


def test_a_limit_that_was_cut_meanwhile_is_not_raised_by_what_was_asked_before(line, underwriters, today):
    ann, ben = underwriters
    change_limit(line, 80000_00, "paid_well", ann, today)
    asked = approvals.waiting_for(ben).get()
    assert dict(approvals.kind_of(asked).shown(asked.content))["Limit"] == "CNY 30,000.00 → CNY 80,000.00"
    change_limit(line, 1000_00, "income_fell", ben, today)
    with pytest.raises(InputError):
        approvals.approve(asked, ben)
    assert left_of(line, today) == 1000_00


def test_a_change_is_dated_and_asked_for_any_day(line, today):
    freeze(line, "late_elsewhere", "ann", today + 3 * DAY)
    assert standing_on(line, today + 2 * DAY).state == "open"
    assert standing_on(line, today + 3 * DAY).state == "frozen"
    with pytest.raises(InputError):
        thaw(line, "checked_and_well", "ann", today + DAY)


def test_what_happened_to_a_line_cannot_be_changed(line):
    with pytest.raises(DatabaseError), transaction.atomic():
        LineEvent.objects.filter(line=line).update(limit=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        CreditLine.objects.filter(pk=line.pk).update(annual_rate=1)


def test_a_new_line_takes_the_place_of_the_old_and_counts_what_is_owed_on_it(line, apply, borrower, now, today):
    drawn = take(line, 5000_00, "a", now, today)
    newer = open_line(apply(), today)
    assert standing_on(line, today).state == "closed"
    assert left_of(newer, today) == 25000_00
    assert drawn.line == line


def test_two_who_draw_at_the_same_instant_never_overdraw(book, line, now, today):
    """Six connections draw 8,000 each of 30,000 at once: three get it."""
    start = threading.Barrier(6)
    answers: list[str] = []

    def one(number: int) -> None:
        try:
            with translation.override("en"):
                start.wait()
                take(CreditLine.objects.get(pk=line.pk), 8000_00, f"key {number}", now, today)
            answers.append("drawn")
        except InputError as error:
            answers.append(error.where)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["/amount"] * 3 + ["drawn"] * 3
    assert left_of(line, today) == 6000_00


def test_one_request_sent_by_two_connections_draws_once(book, line, now, today):
    start = threading.Barrier(2)
    found: list[int] = []

    def one() -> None:
        try:
            start.wait()
            found.append(take(CreditLine.objects.get(pk=line.pk), 8000_00, "the same", now, today).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
