"""Dates as days since 1970-01-01: conversion, months added, and the five day counts.

Calendar arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms".
"""

import datetime

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


@compiled()
def to_civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month of a day number."""
    shifted = day + 719468
    era = shifted // 146097
    day_of_era = shifted - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day_of_year - (153 * shifted_month + 2) // 5 + 1


@compiled()
def from_civil(year: int, month: int, day_of_month: int) -> int:
    """The day number of a date."""
    shifted_year = year - 1 if month <= 2 else year
    era = shifted_year // 400
    year_of_era = shifted_year - era * 400
    shifted_month = month - 3 if month > 2 else month + 9
    day_of_year = (153 * shifted_month + 2) // 5 + day_of_month - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@compiled()
def is_leap(year: int) -> bool:
    """Whether `year` has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@compiled()
def month_length(year: int, month: int) -> int:
    """How many days the month has."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@compiled()
def add_months(day: int, months: int, month_end: int) -> int:
    """`day` moved by `months`; a day the month lacks is clamped to its last, or rolls to the first of the next."""
    year, month, day_of_month = to_civil(day)
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    if day_of_month > month_length(year, month):
        if month_end == ROLL:
            return from_civil(year, month, month_length(year, month)) + 1
        day_of_month = month_length(year, month)
    return from_civil(year, month, day_of_month)


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
    year1, month1, day1 = to_civil(start)
    year2, month2, day2 = to_civil(end)
    if day1 == 31:
        day1 = 30
    if day2 == 31 and (day_count == THIRTY_E_360 or day1 == 30):
        day2 = 30
    return (year2 - year1) * 360 + (month2 - month1) * 30 + day2 - day1, 360


@compiled()
def _leap_weighted(day: int) -> int:
    # Every year is worth 365 × 366: a day of a leap year 365 of that, any other day 366.
    year, _, _ = to_civil(day)
    return year * 365 * 366 + (day - from_civil(year, 1, 1)) * (365 if is_leap(year) else 366)
