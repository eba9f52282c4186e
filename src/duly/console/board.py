"""What the supervisor's board shows: the queues, what people can do, what went wrong, samples, and experiments."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, Sum
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from duly.collection.experiments import Experiment, experiment, experiments
from duly.collection.models import CaseStanding, Task
from duly.collection.results import ArmResult, results
from duly.console import charts
from duly.console.desk_page import segment_words, stage_words
from duly.contact.models import PlannedContact
from duly.screens.figures import share

WEEK = datetime.timedelta(days=7)
SAMPLED = 5
SHOWN = 20


@dataclass(frozen=True)
class Queue:
    """The open cases of a segment and a stage; money in minor units of the base currency."""

    segment: str
    segment_words: str
    stage: str
    stage_words: str
    cases: int
    with_task: int
    late: int
    paused: int
    overdue: int | None
    worth: int


@dataclass(frozen=True)
class Capacity:
    """What is to be done, and how fast it was done in the last seven days."""

    open: int
    late: int
    due_today: int
    done_today: int
    done_week: int
    people_week: int

    @property
    def a_day(self) -> int:
        """Tasks done a day, rounded down."""
        return self.done_week // 7

    @property
    def days_of_work(self) -> int | None:
        """In how many days all open tasks are done at this rate, rounded up; None when nothing was done."""
        return -(-self.open * 7 // self.done_week) if self.done_week else None


@dataclass(frozen=True)
class Exceptions:
    """What somebody must look at."""

    late_tasks: Sequence[Task]
    held: Sequence[PlannedContact]
    held_count: int
    without_rate: int
    pauses: Sequence[CaseStanding]

    @property
    def count(self) -> int:
        """How many there are, each kind once."""
        return sum(map(bool, (self.late_tasks, self.held_count, self.without_rate, self.pauses)))


@dataclass(frozen=True)
class Board:
    """The whole board."""

    queues: Sequence[Queue]
    capacity: Capacity
    exceptions: Exceptions
    samples: Sequence[Task]
    experiment: Experiment | None
    arms: Sequence[ArmResult]
    finding: str
    chart: SafeString | str


def board(user: User, now: datetime.datetime, day: tuple[datetime.datetime, datetime.datetime]) -> Board:
    """The board as `user` sees it at `now`; `day` is the first instant of today and of tomorrow. Eleven queries."""
    running = experiment() or (experiments()[0] if experiments() else None)
    arms = results(running) if running else ()
    finding = _finding(arms)
    return Board(
        queues=_queues(now),
        capacity=_capacity(now, day),
        exceptions=_exceptions(now),
        samples=samples(user, now),
        experiment=running,
        arms=arms,
        finding=finding,
        chart=charts.shares_with_bounds(
            [(one.playbook, one.share, one.low, one.high) for one in arms if one.cases], finding
        )
        if any(one.cases for one in arms)
        else "",
    )


def samples(user: User, now: datetime.datetime) -> list[Task]:
    """A few done tasks of the last seven days, drawn by a keyed hash, that `user` may review: not their own."""
    done = Task.objects.filter(status=Task.Status.DONE, done_at__gte=now - WEEK, reviewed_at=None)
    others = done.exclude(done_by=user).select_related("case__borrower", "done_by")
    # Drawn from the newest few hundred: which of them is not for anybody to choose.
    newest = list(others.order_by("-done_at")[:300])
    return sorted(newest, key=lambda one: salted_hmac("duly.console.board", str(one.pk)).digest())[:SAMPLED]


def _queues(now: datetime.datetime) -> list[Queue]:
    rows = (
        CaseStanding.objects.values("segment", "stage")
        .annotate(
            cases=Count("pk"),
            with_task=Count("pk", filter=Q(act_by__isnull=False)),
            late=Count("pk", filter=Q(act_by__lte=now)),
            paused=Count("pk", filter=Q(paused_on__isnull=False)),
            sum_overdue=Sum("overdue"),
            sum_worth=Sum("worth"),
        )
        .order_by("-sum_worth")
    )
    return [
        Queue(
            segment=row["segment"],
            segment_words=segment_words(row["segment"]),
            stage=row["stage"],
            stage_words=stage_words(row["stage"]),
            cases=row["cases"],
            with_task=row["with_task"],
            late=row["late"],
            paused=row["paused"],
            overdue=row["sum_overdue"],
            worth=row["sum_worth"],
        )
        for row in rows
    ]


def _capacity(now: datetime.datetime, day: tuple[datetime.datetime, datetime.datetime]) -> Capacity:
    still = Q(status=Task.Status.OPEN)
    done = Q(status=Task.Status.DONE)
    relevant = Task.objects.filter(still | Q(done, done_at__gte=now - WEEK))
    found = relevant.aggregate(
        open=Count("pk", filter=still),
        late=Count("pk", filter=still & Q(due_by__lte=now)),
        due_today=Count("pk", filter=still & Q(due_by__gt=now, due_by__lt=day[1])),
        done_today=Count("pk", filter=done & Q(done_at__gte=day[0])),
        done_week=Count("pk", filter=done),
        people_week=Count("done_by", filter=done, distinct=True),
    )
    return Capacity(**found)


def _exceptions(now: datetime.datetime) -> Exceptions:
    late = Task.objects.filter(status=Task.Status.OPEN, due_by__lte=now).select_related("case__borrower")
    held = PlannedContact.objects.filter(status=PlannedContact.Status.HELD, planned_for__gte=now - WEEK)
    long_paused = CaseStanding.objects.filter(
        paused_on__lt=(now - datetime.timedelta(days=30)).date(), paused_until__isnull=True
    )
    return Exceptions(
        late_tasks=list(late.order_by("due_by")[:SHOWN]),
        held=list(held.select_related("borrower").order_by("-planned_for")[:SHOWN]),
        held_count=held.count(),
        without_rate=CaseStanding.objects.filter(overdue__isnull=True, oldest_due_on__isnull=False).count(),
        pauses=list(long_paused.select_related("case__borrower").order_by(F("paused_on"))[:SHOWN]),
    )


def _finding(arms: Sequence[ArmResult]) -> str:
    """What the experiment says so far, in one sentence; careful where the bounds overlap."""
    tried = [one for one in arms if one.cases]
    if len(tried) < 2:
        return gettext("Too few cases so far to compare.")
    champion, *others = tried
    best = max(others, key=lambda one: one.share)
    words = {
        "champion": champion.playbook,
        "challenger": best.playbook,
        "first": share(champion.cured, champion.cases),
        "second": share(best.cured, best.cases),
    }
    if best.low > champion.high:
        text = gettext("%(challenger)s cures more: %(second)s of its cases, against %(first)s with %(champion)s.")
    elif champion.low > best.high:
        text = gettext("%(champion)s cures more: %(first)s of its cases, against %(second)s with %(challenger)s.")
    else:
        text = gettext("No clear difference yet: %(champion)s cured %(first)s of its cases, %(challenger)s %(second)s.")
    return text % words
