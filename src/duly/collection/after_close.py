"""The work after a close: its transitions open and close cases, and the steps that fall on it become planned contacts.

Closes are worked once each, in order, each in one transaction. A day that is not the latest closed, or whose messages
would all come too late by now, only opens and closes cases: a book that is caught up on years of closes writes to
nobody about the past.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from duly.close.models import Close, Position, Transition
from duly.collection import daily
from duly.collection.models import Case, CaseEvent, WorkedClose
from duly.collection.playbook import Playbook, Step, newest, playbooks, version
from duly.collection.services import loans_recover, open_cases
from duly.contact.local_time import local_instant, zones_of
from duly.contact.models import PlannedContact
from duly.contact.services import Proposal, plan_contacts
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)
# No place is further from UTC than this.
FURTHEST_ZONE = datetime.timedelta(hours=14)
_RECOVERED = {
    Transition.Kind.CURED: "cured: nothing of it is overdue",
    Transition.Kind.SETTLED: "settled",
    Transition.Kind.WRITTEN_OFF: "written off",
    Transition.Kind.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class WorkSummary:
    """What the work after one or more closes did. `days` is how many closes were worked: 0 when all were already."""

    business_date: datetime.date
    days: int = 0
    opened: int = 0
    closed: int = 0
    planned: int = 0
    put_off: int = 0
    held: int = 0


@dataclass(frozen=True)
class LateLoan:
    """A loan that a close found overdue, with its borrower and the due date that is still unpaid."""

    loan_id: int
    borrower_id: int
    due_on: datetime.date


def work_close(business_date: datetime.date, now: datetime.datetime | None = None) -> WorkSummary:
    """Work every close up to `business_date` that has not been worked yet, in order; again, it does nothing.

    `now` (an instant in UTC, the clock's unless given) decides whether a message would come too late. Raises
    ValueError when `business_date` is not closed.
    """
    now = now or timezone.now()
    if not Close.objects.filter(pk=business_date).exists():
        raise ValueError(f"{business_date} is not closed: run `duly close --through {business_date}` first")
    worked = WorkedClose.objects.order_by("-business_date").values_list("business_date", flat=True).first()
    waiting = Close.objects.filter(business_date__lte=business_date).order_by("business_date")
    if worked is not None:
        waiting = waiting.filter(business_date__gt=worked)
    latest = Close.objects.order_by("-business_date").values_list("business_date", flat=True).first()
    days = list(waiting.values_list("business_date", flat=True))
    opened = closed = 0
    contacts: list[PlannedContact] = []
    for day in days:
        with transaction.atomic():
            recovered, late = _transitions(day)
            closed += loans_recover(recovered, day)
            opened += open_cases(late, day, "became overdue")
            daily.work_all(day, now)
            plans = day == latest and _in_time(day, now)
            if plans:
                contacts = plan_steps(day, now)
            WorkedClose.objects.create(business_date=day, worked_at=now, planned=plans)
    return WorkSummary(
        business_date=business_date,
        days=len(days),
        opened=opened,
        closed=closed,
        planned=sum(one.status == PlannedContact.Status.PLANNED and not one.why for one in contacts),
        put_off=sum(one.status == PlannedContact.Status.PLANNED and bool(one.why) for one in contacts),
        held=sum(one.status == PlannedContact.Status.HELD for one in contacts),
    )


def _transitions(day: datetime.date) -> tuple[dict[int, str], dict[int, list[int]]]:
    """The loans that the close found overdue no more (loan → why), and those newly overdue (borrower → loans)."""
    recovered: dict[int, str] = {}
    late: dict[int, list[int]] = defaultdict(list)
    kinds = [Transition.Kind.BECAME_OVERDUE, *_RECOVERED]
    found = Transition.objects.filter(business_date=day, kind__in=kinds).order_by("pk")
    for loan_id, borrower_id, kind in found.values_list("loan_id", "loan__borrower_id", "kind"):
        if kind == Transition.Kind.BECAME_OVERDUE:
            late[borrower_id].append(loan_id)
        else:
            recovered[loan_id] = _RECOVERED[kind]
    return recovered, late


def _in_time(day: datetime.date, now: datetime.datetime) -> bool:
    keep = max(playbook.keep_for_days for playbook in playbooks().values()) * ONE_DAY
    midnight = datetime.datetime.combine(day + 2 * ONE_DAY, datetime.time(), datetime.UTC)
    return now < midnight + keep + FURTHEST_ZONE


def plan_steps(day: datetime.date, now: datetime.datetime) -> list[PlannedContact]:
    """Plan the steps that fall on the close of `day`: at most one message a borrower, about all loans it concerns."""
    proposals = {one.borrower_id: one for one in _early_proposals(day, now)}
    late, case_of = _late_proposals(day, now)
    proposals.update({one.borrower_id: one for one in late})
    contacts = plan_contacts(list(proposals.values()), now)
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case_id=case_of[contact.borrower_id],
            business_date=day,
            kind=CaseEvent.Kind.CONTACT_PLANNED,
            because=contact.why[:300] or f"step of the playbook: {contact.template}",
            planned=contact,
        )
        for contact in contacts
        if contact.borrower_id in case_of
    )
    return contacts


def _late_proposals(day: datetime.date, now: datetime.datetime) -> tuple[list[Proposal], dict[int, int]]:
    """Steps of open cases whose oldest unpaid due date is exactly as old as a step says; and borrower → case."""
    due_dates = {day - step.day * ONE_DAY for playbook in playbooks().values() for step in playbook.late_steps}
    open_loans = Position.objects.filter(status=Position.Status.OPEN)
    candidates = open_loans.filter(oldest_unpaid_due_on__in=due_dates).values("loan__borrower_id")
    overdue = open_loans.filter(loan__borrower_id__in=candidates, oldest_unpaid_due_on__lt=day)
    loans_of: dict[int, list[LateLoan]] = defaultdict(list)
    for row in overdue.order_by("loan_id").values_list("loan_id", "loan__borrower_id", "oldest_unpaid_due_on"):
        loans_of[row[1]].append(LateLoan(*row))
    cases = {case.borrower_id: case for case in Case.objects.filter(borrower_id__in=list(loans_of), closed_on=None)}
    borrowers = Borrower.objects.in_bulk(list(cases))
    proposals = []
    for borrower_id, case in cases.items():
        days_late = max((day - loan.due_on).days for loan in loans_of[borrower_id])
        playbook = version(case.playbook, case.playbook_version)
        step = playbook.late_step(days_late)
        if step is not None:
            loan_ids = [loan.loan_id for loan in loans_of[borrower_id]]
            proposals.append(_proposal(playbook, step, borrowers[borrower_id], loan_ids, day, days_late))
    in_time = [one for one in proposals if one.expires_at > now]
    return in_time, {borrower_id: case.pk for borrower_id, case in cases.items()}


def _early_proposals(day: datetime.date, now: datetime.datetime) -> list[Proposal]:
    """Reminders of a due date to come, for borrowers with nothing overdue: they have no case."""
    playbook = newest()
    morning = day + ONE_DAY
    step_of = {morning - step.day * ONE_DAY: step for step in playbook.early_steps}
    open_loans = Position.objects.filter(status=Position.Status.OPEN)
    late = open_loans.filter(oldest_unpaid_due_on__lt=day).values("loan__borrower_id")
    coming = (
        open_loans.filter(next_due_on__in=step_of, next_due_amount__gt=0)
        .exclude(loan__borrower_id__in=late)
        .order_by("next_due_on", "loan_id")
        .values_list("loan_id", "next_due_on", "loan__borrower_id")
    )
    loans_of: dict[int, list[int]] = defaultdict(list)
    first_due_on: dict[int, datetime.date] = {}
    for loan_id, next_due_on, borrower_id in coming:
        if first_due_on.setdefault(borrower_id, next_due_on) == next_due_on:
            loans_of[borrower_id].append(loan_id)
    borrowers = Borrower.objects.in_bulk(list(loans_of))
    proposals = [
        _proposal(playbook, step_of[first_due_on[borrower_id]], borrowers[borrower_id], loan_ids, day, 0)
        for borrower_id, loan_ids in loans_of.items()
    ]
    return [one for one in proposals if one.expires_at > now]


def _proposal(
    playbook: Playbook, step: Step, borrower: Borrower, loan_ids: list[int], day: datetime.date, days_past_due: int
) -> Proposal:
    planned_for = local_instant(day + ONE_DAY, playbook.local_time, zones_of(borrower.time_zones))
    return Proposal(
        # One a borrower a day, whatever the playbook.
        idempotency_key=f"collection:{borrower.reference}:{day}",
        borrower_id=borrower.pk,
        loan_ids=loan_ids,
        template=step.template,
        planned_for=planned_for,
        expires_at=planned_for + playbook.keep_for_days * ONE_DAY,
        days_past_due=days_past_due,
    )
