"""The outbox: what is due leaves once, after the gate has allowed it in that instant; nothing else leaves."""

import datetime
from copy import copy

import pytest
from django.db import IntegrityError, transaction

from duly.contact import gate
from duly.contact.channels.folder import Folder
from duly.contact.gate import read_answer
from duly.contact.log.append import append
from duly.contact.models import Decision, Message, PlannedContact
from duly.contact.outbox import OutboxSummary, send_due
from duly.contact.services import Proposal, plan_contacts
from duly.contact.today import contacts_on
from duly.lending.models import Loan
from small_lender import DUE, borrower, circumstance, days_after, instant, loan, mails, outbox_files, pay

pytestmark = pytest.mark.django_db

LATE_BY_ONE = days_after(DUE, 1)
EVENING = instant(LATE_BY_ONE, 14)  # 22:00 in Shanghai
MORNING = instant(days_after(DUE, 2), 2)  # 10:00 in Shanghai


def plan(*loans: Loan, template: str = "late_1", at: datetime.datetime = MORNING, keep_days: int = 2) -> PlannedContact:
    proposal = Proposal(
        idempotency_key=f"test:{loans[0].reference}:{at}",
        borrower_id=loans[0].borrower_id,
        loan_ids=[one.pk for one in loans],
        template=template,
        planned_for=at,
        expires_at=at + datetime.timedelta(days=keep_days),
        days_past_due=0 if template == "due_soon" else 1,
    )
    (planned,) = plan_contacts([proposal], at - datetime.timedelta(hours=12))
    return planned


def test_a_reminder_leaves_at_its_instant_and_says_who_what_and_how() -> None:
    planned = plan(loan(borrower(), principal=1_234_56))
    assert send_due(EVENING) == OutboxSummary()
    assert send_due(MORNING) == OutboxSummary(sent=1)
    (mail,) = mails()
    body = mail.get_content()
    assert mail["To"].addresses[0].addr_spec == planned.borrower.email
    assert "Duly Demonstration Lender" in body
    assert "¥1,235.27" in body  # with two days of penalty: 1234.56 × 10.5% × 2 / 365 = 0.71
    assert "16 March 2026" in body
    for how_to in ("How to pay", "tell us", "amount is wrong", "complain", "STOP"):
        assert how_to in body
    message = Message.objects.get()
    assert message.body.strip() == body.replace("\r\n", "\n").strip()
    assert message.message_id == mail["Message-ID"]


def test_it_is_written_in_the_borrowers_language() -> None:
    plan(loan(borrower(language="zh-hans")))
    send_due(MORNING)
    (mail,) = mails()
    assert "2026年3月16日" in mail["Subject"]
    assert "如何还款" in mail.get_content()


def test_two_loans_make_one_message_with_their_total() -> None:
    person = borrower()
    plan(loan(person, principal=100_00), loan(person, principal=50_00, currency="NGN"))
    send_due(MORNING)
    (mail,) = mails()
    assert "Total: ¥100.06 + ₦50.03" in mail.get_content()


def test_both_moments_are_logged_with_rules_citations_and_what_was_asked() -> None:
    planned = plan(loan(borrower()))
    send_due(MORNING)
    asked, sent = planned.decisions.order_by("pk")
    assert (asked.moment, asked.decided_at, asked.contact_at) == ("plan", EVENING, MORNING)
    assert (sent.moment, sent.decided_at, sent.contact_at) == ("send", MORNING, MORNING)
    for decision in (asked, sent):
        assert decision.allowed
        assert decision.packs.keys() >= {"base", "cn"}
        assert all(rule["id"] and rule["citation"] and rule["result"] for rule in decision.rules)
        again = read_answer(decision.inputs, decision.contact_at)
        assert (again.allowed, again.rules, again.packs) == (decision.allowed, decision.rules, decision.packs)


def test_the_same_wish_again_plans_nothing() -> None:
    one = loan(borrower())
    plan(one)
    proposal = Proposal(
        f"test:{one.reference}:{MORNING}",
        one.borrower_id,
        [one.pk],
        "late_1",
        MORNING,
        MORNING + datetime.timedelta(2),
        1,
    )
    assert plan_contacts([proposal], EVENING) == []
    assert PlannedContact.objects.count() == 1


def test_a_payment_before_sending_stops_it() -> None:
    one = loan(borrower())
    planned = plan(one)
    pay(one, on=days_after(DUE, 2))
    assert send_due(MORNING) == OutboxSummary(cancelled=1)
    planned.refresh_from_db()
    assert (planned.status, planned.why) == ("cancelled", "paid")
    assert outbox_files() == []


def test_a_message_about_two_loans_leaves_out_the_one_that_was_paid() -> None:
    person = borrower()
    paid, unpaid = loan(person), loan(person)
    plan(paid, unpaid)
    pay(paid, on=days_after(DUE, 2))
    send_due(MORNING)
    (mail,) = mails()
    assert unpaid.reference in mail.get_content()
    assert paid.reference not in mail.get_content()


def test_a_reminder_of_a_due_date_is_not_sent_once_it_is_overdue() -> None:
    planned = plan(loan(borrower()), template="due_soon")
    assert send_due(MORNING) == OutboxSummary(cancelled=1)
    planned.refresh_from_db()
    assert "overdue by now" in planned.why


def test_a_reminder_of_a_due_date_asks_for_what_falls_due() -> None:
    at = instant(days_after(DUE, -3), 2)
    plan(loan(borrower(), principal=500_00), template="due_soon", at=at)
    assert send_due(at) == OutboxSummary(sent=1)
    assert "¥500.00, due on 16 March 2026" in mails()[0].get_content()


def test_what_falls_at_night_is_put_off_to_the_next_lawful_hour_and_says_why() -> None:
    planned = plan(loan(borrower()), at=instant(LATE_BY_ONE, 18))  # 02:00 in Shanghai
    assert planned.status == "planned"
    local = planned.planned_for.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
    assert 6 <= local.hour <= 10
    assert planned.why
    assert send_due(instant(LATE_BY_ONE, 19)) == OutboxSummary()
    assert send_due(planned.planned_for) == OutboxSummary(sent=1)


def test_an_outbox_that_runs_at_night_sends_nothing_and_tries_again_in_the_morning() -> None:
    planned = plan(loan(borrower()))
    night = instant(days_after(DUE, 2), 15, 30)  # 23:30 in Shanghai, the outbox stood still all day
    assert send_due(night) == OutboxSummary(put_off=1)
    assert outbox_files() == []
    planned.refresh_from_db()
    assert night < planned.planned_for < planned.expires_at
    assert send_due(planned.planned_for) == OutboxSummary(sent=1)


def test_what_comes_too_late_is_cancelled() -> None:
    planned = plan(loan(borrower()))
    assert send_due(planned.expires_at) == OutboxSummary(cancelled=1)
    planned.refresh_from_db()
    assert planned.why == "it would come too late"


def test_without_a_known_time_zone_it_is_held_and_says_so() -> None:
    planned = plan(loan(borrower(time_zones="")))
    assert planned.status == "held"
    assert "zone" in planned.why
    assert send_due(MORNING) == OutboxSummary()


@pytest.mark.parametrize("email", ["", "no address", "two@at@signs"])
def test_without_an_address_it_is_held_and_says_so(email: str) -> None:
    planned = plan(loan(borrower(email=email)))
    assert planned.status == "held"
    assert "address" in planned.why


def test_a_death_learnt_after_planning_holds_it_and_the_log_cites_the_rule() -> None:
    one = loan(borrower())
    planned = plan(one)
    circumstance(one.borrower, "deceased", since=instant(DUE, 0))
    assert send_due(MORNING) == OutboxSummary(held=1)
    assert outbox_files() == []
    decision = planned.decisions.get(moment="send")
    assert (decision.allowed, decision.next_allowed_at) == (False, None)
    failed = [rule for rule in decision.rules if rule["result"] == "fail"]
    assert failed
    assert all(rule["citation"] for rule in failed)
    assert send_due(MORNING + datetime.timedelta(days=1)) == OutboxSummary()


def test_a_newer_message_takes_the_place_of_one_that_has_not_left() -> None:
    one = loan(borrower())
    older = plan(one)
    newer = plan(one, template="late_3", at=MORNING + datetime.timedelta(hours=2))
    older.refresh_from_db()
    assert (older.status, newer.status) == ("cancelled", "planned")


class Killed(BaseException):
    """Stands for the instant at which the process is gone."""


def test_killed_after_staging_nothing_has_left_and_a_retry_sends_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(loan(borrower()))

    def die(*args: object, **fields: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Message.objects, "bulk_create", die)
        with pytest.raises(Killed):
            send_due(MORNING)
    assert outbox_files() == []
    assert Decision.objects.filter(moment="send").count() == 0
    assert send_due(MORNING) == OutboxSummary(sent=1)
    assert len(outbox_files()) == 1


def test_killed_after_the_commit_a_retry_lets_it_leave_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(loan(borrower()))

    def die(folder: Folder, name: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "release", die)
        with pytest.raises(Killed):
            send_due(MORNING)
    assert outbox_files() == []
    assert Message.objects.count() == 1
    assert send_due(MORNING) == OutboxSummary(completed=1)
    (file,) = outbox_files()
    assert file.name == Message.objects.get().file_name
    file.unlink()  # the mail server has taken it
    assert send_due(MORNING) == OutboxSummary()
    assert outbox_files() == []


def message(planned: PlannedContact, decision: Decision, sent_at: datetime.datetime) -> Message:
    return Message(
        planned=planned,
        decision=decision,
        sent_at=sent_at,
        file_name="x.eml",
        message_id="<x@y>",
        subject="s",
        body="b",
    )


def test_the_database_refuses_a_message_without_its_own_allowing_decision_of_that_instant() -> None:
    planned, other = plan(loan(borrower())), plan(loan(borrower()))
    asked_when_planned = planned.decisions.get()
    allowing = gate.log_entry(planned, read_answer(asked_when_planned.inputs, MORNING), Decision.Moment.SEND, MORNING)
    forbidding, of_another = copy(allowing), copy(allowing)
    forbidding.allowed, of_another.planned = False, other
    append([forbidding, of_another, allowing])
    for wrong in (
        message(planned, asked_when_planned, MORNING),
        message(planned, forbidding, MORNING),
        message(planned, of_another, MORNING),
        message(planned, allowing, MORNING + datetime.timedelta(hours=9)),
    ):
        with pytest.raises(IntegrityError, match="no allowing send decision"), transaction.atomic():
            wrong.save()
    message(planned, allowing, MORNING).save()


@pytest.mark.parametrize("model", [Decision, Message])
def test_the_log_cannot_be_changed_or_deleted(model: type[Decision] | type[Message]) -> None:
    plan(loan(borrower()))
    send_due(MORNING)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(planned_id=0)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.filter(pk__gt=0)._raw_delete(using="default")


def test_the_days_contacts_show_what_was_sent_planned_and_held_back_and_why() -> None:
    plan(loan(borrower()))
    dead = loan(borrower())
    circumstance(dead.borrower, "deceased", since=instant(DUE, 0))
    plan(dead)
    plan(loan(borrower(email="")))
    day = days_after(DUE, 2)
    before = contacts_on(day)
    assert (before.sent_count, before.planned_count, before.held_count) == (0, 1, 2)
    send_due(MORNING)
    after = contacts_on(day)
    assert (after.sent_count, after.planned_count, after.held_count) == (1, 0, 2)
    by_borrower = {line.borrower: line for line in after.held}
    refusals = by_borrower[dead.borrower.reference].refusals
    assert refusals
    assert all(one.title and one.citation and one.because for one in refusals)
    assert "address" in next(line.why for line in after.held if not line.refusals)
