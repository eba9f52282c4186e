"""A borrower objects to what was reported of a month; the clock runs; it is decided with reasons, and acted on.

A fix goes out by itself with the next report: where the loan's facts were put right, folding the month again finds what
changed; where the line is withdrawn, the month is taken out of the record.
"""

import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from duly.bureau.models import Line, Objection
from duly.bureau.months import month_of
from duly.bureau.standing import DELETED
from duly.collection.replies import tell_that_answered
from duly.contact.inbound import wrote_in_portal
from duly.duties.services import mark_done, record_event
from duly.engine.errors import InputError
from duly.lending.arrow import arranged
from duly.lending.some_loans import read_some
from duly.people.models import Borrower
from duly.people.roles import Role, roles_of

EVENT, DUTY = "credit_objection_received", "answer_objection"
ANSWERED = "record_objection_answered"
DECIDERS = (Role.LEGAL, Role.COMPLIANCE)


@transaction.atomic
def object_to(line: Line, borrower: Borrower, reason: str, now: datetime.datetime) -> Objection:
    """Put on record that `borrower` says that `line` is wrong, and why; its clock starts at `now`.

    While one is open on the line, that one is given back. Raises PermissionDenied for somebody else's line, InputError
    without a reason, or where something newer was said of that month.
    """
    if line.loan.borrower_id != borrower.pk:
        raise PermissionDenied
    if not reason.strip():
        raise InputError(gettext("Nothing was said."), "/reason", gettext("Say in a few words what is wrong."))
    said = Line.objects.filter(report__layout=line.report.layout, loan=line.loan, month=line.month)
    if said.filter(report_id__gt=line.report_id).exists():
        what = gettext("This has been put right since.")
        raise InputError(what, "/line", gettext("Look at what is reported now."))
    Borrower.objects.select_for_update().get(pk=borrower.pk)
    if (open_one := line.objections.filter(decision="").first()) is not None:
        return open_one
    event = record_event(
        EVENT,
        now,
        f"bureau/line/{line.pk}/{line.objections.count() + 1}",
        borrower.reference,
        borrower,
        f"{line.loan.reference} {line.month:%Y-%m}",
    )
    made = Objection.objects.create(
        line=line, borrower=borrower, reason=reason.strip(), made_at=now, clock=f"event/{event.pk}"
    )
    # The gate lets a message be answered that has come in.
    wrote_in_portal(borrower, f"record_objection/{made.number}", now)
    return made


@transaction.atomic
def decide(objection: Objection, decision: str, why: str, by: User, now: datetime.datetime) -> Objection:
    """Decide an objection, mark the duty to answer as done, and tell the borrower. Gives it as it stands now.

    Raises PermissionDenied for who may not, InputError without reasons, for a decision that there is not, when it was
    decided already, and for `corrected` while the loan's facts still say what was reported.
    """
    if roles_of(by).isdisjoint(DECIDERS):
        raise PermissionDenied
    held = Objection.objects.select_for_update().get(pk=objection.pk)
    if held.decision:
        what = gettext("This objection is decided already.")
        raise InputError(what, "/decision", gettext("Look at it again."))
    if decision not in Objection.Decision.values:
        options = ", ".join(Objection.Decision.values)
        raise InputError(f"there is no decision {decision!r}", "/decision", f"use {options}")
    if not why.strip():
        raise InputError(gettext("A decision needs reasons."), "/why", gettext("The borrower reads them."))
    if decision == Objection.Decision.CORRECTED and not is_changed(held.line):
        raise InputError(
            gettext("The loan's record still says what was reported."),
            "/decision",
            gettext("Put the facts right first (a payment, a reversal), or withdraw the line."),
        )
    held.decision, held.why, held.decided_at, held.decided_by = decision, why.strip(), now, by
    held.save(update_fields=["decision", "why", "decided_at", "decided_by"])
    mark_done(held.clock, DUTY, now, by.get_username(), now, why.strip())
    tell_that_answered(held.borrower, ANSWERED, held.number, now)
    return held


def open_objections() -> QuerySet[Objection]:
    """What waits for a decision, the oldest first."""
    waiting = Objection.objects.filter(decision="").select_related("line__loan__product", "line__report", "borrower")
    return waiting.order_by("made_at", "pk")


def is_changed(line: Line) -> bool:
    """Whether the loan's facts, as known now, say something else of that month than the line did."""
    return says_now(line) != (line.status, line.days_past_due, line.balance, line.past_due, line.risk_class)


def says_now(line: Line) -> tuple[int, int, int, int, int]:
    """What the record would say of the line's month today: columns of Standing. What was taken out stays out."""
    if line.status == DELETED:
        return (line.status, line.days_past_due, line.balance, line.past_due, line.risk_class)
    loans, facts = read_some([line.loan_id])
    standing = month_of(loans.contracts, arranged(facts, loans.id), line.month).standing
    status, late, balance, past_due, risk = (int(column[0]) for column in standing)
    return status, late, balance, past_due, risk
