"""Unit periods: finding the one of a transaction from its dates, and measuring time in it as three laws do.

Dates are days since 1970-01-01, alone or in arrays; "back" is always counted from the later date.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError

Days = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_DAYS_IN = {"day": 1.0, "week": 7.0, "half month": 365 / 24, "month": 365 / 12}


@dataclass(frozen=True)
class UnitPeriod:
    """`count` times a "day", "week", "half month" or "month"; a half month is never counted more than once."""

    count: int
    unit: str

    @property
    def a_year(self) -> float:
        """How many make a year (12 CFR 1026 Appendix J (b)(5)): 12 months, 24 half months, 52 weeks or 365 days."""
        return {"day": 365, "week": 52, "half month": 24, "month": 12}[self.unit] / self.count

    @property
    def length(self) -> float:
        """Days, a month taken as 365/12 of them."""
        return self.count * _DAYS_IN[self.unit]


DAY, WEEK, HALF_MONTH, MONTH = (
    UnitPeriod(1, "day"),
    UnitPeriod(1, "week"),
    UnitPeriod(1, "half month"),
    UnitPeriod(1, "month"),
)
YEAR = UnitPeriod(12, "month")


def parse_unit_period(text: object, where: str) -> UnitPeriod:
    """The period in `text`: "1 month", "2 week", "30 day", "half month", "1 year". Raises InputError."""
    found = (
        re.fullmatch(r"(?:([1-9]\d{0,3}) )?(day|week|half month|month|year)s?", text) if isinstance(text, str) else None
    )
    if not found or (found[2] == "half month" and found[1] not in (None, "1")):
        raise InputError(f"{text!r} is not a period", where, 'write "1 month", "half month", "2 week" or "30 day"')
    count = int(found[1] or 1)
    return UnitPeriod(12 * count, "month") if found[2] == "year" else UnitPeriod(count, found[2])


# Months counted back


def month_end_days(starts: Days, ends: Days, counted: Flags, offsets: Days) -> Days:
    """For each loan, the day of the month behind dates on a month's last day (28 February for the 30th, say).

    `starts` has one date a loan; a loan's dates in `ends` begin at its row of `offsets`, and those `counted` decide.
    Where they all are a month's last day it is the start's day, if that could have led to them; else the latest day of
    the month among them (12 CFR 1026 Appendix J (b)(3)(iv): for the 29th and 30th February's last day is used).
    """
    _, day, length = _month_day(ends)
    latest: Days = np.maximum.reduceat(np.where(counted, day, 0), offsets)
    all_last = np.logical_and.reduceat(~counted | (day == length), offsets)
    return np.where(all_last, np.maximum(_month_day(starts)[1], latest), latest)


def months_back(start: Days, ends: Days, last_day: Days) -> tuple[Days, Days]:
    """Whole months from each of `ends` back to no earlier than its `start`, and the date where they begin.

    `last_day` is the day that stands behind a month's last one (`month_end_days`).
    """
    start_month, _, _ = _month_day(start)
    end_month, day, length = _month_day(ends)
    day = np.where(day == length, np.maximum(day, last_day), day)
    months = end_month - start_month
    reached = _on_day(start_month, day)
    short = reached < start
    return months - short, np.where(short, _on_day(start_month + 1, day), reached)


def _month_day(days: Days) -> tuple[Days, Days, Days]:
    # The month (counted from 1970-01), the day of the month from 1, and how many days that month has.
    month = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first, after = _first_of(month), _first_of(month + 1)
    return month, days - first + 1, after - first


def _first_of(month: Days) -> Days:
    first: Days = np.asarray(month).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first


def _on_day(month: Days, day: Days) -> Days:
    first: Days = _first_of(month)
    on: Days = np.minimum(first + day - 1, _first_of(month + 1) - 1)
    return on


# Time measured


def us_time(start: Days, ends: Days, unit: UnitPeriod, last_day: Days) -> tuple[Floats, Floats]:
    """Full unit periods from `start` to each of `ends`, and the remaining fraction of one.

    12 CFR 1026 Appendix J (b)(5): (ii) month, remaining days / 30; (iii) half month and several months, 30 days for
    each full month and the remaining days; (iv) days and weeks, the days between; (v) a year, remaining months / 12
    where they are whole, else remaining days / 365.
    """
    if unit.unit in ("day", "week"):
        return _divide(ends - start, unit.count * (7 if unit.unit == "week" else 1))
    months, begins = months_back(start, ends, last_day)
    odd_days = begins - start
    if unit.unit == "half month":
        return _divide(30 * months + odd_days, 15)
    if unit == MONTH:
        return months.astype(np.float64), odd_days / 30
    if unit.count < 12:
        return _divide(30 * months + odd_days, 30 * unit.count)
    years, rest = months // 12, months % 12
    year_begins = _years_before(ends, years, last_day)
    part: Floats = np.where(odd_days == 0, rest / 12, (year_begins - start) / 365)
    return years.astype(np.float64), part


def us_term(start: Days, end: Days, unit: UnitPeriod, last_day: Days) -> tuple[Floats, Floats, Floats]:
    """Full unit periods, the fraction left, and unit periods a year of loans with one advance and one payment.

    The unit period is the term, up to a year: 12 / months a year where the term is whole months (and is not to be
    measured in days, by a `unit` of days or weeks), else 365 / days (12 CFR 1026 Appendix J (b)(4)(ii), (5)(vi)).
    """
    months, begins = months_back(start, end, last_day)
    under_a_year = months < 12
    in_months = (begins == start) & (unit.unit not in ("day", "week"))
    years, part = us_time(start, end, YEAR, last_day)
    a_year = np.where(in_months, 12 / np.maximum(months, 1), 365 / np.maximum(end - start, 1))
    return (
        np.where(under_a_year, 1.0, years),
        np.where(under_a_year, 0.0, part),
        np.where(under_a_year, a_year, 1.0),
    )


def eu_years(start: Days, ends: Days, unit: UnitPeriod, last_day: Days) -> Floats:
    """Years from `start` to each of `ends`: whole months of 1/12 (weeks of 1/52; years, for a unit in days), then days.

    Days are counted back after the whole periods, the last day in and the first out, and divided by the 365 or 366 of
    the year that ends where they end (Directive (EU) 2023/2225 annex III part I remark (c); Directive 2008/48/EC
    annex I part I remark (c), read with SWD(2012) 128, 4.1.1).
    """
    if unit.unit == "week":
        weeks = (ends - start) // 7
        whole, begins = weeks / 52, ends - 7 * weeks
    else:
        months, begins = months_back(start, ends, last_day)
        if unit.unit == "day" or unit == YEAR:
            months -= months % 12
            begins = _years_before(ends, months // 12, last_day)
        whole = months / 12
    year = begins - _years_before(begins, np.ones_like(begins), np.zeros_like(begins))
    years: Floats = whole + (begins - start) / year
    return years


def whole_periods(start: Days, ends: Days, unit: UnitPeriod, last_day: Days) -> tuple[Floats, Flags]:
    """Unit periods from `start` to each of `ends`, and whether they are whole: no day left over.

    A half month is one of 13 to 17 days after whole months.
    """
    if unit.unit in ("day", "week"):
        whole, part = us_time(start, ends, unit, last_day)
        return whole, part == 0
    months, begins = months_back(start, ends, last_day)
    if unit.unit == "half month":
        odd = begins - start
        half = (odd >= 13) & (odd <= 17)
        return (2 * months + half).astype(np.float64), half | (odd == 0)
    whole_units: Flags = (begins == start) & (months % unit.count == 0)
    return months / unit.count, whole_units


def _divide(days: Days, by: int) -> tuple[Floats, Floats]:
    return (days // by).astype(np.float64), (days % by) / by


def _years_before(ends: Days, years: Days, last_day: Days) -> Days:
    month, day, length = _month_day(ends)
    return _on_day(month - 12 * years, np.where(day == length, np.maximum(day, last_day), day))


# The unit period of a transaction


def find_unit_period(advances: Days, payments: Days) -> UnitPeriod:
    """The unit period of one transaction by its dates (12 CFR 1026 Appendix J (b)(3), (4)); there may be repeats.

    The common period (one that occurs more than once) that occurs most often, the shorter of equals, a year at most.
    With no common period, the average of all rounded to the nearest standard interval (day, weeks, half month, months
    up to 12), the shorter of equals. With one advance and one payment, what their term is measured in: months where it
    is whole months, else days.

    A period that is whole months and also whole weeks (28 days from 1 February), or half a month and a number of days,
    counts as whichever of the two occurs more often, months before weeks. Days that are not weeks are a period too.
    """
    start = advances.min()
    later_payments = np.unique(payments[payments > start])
    if len(later_payments) == 0:
        return DAY
    counted = np.ones(len(later_payments), bool)
    last_day = month_end_days(np.array([start]), later_payments, counted, np.array([0]))
    runs = [np.append(start, later_payments), np.unique(advances)]
    if len(runs[0]) == 2 and len(runs[1]) == 1:
        _, begins = months_back(runs[0][:1], runs[0][1:], last_day)
        return MONTH if begins[0] == start else DAY
    choices = [kinds for run in runs for kinds in _kinds_of_periods(run, last_day)]
    occurrences = Counter(kind for kinds in choices for kind in kinds)
    chosen = Counter(max(kinds, key=lambda kind: occurrences[kind]) for kinds in choices)
    common = [(-times, kind.length, kind) for kind, times in chosen.items() if times > 1]
    if common:
        unit = min(common, key=lambda one: one[:2])[2]
        return YEAR if unit.length > 365 else unit
    return _nearest_standard(sum(kinds[0].length for kinds in choices) / len(choices))


def _kinds_of_periods(run: Days, last_day: Days) -> list[tuple[UnitPeriod, ...]]:
    # What each period between neighbours in `run` can be called, the calendar's name first.
    months, begins = months_back(run[:-1], run[1:], last_day)
    whole = (begins == run[:-1]) & (months > 0)
    over_two = np.zeros(len(run), bool)  # [i]: from date i to date i + 2 is one month
    if len(run) > 2:
        pair_months, pair_begins = months_back(run[:-2], run[2:], last_day)
        over_two[: len(run) - 2] = (pair_months == 1) & (pair_begins == run[:-2])
    kinds: list[tuple[UnitPeriod, ...]] = []
    for index, days in enumerate(int(days) for days in np.diff(run)):
        in_weeks = days % 7 == 0
        by_day = UnitPeriod(days // 7, "week") if in_weeks else UnitPeriod(days, "day")
        if whole[index]:
            by_month = UnitPeriod(int(months[index]), "month")
            kinds.append((by_month, by_day) if in_weeks else (by_month,))
        elif 12 <= days <= 18 and (over_two[index] or (index > 0 and over_two[index - 1])):
            kinds.append((HALF_MONTH, by_day))
        else:
            kinds.append((by_day,))
    return kinds


def _nearest_standard(average: float) -> UnitPeriod:
    standard = [DAY, HALF_MONTH]
    standard += [UnitPeriod(count, "week") for count in range(1, 53)]
    standard += [UnitPeriod(count, "month") for count in range(1, 13)]
    return min(standard, key=lambda unit: (abs(unit.length - average), unit.length))
