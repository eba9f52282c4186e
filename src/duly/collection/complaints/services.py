"""What happens to a complaint: received, confirmed, found hard, looked into, answered; each with a line of its own."""

import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from duly.collection import timeline
from duly.collection.complaints.clocks import ACKNOWLEDGE, EVENT, HARD, answer_duty, may_be_hard, must_acknowledge
from duly.collection.complaints.models import Complaint, Step
from duly.collection.complaints.stopping import CIRCUMSTANCE_OF
from duly.collection.complaints.telling import tell_answer
from duly.collection.services import hold
from duly.contact.inbound import wrote_in_portal
from duly.duties.services import mark_done, record_event
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.people.models import Borrower, Circumstance

LONGEST = 4000
About, Outcome, Cause = Complaint.About, Complaint.Outcome, Complaint.Cause


def receive_complaint(
    borrower: Borrower,
    about: str,
    text: str,
    *,
    channel: str,
    by: str,
    now: datetime.datetime,
    key: str,
    loan: Loan | None = None,
    agency: str = "",
    wish: str = "",
    received_at: datetime.datetime | None = None,
) -> Complaint:
    """Take in what a borrower objects to; the same `key` again gives the first one back.

    From this instant the gate knows of it, the playbook rests and nothing planned leaves, in one transaction.
    `received_at` is when it came, where that was before `now`. One that the borrower wrote on their own page is
    confirmed at once: the page does it. Raises InputError.
    """
    at = received_at or now
    _check(borrower, about, text, channel, at, now, loan)
    if (there := Complaint.objects.filter(idempotency_key=key).first()) is not None:
        return _same(there, borrower, about)
    try:
        with transaction.atomic():
            circumstance = Circumstance.objects.create(
                borrower=borrower, kind=CIRCUMSTANCE_OF[About(about)], since=at, note=f"complaint: {about}"
            )
            made = Complaint.objects.create(
                borrower=borrower,
                loan=loan,
                circumstance=circumstance,
                idempotency_key=key,
                about=about,
                channel=channel,
                agency=agency.strip(),
                text=text.strip(),
                wish=wish.strip(),
                received_at=at,
                recorded_by=by,
            )
            add_step(made, Step.Kind.RECEIVED, at, by)
            hold([borrower.pk], f"{made.number}: {About(about).value}", now)
            timeline.note(borrower, "complaint_received", f"{made.number}: {About(about).value}", now)
            if channel == Complaint.Channel.PORTAL:
                wrote_in_portal(borrower, f"complaint/{made.number}", at)
                acknowledge(made, by, now)
    except IntegrityError:
        # The same form was sent twice at once: the other one was first.
        there = Complaint.objects.filter(idempotency_key=key).first()
        if there is None:
            raise
        return _same(there, borrower, about)
    return made


@transaction.atomic
def acknowledge(complaint: Complaint, by: str, now: datetime.datetime) -> None:
    """The borrower was told that it came, and its number. Again changes nothing."""
    held = _held(complaint)
    if held.acknowledged_at is not None:
        return
    held.acknowledged_at = now
    held.save(update_fields=["acknowledged_at"])
    complaint.acknowledged_at = now
    add_step(held, Step.Kind.ACKNOWLEDGED, now, by)
    if must_acknowledge(held):
        _mark(held, ACKNOWLEDGE, by, now, gettext("Receipt was confirmed."))


@transaction.atomic
def find_hard(complaint: Complaint, because: str, by: str, now: datetime.datetime) -> None:
    """It needs longer, for a reason that stays on record, where the law gives longer. Raises InputError."""
    held = _open(complaint)
    because = _said(because, "/because", gettext("Say why it cannot be answered in the usual time."))
    if not may_be_hard(held):
        raise InputError(
            gettext("No rule gives more time for this."), "/complaint", gettext("Answer within the time that is set.")
        )
    record_event(HARD, held.received_at, f"hard/{held.number}", by, held.borrower, note=because)
    held.hard_since = now
    held.save(update_fields=["hard_since"])
    add_step(held, Step.Kind.FOUND_HARD, now, by, because)


def note_finding(complaint: Complaint, finding: str, by: str, now: datetime.datetime) -> None:
    """Put on record what was found while looking into it. Raises InputError for nothing found."""
    add_step(complaint, Step.Kind.NOTED, now, by, _said(finding, "/finding", gettext("Write what was found.")))


@transaction.atomic
def answer(
    complaint: Complaint, outcome: str, cause: str, reasons: str, *, by: str, now: datetime.datetime
) -> Complaint:
    """Answer it: what came of it, why in words that the borrower reads, and the root cause that the lender learns from.

    Its circumstance ends, so the playbook goes on; but who was found to owe nothing, because somebody else borrowed,
    stays protected until the books are put right. Raises InputError for what is answered already.
    """
    held = _open(complaint)
    if outcome not in Outcome.values or cause not in Cause.values:
        raise InputError(gettext("Outcome and cause are not clear."), "/outcome", gettext("Choose one of each."))
    reasons = _said(reasons, "/reasons", gettext("Give the borrower the reasons."))
    if outcome in (Outcome.UPHELD, Outcome.PARTLY) and cause == Cause.NONE:
        raise InputError(
            gettext("Where the borrower is right, something was wrong."), "/cause", gettext("Name the cause.")
        )
    acknowledge(held, by, now)
    duty = answer_duty(held)
    held.outcome, held.cause, held.reasons = outcome, cause, reasons
    held.answered_at, held.answered_by, held.due_at = now, by, duty.due_at if duty else None
    held.save(update_fields=["outcome", "cause", "reasons", "answered_at", "answered_by", "due_at"])
    add_step(held, Step.Kind.ANSWERED, now, by)
    if owes_nothing(held):
        if duty is not None:
            _mark(held, duty.what, by, now, reasons)
    else:
        Circumstance.objects.filter(pk=held.circumstance_id).update(until=now)
    timeline.note(held.borrower, "complaint_answered", f"{held.number}: {held.get_outcome_display()}", now)
    tell_answer(held, now)
    return held


@transaction.atomic
def withdraw(complaint: Complaint, now: datetime.datetime) -> Complaint:
    """The borrower takes back their own complaint; collection may go on. Raises InputError when it is answered."""
    held = _open(complaint)
    return answer(held, Outcome.WITHDRAWN, Cause.NONE, gettext("You took it back."), by=held.recorded_by, now=now)


def owes_nothing(complaint: Complaint) -> bool:
    """Whether it was found that somebody else borrowed in this person's name."""
    return complaint.about == About.IDENTITY and complaint.outcome == Outcome.UPHELD


def clock_key(complaint: Complaint) -> str:
    """The event that set its clock running, as duties name it."""
    return f"circumstance/{complaint.circumstance_id}"


def _mark(complaint: Complaint, duty: str, by: str, now: datetime.datetime, answer: str) -> None:
    try:
        mark_done(clock_key(complaint), duty, now, by, now, answer)
    except InputError as error:
        # Somebody recorded the same event by hand: that clock is the one that runs, and theirs to mark.
        if error.where != "/duty":
            raise


def _check(
    borrower: Borrower,
    about: str,
    text: str,
    channel: str,
    at: datetime.datetime,
    now: datetime.datetime,
    loan: Loan | None,
) -> None:
    if about not in EVENT:
        raise InputError(gettext("It is not clear what this is about."), "/about", gettext("Choose one of the list."))
    if channel not in Complaint.Channel.values:
        raise InputError(gettext("It is not clear how this came."), "/channel", gettext("Choose one of the list."))
    _said(text, "/text", gettext("Write what happened, in your own words."))
    if at > now:
        raise InputError(gettext("That time is still to come."), "/received_at", gettext("Give when it came."))
    if loan is not None and loan.borrower_id != borrower.pk:
        raise InputError(gettext("That loan is another person's."), "/loan", gettext("Choose one of the list."))


def _said(text: str, where: str, remedy: str) -> str:
    text = text.strip()
    if not text:
        raise InputError(gettext("There is nothing written."), where, remedy)
    if len(text) > LONGEST:
        raise InputError(
            gettext("The text is too long."),
            where,
            gettext("Write at most %(most)s characters.") % {"most": f"{LONGEST:,}"},
        )
    return text


def _same(there: Complaint, borrower: Borrower, about: str) -> Complaint:
    if (there.borrower_id, there.about) != (borrower.pk, about):
        raise InputError(
            gettext("This form was sent before with something else in it."), "/key", gettext("Open the page anew.")
        )
    return there


def _held(complaint: Complaint) -> Complaint:
    locked = Complaint.objects.select_for_update(of=("self",)).select_related("borrower", "loan")
    return locked.get(pk=complaint.pk)


def _open(complaint: Complaint) -> Complaint:
    held = _held(complaint)
    if not held.is_open:
        raise InputError(
            gettext("This was answered already."), "/complaint", gettext("A new objection is a new complaint.")
        )
    return held


def add_step(complaint: Complaint, kind: str, at: datetime.datetime, by: str, note: str = "") -> None:
    """Add a line of what happened to it."""
    Step.objects.create(complaint=complaint, kind=kind, at=at, by=by, note=note)
