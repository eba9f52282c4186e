"""Dates as days since 1970-01-01: conversion, months added, and the five day counts.

Good for the years 1800 to 2599; a schedule that would run past them is refused at the door.
"""

import datetime

import numpy as np
import numpy.typing as npt

from duly.engine.compiled import compiled
from duly.engine.errors import InputError

NO_DATE = -(2**31)
_EPOCH = datetime.date(1970, 1, 1).toordinal()

DAY_COUNT = {"30/360": 0, "30e/360": 1, "act/365": 2, "act/360": 3, "act/act": 4}
THIRTY_360, THIRTY_E_360, ACT_365, ACT_360, ACT_ACT = DAY_COUNT.values()

UNIT = {"day": 0, "week": 1, "month": 2}
DAY, WEEK, MONTH = UNIT.values()

MONTH_END = {"clamp": 0, "roll": 1}
CLAMP, ROLL = MONTH_END.values()


def days(date: datetime.date) -> int:
    """`date` as days since 1970-01-01."""
    return date.toordinal() - _EPOCH


def date(days_since_epoch: int) -> datetime.date:
    """The date that is `days_since_epoch` days after 1970-01-01."""
    return datetime.date.fromordinal(int(days_since_epoch) + _EPOCH)


def parse_date(text: object, where: str) -> datetime.date:
    """The ISO 8601 date in `text`, from 1900 to 2200. Raises InputError."""
    try:
        parsed = datetime.date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        parsed = None
    if parsed is None or not 1900 <= parsed.year <= 2200:
        raise InputError(f"{text!r} is not a date", where, 'write dates as "2024-01-31", from 1900 to 2200')
    return parsed


def _month_starts() -> npt.NDArray[np.int32]:
    first = _FIRST_MONTH // 12
    months = [datetime.date(first + index // 12, index % 12 + 1, 1) for index in range(_TABLE_MONTHS + 1)]
    return np.array([days(month) for month in months], np.int32)


# The months are looked up rather than worked out: a month is its index, year × 12 + month - 1.
_FIRST_MONTH = 1800 * 12
_TABLE_MONTHS = 800 * 12
_MONTH_STARTS = _month_starts()
_FIRST_DAY, LAST_DAY = int(_MONTH_STARTS[0]), int(_MONTH_STARTS[-1]) - 1


@compiled()
def to_month(day: int) -> tuple[int, int]:
    """The month index (year × 12 + month - 1) and the day of the month of a day number from 1800 to 2599."""
    day = max(_FIRST_DAY, min(day, LAST_DAY))
    # 4,800 months are 146,097 days, so the guess is off by one at most.
    guess = (day - _FIRST_DAY) * 4800 // 146097
    if _MONTH_STARTS[guess] > day:
        guess -= 1
    elif _MONTH_STARTS[guess + 1] <= day:
        guess += 1
    return guess + _FIRST_MONTH, day - _MONTH_STARTS[guess] + 1


@compiled()
def month_start(month: int) -> int:
    """The day number of the first of a month, by month index."""
    return int(_MONTH_STARTS[max(0, min(month - _FIRST_MONTH, _TABLE_MONTHS))])


@compiled()
def is_leap(year: int) -> bool:
    """Whether `year` has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@compiled()
def day_of_month(month: int, day: int, month_end: int) -> int:
    """Day `day` of a month, by month index; one the month lacks is clamped to its last, or the first of the next."""
    next_start = month_start(month + 1)
    found = month_start(month) + day - 1
    if found >= next_start:
        return next_start if month_end == ROLL else next_start - 1
    return found


@compiled()
def add_months(day: int, months: int, month_end: int) -> int:
    """`day` moved by `months`; a day the month lacks is clamped to its last, or rolls to the first of the next."""
    month, day_in_month = to_month(day)
    return day_of_month(month + months, day_in_month, month_end)


@compiled()
def add_periods(day: int, periods: int, every: int, unit: int, month_end: int) -> int:
    """`day` moved by `periods` times `every` days, weeks or months, always counted from `day` itself."""
    if unit == MONTH:
        return add_months(day, periods * every, month_end)
    return day + periods * every * (7 if unit == WEEK else 1)


@compiled()
def year_fraction(start: int, end: int, day_count: int, first_day_out: bool) -> tuple[int, int]:
    """The part of a year from `start` to `end` as a numerator and a denominator (ISDA 2006 Definitions, 4.16).

    30/360 is 4.16(f), 30E/360 4.16(g), act/365 (fixed) 4.16(d), act/360 4.16(e), act/act 4.16(b). `first_day_out`
    counts the days of (start, end] instead of [start, end), which only act/act can tell apart.
    """
    if day_count == ACT_365:
        return end - start, 365
    if day_count == ACT_360:
        return end - start, 360
    if day_count == ACT_ACT:
        shift = 1 if first_day_out else 0
        return _leap_weighted(end + shift) - _leap_weighted(start + shift), 365 * 366
    month1, day1 = to_month(start)
    month2, day2 = to_month(end)
    if day1 == 31:
        day1 = 30
    if day2 == 31 and (day_count == THIRTY_E_360 or day1 == 30):
        day2 = 30
    return (month2 - month1) * 30 + day2 - day1, 360


@compiled()
def _leap_weighted(day: int) -> int:
    # Every year is worth 365 × 366: a day of a leap year 365 of that, any other day 366.
    month, _ = to_month(day)
    year = month // 12
    return year * 365 * 366 + (day - month_start(year * 12)) * (365 if is_leap(year) else 366)


# Days of a month as parts of one number that 28, 29, 30 and 31 all divide, so that parts of months add up exactly.
_MONTH_PARTS = 4 * 7 * 29 * 30 * 31 // 2


@compiled()
def months_and_days(start: int, day: int) -> int:
    """Whole months from `start` to `day` and, of the month-long step left over, the part by actual days.

    In units of 1/_MONTH_PARTS of a month; `start` is not after `day`.
    """
    month1, day1 = to_month(start)
    month2, day2 = to_month(day)
    months = month2 - month1
    if day2 < day1 and add_months(start, months, CLAMP) > day:
        months -= 1
    begun = add_months(start, months, CLAMP)
    length = add_months(start, months + 1, CLAMP) - begun
    return months * _MONTH_PARTS + (day - begun) * (_MONTH_PARTS // length)


@compiled()
def part_year(
    anchor: int, start: int, end: int, day_count: int, first_day_out: bool, part_month_actual: bool
) -> tuple[int, int]:
    """The part of a year from `start` to `end` of a period that began on `anchor`, as numerator and denominator.

    As `year_fraction`, but where `part_month_actual` says so and months are of 30 days: whole months counted from
    `anchor` are 30 days each, and days left over are a part of the actual days of their month.
    """
    if part_month_actual and day_count <= THIRTY_E_360:
        return months_and_days(anchor, end) - months_and_days(anchor, start), 12 * _MONTH_PARTS
    return year_fraction(start, end, day_count, first_day_out)
