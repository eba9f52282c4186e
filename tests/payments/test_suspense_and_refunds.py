"""Money that waits, money that goes back, money that goes out: two people where it could be lost, and never twice."""

import datetime
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_bank import borrower, loan

from duly.engine.errors import InputError
from duly.lending.models import Fact
from duly.lending.positions import position_on
from duly.payments.accounts import add_account, end_account
from duly.payments.arrivals import Details
from duly.payments.came_back import ask_came_back
from duly.payments.conservation import unbalanced_payments
from duly.payments.incoming import receive, take_back, whereabouts
from duly.payments.models import BorrowerAccount, IncomingPayment, OutgoingPayment, Suspense
from duly.payments.outgoing import mark_returned, mark_sent, mark_settled, pay_out, stop
from duly.payments.refunds import ask_refund_of_credit, ask_refund_of_suspense
from duly.payments.sending import send_approved
from duly.payments.staff_entry import ask_staff_payment
from duly.payments.suspense import Part, ask_own_transfer, ask_undo, assign, candidates
from duly.people.approvals import approve, decline, kind_of
from duly.people.roles import Role, give_roles

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SOME_DAYS_AGO = TODAY - datetime.timedelta(days=20)
IBAN, OTHER_IBAN = "NL91 ABNA 0417 1643 00", "DE89370400440532013000"


@pytest.fixture
def two() -> tuple[User, User]:
    """Two people of finance."""
    people = tuple(User.objects.create_user(name, is_staff=True) for name in ("first", "second"))
    for one in people:
        give_roles(one, Role.FINANCE)
    return people


def waiting(amount: int = 500_00, number: str = "W1", **told: str) -> IncomingPayment:
    details = Details(payer_name="Borrower 9", payer_account=IBAN, **told)
    receipt = receive("bank", number, amount, "CNY", TODAY, method="bank", details=details)
    return IncomingPayment.objects.get(pk=receipt.payment_id)


def recent_loan(**given: object):
    return loan(disbursed_on=SOME_DAYS_AGO, **given)


def test_assigned_to_a_loan_it_counts_from_the_day_it_came(two):
    one, payment = recent_loan(), waiting()
    assign(payment, [Part(one.reference, 500_00)], two[0])
    fact = one.facts.get(kind="paid")
    assert (fact.amount, fact.value_date) == (500_00, payment.value_date)
    assert not Suspense.objects.exists()
    assert unbalanced_payments() == []


def test_split_over_the_loans_of_one_borrower_and_no_further(two):
    of = borrower()
    first, second, strange = recent_loan(of=of), recent_loan(of=of), recent_loan()
    payment = waiting()
    with pytest.raises(InputError, match="one borrower"):
        assign(payment, [Part(first.reference, 1_00), Part(strange.reference, 1_00)], two[0])
    with pytest.raises(InputError, match="more than"):
        assign(payment, [Part(first.reference, 300_00), Part(second.reference, 300_00)], two[0])
    assert Fact.objects.filter(kind="paid").count() == 0
    assign(payment, [Part(first.reference, 300_00), Part(second.reference, 150_00)], two[0])
    where = whereabouts(payment)
    assert (where.posted, where.waiting) == (450_00, 50_00)
    assert unbalanced_payments() == []


def test_a_loan_in_another_currency_or_not_there_is_refused(two):
    payment, euros = waiting(), recent_loan(currency="EUR")
    for reference in (euros.reference, "nobody's"):
        with pytest.raises(InputError):
            assign(payment, [Part(reference, 1_00)], two[0])
    assert whereabouts(payment).waiting == 500_00
    assert not Fact.objects.filter(kind="paid").exists()


def test_the_account_is_remembered_and_names_the_loan_next_time(two):
    one = recent_loan()
    assign(waiting(), [Part(one.reference, 500_00)], two[0], remember=True)
    (found,) = candidates(waiting(number="W2"))
    assert found.loan == one
    assert "the payer's account is this borrower's" in found.reasons


def test_candidates_by_the_words_that_came_with_it(two):
    one, _ = recent_loan(), recent_loan()
    assert [found.loan for found in candidates(waiting(remittance=f"my loan {one.reference}, thanks"))] == [one]
    assert candidates(waiting(number="W3", remittance="thanks")) == []


def test_a_refund_out_of_suspense_needs_a_second_person_and_goes_back_where_it_came_from(two):
    payment = waiting()
    asked = ask_refund_of_suspense(payment, 500_00, two[0], "not a customer")
    assert ask_refund_of_suspense(payment, 500_00, two[0], "not a customer") == asked
    with pytest.raises(PermissionDenied):
        approve(asked, two[0])
    assert not OutgoingPayment.objects.exists()
    approve(asked, two[1])
    out = OutgoingPayment.objects.get()
    assert (out.account, out.holder, out.port, out.amount, out.state) == (
        IBAN,
        "Borrower 9",
        "file",
        500_00,
        "approved",
    )
    assert whereabouts(payment).refunded == 500_00
    assert unbalanced_payments() == []
    with pytest.raises(InputError):
        approve(asked, two[1])
    with pytest.raises(InputError):
        ask_refund_of_suspense(payment, 1, two[0], "again")


def test_what_was_assigned_meanwhile_is_not_paid_back(two):
    payment, one = waiting(), recent_loan()
    asked = ask_refund_of_suspense(payment, 500_00, two[0], "not a customer")
    assign(payment, [Part(one.reference, 400_00)], two[1])
    with pytest.raises(InputError, match="more than"):
        approve(asked, two[1])
    assert not OutgoingPayment.objects.exists()
    assert decline(asked, two[1], "it was assigned").state == "declined"


def test_a_refund_that_comes_back_waits_again(two):
    payment = waiting()
    approve(ask_refund_of_suspense(payment, 500_00, two[0], "why"), two[1])
    out = OutgoingPayment.objects.get()
    mark_sent(out, TODAY, reference="file 1")
    mark_returned(out, TODAY, why="account closed")
    assert Suspense.objects.get().reason == "refund_returned"
    assert unbalanced_payments() == []
    with pytest.raises(InputError):
        mark_returned(out, TODAY, why="again")


def test_a_refund_that_is_stopped_waits_again(two):
    payment = waiting()
    approve(ask_refund_of_suspense(payment, 500_00, two[0], "why"), two[1])
    stop(OutgoingPayment.objects.get(), two[0], "the payer asked to keep it here")
    assert (Suspense.objects.get().amount, OutgoingPayment.objects.get().state) == (500_00, "declined")
    assert unbalanced_payments() == []


def test_a_credit_balance_is_paid_back_once_and_recorded_when_it_leaves(two):
    one = recent_loan()
    details = Details(payer_name="Borrower 9", payer_account=IBAN)
    receive("bank", "C1", 1_200_00, "CNY", TODAY, method="bank", loan=one.reference, details=details)
    assert position_on(one, TODAY).credit_balance == 200_00
    with pytest.raises(InputError):
        ask_refund_of_credit(one, 200_01, two[0], "too much")
    first = ask_refund_of_credit(one, 200_00, two[0], "overpaid")
    second = ask_refund_of_credit(one, 150_00, two[0], "overpaid")
    approve(first, two[1])
    with pytest.raises(InputError):
        approve(second, two[1])
    out = OutgoingPayment.objects.get()
    assert (out.account, out.loan, position_on(one, TODAY).credit_balance) == (IBAN, one, 200_00)
    mark_sent(out, TODAY, reference="file 1")
    assert position_on(one, TODAY).credit_balance == 0
    mark_settled(out, TODAY)
    mark_returned(out, TODAY, why="account closed")
    assert position_on(one, TODAY).credit_balance == 200_00


def overpaid(number: str = "C1"):
    """A loan with a credit of 200.00, and the payment that it came from."""
    one = recent_loan()
    details = Details(payer_name="Borrower 9", payer_account=IBAN)
    receipt = receive("bank", number, 1_200_00, "CNY", TODAY, method="bank", loan=one.reference, details=details)
    return one, IncomingPayment.objects.get(pk=receipt.payment_id)


@pytest.mark.parametrize("port", ["file", "wallet"])
def test_a_credit_that_bounced_before_its_refund_left_is_not_paid_back(two, settings, tmp_path, port):
    settings.DULY_PAYMENT_FILES = tmp_path
    one, payment = overpaid()
    approve(ask_refund_of_credit(one, 200_00, two[0], "overpaid"), two[1])
    OutgoingPayment.objects.update(port=port)
    other = overpaid("C2")[0]
    approve(ask_refund_of_credit(other, 200_00, two[0], "overpaid"), two[1])
    take_back(payment.pk, TODAY, why="bounced")
    sent = send_approved(TODAY)
    assert sent.payments == 1
    assert [why for _, why in sent.refused] == ["the credit balance is not there any more"]
    states = dict(OutgoingPayment.objects.values_list("loan__reference", "state"))
    assert states == {one.reference: "declined", other.reference: "sent"}
    assert not one.facts.filter(kind="refunded").exists()
    assert send_approved(TODAY).payments == 0


def test_more_credit_than_the_last_trade_brought_goes_to_the_borrowers_account(two):
    one = recent_loan()
    receive("bank", "B1", 1_100_00, "CNY", TODAY, method="bank", loan=one.reference)
    receive("wallet:alipay", "T1", 50_00, "CNY", TODAY, method="wallet", loan=one.reference)
    add_account(one.borrower, OTHER_IBAN)
    approve(ask_refund_of_credit(one, 30_00, two[0], "overpaid"), two[1])
    approve(ask_refund_of_credit(one, 120_00, two[0], "overpaid"), two[1])
    by_wallet, by_bank = OutgoingPayment.objects.order_by("pk")
    assert (by_wallet.port, by_wallet.account, by_wallet.refunds.source_id) == ("wallet", "T1", "T1")
    assert (by_bank.port, by_bank.account, by_bank.refunds) == ("file", OTHER_IBAN, None)


def test_what_was_paid_back_as_credit_does_not_wait_again_to_be_paid_back_twice(two):
    one, payment = overpaid()
    fact = Fact.objects.get(pk=payment.fact_id)
    asked = ask_undo(payment, fact, two[0], "on the wrong loan")
    approve(ask_refund_of_credit(one, 200_00, two[0], "overpaid"), two[1])
    with pytest.raises(InputError, match="paid back since"):
        approve(asked, two[1])
    with pytest.raises(InputError, match="paid back since"):
        ask_undo(payment, fact, two[0], "again")
    assert whereabouts(payment).posted == 1_200_00
    out = OutgoingPayment.objects.get()
    mark_sent(out, TODAY, reference="f")
    mark_returned(out, TODAY, why="account closed")
    approve(asked, two[1])
    assert whereabouts(payment).waiting == 1_200_00


def test_one_person_alone_does_not_say_that_money_came_back(two):
    out = pay_out("k", None, 100_00, "CNY", purpose="refund", to=(IBAN, "Borrower 9"))
    with pytest.raises(InputError):
        ask_came_back(out, two[0], "not sent yet")
    mark_sent(out, TODAY, reference="file 1")
    asked = ask_came_back(out, two[0], "account closed")
    assert dict(kind_of(asked).shown(asked.content))["Amount"] == "100.00 CNY"
    with pytest.raises(PermissionDenied):
        approve(asked, two[0])
    out.refresh_from_db()
    assert out.state == "sent"
    approve(asked, two[1])
    out.refresh_from_db()
    assert (out.state, out.events.latest("pk").by) == ("returned", two[0])


def test_cash_goes_back_by_hand_and_wallet_money_to_the_wallet(two):
    cash = receive("staff:cash", "R1", 5_00, "CNY", TODAY, method="cash")
    wallet = receive("wallet:alipay", "T9", 5_00, "CNY", TODAY, method="wallet", details=Details(payer_account="a@b.c"))
    for receipt in (cash, wallet):
        payment = IncomingPayment.objects.get(pk=receipt.payment_id)
        approve(ask_refund_of_suspense(payment, 5_00, two[0], "why"), two[1])
    assert list(OutgoingPayment.objects.order_by("pk").values_list("port", flat=True)) == ["hand", "wallet"]


def test_staff_entry_needs_a_second_person_and_a_receipt_counts_once(two):
    one = recent_loan()
    asked = ask_staff_payment(one.reference, 100_00, TODAY, "cash", "R-7", two[0])
    with pytest.raises(PermissionDenied):
        approve(asked, two[0])
    assert not one.facts.filter(kind="paid").exists()
    approve(asked, two[1])
    assert one.facts.get(kind="paid").amount == 100_00
    again = ask_staff_payment(one.reference, 100_00, TODAY, "cash", "R-7", two[0])
    with pytest.raises(InputError, match="on record already"):
        approve(again, two[1])
    assert one.facts.filter(kind="paid").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"loan": "nobody's"},
        {"amount": 0},
        {"method": "barter"},
        {"number": " "},
        {"value_date": SOME_DAYS_AGO - datetime.timedelta(days=1)},
        {"value_date": TODAY + datetime.timedelta(days=1)},
    ],
)
def test_staff_entry_refuses_what_could_not_be_recorded(two, wrong):
    right = {"loan": recent_loan().reference, "amount": 1, "value_date": TODAY, "method": "cash", "number": "R1"}
    with pytest.raises(InputError):
        ask_staff_payment(**(right | wrong), by=two[0])


def test_a_transfer_of_our_own_is_no_payment(two):
    payment = waiting()
    approve(ask_own_transfer(payment, two[0], "settled by the wallet"), two[1])
    assert whereabouts(payment).own == 500_00
    assert unbalanced_payments() == []


def test_a_payment_on_the_wrong_loan_is_taken_back_to_suspense_by_two(two):
    one, right = recent_loan(), recent_loan()
    receipt = receive("bank", "U1", 100_00, "CNY", TODAY, method="bank", loan=one.reference)
    payment = IncomingPayment.objects.get(pk=receipt.payment_id)
    asked = ask_undo(payment, Fact.objects.get(pk=receipt.fact_id), two[0], "a typing mistake")
    approve(asked, two[1])
    assert position_on(one, TODAY).received == 0
    assert whereabouts(payment).waiting == 100_00
    assign(payment, [Part(right.reference, 100_00)], two[0])
    assert position_on(right, TODAY).received == 100_00
    assert unbalanced_payments() == []


def test_taking_back_what_was_refunded_already_is_refused(two):
    payment = waiting()
    approve(ask_refund_of_suspense(payment, 500_00, two[0], "why"), two[1])
    with pytest.raises(InputError, match="paid back already"):
        take_back(payment.pk, TODAY, why="bounced")


def test_paying_out_is_once_by_its_key_and_goes_to_the_newest_account():
    of = borrower()
    with pytest.raises(InputError, match="no account"):
        pay_out("k", of, 100_00, "CNY", purpose="disbursement")
    add_account(of, OTHER_IBAN)
    add_account(of, IBAN, holder="Borrower 1")
    first, again = (pay_out("k", of, 100_00, "CNY", purpose="disbursement") for _ in range(2))
    assert first == again
    assert (first.account, first.holder, first.state) == ("NL91ABNA0417164300", "Borrower 1", "approved")
    with pytest.raises(InputError, match="another payment"):
        pay_out("k", of, 100_01, "CNY", purpose="disbursement")
    with pytest.raises(InputError, match="approved"):
        mark_settled(first, TODAY)


def test_nobody_is_paid_to_an_account_that_they_did_not_give(two):
    one = recent_loan()
    add_account(one.borrower, OTHER_IBAN)
    assign(waiting(), [Part(one.reference, 500_00)], two[0], remember=True)
    assert pay_out("k", one.borrower, 1, "CNY", purpose="disbursement").account == OTHER_IBAN
    given = add_account(one.borrower, IBAN, holder="Borrower 1")
    assert (given.known_by, given.holder) == ("given", "Borrower 1")
    assert BorrowerAccount.objects.filter(borrower=one.borrower).count() == 2
    end_account(BorrowerAccount.objects.get(known_by="given", pk__lt=given.pk))
    assert pay_out("l", one.borrower, 1, "CNY", purpose="disbursement").account == given.number


def test_an_account_is_kept_once_encrypted_and_its_check_digits_are_checked():
    of = borrower()
    assert add_account(of, IBAN) == add_account(of, "nl91abna0417164300")
    with pytest.raises(InputError, match="check digits"):
        add_account(of, "NL92ABNA0417164300")
    end_account(BorrowerAccount.objects.get())
    assert add_account(of, IBAN).pk != BorrowerAccount.objects.order_by("pk").first().pk
    raw = BorrowerAccount.objects.extra(select={"raw": "number"}).values_list("raw", flat=True)
    assert not any("0417164300" in one for one in raw)


ACTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(1, 60_00)), max_size=14)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_done_no_cent_is_made_or_lost(two, acts):
    """Receive, assign, refund, return, take back, undo, own: in any order; each does its whole work or none of it."""
    of = borrower()
    loans = [recent_loan(of=of) for _ in range(3)]
    payments = [waiting(50_00, number=f"{loans[0].reference}/{place}") for place in range(2)]
    receipt = receive(
        "bank", f"{loans[0].reference}/at once", 50_00, "CNY", TODAY, method="bank", loan=loans[0].reference
    )
    payments.append(IncomingPayment.objects.get(pk=receipt.payment_id))
    for act, place, amount in acts:
        payment, one = payments[place], loans[place]
        with suppress(InputError):
            _do(act, payment, one.reference, amount, two)
        assert unbalanced_payments() == []
    for payment in payments:
        where = whereabouts(payment)
        assert where.posted + where.waiting + where.refunded + where.returned + where.own == payment.amount
        assert min(where.posted, where.waiting, where.refunded, where.returned, where.own) >= 0


def _do(act: int, payment: IncomingPayment, reference: str, amount: int, two: tuple[User, User]) -> None:
    out = OutgoingPayment.objects.filter(refunds=payment).order_by("-pk").first()
    if act == 0:
        assign(payment, [Part(reference, amount)], two[0])
    elif act == 1:
        approve(ask_refund_of_suspense(payment, amount, two[0], "why"), two[1])
    elif act == 2 and out is not None:
        mark_sent(out, TODAY, reference="f")
    elif act == 3 and out is not None:
        mark_returned(out, TODAY, why="no such account")
    elif act == 4:
        take_back(payment.pk, TODAY, why="bounced")
    elif act == 5:
        fact = Fact.objects.filter(idempotency_key__startswith=f"incoming/{payment.pk}", kind="paid").last()
        if fact is not None:
            approve(ask_undo(payment, fact, two[0], f"wrong {amount}"), two[1])
    elif act == 6:
        approve(ask_own_transfer(payment, two[0], f"own {amount}"), two[1])
