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

from duly.close.models import Close, Transition
from duly.collection import daily
from duly.collection.models import WorkedClose
from duly.collection.playbook import playbooks
from duly.collection.services import loans_recover, open_cases
from duly.collection.standings import Restated, restate
from duly.collection.steps import Planned, plan_steps
from duly.contact.models import PlannedContact

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
    tasks: int = 0
    skipped: int = 0
    moved_segment: int = 0
    moved_stage: int = 0


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
    planned, restated = Planned([]), Restated()
    for day in days:
        with transaction.atomic():
            recovered, late = _transitions(day)
            closed += loans_recover(recovered, day)
            opened += open_cases(late, day, "became overdue")
            daily.work_all(day, now)
            # A day that others follow leaves no trace in how cases stand but what the last one finds.
            if day == days[-1]:
                restated = restate(day)
            plans = day == latest and _in_time(day, now)
            if plans:
                planned = plan_steps(day, now)
            WorkedClose.objects.create(business_date=day, worked_at=now, planned=plans)
    contacts = planned.contacts
    return WorkSummary(
        business_date=business_date,
        days=len(days),
        opened=opened,
        closed=closed,
        planned=sum(one.status == PlannedContact.Status.PLANNED and not one.why for one in contacts),
        put_off=sum(one.status == PlannedContact.Status.PLANNED and bool(one.why) for one in contacts),
        held=sum(one.status == PlannedContact.Status.HELD for one in contacts),
        tasks=planned.tasks,
        skipped=planned.skipped,
        moved_segment=restated.segments,
        moved_stage=restated.stages,
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
