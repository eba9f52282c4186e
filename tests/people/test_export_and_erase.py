"""A copy of everything about one person, and nobody else; and what is erased, what stays, and why."""

import io
import json
import zipfile

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

import small_lender as small
from duly.engine.errors import InputError
from duly.people import approvals, consents, erase
from duly.people.codes import send_code
from duly.people.export import everything_about, export, tables_about_people
from duly.people.models import Borrower, Circumstance, Erasure, OneTimeCode, SignInAddress
from duly.people.roles import Role
from duly.people.services import register_borrower

NOON = small.instant(small.DUE, 4)


@pytest.fixture
def customer(db) -> Borrower:
    """A borrower with an account, a consent, and a loan that is paid."""
    user = User.objects.create_user("b-customer")
    SignInAddress.objects.create(user=user, address="+8613800000201", verified=True)
    one = register_borrower(
        user=user, name="Borrower 201", phone="13800000201", email="borrower-201@mail.example",
        id_number="11010119900101001X", address="1 Example Road", time_zones=small.SHANGHAI,
    )  # fmt: skip
    consents.give(one, "marketing", "en", at=NOON)
    loan = small.loan(one, principal=1_000_00)
    small.pay(loan, small.DUE, 1_000_00)
    return one


@pytest.fixture
def officers(somebody) -> tuple[User, User]:
    return somebody("one", Role.COMPLIANCE), somebody("two", Role.COMPLIANCE)


def test_the_copy_holds_everything_from_every_room(customer):
    found = everything_about(customer)
    assert found["borrower"]["name"] == "Borrower 201"
    assert found["account"]["signs_in_with"] == "+8613800000201"
    assert [fact["kind"] for fact in found["lending.fact"]] == ["disbursed", "paid"]
    assert found["people.consentevent"][0]["purpose"] == "marketing"
    for room in ("contact.message", "collection.case", "borrowing.application", "duties.event"):
        assert room in {model._meta.label_lower for model in tables_about_people()}


def test_the_copy_holds_nothing_of_anybody_else_and_no_secrets(customer):
    other = small.borrower()
    small.loan(other)
    send_code(customer, "erase_data", "d" * 64)
    text = json.dumps(everything_about(customer))
    assert other.name not in text
    assert other.loans.get().reference not in text
    assert customer.phone_index not in text
    assert OneTimeCode.objects.get().proof not in text


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Everything that we keep about you"), ("zh", "我们保存的关于您的全部信息")]
)
def test_the_copy_can_be_read_by_people_and_programs(customer, language, title):
    archive = zipfile.ZipFile(io.BytesIO(export(customer, language)))
    assert json.loads(archive.read("data.json"))["borrower"]["reference"] == customer.reference
    page = archive.read("data.html").decode()
    assert title in page
    assert "Borrower 201" in page


def test_what_is_written_by_people_does_not_become_a_page(customer):
    Circumstance.objects.create(borrower=customer, kind="hardship", since=NOON, note="<script>alert(1)</script>")
    page = zipfile.ZipFile(io.BytesIO(export(customer, "en"))).read("data.html").decode()
    assert "<script>" not in page


def test_erasing_takes_two_people_and_leaves_a_certificate(customer, officers):
    first, second = officers
    send_code(customer, "erase_data", "d" * 64)
    approval = erase.ask_to_erase(customer, first)
    assert erase.waiting(customer) == approval
    with pytest.raises(PermissionDenied):
        approvals.approve(approval, first)
    assert Borrower.objects.get(pk=customer.pk).phone
    approvals.approve(approval, second)

    after = Borrower.objects.get(pk=customer.pk)
    assert (after.phone, after.email, after.address, after.time_zones) == ("", "", "", "")
    assert (after.phone_index, after.email_index) == ("", "")
    # The contract is kept, so who made it is too.
    assert (after.name, after.id_number) == ("Borrower 201", "11010119900101001X")
    assert after.loans.count() == 1
    user = User.objects.get(username="b-customer")
    assert not user.is_active
    assert not user.has_usable_password()
    assert not SignInAddress.objects.exists()
    assert not OneTimeCode.objects.exists()

    certificate = Erasure.objects.get()
    said = {line["what"]: line for line in certificate.lines}
    assert said["personal data: phone"]["erased"]
    assert not said["loan contracts"]["erased"]
    assert "books" in said["loan contracts"]["why"]
    for secret in ("Borrower 201", "13800000201", "borrower-201", "Example Road"):
        assert secret not in json.dumps(certificate.lines)


def test_who_never_borrowed_leaves_nothing_but_a_reference(db, officers):
    one = register_borrower(name="Borrower 202", id_number="11010119900101002X", email="borrower-202@mail.example")
    approvals.approve(erase.ask_to_erase(one, officers[0]), officers[1])
    after = Borrower.objects.get(pk=one.pk)
    assert (after.name, after.id_number, after.id_number_index, after.email) == ("", "", "", "")


def test_accounts_go_and_payments_stay(customer, officers):
    from duly.payments.accounts import add_account
    from duly.payments.payer_accounts import account_indexes

    add_account(customer, "6222020000000000201", holder="Borrower 201", bank="Example Bank")
    approvals.approve(erase.ask_to_erase(customer, officers[0]), officers[1])
    account = customer.accounts.get()
    assert (account.number, account.holder, account.bank, account.number_index) == ("", "", "", "")
    assert account.number_index not in account_indexes("6222020000000000201")
    assert account.ended_at is not None
    said = {line["what"]: line for line in Erasure.objects.get().lines}
    assert (said["accounts to be paid to"]["rows"], said["accounts to be paid to"]["erased"]) == (1, True)
    assert "books" in said["payments received"]["why"]


def test_not_while_a_loan_is_open(customer, officers):
    small.loan(customer)
    assert "open" in erase.reasons_against(customer, timezone.now())[0]
    with pytest.raises(InputError, match="is open"):
        erase.ask_to_erase(customer, officers[0])


def test_a_loan_that_begins_while_it_waits_stops_it(customer, officers):
    approval = erase.ask_to_erase(customer, officers[0])
    small.loan(customer)
    with pytest.raises(InputError, match="is open"):
        approvals.approve(approval, officers[1])
    assert Borrower.objects.get(pk=customer.pk).phone
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("kind", ["disputed", "complaint_open"])
def test_not_while_somebody_waits_for_an_answer(customer, officers, kind):
    small.circumstance(customer, kind, NOON)
    with pytest.raises(InputError, match="complaint or a dispute"):
        erase.ask_to_erase(customer, officers[0])


def test_messages_stay_as_long_as_the_law_says(customer, officers):
    from duly.contact.erasing import keep_what_the_law_keeps
    from duly.contact.outbox import send_due
    from duly.contact.services import Proposal, plan_contacts

    loan = small.loan(customer)
    proposal = Proposal("one", customer.pk, [loan.pk], "due_soon", NOON, NOON.replace(hour=9), 0)
    plan_contacts([proposal], NOON)
    send_due(NOON)
    said = {line.what: line for line in keep_what_the_law_keeps(customer, NOON)}
    assert (said["messages"].rows, said["messages"].erased) == (1, False)
    assert said["messages"].until.isoformat() == "2031-03-17"  # five years after the day, GB/T 45251-2025
    assert "cn.record.kept" in said["messages"].why or "cn." in said["messages"].why
