"""Letters of demand: written as a paper, agreed to by a colleague who saw it, then left to the outbox and the gate."""

import datetime
from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from duly.borrowing.sealed import seal
from duly.collection import timeline
from duly.collection.legal.demand_paper import demand_paper
from duly.collection.legal.limitation import begin_anew, begin_where_late
from duly.collection.legal.models import DemandLetter
from duly.collection.models import Case
from duly.contact.local_time import lender_date
from duly.contact.models import PlannedContact
from duly.contact.services import Proposal, plan_contacts
from duly.contact.wording import templates
from duly.engine.errors import InputError
from duly.lending.positions import LoanOn, loans_on
from duly.people.languages import language_of
from duly.people.models import Circumstance

TEMPLATE = "demand_letter"
KEEP_FOR = datetime.timedelta(days=10)
PDF = "application/pdf"
State = DemandLetter.State
# While one of these holds, the debt is not pressed by letter, whatever the gate of some country would let through.
NOT_WHILE = (
    Circumstance.Kind.DISPUTED,
    Circumstance.Kind.COMPLAINT_OPEN,
    Circumstance.Kind.DECEASED,
    Circumstance.Kind.BANKRUPT,
)


@transaction.atomic
def write_letter(
    case: Case, pay_by: datetime.date, by: User, now: datetime.datetime, loan_ids: Collection[int] = ()
) -> DemandLetter:
    """Write the letter about the late loans of `case` (or those named), in the borrower's language, as a paper.

    It goes nowhere until a colleague agrees. Raises InputError where nothing is late or something stands against it.
    """
    on, borrower = lender_date(now), case.borrower
    if pay_by <= on:
        raise InputError(gettext("That day leaves no time to pay."), "/pay_by", gettext("Give a later day."))
    in_force = borrower.circumstances.filter(kind__in=NOT_WHILE, since__lte=now).exclude(until__lte=now)
    if in_force.exists():
        raise InputError(
            gettext("Something stands against a letter of demand now."),
            "/case",
            gettext("Answer the complaint or dispute first, or look at what is known of the person."),
        )
    late = _late(case, on, loan_ids)
    language = language_of(borrower.language)
    # The number stands in the paper, so it is there before the row is: two at once cannot both have it.
    number = f"D-{case.pk}-{case.demand_letters.count() + 1}"
    paper = seal(demand_paper(number, borrower, late, pay_by, language, on), PDF)
    letter = DemandLetter.objects.create(
        number=number,
        case=case,
        language=language,
        amount=sum(one.overdue for one in late),
        currency=late[0].currency,
        written_on=on,
        pay_by=pay_by,
        file=paper,
        sha256=paper.sha256,
        written_by=by,
        written_at=now,
    )
    letter.loans.set([one.loan for one in late])
    begin_where_late([one.loan for one in late], on, by.get_username())
    timeline.note(case, "demand_letter", f"{letter.number}: written", now, by)
    return letter


@transaction.atomic
def approve_letter(letter: DemandLetter, by: User, now: datetime.datetime) -> DemandLetter:
    """Agree to the letter as it stands: it is planned, and leaves when the gate allows.

    Raises PermissionDenied for who wrote it, InputError where it no longer waits or what it says is no longer so.
    """
    held = _waiting(letter, by)
    on = lender_date(now)
    owed = {one.loan.pk: one.overdue for one in _late(held.case, on, held.loans.values_list("pk", flat=True))}
    if held.pay_by <= on or sum(owed.values()) < held.amount:
        raise InputError(
            gettext("What the letter says is no longer so: something was paid, or the day is over."),
            "/letter",
            gettext("Decline it, and write it anew."),
        )
    if TEMPLATE not in templates():
        raise InputError(
            gettext("There is no wording for a letter of demand."), "/template", gettext("Add it to the templates.")
        )
    held.state, held.decided_by, held.decided_at = State.APPROVED, by, now
    proposal = Proposal(
        idempotency_key=f"{TEMPLATE}/{held.number}",
        borrower_id=held.case.borrower_id,
        loan_ids=list(owed),
        template=TEMPLATE,
        planned_for=now,
        expires_at=now + KEEP_FOR,
        days_past_due=max(one.position.days_past_due for one in _late(held.case, on, owed)),
        paper=held.file,
    )
    (held.planned,) = plan_contacts([proposal], now)
    held.save(update_fields=["state", "decided_by", "decided_at", "planned"])
    timeline.note(held.case, "demand_letter", f"{held.number}: agreed to", now, by)
    return held


@transaction.atomic
def decline_letter(letter: DemandLetter, why: str, by: User, now: datetime.datetime) -> DemandLetter:
    """Do not agree, and say why. Raises as `approve_letter` does, and InputError without a reason."""
    held = _waiting(letter, by)
    if not why.strip():
        raise InputError(gettext("The reason is missing."), "/why", gettext("Say in a line why not."))
    held.state, held.decided_by, held.decided_at, held.why = State.DECLINED, by, now, why.strip()[:300]
    held.save(update_fields=["state", "decided_by", "decided_at", "why"])
    timeline.note(held.case, "demand_letter", f"{held.number}: not agreed to", now, by)
    return held


def letters_after_close(day: datetime.date, now: datetime.datetime) -> None:
    """Take note of the letters that left, which interrupts the limitation, and of those that could not."""
    approved = DemandLetter.objects.filter(state=State.APPROVED, planned__isnull=False)
    told = approved.exclude(planned__status=PlannedContact.Status.PLANNED)
    for letter in told.select_related("planned__message", "case__borrower").prefetch_related("loans__borrower"):
        take_note(letter, now)


@transaction.atomic
def take_note(letter: DemandLetter, now: datetime.datetime) -> None:
    """What became of an approved letter whose contact was sent, held back or cancelled."""
    planned = letter.planned
    assert planned is not None
    if planned.status == PlannedContact.Status.SENT:
        letter.state, letter.sent_at = State.SENT, planned.message.sent_at
        for loan in letter.loans.all():
            key = f"{letter.number}/{loan.reference}"
            begin_anew(loan, "demand", letter.sent_at, letter.written_by.get_username(), key)
    else:
        letter.state, letter.why = State.STOPPED, planned.why[:300]
    letter.save(update_fields=["state", "sent_at", "why"])
    timeline.note(letter.case, "demand_letter", f"{letter.number}: {letter.state}", now)


def _late(case: Case, on: datetime.date, loan_ids: Collection[int]) -> list[LoanOn]:
    in_case = set(case.stays.values_list("loan_id", flat=True))
    named = set(loan_ids) & in_case if loan_ids else in_case
    late = [one for one in loans_on(case.borrower, on) if one.loan.pk in named and one.overdue > 0]
    if not late or len({one.currency for one in late}) != 1:
        raise InputError(
            gettext("There is nothing late in one currency to demand."), "/case", gettext("Name the loans.")
        )
    return late


def _waiting(letter: DemandLetter, by: User) -> DemandLetter:
    held = (
        DemandLetter.objects.select_for_update(of=("self",)).select_related("case__borrower", "file").get(pk=letter.pk)
    )
    if held.state != State.WRITTEN:
        raise InputError(gettext("This letter no longer waits."), "/letter", gettext("Look at it again."))
    if held.written_by_id == by.pk:
        raise PermissionDenied("nobody agrees to their own letter: it needs a second person")
    return held
