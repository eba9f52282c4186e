"""Due dates, business days and fractions of a year."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

import holidays as public_holidays


def add_months(day: date, months: int, month_end: str = "clamp") -> date:
    """A day that the month lacks: its last (`clamp`), or the first of the next (`roll`)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last = calendar.monthrange(year, month)[1]
    if day.day <= last:
        return date(year, month, day.day)
    return date(year, month, last) if month_end == "clamp" else date(year, month, last) + timedelta(1)


def add_periods(day: date, every: tuple[int, str], count: int, month_end: str) -> date:
    length, unit = every
    if unit == "month":
        return add_months(day, length * count, month_end)
    return day + timedelta(length * count * (7 if unit == "week" else 1))


@cache
def _public(country: str, year: int):
    return public_holidays.country_holidays(country, years=year)


def is_business_day(day: date, holidays: list[str]) -> bool:
    """Neither a weekend nor in `holidays`: ISO dates, or country codes whose own weekend and public holidays count."""
    countries = [entry for entry in holidays if len(entry) < 10]
    if day.isoformat() in holidays:
        return False
    if not countries:
        return day.weekday() < 5
    return all(
        day not in _public(code, day.year) and not _public(code, day.year)._is_weekend(day) for code in countries
    )


def move(day: date, rule: str, holidays: list[str]) -> date:
    """`following`, `preceding`, `modified_following` (following unless that leaves the month, then preceding)."""
    if rule == "none" or is_business_day(day, holidays):
        return day
    step = timedelta(-1 if rule == "preceding" else 1)
    moved = day
    while not is_business_day(moved, holidays):
        moved += step
    if rule == "modified_following" and moved.month != day.month:
        return move(day, "preceding", holidays)
    return moved


def fraction(start: date, end: date, day_count: str, days: str = "[start,end)") -> Fraction:
    """Years from `start` to `end`."""
    if end <= start:
        return Fraction(0)
    if day_count in ("30/360", "30e/360"):
        first = min(start.day, 30)
        last = min(end.day, 30) if day_count == "30e/360" or first == 30 else end.day
        return Fraction((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360)
    if day_count == "act/act":
        if days == "(start,end]":
            start, end = start + timedelta(1), end + timedelta(1)
        total = Fraction(0)
        for year in range(start.year, end.year + 1):
            inside = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
            total += Fraction(max(0, inside), 366 if calendar.isleap(year) else 365)
        return total
    return Fraction((end - start).days, 365 if day_count == "act/365" else 360)


def months_since(anchor: date, day: date) -> Fraction:
    """Whole months from `anchor`, and the days left over as a part of the month-long step that they are in."""
    whole = max(0, (day.year - anchor.year) * 12 + day.month - anchor.month - 1)
    while add_months(anchor, whole + 1) <= day:
        whole += 1
    step = add_months(anchor, whole)
    return whole + Fraction((day - step).days, (add_months(anchor, whole + 1) - step).days)


def fraction_of_period(start: date, end: date, anchor: date, day_count: str, days: str, part_month: str) -> Fraction:
    """`part_month: actual` with 30-day months: the stretch [start, end) of a period that starts at `anchor`."""
    if part_month == "actual" and day_count in ("30/360", "30e/360"):
        return max(Fraction(0), (months_since(anchor, end) - months_since(anchor, start)) / 12)
    return fraction(start, end, day_count, days)


def without(part: Callable[[date, date], Fraction], start: date, end: date, spans: list[tuple[date, date]]) -> Fraction:
    """The part of a year from `start` to `end`, less those of `spans`, which do not overlap."""
    taken = [(max(start, begin), min(end, until)) for begin, until in spans]
    return max(Fraction(0), part(start, end) - sum(part(begin, until) for begin, until in taken if begin < until))


def days_outside(start: date, end: date, spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """The parts of [start, end) that are in none of `spans` (also [start, end), in order)."""
    parts, at = [], start
    for begin, until in spans:
        if until <= at or begin >= end:
            continue
        if begin > at:
            parts.append((at, begin))
        at = max(at, until)
    if at < end:
        parts.append((at, end))
    return parts
