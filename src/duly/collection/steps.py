"""The steps of playbooks that fall on a close: messages for the machine to send, and tasks for people to do.

A borrower gets at most one step a day, about all their loans that it concerns. A step is left out, and the time line
says why, while something stops the playbook (see stops.py), while the case is paused, and when the playbook's own
limit is reached.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q

from duly.close.models import Position
from duly.collection import stops
from duly.collection.models import Case, CaseEvent, CaseStanding, Task
from duly.collection.playbook import newest, playbooks, version
from duly.collection.playbook_parts import LATE_BEFORE, PERSON, Playbook, Step
from duly.collection.tasks import TaskToSet, set_tasks
from duly.contact.local_time import local_instant, zones_of
from duly.contact.models import PlannedContact
from duly.contact.services import Proposal, plan_contacts
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)
# Who was late within so long is reminded before the next due date, by the steps that are for them.
REMEMBERED = datetime.timedelta(days=100)
Kind = CaseEvent.Kind


@dataclass(frozen=True)
class Due:
    """A step that falls on a close for an open case, with the late loans that it concerns."""

    case: Case
    playbook: Playbook
    step: Step
    loan_ids: list[int]
    days_late: int


@dataclass(frozen=True)
class Planned:
    """What came of a day's steps: messages with the gate's first answer, tasks set, steps left out."""

    contacts: list[PlannedContact]
    tasks: int = 0
    skipped: int = 0


def plan_steps(day: datetime.date, now: datetime.datetime) -> Planned:
    """Plan the steps that fall on the close of `day`, whose messages or tasks would not come too late at `now`."""
    due = _due(day)
    early = _early(day)
    stopped = stops.stopped([one.case.borrower_id for one in due] + list(early), day)
    skipped = _left_out(due, stopped, day)
    due = [one for one in due if one.case.pk not in skipped]
    borrowers = Borrower.objects.in_bulk([one.case.borrower_id for one in due] + list(early))
    proposals = [
        _proposal(newest(), step, borrowers[borrower_id], loan_ids, day, 0)
        for borrower_id, (step, loan_ids) in early.items()
        if not any(newest().rests(stop.name) for stop in stopped.get(borrower_id, ()))
    ]
    proposals += [
        _proposal(one.playbook, one.step, borrowers[one.case.borrower_id], one.loan_ids, day, one.days_late)
        for one in due
        if one.step.who != PERSON
    ]
    contacts = plan_contacts([one for one in proposals if one.expires_at > now], now)
    tasks = [_task(one, borrowers[one.case.borrower_id], day) for one in due if one.step.who == PERSON]
    set_in_time = set_tasks([one for one in tasks if one.due_by > now], day)
    case_of = {one.case.borrower_id: one.case.pk for one in due}
    CaseEvent.objects.bulk_create(
        [
            CaseEvent(
                case_id=case_of[contact.borrower_id],
                business_date=day,
                kind=Kind.CONTACT_PLANNED,
                because=contact.why[:300] or f"step of the playbook: {contact.template}",
                planned=contact,
            )
            for contact in contacts
            if contact.borrower_id in case_of
        ]
        + [
            CaseEvent(case_id=case_id, business_date=day, kind=Kind.STEP_SKIPPED, because=why[:300])
            for case_id, why in skipped.items()
        ]
    )
    return Planned(contacts, set_in_time, len(skipped))


def _due(day: datetime.date) -> list[Due]:
    """The steps of open cases whose oldest unpaid due date is exactly as old as a step of their stage says."""
    due_dates = {day - step.day * ONE_DAY for playbook in playbooks().values() for step in playbook.late_steps}
    open_loans = Position.objects.filter(status=Position.Status.OPEN)
    candidates = open_loans.filter(oldest_unpaid_due_on__in=due_dates).values("loan__borrower_id")
    overdue = open_loans.filter(loan__borrower_id__in=candidates, oldest_unpaid_due_on__lt=day)
    loans_of: dict[int, list[tuple[int, datetime.date]]] = defaultdict(list)
    for loan_id, borrower_id, due_on in overdue.order_by("loan_id").values_list(
        "loan_id", "loan__borrower_id", "oldest_unpaid_due_on"
    ):
        loans_of[borrower_id].append((loan_id, due_on))
    found = []
    for case in Case.objects.filter(borrower_id__in=list(loans_of), closed_on=None).select_related("standing"):
        days_late = max((day - due_on).days for _, due_on in loans_of[case.borrower_id])
        playbook = version(case.playbook, case.playbook_version)
        step = playbook.late_step(days_late, case.standing.stage, case.standing.segment)
        if step is not None:
            found.append(Due(case, playbook, step, [loan for loan, _ in loans_of[case.borrower_id]], days_late))
    return found


def _early(day: datetime.date) -> dict[int, tuple[Step, list[int]]]:
    """Reminders of a due date to come, for borrowers with nothing overdue, who have no case: the step and the loans."""
    morning = day + ONE_DAY
    step_of = {morning - step.day * ONE_DAY: step for step in newest().early_steps}
    open_loans = Position.objects.filter(status=Position.Status.OPEN)
    late = open_loans.filter(oldest_unpaid_due_on__lt=day).values("loan__borrower_id")
    was_late = Case.objects.filter(borrower=OuterRef("loan__borrower"), opened_on__gt=day - REMEMBERED)
    only_these = [on for on, step in step_of.items() if step.to == LATE_BEFORE]
    coming = (
        open_loans.filter(next_due_on__in=step_of, next_due_amount__gt=0)
        .filter(~Q(next_due_on__in=only_these) | Q(next_due_on=F("loan__first_due_on")) | Exists(was_late))
        .exclude(loan__borrower_id__in=late)
        .order_by("next_due_on", "loan_id")
        .values_list("loan_id", "next_due_on", "loan__borrower_id")
    )
    found: dict[int, tuple[Step, list[int]]] = {}
    for loan_id, next_due_on, borrower_id in coming:
        step, loan_ids = found.setdefault(borrower_id, (step_of[next_due_on], []))
        if step == step_of[next_due_on]:
            loan_ids.append(loan_id)
    return found


def _left_out(
    due: Collection[Due], stopped: Mapping[int, tuple[stops.Stop, ...]], day: datetime.date
) -> dict[int, str]:
    """The cases whose step is left out, and why."""
    contacts = _contacts_of_late([one for one in due if one.playbook.limits], day)
    why = {}
    for one in due:
        resting = [stop.why for stop in stopped.get(one.case.borrower_id, ()) if one.playbook.rests(stop.name)]
        limits = one.playbook.limits
        if is_paused(one.case.standing, day):
            why[one.case.pk] = f"{one.step.id}: paused: {one.case.standing.paused_because}"
        elif resting:
            why[one.case.pk] = f"{one.step.id}: {'; '.join(resting)}"
        elif limits and contacts.get((one.case.borrower_id, limits.days), 0) >= limits.contacts:
            why[one.case.pk] = f"{one.step.id}: {limits.contacts} contacts in {limits.days} days are enough"
    return why


def is_paused(standing: CaseStanding, day: datetime.date) -> bool:
    """Whether a person's pause holds on the close of `day`."""
    return standing.paused_on is not None and (standing.paused_until is None or standing.paused_until > day)


def _contacts_of_late(due: Collection[Due], day: datetime.date) -> dict[tuple[int, int], int]:
    """By borrower and number of days: how many messages left or are to, and tasks were set, in the days up to `day`."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for days in {one.playbook.limits.days for one in due if one.playbook.limits}:
        of = [one.case.borrower_id for one in due if one.playbook.limits and one.playbook.limits.days == days]
        since = day - days * ONE_DAY
        start = local_instant(since + ONE_DAY, datetime.time(), ())
        left = Q(status=PlannedContact.Status.SENT) | Q(status=PlannedContact.Status.PLANNED)
        messages = PlannedContact.objects.filter(left, borrower_id__in=of, planned_for__gte=start)
        talks = Task.objects.filter(case__borrower_id__in=of, business_date__gt=since).exclude(
            status=Task.Status.CANCELLED
        )
        for rows, of_whom in ((messages, "borrower_id"), (talks, "case__borrower_id")):
            for borrower_id, number in rows.order_by().values_list(of_whom).annotate(Count("pk")):
                found[borrower_id, days] += number
    return found


def _task(due: Due, borrower: Borrower, day: datetime.date) -> TaskToSet:
    due_from = local_instant(day + ONE_DAY, due.playbook.local_time, zones_of(borrower.time_zones))
    return TaskToSet(
        case_id=due.case.pk,
        step=due.step.id,
        channel=due.step.channel,
        purpose=due.step.purpose,
        template=due.step.template,
        due_from=due_from,
        due_by=due_from + due.playbook.keep_for_days * ONE_DAY,
    )


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
