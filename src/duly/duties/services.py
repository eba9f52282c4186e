"""Record what obliges the lender, mark what was done, and say what is due and what is late at any instant.

A due instant is computed from the packs in force each time it is asked for; nothing of it is kept.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from duly.contact.local_time import zones_of
from duly.duties.begun import DOING, Begun, begun_by
from duly.duties.models import Event, Mark
from duly.engine.errors import InputError
from duly.law import duties as law
from duly.law.compose import law_of
from duly.law.pack import Pack, Rule
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Borrower

# What ends by itself: nobody has to do anything, and it is never late.
WINDOWS = frozenset({"dispute_window_ends", "exit_without_penalty_ends", "breathing_space_ends", "report_not_before"})
# A clock that begins anew with each such event.
BEGINS_ANEW = "limitation_began"
HARD_COMPLAINT, COMPLAINT, ANSWER_COMPLAINT = "hard_complaint_received", "complaint_received", "answer_complaint"
MANDATE_ENDS, EVALUATE = "mandate_ends", "evaluate_agency"


class State(StrEnum):
    """Where a duty stands: late, due, or done (a period that runs out by itself is done when it is over)."""

    LATE = "late"
    DUE = "due"
    DONE = "done"


@dataclass(frozen=True)
class DutyLine:
    """One duty at an instant. `rule` is the one that speaks, where several do.

    `done_at` and `done_by` say who did it when; `done_by` is "" where the record itself shows that it was done.
    """

    begun: Begun
    what: str
    rule: Rule
    due_at: datetime.datetime
    state: State
    done_at: datetime.datetime | None = None
    done_by: str = ""

    @property
    def is_window(self) -> bool:
        """Whether it ends by itself, with nothing to be done."""
        return self.what in WINDOWS

    def days_left(self, instant: datetime.datetime) -> int:
        """Whole days from `instant` until it is due, rounded down: negative when that is past."""
        return (self.due_at - instant) // datetime.timedelta(days=1)


def record_event(
    kind: str,
    at: datetime.datetime,
    idempotency_key: str,
    by: str,
    borrower: Borrower | None = None,
    subject: str = "",
    note: str = "",
) -> Event:
    """Record that an event of `kind` happened, or is to happen, at `at`. The same key again gives the first one back.

    It concerns `borrower`, or who or what `subject` names. Raises InputError for an unknown kind, an instant without
    an offset, nobody concerned, or a key that was used for something else.
    """
    known = law.events(house_packs())
    if kind not in known:
        raise InputError(f"{kind!r} is not an event", "/kind", f"use one of {', '.join(known)}")
    if at.tzinfo is None:
        raise InputError(f"{at} is not an instant", "/at", "give its offset from UTC")
    if borrower is None and not subject.strip():
        raise InputError("the event concerns nobody", "/subject", "name a borrower, or who or what it is about")
    subject = subject.strip()
    event, made = Event.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults={"kind": kind, "at": at, "borrower": borrower, "subject": subject, "note": note, "recorded_by": by},
    )
    said = (kind, at, borrower.pk if borrower else None, subject)
    if not made and (event.kind, event.at, event.borrower_id, event.subject) != said:
        raise InputError(f"the key {idempotency_key!r} names another event", "/idempotency_key", "use a key of its own")
    return event


@transaction.atomic
def mark_done(event: str, duty: str, at: datetime.datetime, by: str, now: datetime.datetime, answer: str = "") -> None:
    """Mark the duty of an event (its key, as `duties_on` gives it) as done at `at` by `by`. Again changes nothing.

    Raises InputError when there is no such duty at `now`, when it ends by itself, or when `at` is after `now` or
    before the clock began.
    """
    line = _line(event, duty, now)
    if line.is_window:
        raise InputError(f"{duty} ends by itself", "/duty", "there is nothing to mark")
    if at > now:
        raise InputError(f"{at} is still to come", "/at", "give an instant that has passed")
    if at < line.begun.known_at and line.rule.figures["unit"] != "before":
        raise InputError(f"{at} is before the event itself", "/at", f"give {line.begun.known_at} or later")
    if line.state is not State.DONE:
        Mark.objects.create(event=event, duty=duty, done=True, at=at, by=by, answer=answer)


@transaction.atomic
def mark_not_done(event: str, duty: str, by: str, now: datetime.datetime, because: str = "") -> None:
    """Put right a mark that was wrong: the duty counts as not done again. Raises InputError when there is no mark."""
    if (event, duty) not in _standing(now):
        raise InputError(
            f"{duty} of {event} has no mark", "/duty", "only a duty that somebody marked done can be reopened"
        )
    Mark.objects.create(event=event, duty=duty, done=False, at=now, by=by, answer=because)


def duties_on(instant: datetime.datetime) -> list[DutyLine]:
    """Every duty at `instant` (UTC), soonest due first, by the packs in force. Six queries, however many there are."""
    marks = _standing(instant)
    packs, house = packs_in_force(), house_packs()
    asked_about = {
        r.figures["event"] for pack in law_of(packs, house).packs for r in pack.rules if r.kind == "deadline"
    }
    clocks = begun_by(instant, asked_about, marks.values())
    computed = _Due(packs, house)
    lines = [
        DutyLine(begun, what, duty.rule, duty.due_at, State.DUE)
        for begun in _still_counting(clocks)
        if begun.kind in asked_about
        for what, duty in computed.of(begun).items()
    ]
    lines = _without_moot(lines, clocks)
    doings = _doings(clocks, instant)
    return sorted(
        (_with_state(line, marks, doings, instant) for line in lines),
        key=lambda line: (line.due_at, line.begun.key, line.what),
    )


def clock_of(kind: str, at: datetime.datetime, time_zones: str = "") -> dict[str, law.Duty]:
    """What an event of `kind` at `at` obliges to by the packs in force, by the name of the duty; no query.

    `time_zones` are the borrower's, comma-separated; the lender's where there are none. A kind that no pack knows
    obliges to nothing.
    """
    packs, house = packs_in_force(), house_packs()
    if kind not in law.events(house):
        return {}
    return _Due(packs, house).of(Begun("", kind, at, at, zones=time_zones))


def answers_of(lines: Iterable[DutyLine]) -> dict[tuple[str, str], str]:
    """What was answered, by event key and duty, for those of `lines` that somebody marked done. One query."""
    keys = {line.begun.key for line in lines if line.done_by}
    marks = Mark.objects.filter(event__in=keys, done=True).order_by("pk")
    return {(mark.event, mark.duty): mark.answer for mark in marks}


class _Due:
    """The duties of events, computed once for each kind, zone and local date."""

    def __init__(self, packs: str, house: Sequence[Pack]) -> None:
        self.packs, self.house = packs, house
        self.known: dict[tuple[str, str, datetime.date], list[law.Duty]] = {}

    def of(self, begun: Begun) -> dict[str, law.Duty]:
        """By what is to be done: the duty of the strictest rule, in the strictest of the zones the person may be in."""
        strictest: dict[str, law.Duty] = {}
        for zone in zones_of(begun.zones) or (settings.TIME_ZONE,):
            for duty in self._in_zone(begun, zone):
                found = strictest.get(duty.what)
                later_is_stricter = duty.what in WINDOWS
                if found is None or ((duty.due_at > found.due_at) == later_is_stricter and duty.due_at != found.due_at):
                    strictest[duty.what] = duty
        return strictest

    def _in_zone(self, begun: Begun, zone: str) -> list[law.Duty]:
        key = begun.kind, zone, begun.at.astimezone(ZoneInfo(zone)).date()
        if key not in self.known:
            self.known[key] = law.due(begun.kind, begun.at, self.packs, zone, self.house)
        # The rest is the same all day long; what is due before the event itself is due at its own instant.
        return [
            replace(duty, due_at=begun.at) if duty.rule.figures["unit"] == "before" else duty
            for duty in self.known[key]
        ]


def _line(event: str, duty: str, now: datetime.datetime) -> DutyLine:
    for line in duties_on(now):
        if (line.begun.key, line.what) == (event, duty):
            return line
    raise InputError(f"there is no duty {duty!r} of {event!r}", "/duty", "name one of those that are listed")


def _standing(instant: datetime.datetime) -> dict[tuple[str, str], Mark]:
    """The marks that say "done" and were not taken back, by event and duty, as said by `instant`."""
    latest = {
        (mark.event, mark.duty): mark for mark in Mark.objects.filter(at__lte=instant).defer("answer").order_by("pk")
    }
    return {key: mark for key, mark in latest.items() if mark.done}


def _still_counting(clocks: Collection[Begun]) -> list[Begun]:
    """The clocks, each limitation period as it last began, and a hard complaint dealt with when the complaint was."""
    anew = {one.whom: one for one in sorted(clocks, key=lambda one: one.at) if one.kind == BEGINS_ANEW}
    ended = {one.case: one.ended_at for one in clocks if one.kind == COMPLAINT}
    return [
        replace(one, ended_at=ended.get(one.case)) if one.kind == HARD_COMPLAINT else one
        for one in clocks
        if one.kind != BEGINS_ANEW or anew[one.whom] is one
    ]


def _without_moot(lines: list[DutyLine], clocks: Collection[Begun]) -> list[DutyLine]:
    """Without the short time of a complaint that was found hard, and evaluations due after the mandate has ended."""
    hard = {one.case for one in clocks if one.kind == HARD_COMPLAINT}
    over: dict[tuple[int | None, str], datetime.datetime] = {}
    for one in clocks:
        if one.kind == MANDATE_ENDS:
            over[one.whom] = max(one.at, over.get(one.whom, one.at))

    def moot(line: DutyLine) -> bool:
        begun = line.begun
        if (begun.kind, line.what) == (COMPLAINT, ANSWER_COMPLAINT):
            return begun.case in hard
        return line.what == EVALUATE and begun.whom in over and begun.at < over[begun.whom] < line.due_at

    return [line for line in lines if not moot(line)]


Doings = dict[tuple[str, tuple[int | None, str]], list[datetime.datetime]]


def _doings(clocks: Collection[Begun], instant: datetime.datetime) -> Doings:
    found: Doings = defaultdict(list)
    for one in clocks:
        if one.at <= instant:
            found[one.kind, one.whom].append(one.at)
    return found


def _with_state(
    line: DutyLine, marks: dict[tuple[str, str], Mark], doings: Doings, instant: datetime.datetime
) -> DutyLine:
    over = line.due_at <= instant
    if line.is_window:
        return replace(line, state=State.DONE, done_at=line.due_at) if over else line
    mark = marks.get((line.begun.key, line.what))
    if mark is not None:
        return replace(line, state=State.DONE, done_at=mark.at, done_by=mark.by)
    shown = [at for at in doings.get((DOING.get(line.what, ""), line.begun.whom), ()) if at > line.begun.known_at]
    if line.begun.ended_at is not None:
        shown.append(line.begun.ended_at)
    if shown:
        return replace(line, state=State.DONE, done_at=min(shown))
    return replace(line, state=State.LATE) if over else line
