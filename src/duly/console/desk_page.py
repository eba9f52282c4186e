"""What the desk shows: rows of the queue with the reason why each is next, and one case with all that acting needs."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext, ngettext, pgettext

from duly.collection import timeline
from duly.collection.models import Case, CaseEvent, CaseStanding, Task
from duly.collection.playbook import version
from duly.collection.segments import segments
from duly.collection.steps import is_paused
from duly.collection.talking import NEEDED, reached_at
from duly.contact.allowed_now import ChannelNow, allowed_now
from duly.contact.calls import calls_going_on
from duly.contact.composing import script
from duly.contact.local_time import lender_date
from duly.contact.models import Call, Outcome, Purpose
from duly.contact.owed import Owed, what_is_owed
from duly.contact.wording import templates
from duly.identity.calling import spoken_number
from duly.people.languages import language_now, language_of
from duly.people.models import Borrower
from duly.people.reveal import masked_field
from duly.screens.standing import Standing, channel_words

EVENTS_SHOWN = 40
SHOWN_MASKED = ("name", "phone", "email", "address")
DEFAULT_SCRIPT = "call_late"


@dataclass(frozen=True)
class Row:
    """One case of the queue. Money in minor units of the base currency; `overdue` is None where it is unknown."""

    standing: CaseStanding
    borrower: str
    why: str
    days_late: int
    overdue: int | None
    worth: int
    segment: str
    stage: str
    state: Standing


@dataclass(frozen=True)
class Line:
    """One line of the time line, in words."""

    event: CaseEvent
    what: str
    because: str


@dataclass(frozen=True)
class CasePage:
    """One case. `owed` is of this instant, from all facts; money of a loan in its own currency."""

    case: Case
    row: Row | None
    masked: Sequence[tuple[str, str]]
    owed: Sequence[Owed]
    totals: Sequence[tuple[str, int]]
    channels: Sequence[ChannelNow]
    tasks: Sequence[tuple[Task, Standing, str]]
    lines: Sequence[Line]
    call: Call | None
    reached_at: str
    spoken: str
    script: str
    script_language: str
    paused: bool

    @property
    def talk(self) -> Sequence[ChannelNow]:
        """The channels by which a person talks."""
        return [one for one in self.channels if one.channel in NEEDED]

    @property
    def write(self) -> Sequence[ChannelNow]:
        """The channels by which messages go."""
        return [one for one in self.channels if one.channel not in NEEDED]


def base_currency() -> str:
    """The currency in which cases are compared."""
    return str(settings.DULY_BASE_CURRENCY)


def row_of(standing: CaseStanding, borrower: str, now: datetime.datetime) -> Row:
    """A case of the queue as the list shows it. No query."""
    today = lender_date(now)
    days_late = (today - standing.oldest_due_on).days if standing.oldest_due_on else 0
    return Row(
        standing=standing,
        borrower=borrower,
        why=_why(standing, now),
        days_late=days_late,
        overdue=standing.overdue,
        worth=standing.worth,
        segment=segment_words(standing.segment),
        stage=stage_words(standing.stage),
        state=_state(standing, now),
    )


def case_page(case: Case, user: User, now: datetime.datetime) -> CasePage:
    """One case as `user` works it at `now`. Eleven queries, whatever the case holds."""
    borrower = case.borrower
    standing = getattr(case, "standing", None)
    owed = [one for one in what_is_owed(borrower.loans.values("pk"), lender_date(now)).values() if one.overdue > 0]
    days_past_due = max((one.days_past_due for one in owed), default=0)
    totals: dict[str, int] = {}
    for one in owed:
        totals[one.currency] = totals.get(one.currency, 0) + one.overdue
    tasks = list(case.tasks.filter(status=Task.Status.OPEN).order_by("due_by")) if standing else []
    events = case.events.select_related("by", "loan").order_by("-recorded_at", "-pk")[:EVENTS_SHOWN]
    call = next((one for one in calls_going_on(borrower, now) if one.by_id == user.pk), None)
    spoken = spoken_number(call.pk, call.begun_at) if call else ""
    return CasePage(
        case=case,
        row=row_of(standing, borrower.reference, now) if standing else None,
        masked=[(field, masked_field(borrower, field)) for field in SHOWN_MASKED],
        owed=owed,
        totals=list(totals.items()),
        channels=allowed_now(borrower, now, language_now(), purpose=_purpose(tasks), days_past_due=days_past_due),
        tasks=[(task, _task_state(task, now), task_words(case, task)) for task in tasks],
        lines=[_line(event) for event in events],
        call=call,
        reached_at=reached_at(call, case) if call else "",
        spoken=spoken,
        script=_script(borrower, tasks, owed, spoken or "… …"),
        script_language=language_of(borrower.language),
        paused=standing is not None and is_paused(standing, lender_date(now) - datetime.timedelta(days=1)),
    )


def stage_words(stage: str) -> str:
    """A stage as the page says it."""
    return {
        "reminder": pgettext("stage of a case", "Reminder"),
        "notice": pgettext("stage of a case", "Notice"),
        "legal": pgettext("stage of a case", "Legal"),
    }.get(stage, stage)


def segment_words(segment: str) -> str:
    """A segment as the page says it."""
    return segments().named(segment, language_now()) if segment else gettext("Not sorted yet")


def task_words(case: Case, task: Task) -> str:
    """What a task asks for, in words."""
    step = version(case.playbook, case.playbook_version).step(task.step)
    day = ngettext("step of day %(day)s", "step of day %(day)s", step.day) % {"day": step.day} if step else task.step
    return f"{channel_words(task.channel)} · {day}"


def outcomes() -> list[tuple[int, str, str]]:
    """The outcomes of a call with the key of each, 1 to 9, its word and its words."""
    return [(key, one.value, str(one.label)) for key, one in enumerate(Outcome, 1)]


def _purpose(tasks: Sequence[Task]) -> str:
    return tasks[0].purpose if tasks else Purpose.REMINDER


def _script(borrower: Borrower, tasks: Sequence[Task], owed: Sequence[Owed], number: str) -> str:
    """What to say, in the borrower's language; nothing when nothing is overdue."""
    if not owed:
        return ""
    named = next((task.template for task in tasks if task.channel in NEEDED), DEFAULT_SCRIPT)
    return script(borrower, templates()[named], owed, number)


def _line(event: CaseEvent) -> Line:
    because = event.because
    if event.kind == CaseEvent.Kind.SEGMENT_MOVED:
        because = " → ".join(segment_words(part) for part in because.split(" → "))
    elif event.kind == CaseEvent.Kind.STAGE_MOVED:
        because = " → ".join(stage_words(part) for part in because.split(" → "))
    elif event.kind == "talked" and because in Outcome.values:
        because = str(Outcome(because).label)
    return Line(event, timeline.kind_words(event.kind), because)


def _why(standing: CaseStanding, now: datetime.datetime) -> str:
    """Why this case is where it is in the queue."""
    if standing.act_by is None:
        return gettext("Nothing has to be done today")
    if standing.act_by <= now:
        return gettext("A task is overdue")
    return gettext("A task is waiting")


def _state(standing: CaseStanding, now: datetime.datetime) -> Standing:
    if standing.paused_on is not None:
        return Standing("blocked", gettext("Paused"))
    if standing.act_by is None:
        return Standing("still", gettext("Nothing to do"))
    return (
        Standing("late", gettext("Overdue task")) if standing.act_by <= now else Standing("attention", gettext("To do"))
    )


def _task_state(task: Task, now: datetime.datetime) -> Standing:
    if task.due_by <= now:
        return Standing("late", gettext("Overdue task"))
    return Standing("attention", gettext("To do")) if task.due_from <= now else Standing("still", gettext("Later"))
