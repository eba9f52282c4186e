"""The pages of payments: who may open them, what they say, what their forms do, how many queries they take."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from small_bank import borrower, loan

from camt_messages import entry, part, statement
from duly.close.services import close_through
from duly.lending.positions import position_on
from duly.payments.arrivals import Details
from duly.payments.incoming import receive
from duly.payments.models import BankEntry, EntryExplanation, IncomingPayment, OutgoingPayment
from duly.payments.outgoing import mark_sent, pay_out
from duly.payments.reconciliation import reconcile
from duly.payments.statements.reading import read_files
from duly.people.models import Approval
from duly.people.roles import Role, give_roles

TODAY = timezone.localdate()
PAGES = ["payments", "suspense", "money_out", "cash", "entries_to_explain", "enter_payment"]


def of_finance(name: str, *roles: Role) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    give_roles(user, *(roles or (Role.FINANCE,)))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(db) -> Client:
    return of_finance("clerk")


@pytest.fixture
def colleague(db) -> Client:
    return of_finance("colleague")


def recent_loan(**given: object):
    return loan(disbursed_on=TODAY - datetime.timedelta(days=20), **given)


def waiting(amount: int = 500_00, number: str = "W1", text: str = "", name: str = "Borrower 9") -> IncomingPayment:
    details = Details(payer_name=name, payer_account="NL91ABNA0417164300", remittance=text)
    receipt = receive("bank:CN1", number, amount, "CNY", TODAY, method="bank", details=details)
    return IncomingPayment.objects.get(pk=receipt.payment_id)


@pytest.mark.parametrize("name", PAGES)
def test_only_finance_and_compliance_come_in(db, name):
    assert Client().get(reverse(name)).status_code == 302
    for number, role in enumerate(Role):
        allowed = role == Role.FINANCE or (role == Role.COMPLIANCE and name != "enter_payment")
        assert of_finance(f"somebody{number}", role).get(reverse(name)).status_code == (200 if allowed else 403)


def test_the_day_shows_what_came_and_leads_on(clerk):
    one = recent_loan()
    receive("bank:CN1", "B1", 100_00, "CNY", TODAY, method="bank", loan=one.reference)
    waiting()
    page = clerk.get(reverse("payments")).content.decode()
    assert "¥600.00" in page
    assert one.reference in page
    assert "¥500.00" in clerk.get(reverse("suspense")).content.decode()
    assert clerk.get(reverse("payments"), {"on": "someday"}).status_code == 400


def test_a_payment_shows_its_payer_masked_and_never_whole(clerk):
    payment = waiting(text="thanks", name="Zhang Example")
    page = clerk.get(reverse("payment", args=[payment.pk])).content.decode()
    assert "Z•••" in page
    assert "•••• 4300" in page
    assert "Zhang" not in page
    assert "0417164300" not in page


def test_waiting_money_is_posted_by_its_form(clerk):
    one = recent_loan()
    payment = waiting(text=f"loan {one.reference}")
    page = clerk.get(reverse("payment", args=[payment.pk])).content.decode()
    assert "the words with the payment name it" in page
    answer = clerk.post(
        reverse("assign_payment", args=[payment.pk]), {"loan_1": one.reference, "amount_1": "500.00"}, follow=True
    )
    assert "Posted." in answer.content.decode()
    assert position_on(one, TODAY).received == 500_00


def test_what_cannot_be_posted_is_said_and_nothing_happens(clerk):
    payment = waiting()
    for given in ({"loan_1": "nobody's", "amount_1": "1"}, {"loan_1": "x", "amount_1": "abc"}, {}):
        answer = clerk.post(reverse("assign_payment", args=[payment.pk]), given, follow=True)
        assert 'class="answer late"' in answer.content.decode()
    assert payment.outcomes.count() == 0


def test_a_refund_is_asked_by_one_and_agreed_to_by_another(clerk, colleague):
    payment = waiting()
    ask = reverse("ask_about_payment", args=[payment.pk])
    clerk.post(ask, {"what": "refund", "amount": "500.00", "why": "not a customer"})
    asked = Approval.objects.get()
    decide = reverse("decide_payment_approval", args=[asked.pk])
    assert "nobody decides" in clerk.post(decide, {"answer": "approve"}, follow=True).content.decode()
    assert "not a customer" in colleague.get(reverse("money_out")).content.decode()
    colleague.post(decide, {"answer": "approve"})
    assert OutgoingPayment.objects.get().amount == 500_00
    assert "¥500.00" in clerk.get(reverse("payment", args=[payment.pk])).content.decode()


def test_that_money_came_back_is_told_by_one_and_agreed_to_by_another(clerk, colleague):
    out = pay_out("k", None, 100_00, "CNY", purpose="refund", to=("NL91ABNA0417164300", "Borrower 9"))
    mark_sent(out, TODAY, reference="file 1")
    tell = reverse("tell_of_outgoing", args=[out.pk])
    assert "second person" in clerk.post(tell, {"what": "returned"}, follow=True).content.decode()
    out.refresh_from_db()
    assert out.state == "sent"
    decide = reverse("decide_payment_approval", args=[Approval.objects.get().pk])
    clerk.post(decide, {"answer": "approve"})
    out.refresh_from_db()
    assert out.state == "sent"
    assert out.end_to_end in colleague.get(reverse("money_out")).content.decode()
    colleague.post(decide, {"answer": "approve"})
    out.refresh_from_db()
    assert out.state == "returned"


def test_a_payment_is_stopped_before_it_leaves_and_never_after(clerk):
    out = pay_out("k", None, 100_00, "CNY", purpose="refund", to=("NL91ABNA0417164300", "Borrower 9"))
    tell = reverse("tell_of_outgoing", args=[out.pk])
    assert "reason is missing" in clerk.post(tell, {"what": "stop"}, follow=True).content.decode()
    clerk.post(tell, {"what": "stop", "why": "asked for twice"})
    assert [(one.state, one.why) for one in out.events.order_by("pk")][-1] == ("declined", "asked for twice")
    sent = pay_out("k2", None, 100_00, "CNY", purpose="refund", to=("NL91ABNA0417164300", "Borrower 9"))
    mark_sent(sent, TODAY, reference="file 1")
    clerk.post(reverse("tell_of_outgoing", args=[sent.pk]), {"what": "stop", "why": "too late"})
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_an_entry_that_nothing_explains_is_explained_by_two_and_the_book_still_agrees(clerk, colleague, tmp_path):
    path = tmp_path / "s.xml"
    path.write_bytes(statement(entry("80.00", "O1", part(), sign="DBIT")))
    read_files([path])
    of_bank = BankEntry.objects.get()
    before = {line.unexplained for line in reconcile(None, 0)}
    page = reverse("entries_to_explain")
    assert "O1" in clerk.get(page).content.decode()
    clerk.post(reverse("explain_entry", args=[of_bank.pk]), {"why": "rent of the office"})
    assert "Waits for a second person" in clerk.get(page).content.decode()
    decide = reverse("decide_payment_approval", args=[Approval.objects.get().pk])
    clerk.post(decide, {"answer": "approve"})
    assert not EntryExplanation.objects.exists()
    colleague.post(decide, {"answer": "approve"})
    assert EntryExplanation.objects.get().why == "rent of the office"
    assert "Every entry is explained" in clerk.get(page).content.decode()
    assert {line.unexplained for line in reconcile(None, 0)} == before
    assert (
        "is explained"
        in clerk.post(reverse("explain_entry", args=[of_bank.pk]), {"why": "x"}, follow=True).content.decode()
    )


def test_a_credit_balance_is_asked_back_from_the_loans_page(clerk):
    one = recent_loan()
    receive("bank:CN1", "B1", 5_000_00, "CNY", TODAY, method="bank", loan=one.reference)
    page = clerk.get(reverse("loan", args=[one.reference]) + f"?on={TODAY}").content.decode()
    assert reverse("ask_credit_refund", args=[one.reference]) in page
    given = {"amount": "10.00", "why": "asked by telephone"}
    said = clerk.post(reverse("ask_credit_refund", args=[one.reference]), given, follow=True).content.decode()
    assert "second person" in said
    assert Approval.objects.get().content["amount"] == 10_00


def test_a_staff_payment_is_entered_and_agreed_to(clerk, colleague):
    one = recent_loan()
    given = {"loan": one.reference, "amount": "1,00.00", "value_date": TODAY, "method": "cash", "number": "R1"}
    assert "no loan" in clerk.post(reverse("enter_payment"), given | {"loan": "x"}).content.decode()
    assert clerk.post(reverse("enter_payment"), given).status_code == 302
    colleague.post(reverse("decide_payment_approval", args=[Approval.objects.get().pk]), {"answer": "approve"})
    assert position_on(one, TODAY).received == 100_00


def test_compliance_looks_and_does_nothing(db):
    auditor, payment = of_finance("auditor", Role.COMPLIANCE), waiting()
    page = auditor.get(reverse("payment", args=[payment.pk])).content.decode()
    assert 'action="/payments' not in page
    for name in ("assign_payment", "ask_about_payment"):
        assert auditor.post(reverse(name, args=[payment.pk])).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_pages_take_few_queries_however_much_there_is(clerk, django_assert_max_num_queries, name):
    one = recent_loan()
    for number in range(12):
        waiting(number=f"W{number}")
        receive("bank:CN1", f"B{number}", 1_00, "CNY", TODAY, method="bank", loan=one.reference)
    clerk.get(reverse(name))
    with django_assert_max_num_queries(22 if name == "cash" else 15):
        clerk.get(reverse(name))


def test_one_payment_takes_few_queries(clerk, django_assert_max_num_queries):
    of = borrower()
    one = recent_loan(of=of)
    payment = waiting(text=one.reference)
    with django_assert_max_num_queries(22):
        clerk.get(reverse("payment", args=[payment.pk]))


def test_book_and_bank_agree_and_what_differs_has_a_name(book, tmp_path):
    paid_out = TODAY - datetime.timedelta(days=9)
    one = loan(disbursed_on=paid_out)
    rows = [
        entry("1000.00", "O", sign="DBIT", on=paid_out),
        entry("300.00", "I", part(text=one.reference), on=TODAY - datetime.timedelta(days=3)),
        entry("70.00", "S", part(text="no idea"), on=TODAY - datetime.timedelta(days=3)),
    ]
    path = tmp_path / "bank.xml"
    path.write_bytes(statement(*rows, opening="5000.00", closing="4370.00"))
    read_files([path])
    close_through(TODAY - datetime.timedelta(days=1))
    (found,) = reconcile(TODAY - datetime.timedelta(days=1), 10**9)
    named = {line.name: line.amount for line in found.lines}
    # The disbursement's entry is explained by nothing on record here, and the book has it too.
    assert (found.book, found.at_bank) == (-700_00, 4370_00)
    assert named == {"suspense": 70_00, "entries_to_explain": -1000_00, "opening": 5000_00}
    assert found.unexplained == 1000_00
    client = of_finance("somebody")
    assert "¥4,370.00" in client.get(reverse("cash")).content.decode()
