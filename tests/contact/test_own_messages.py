"""The borrower's messages: everything that was written to them, what is new, and that opening counts as reading."""

import hashlib
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pypdf import PdfReader

from duly.borrowing.sealed import seal
from duly.contact.gate import what_is_known
from duly.contact.models import Message, Receipt
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from small_lender import DUE, borrower, days_after, instant, loan

pytestmark = pytest.mark.django_db
MORNING = instant(days_after(DUE, 2), 2)
EVENING = instant(days_after(DUE, 2), 12)


def customer() -> Borrower:
    person = borrower()
    person.user = User.objects.create_user(person.reference)
    person.address = "1 Example Road\nExample Town"
    person.save()
    give_roles(person.user, Role.BORROWER)
    loan(person)
    return person


def write(person: Borrower, template: str) -> Message:
    one = person.loans.get()
    wish = Proposal(f"{template}:{one.pk}", person.pk, [one.pk], template, MORNING, EVENING, 2)
    plan_contacts([wish], MORNING)
    assert send_due(MORNING).sent == 1
    return Message.objects.get(planned__template=template, planned__borrower=person)


def signed_in(person: Borrower) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def test_a_message_in_the_app_is_new_until_it_is_opened(django_assert_max_num_queries) -> None:
    person = customer()
    message = write(person, "late_1_app")
    client = signed_in(person)
    assert "1 new" in client.get("/my/").text
    assert "New</b>" in client.get("/my/messages").text
    with django_assert_max_num_queries(15):
        page = client.get(f"/my/messages/{message.pk}").text
    assert "We have not yet received the payment" in page
    client.get(f"/my/messages/{message.pk}")
    assert Receipt.objects.get().kind == "read"
    assert "New</b>" not in client.get("/my/messages").text
    assert [past["outcome"] for past in what_is_known([person.pk], EVENING)[person.pk].history] == ["read"]


def test_nobody_reads_what_was_written_to_another() -> None:
    message = write(customer(), "late_1_app")
    other = signed_in(customer())
    assert other.get(f"/my/messages/{message.pk}").status_code == 404
    assert message.subject not in other.get("/my/messages").text


def test_without_an_account_a_message_in_the_app_is_held() -> None:
    one = loan(borrower())
    wish = Proposal("x", one.borrower_id, [one.pk], "late_1_app", MORNING, EVENING, 2)
    (planned,) = plan_contacts([wish], MORNING)
    assert (planned.status, planned.why) == ("held", "the borrower has no account to read messages in")


@pytest.mark.parametrize(("language", "title"), [("en", "Formal notice"), ("zh", "逾期通知书")])
def test_letters_of_a_day_lie_in_one_folder_with_a_manifest(settings, language: str, title: str) -> None:
    person = customer()
    person.language = language
    person.save()
    message = write(person, "formal_notice_letter")
    batch = settings.DULY_OUTBOX / "letters" / "2026-03-18"
    (path,) = batch.glob("*.pdf")
    assert message.file_name == f"letters/2026-03-18/{path.name}"
    listed = json.loads((batch / "manifest.json").read_text())["letters"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert listed == [{"file": path.name, "sha256": digest, "contact": message.planned_id}]
    text = PdfReader(path).pages[0].extract_text()
    for said in (title, "Example Town", "Borrower", "verify"):
        assert said in text


def test_a_finished_paper_leaves_as_it_is(settings) -> None:
    person = customer()
    paper = seal(b"%PDF-1.7 approved", "application/pdf")
    one = person.loans.get()
    wish = Proposal("d", person.pk, [one.pk], "demand_letter", MORNING, EVENING, 2, paper=paper)
    plan_contacts([wish], MORNING)
    assert send_due(MORNING).sent == 1
    (path,) = (settings.DULY_OUTBOX / "letters").glob("*/*.pdf")
    assert path.read_bytes() == b"%PDF-1.7 approved"
    assert Message.objects.get().sha256 == paper.sha256
