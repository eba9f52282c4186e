"""From a signature to a loan: the money leaves once, the loan begins that day, what comes back leaves nothing owed."""

import datetime
import threading
from contextlib import suppress

import pytest
from django.db import connection

from duly.borrowing.drawing import ask_to_sign, draw, quote_of_drawdown, sign
from duly.borrowing.lines import freeze, left_of, standing_on, thaw
from duly.borrowing.models import Drawdown
from duly.borrowing.paying_out import disburse, follow, payment_key, retry
from duly.borrowing.services import go_on
from duly.borrowing.withdrawing import complete_withdrawal, complete_withdrawals, to_return, withdraw, withdraw_until
from duly.engine.errors import InputError
from duly.lending.models import Fact, Loan
from duly.lending.positions import position_on
from duly.lending.services import record_payment
from duly.payments.accounts import add_account
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import mark_returned, mark_sent, mark_settled
from duly.people import consents

DAY = datetime.timedelta(days=1)


@pytest.fixture
def signed(line, now, today, code_sent) -> Drawdown:
    """5,000.00 over six months, signed; 4,975.00 is to be paid out."""
    add_account(line.borrower, "6222000011112222", holder="Borrower 12")
    for purpose in consents.needed_for("drawdown"):
        consents.give(line.borrower, purpose, "en")
    drawn = draw(line, 5000_00, 6, "equal_installment", key="one", at=now, on=today)
    ask_to_sign(drawn, "en", now)
    sign(drawn, "en", code_sent(), now)
    return drawn


def payment_of(drawdown: Drawdown) -> OutgoingPayment:
    return OutgoingPayment.objects.get(key=payment_key(drawdown))


@pytest.fixture
def paid_out(signed, now, today, django_capture_on_commit_callbacks) -> Drawdown:
    """The same, its money sent today."""
    disburse(signed, now, today)
    signed.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        mark_sent(payment_of(signed), today, reference="file 1")
    signed.refresh_from_db()
    return signed


def test_money_is_asked_for_once_and_the_loan_begins_when_it_leaves(
    signed, now, today, django_capture_on_commit_callbacks
):
    disburse(signed, now, today)
    disburse(signed, now, today)
    signed.refresh_from_db()
    payment = payment_of(signed)
    assert (OutgoingPayment.objects.count(), payment.amount, payment.purpose) == (1, 4975_00, "disbursement")
    assert (signed.state, signed.loan) == (Drawdown.State.SENDING, None)
    left_on = today + 2 * DAY
    with django_capture_on_commit_callbacks(execute=True):
        mark_sent(payment, left_on, reference="file 1")
    signed.refresh_from_db()
    assert signed.state == Drawdown.State.DISBURSED
    assert signed.loan.disbursed_on == left_on
    assert Fact.objects.get().value_date == left_on
    # The schedule is the contract's, moved with the day.
    quote = quote_of_drawdown(signed, left_on)
    rows = [
        (one.due_on, one.principal, one.interest, one.fee) for one in position_on(signed.loan, left_on).installments
    ]
    assert rows == [(one.due_on, one.principal, one.interest, one.fee) for one in quote.installments]
    follow(signed, now)
    assert Loan.objects.count() == 1
    assert left_of(signed.line, left_on) == 25000_00


def test_nothing_is_paid_out_unsigned_or_on_a_line_put_on_hold(line, signed, now, today):
    unsigned = draw(line, 1000_00, 3, "equal_installment", key="two", at=now, on=today)
    with pytest.raises(InputError):
        disburse(unsigned, now, today)
    freeze(line, "fraud_checked", "ann", today)
    with pytest.raises(InputError):
        disburse(signed, now, today)
    assert not OutgoingPayment.objects.exists()
    thaw(line, "checked_and_well", "ann", today)
    assert go_on(now, today)["paid_out"] == 1


def test_without_an_account_it_waits_signed(line, now, today, code_sent):
    for purpose in consents.needed_for("drawdown"):
        consents.give(line.borrower, purpose, "en")
    drawn = draw(line, 5000_00, 6, "equal_installment", key="one", at=now, on=today)
    ask_to_sign(drawn, "en", now)
    sign(drawn, "en", code_sent(), now)
    with pytest.raises(InputError):
        disburse(drawn, now, today)
    drawn.refresh_from_db()
    assert (drawn.state, drawn.tries) == (Drawdown.State.SIGNED, 0)
    add_account(line.borrower, "6222000011112222")
    assert go_on(now, today)["paid_out"] == 1


def test_money_that_comes_back_undoes_the_loan_from_its_first_day(
    paid_out, now, today, django_capture_on_commit_callbacks
):
    mark_settled(payment_of(paid_out), today)
    with django_capture_on_commit_callbacks(execute=True):
        mark_returned(payment_of(paid_out), today + 2 * DAY, why="account closed")
    paid_out.refresh_from_db()
    found = position_on(paid_out.loan, today + 5 * DAY)
    assert paid_out.state == Drawdown.State.WITHDRAWN
    assert (found.status, sum(found.outstanding.values()), found.credit_balance) == ("cancelled", 0, 0)
    assert sum(found.earned.values()) == 0
    assert left_of(paid_out.line, today + 5 * DAY) == 30000_00
    assert paid_out.events.latest("pk").why == "account closed"


def test_money_that_comes_back_undoes_the_loan_of_who_is_withdrawing_from_it(
    paid_out, now, today, django_capture_on_commit_callbacks
):
    withdraw(paid_out, now, today)
    with django_capture_on_commit_callbacks(execute=True):
        mark_returned(payment_of(paid_out), today + DAY, why="account closed")
    paid_out.refresh_from_db()
    found = position_on(paid_out.loan, today + 40 * DAY)
    assert (paid_out.state, paid_out.return_by) == (Drawdown.State.WITHDRAWN, None)
    assert (found.status, sum(found.outstanding.values()), found.credit_balance) == ("cancelled", 0, 0)


def test_the_daily_work_undoes_the_loan_when_nobody_heard_that_the_money_came_back(paid_out, now, today):
    mark_returned(payment_of(paid_out), today + DAY, why="account closed")
    assert go_on(now, today + DAY)["paid_out"] == 1
    paid_out.refresh_from_db()
    assert paid_out.state == Drawdown.State.WITHDRAWN
    assert go_on(now, today + 2 * DAY)["paid_out"] == 0


def test_two_that_are_tried_again_at_the_same_instant_never_take_more_than_is_left(book, line, now, today, monkeypatch):
    failed = [draw(line, 20000_00, 6, "equal_installment", key="one", at=now, on=today)]
    Drawdown.objects.update(state=Drawdown.State.FAILED)
    failed.append(draw(line, 20000_00, 6, "equal_installment", key="two", at=now, on=today))
    Drawdown.objects.update(state=Drawdown.State.FAILED)
    add_account(line.borrower, "6222000011112222")
    both, answers = threading.Barrier(2, timeout=1), []

    def seen_by_both(*asked):
        """Where nothing keeps them apart, each has looked before the other goes on."""
        found = standing_on(*asked)
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return found

    monkeypatch.setattr("duly.borrowing.paying_out.standing_on", seen_by_both)

    def one(drawdown: Drawdown) -> None:
        try:
            answers.append(retry(drawdown, now, today, "ann").state)
        except InputError as error:
            answers.append(error.where)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(drawdown,)) for drawdown in failed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["/drawdown", Drawdown.State.SENDING]
    assert left_of(line, today) == 10000_00


def test_what_never_left_frees_the_line_and_may_be_tried_again(signed, now, today, django_capture_on_commit_callbacks):
    disburse(signed, now, today)
    signed.refresh_from_db()
    OutgoingPayment.objects.update(state="declined")
    assert go_on(now, today)["paid_out"] == 1
    signed.refresh_from_db()
    assert signed.state == Drawdown.State.FAILED
    assert left_of(signed.line, today) == 30000_00
    retry(signed, now, today, "ann")
    signed.refresh_from_db()
    assert (signed.tries, signed.state) == (2, Drawdown.State.SENDING)
    with django_capture_on_commit_callbacks(execute=True):
        mark_sent(payment_of(signed), today, reference="file 2")
    signed.refresh_from_db()
    assert signed.loan is not None


def test_within_the_days_of_the_contract_one_may_withdraw_and_owes_only_what_came(
    paid_out, now, today, django_capture_on_commit_callbacks
):
    assert withdraw_until(paid_out) == today + 3 * DAY
    withdraw(paid_out, now, today + 3 * DAY)
    paid_out.refresh_from_db()
    assert (paid_out.state, paid_out.return_by) == (Drawdown.State.WITHDRAWING, today + 33 * DAY)
    assert to_return(paid_out, today + 3 * DAY) == 4975_00
    record_payment(paid_out.loan.reference, 4000_00, today + 5 * DAY, key="part")
    assert complete_withdrawals(now, today + 5 * DAY) == 0
    record_payment(paid_out.loan.reference, 975_00, today + 9 * DAY, key="rest")
    assert complete_withdrawals(now, today + 9 * DAY, frozenset([paid_out.loan_id])) == 1
    found = position_on(paid_out.loan, today + 9 * DAY)
    assert (found.status, sum(found.outstanding.values()), found.credit_balance) == ("cancelled", 0, 0)
    assert sum(found.earned.values()) == 0
    assert left_of(paid_out.line, today + 9 * DAY) == 30000_00
    paid_out.refresh_from_db()
    assert complete_withdrawal(paid_out, now, today + 10 * DAY).state == Drawdown.State.WITHDRAWN


def test_after_those_days_nobody_withdraws(paid_out, now, today):
    with pytest.raises(InputError):
        withdraw(paid_out, now, today + 4 * DAY)


def test_a_withdrawal_that_is_not_paid_back_in_time_goes_on_as_a_loan(paid_out, now, today):
    withdraw(paid_out, now, today)
    assert complete_withdrawals(now, today + 33 * DAY) == 0
    assert complete_withdrawals(now, today + 34 * DAY) == 1
    paid_out.refresh_from_db()
    assert (paid_out.state, paid_out.withdrawn_on) == (Drawdown.State.DISBURSED, None)
    assert position_on(paid_out.loan, today + 34 * DAY).status == "open"


def test_what_was_paid_back_on_the_last_day_and_told_the_next_completes_the_withdrawal(paid_out, now, today):
    withdraw(paid_out, now, today)
    go_on(now, today + 31 * DAY)
    record_payment(paid_out.loan.reference, 4975_00, today + 30 * DAY, key="told late")
    assert go_on(now, today + 31 * DAY)["withdrawn"] == 1
    paid_out.refresh_from_db()
    assert (paid_out.state, position_on(paid_out.loan, today + 31 * DAY).status) == ("withdrawn", "cancelled")


def test_the_law_gives_days_where_the_contract_names_none(settings):
    from duly.borrowing.cooling import days_by_law, last_day_to_withdraw
    from duly.engine.contract import parse_terms

    plain = parse_terms({"currency": "EUR", "method": "equal_installment"})
    on = datetime.date(2026, 3, 2)
    for packs, days in ((["cn"], 0), (["eu"], 14), (["in"], 1)):
        settings.DULY_PACKS = packs
        assert days_by_law(on) == days
        assert last_day_to_withdraw(plain, on) == (on + days * DAY if days else None)
