"""What comes back: receipts, bounces, mails and text messages from people; whose they are and what they change."""

import datetime
import json
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from duly.contact import gate
from duly.contact.inbound import asks_to_stop, receive, wrote_in_portal
from duly.contact.mail_reading import read_mail
from duly.contact.models import Attempt, Inbound, Message, Receipt
from duly.contact.outbox import send_due
from duly.contact.reachability import unreachable
from duly.contact.receiving import receive_folder, receive_mail
from duly.contact.services import Proposal, plan_contacts
from duly.contact.signals import person_wrote
from small_lender import DUE, borrower, days_after, instant, loan

MORNING = instant(days_after(DUE, 2), 2)  # 10:00 in Shanghai
HOUR = datetime.timedelta(hours=1)
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# The example of RFC 3464, section 3 and appendix E, for a message of ours.
BOUNCE = """\
From: Mail Delivery Subsystem <MAILER-DAEMON@mail.example>
To: service@lender.example
Subject: Returned mail: delivery failed
Message-ID: <199407072116.RAA14128@mail.example>
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="RAA14128.773615765/mail.example"

--RAA14128.773615765/mail.example

The original message was received at Sat, 2 Jul 1994 17:10:28 -0400

--RAA14128.773615765/mail.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
{envelope}
Original-Recipient: rfc822;borrower@mail.example
Final-Recipient: rfc822;borrower@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 user unknown

--RAA14128.773615765/mail.example
Content-Type: {kind}

{original}
--RAA14128.773615765/mail.example--
"""


def sent(**of: str) -> Message:
    one = loan(borrower(**of))
    wish = Proposal(f"in:{one.reference}", one.borrower_id, [one.pk], "late_1", MORNING, MORNING + 48 * HOUR, 1)
    plan_contacts([wish], MORNING - HOUR)
    send_due(MORNING)
    return Message.objects.get(planned__borrower=one.borrower)


def bounce(message: Message, action: str = "failed", status: str = "5.1.1", by_envelope: bool = True) -> bytes:
    envelope = f"Original-Envelope-Id: {message.message_id[1:].partition('@')[0]}\n" if by_envelope else ""
    text = BOUNCE.format(
        envelope=envelope,
        action=action,
        status=status,
        kind="text/rfc822-headers",
        original=f"Message-ID: {message.message_id}\nSubject: x\n",
    )
    return text.encode()


def mail(sender: str, text: str, subject: str = "Hello", answers: str = "", number: int = 1) -> bytes:
    one = EmailMessage(policy=policy.SMTP)
    one["From"], one["To"], one["Subject"] = f"Borrower <{sender}>", "service@lender.example", subject
    one["Message-ID"] = f"<m{number}@mail.example>"
    one["Date"] = "Wed, 18 Mar 2026 03:00:00 +0000"
    if answers:
        one["In-Reply-To"] = answers
    one.set_content(text)
    return one.as_bytes()


def history(message: Message) -> list[dict[str, object]]:
    of = message.planned.borrower_id
    return gate.what_is_known([of], MORNING + 24 * HOUR)[of].history


@pytest.mark.django_db
@pytest.mark.parametrize("by_envelope", [True, False])
def test_a_bounce_counts_and_the_address_is_not_used_again(by_envelope: bool) -> None:
    message = sent()
    content = bounce(message, by_envelope=by_envelope)
    assert [receive_mail(content, MORNING + HOUR) for _ in range(2)] == ["receipt", "known"]
    receipt = Receipt.objects.get()
    assert (receipt.message, receipt.kind, receipt.code) == (message, "undelivered", "5.1.1")
    assert receipt.detail == "smtp; 550 user unknown"
    assert [past["outcome"] for past in history(message)] == ["undelivered"]
    assert unreachable([message.planned.borrower_id])[message.planned.borrower_id] == {"email"}
    message.planned.borrower.email = "another@mail.example"
    message.planned.borrower.save()
    assert unreachable([message.planned.borrower_id]) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [("delivered", "2.1.5", "delivered"), ("delayed", "4.4.1", "delayed"), ("failed", "5.2.2", "undelivered")],
)
def test_other_reports_leave_the_address_alone(action: str, status: str, kind: str) -> None:
    """5.2.2 is a mailbox that is full: of the moment, whatever its class says."""
    message = sent()
    receive_mail(bounce(message, action, status), MORNING + HOUR)
    assert Receipt.objects.get().kind == kind
    assert unreachable([message.planned.borrower_id]) == {}


@pytest.mark.django_db
def test_a_report_about_a_message_that_is_not_ours_changes_nothing() -> None:
    message = sent()
    message.message_id = "<0123456789abcdef0123456789abcdef@lender.example>"
    assert receive_mail(bounce(message), MORNING) == "known"
    assert Receipt.objects.count() == 0


@pytest.mark.django_db
def test_a_mail_finds_its_borrower_and_lets_us_answer() -> None:
    message = sent()
    heard = []
    person_wrote.connect(lambda inbound, **_: heard.append(inbound.borrower), weak=False, dispatch_uid="test")
    try:
        content = mail(message.planned.borrower.email.upper(), "When is the next one due?\n> quoted")
        assert [receive_mail(content, MORNING + HOUR) for _ in range(2)] == ["message", "known"]
    finally:
        person_wrote.disconnect(dispatch_uid="test")
    assert heard == [message.planned.borrower]
    kept = Inbound.objects.get()
    assert (kept.body, kept.channel, kept.refuses) == ("When is the next one due?", "email", False)
    assert [(past["direction"], past["channel"]) for past in history(message)] == [("out", "email"), ("in", "email")]
    answer = Proposal("a", kept.borrower_id, [], "question_answered", MORNING + 2 * HOUR, MORNING + 90 * HOUR, 0)
    (planned,) = plan_contacts([replace(answer, words={"number": "Q1"})], MORNING + HOUR)
    assert planned.status == "planned"
    assert send_due(MORNING + 2 * HOUR).sent == 1
    assert "Q1" in Message.objects.get(planned=planned).subject


@pytest.mark.django_db
def test_an_answer_from_another_address_is_the_borrowers_whose_message_it_answers() -> None:
    message = sent()
    receive_mail(mail("work@office.example", "I pay tomorrow", answers=message.message_id), MORNING + HOUR)
    assert Inbound.objects.get().borrower == message.planned.borrower
    receive_mail(mail("stranger@office.example", "Who are you?", number=2), MORNING + HOUR)
    assert Inbound.objects.order_by("pk").last().borrower is None


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["STOP", "stop.\n\nSent from my phone", "退订", "TD", "停止"])
def test_stop_takes_back_consent_to_the_channel(text: str) -> None:
    message = sent()
    assert receive_mail(mail(message.planned.borrower.email, text), MORNING + HOUR) == "stop"
    one = message.planned.borrower.loans.get()
    wish = Proposal("z", one.borrower_id, [one.pk], "late_3", MORNING + 24 * HOUR, MORNING + 70 * HOUR, 3)
    (planned,) = plan_contacts([wish], MORNING + 2 * HOUR)
    assert planned.status == "held"


@pytest.mark.parametrize("text", ["I cannot stop thinking of it", "Stop calling my office, write to me", "tdx", ""])
def test_what_only_has_the_word_in_it_is_for_a_person_to_read(text: str) -> None:
    assert not asks_to_stop(text)


@pytest.mark.django_db
def test_an_address_of_several_borrowers_is_nobodys_until_somebody_looks() -> None:
    for _ in range(2):
        borrower(email="home@mail.example")
    kept = receive("email", "home@mail.example", "", "hello", MORNING, "1")
    assert kept.borrower is None


@pytest.mark.django_db
def test_what_a_borrower_sends_from_their_pages_lets_us_answer() -> None:
    message = sent()
    for _ in range(2):
        wrote_in_portal(message.planned.borrower, "complaint/C1", MORNING + HOUR)
    assert [past["direction"] for past in history(message)] == ["out", "in"]


@pytest.mark.django_db
def test_a_maildir_is_taken_in_once_and_put_aside(tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    person = borrower()
    (tmp_path / "new" / "1.a").write_bytes(mail(person.email, "hello"))
    (tmp_path / "new" / "2.b").write_bytes(b"\xff\xfe no mail at all")
    assert receive_folder(tmp_path, MORNING) == {"message": 2}
    assert receive_folder(tmp_path, MORNING) == {}
    assert len(list((tmp_path / "cur").iterdir())) == 2
    (tmp_path / "again.eml").write_bytes(mail(person.email, "hello"))
    (tmp_path / "new").rename(tmp_path / "old")
    assert receive_folder(tmp_path, MORNING) == {"known": 1}
    assert Inbound.objects.count() == 2


@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: mail("a@b.example", text)))
def test_whatever_arrives_can_be_read(content: bytes) -> None:
    read_mail(content)


@pytest.mark.django_db
def test_whatever_arrives_can_be_kept() -> None:
    for content in (b"", b"From: \xff@\xff\r\n\r\n\x00", bounce(sent())[:600], b"Content-Type: multipart/report\n\nx"):
        receive_mail(content, MORNING)


def post(event: dict[str, object], secret: str = SECRET, event_id: str = "e1") -> object:
    body, now = json.dumps(event), timezone.now()
    signature = Webhook(secret).sign(event_id, now, body)
    headers = {"webhook-id": event_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return Client().post("/contact/sms", body, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_a_text_message_from_a_borrower_arrives_signed_or_not_at_all(settings) -> None:
    person = borrower()
    person.phone = "+86 138 0000 0001"
    person.save()
    event = {"type": "message.received", "data": {"from": "+8613800000001", "text": "TD"}}
    assert post(event).status_code == 404
    settings.DULY_SMS_SECRET = SECRET
    other = "whsec_" + "AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert post(event, secret=other).status_code == 401
    assert Inbound.objects.count() == 0
    assert [post(event).json(), post(event).json()] == [{"became": "stop"}, {"became": "known"}]
    assert Inbound.objects.get().borrower == person
    assert post({"type": "message.eaten", "data": {}}).status_code == 422


@pytest.mark.django_db
def test_a_receipt_tells_that_a_message_in_doubt_was_taken(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that took the message and whose answer was lost tells so later by its receipt."""
    settings.DULY_SMS_URL, settings.DULY_SMS_SECRET = "json://127.0.0.1:1/{to}", SECRET
    person = borrower()
    person.phone = "+86 138 0000 0002"
    person.save()
    one = loan(person)
    wish = Proposal("sms", person.pk, [one.pk], "late_1_sms", MORNING, MORNING + 48 * HOUR, 1)
    (planned,) = plan_contacts([wish], MORNING - HOUR)
    assert send_due(MORNING).unanswered == 1
    assert send_due(MORNING + HOUR).sent == 0
    attempt = Attempt.objects.get()
    assert post({"type": "message.delivered", "data": {"id": attempt.message_id}}).json() == {"became": "receipt"}
    planned.refresh_from_db()
    assert planned.status == "sent"
    assert Message.objects.get().receipts.get().kind == "delivered"
    bad = {"id": attempt.message_id, "code": "unknown_number"}
    assert post({"type": "message.undelivered", "data": bad}, event_id="e2").json() == {"became": "receipt"}
    assert unreachable([person.pk])[person.pk] == {"sms", "voice"}
