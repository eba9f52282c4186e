"""The borrower's page: who may contact me now, why, and from when; for whoever holds the address in a message."""

import datetime
import re

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone

import small_lender as small
from duly.contact.allowed_now import allowed_now
from duly.contact.outbox import send_due
from duly.contact.own_page import borrower_of, own_page_address
from duly.contact.services import Proposal, plan_contacts
from duly.people.models import Borrower, Circumstance
from duly.people.roles import Role, give_roles

NIGHT = small.instant(small.DUE, 15)  # 23:00 in Shanghai
NOON = small.instant(small.DUE, 4)


def page_at(address: str, monkeypatch: pytest.MonkeyPatch, now: datetime.datetime, language: str = "en"):
    monkeypatch.setattr(timezone, "now", lambda: now)
    return Client(headers={"accept-language": language}).get("/" + address.split("/", 3)[3])


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def address(db) -> str:
    borrower = small.borrower()
    small.loan(borrower)
    return own_page_address(borrower.pk)


def test_at_noon_a_reminder_is_allowed(address, monkeypatch):
    answer = page_at(address, monkeypatch, NOON)
    assert "E-mail allowed" in words(answer)
    assert "status blocked" not in answer.text


@pytest.mark.parametrize(
    ("language", "said", "until", "source"),
    [
        ("en", "not allowed", "in 9 h 0 min", "GB/T 45251-2025"),
        ("zh-hans", "不可以", "还有9小时0分钟", "GB/T 45251—2025《互联网金融"),
    ],
)
def test_at_night_it_says_why_not_and_when_again(address, monkeypatch, language, said, until, source):
    answer = page_at(address, monkeypatch, NIGHT, language)
    assert said in words(answer)
    assert "22:00" in words(answer)
    assert source in words(answer)
    assert "2026-03-17 08:00" in words(answer)
    assert until in words(answer)


def test_no_waiting_helps_while_a_dispute_is_open(address, monkeypatch):
    borrower_id = borrower_of(address.rsplit("/", 1)[1])
    Circumstance.objects.create(borrower_id=borrower_id, kind="disputed", since=NOON)
    assert "not by waiting" in words(page_at(address, monkeypatch, NOON))


def test_the_page_names_nobody_and_no_amount(address, monkeypatch):
    answer = page_at(address, monkeypatch, NOON)
    borrower = Borrower.objects.get()
    for secret in (borrower.name, borrower.email, borrower.reference, "1,000.00"):
        assert secret not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("salt", ["", "other"])
def test_an_address_signed_for_another_purpose_leads_nowhere(db, salt):
    assert Client().get(f"/my/contact/{signing.dumps(1, salt=salt or 'django.core.signing')}").status_code == 404


@pytest.mark.parametrize("token", ["1", "x:y:z"])
def test_an_address_that_is_not_signed_leads_nowhere(db, token):
    assert Client().get(f"/my/contact/{token}").status_code == 404


def test_an_address_grows_too_old(address, monkeypatch):
    token = address.rsplit("/", 1)[1]
    later = signing.time.time() + 91 * 24 * 3600
    monkeypatch.setattr(signing.time, "time", lambda: later)
    with pytest.raises(ValueError, match="too old"):
        borrower_of(token)


def test_every_message_carries_the_address_of_its_own_borrower(db):
    borrower = small.borrower()
    loan = small.loan(borrower)
    plan_contacts([proposal(borrower, loan)], NOON)
    send_due(NOON)
    [mail] = small.mails()
    [address] = re.findall(r"http\S+/my/contact/\S+", mail.get_content())
    assert borrower_of(address.rsplit("/", 1)[1]) == borrower.pk


def proposal(borrower, loan) -> Proposal:
    return Proposal(
        idempotency_key=f"test {loan.reference}",
        borrower_id=borrower.pk,
        loan_ids=[loan.pk],
        template="due_soon",
        planned_for=NOON,
        expires_at=NOON + datetime.timedelta(days=1),
        days_past_due=0,
    )


def test_the_collector_and_the_borrower_see_the_same_answer(address, monkeypatch, django_assert_max_num_queries):
    borrower = Borrower.objects.get()
    with django_assert_max_num_queries(8):
        channels = allowed_now(borrower, NIGHT, "en")
    staff_client = Client()
    clerk = User.objects.create_user("clerk", is_staff=True)
    give_roles(clerk, Role.COMPLIANCE)
    staff_client.force_login(clerk)
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)
    shown = staff_client.get(f"/loans/{borrower.loans.get().reference}").context["channels"]
    assert shown == channels
    assert page_at(address, monkeypatch, NIGHT).context["channels"] == channels
