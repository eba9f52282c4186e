"""Tasks: the steps that a person does, from the close that sets them until somebody has done them or they fall away."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, OuterRef, Subquery

from duly.collection import timeline
from duly.collection.models import CaseEvent, CaseStanding, Task
from duly.contact.local_time import lender_date
from duly.contact.models import PlannedContact
from duly.contact.services import Proposal, plan_contacts
from duly.engine.errors import InputError

Kind = CaseEvent.Kind
Status = Task.Status
# Done by talking; all other channels are messages that somebody approves.
TALKED = ("voice", "visit")
KEPT_FOR = datetime.timedelta(days=2)


@dataclass(frozen=True)
class TaskToSet:
    """A step that falls to a person: of which case, from when until when, instants in UTC."""

    case_id: int
    step: str
    channel: str
    purpose: str
    template: str
    due_from: datetime.datetime
    due_by: datetime.datetime


def set_tasks(tasks: Collection[TaskToSet], day: datetime.date) -> int:
    """Set tasks that are not set yet for the close of `day`; how many. A handful of queries."""
    there = set(
        Task.objects.filter(case_id__in=[one.case_id for one in tasks], business_date=day).values_list(
            "case_id", "step"
        )
    )
    new = [Task(business_date=day, **vars(one)) for one in tasks if (one.case_id, one.step) not in there]
    with transaction.atomic():
        Task.objects.bulk_create(new)
        _restate_deadlines([one.case_id for one in new])
        _tell(new, day, Kind.TASK_SET, "")
    return len(new)


def task_done(task: Task, outcome: str, by: User, now: datetime.datetime, note: str = "") -> Task:
    """A person has done a task; what came of it. Raises InputError when it is open no more."""
    with transaction.atomic():
        current = _still_open(task)
        current.status, current.outcome, current.why = Status.DONE, outcome[:32], note[:300]
        current.done_at, current.done_by = now, by
        current.save()
        _restate_deadlines([current.case_id])
        because = f"{current.step}: {outcome}" + (f"; {note}" if note else "")
        timeline.note(current.case, Kind.TASK_DONE, because, now, by)
    return current


def approve_message(task: Task, by: User, now: datetime.datetime) -> PlannedContact:
    """A person approves the letter or message of a task: it is planned for this instant, and the gate is asked.

    Raises InputError when the task is open no more, or is something to be done by talking.
    """
    if task.channel in TALKED:
        raise InputError("this is to be done by talking", "/task", "talk to the borrower and record what came of it")
    with transaction.atomic():
        case = task_done(task, "approved", by, now).case
        standing = case.standing
        days_late = (lender_date(now) - standing.oldest_due_on).days if standing.oldest_due_on else 0
        loans = case.stays.filter(left_on=None).values_list("loan_id", flat=True)
        proposal = Proposal(
            idempotency_key=f"task:{task.pk}",
            borrower_id=case.borrower_id,
            loan_ids=list(loans),
            template=task.template,
            planned_for=now,
            expires_at=now + KEPT_FOR,
            days_past_due=max(days_late, 0),
        )
        (planned,) = plan_contacts([proposal], now)
    return planned


def cancel_task(task: Task, why: str, by: User, now: datetime.datetime) -> None:
    """A person drops a task, and says why. Raises InputError without a reason, or when it is open no more."""
    if not why.strip():
        raise InputError("there is no reason", "/why", "say why the task is dropped")
    with transaction.atomic():
        current = _still_open(task)
        current.status, current.why = Status.CANCELLED, why[:300]
        current.save()
        _restate_deadlines([current.case_id])
        timeline.note(current.case, Kind.TASK_CANCELLED, f"{current.step}: {why}", now, by)


def cancel_tasks(borrower_ids: Iterable[int], why: str, on: datetime.date) -> set[int]:
    """Cancel every open task of these borrowers' cases; whose there were. Four queries at most."""
    waiting = Task.objects.filter(case__borrower_id__in=list(borrower_ids), status=Status.OPEN)
    tasks = list(waiting.select_related("case"))
    if not tasks:
        return set()
    Task.objects.filter(pk__in=[one.pk for one in tasks]).update(status=Status.CANCELLED, why=why[:300])
    _restate_deadlines({one.case_id for one in tasks})
    _tell(tasks, on, Kind.TASK_CANCELLED, why)
    return {one.case.borrower_id for one in tasks}


def review(task: Task, well_done: bool, words: str, by: User, now: datetime.datetime) -> None:
    """A supervisor says whether a task was done as it should be.

    Raises InputError when it is not done, was done by the reviewer, or when what was wrong is not said.
    """
    if task.status != Status.DONE:
        raise InputError("the task is not done", "/task", "review what has been done")
    if task.done_by_id == by.pk:
        raise InputError("you did this yourself", "/task", "let another person review it")
    if not well_done and not words.strip():
        raise InputError("what was wrong is not said", "/review", "say it, so that the person can learn from it")
    task.well_done, task.review, task.reviewed_by, task.reviewed_at = well_done, words[:500], by, now
    task.save(update_fields=["well_done", "review", "reviewed_by", "reviewed_at"])


def _still_open(task: Task) -> Task:
    current = Task.objects.select_for_update().get(pk=task.pk)
    if current.status != Status.OPEN:
        raise InputError("the task is open no more", "/task", "look at the case again")
    return current


def _restate_deadlines(case_ids: Collection[int]) -> None:
    """Say when each case must be acted on: by the deadline of its first open task."""
    earliest = (
        Task.objects.filter(case=OuterRef("case_id"), status=Status.OPEN)
        .order_by()
        .values("case")
        .annotate(first=Min("due_by"))
        .values("first")
    )
    CaseStanding.objects.filter(case_id__in=case_ids).update(act_by=Subquery(earliest))


def _tell(tasks: Iterable[Task], on: datetime.date, kind: str, why: str) -> None:
    CaseEvent.objects.bulk_create(
        CaseEvent(case_id=one.case_id, business_date=on, kind=kind, because=f"{one.step}: {why}" if why else one.step)
        for one in tasks
    )
