"""Duties with a clock: what an event obliges the lender to do, and the instant by which; what is kept, and until when.

A period of days, months or years begins on the day after the event and ends with its last day, on the clocks of
`zone`: due is the first instant of the day after. A month that lacks the day ends on its last. `same_day` ends
with the day of the event, `before` is the event itself. Working days leave out
Saturdays, Sundays and the public holidays of the rule's calendar.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from duly.engine import dates
from duly.engine.errors import InputError
from duly.law import holidays_on_record
from duly.law.compose import law_of
from duly.law.pack import Pack, Rule, shipped_names, shipped_pack

_ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Duty:
    """Something to be done, or that ends, before `due_at`. `what` is a name such as answer_complaint."""

    rule: Rule
    what: str
    due_at: datetime.datetime


def due(event: str, at: datetime.datetime, packs: str, zone: str, house: Sequence[Pack] = ()) -> list[Duty]:
    """The duties that an `event` at the instant `at` sets running under `packs`, soonest first.

    `zone` is the IANA zone whose days count: the person's where the duty is towards them. Raises InputError for an
    unknown event, zone or pack.
    """
    rules = _rules("deadline", packs, house)
    known = events(house)
    if event not in known:
        raise InputError(f"{event!r} is not an event", "/event", f"use one of {', '.join(known)}")
    local = _local(at, zone)
    found = [
        Duty(rule, rule.figures["duty"], _due_at(rule.figures, local))
        for rule in rules
        if rule.figures["event"] == event and _in_force(rule, local.date())
    ]
    return sorted(found, key=lambda duty: duty.due_at)


def kept_until(
    what: str,
    after: str,
    at: datetime.datetime,
    packs: str,
    zone: str,
    holding: Sequence[str] = (),
    house: Sequence[Pack] = (),
) -> tuple[datetime.datetime | None, list[Rule]]:
    """Until when a record (`what`) is kept, counted from the event `after` at `at`; None while it may not be deleted.

    `holding` names what is open now, such as complaint_open. The longest period counts; the rules behind it are
    given. No rule: kept until `at`. Raises InputError for an unknown zone or pack.
    """
    local = _local(at, zone)
    rules = [
        rule
        for rule in _rules("retention", packs, house)
        if (rule.figures["what"], rule.figures["after"]) == (what, after) and _in_force(rule, local.date())
    ]
    if any(open_now in rule.figures.get("not_while", ()) for rule in rules for open_now in holding):
        return None, rules
    return max([at, *(_due_at(rule.figures, local) for rule in rules)]), rules


def events(house: Sequence[Pack] = ()) -> tuple[str, ...]:
    """The events that set a duty running in some shipped pack or in one of `house`."""
    return _events(tuple(house))


@lru_cache(maxsize=16)
def _events(house: tuple[Pack, ...]) -> tuple[str, ...]:
    packs = [*map(shipped_pack, shipped_names()), *house]
    return tuple(sorted({rule.figures["event"] for pack in packs for rule in pack.rules if rule.kind == "deadline"}))


def add_working_days(day: datetime.date, count: int, calendar: str) -> datetime.date:
    """The `count`-th working day after `day`."""
    while count:
        day += _ONE_DAY
        count -= holidays_on_record.is_working_day(calendar, day)
    return day


def _rules(kind: str, packs: str, house: Sequence[Pack]) -> list[Rule]:
    return [rule for pack in law_of(packs, house).packs for rule in pack.rules if rule.kind == kind]


def _in_force(rule: Rule, day: datetime.date) -> bool:
    return (rule.begins is None or rule.begins <= day) and (rule.ends is None or day < rule.ends)


def _local(at: datetime.datetime, zone: str) -> datetime.datetime:
    if at.tzinfo is None:
        raise InputError(f"{at} is not an instant", "/at", "give its offset from UTC")
    try:
        return at.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError):
        raise InputError(f"{zone!r} is not a time zone", "/zone", 'give an IANA name, as in "Asia/Shanghai"') from None


def _due_at(figures: dict[str, Any] | Any, local: datetime.datetime) -> datetime.datetime:
    if figures["unit"] == "before":
        return local.astimezone(datetime.UTC)
    day = local.date()
    if "first" in figures:
        day = _after(day, figures["first"], figures["first_unit"], figures.get("calendar", ""))
    if figures["unit"] != "same_day":
        day = _after(day, figures["amount"], figures["unit"], figures.get("calendar", ""))
    end = datetime.datetime.combine(day + _ONE_DAY, datetime.time(), local.tzinfo)
    return end.astimezone(datetime.UTC)


def _after(day: datetime.date, amount: int, unit: str, calendar: str) -> datetime.date:
    if unit == "working_days":
        return add_working_days(day, amount, calendar)
    if unit == "days":
        return day + amount * _ONE_DAY
    months = amount * 12 if unit == "years" else amount
    return dates.date(dates.add_months(dates.days(day), months, dates.CLAMP))
