"""Dates as day numbers against the standard library's, every month of 800 years; parts of months as fractions."""

import datetime
from fractions import Fraction

import numpy as np
import pytest
from reference.dates import add_months, fraction, fraction_of_period

from duly.engine import dates

CODES = dates.DAY_COUNT
FIRST, LAST = datetime.date(1800, 1, 1), datetime.date(2599, 12, 31)
SOME = [datetime.date(2023, 1, 1) + datetime.timedelta(29 * step) for step in range(60)]
SOME += [
    datetime.date(2024, 1, 31),
    datetime.date(2024, 2, 29),
    datetime.date(2023, 2, 28),
    datetime.date(2024, 12, 31),
]


def test_the_first_and_last_day_of_every_month():
    for year in range(1800, 2600):
        for month in range(1, 13):
            first = datetime.date(year, month, 1)
            place = year * 12 + month - 1
            start = dates.days(first)
            assert dates.to_month(start) == (place, 1)
            assert dates.month_start(place) == start
            if (year, month) != (1800, 1):
                before = first - datetime.timedelta(1)
                assert dates.to_month(start - 1) == (place - 1, before.day)
    assert dates.date(dates.LAST_DAY) == LAST
    assert dates.date(dates.days(FIRST)) == FIRST
    assert [dates.is_leap(year) for year in (1900, 2000, 2023, 2024, 2100)] == [False, True, False, True, False]


def test_days_beyond_the_table_are_its_first_and_last():
    assert dates.to_month(dates.days(FIRST) - 1) == dates.to_month(dates.days(FIRST))
    assert dates.to_month(dates.LAST_DAY + 1) == dates.to_month(dates.LAST_DAY)
    assert dates.month_start(2700 * 12) == dates.LAST_DAY + 1
    assert dates.month_start(1700 * 12) == dates.days(FIRST)


@pytest.mark.parametrize("month_end", ["clamp", "roll"])
def test_months_are_added_as_in_the_slow_reference(month_end):
    for day in SOME:
        for months in (-13, -1, 0, 1, 2, 11, 12, 25):
            found = dates.add_months(dates.days(day), months, dates.MONTH_END[month_end])
            assert dates.date(found) == add_months(day, months, month_end)
            of_unit = dates.add_periods(dates.days(day), months, 1, dates.MONTH, dates.MONTH_END[month_end])
            assert of_unit == found


def test_periods_are_counted_from_the_day_itself():
    start = dates.days(datetime.date(2024, 1, 31))
    assert dates.add_periods(start, 3, 2, dates.WEEK, dates.CLAMP) == start + 42
    assert dates.add_periods(start, 3, 10, dates.DAY, dates.CLAMP) == start + 30
    assert dates.date(dates.add_periods(start, 2, 1, dates.MONTH, dates.ROLL)) == datetime.date(2024, 3, 31)
    assert dates.date(dates.add_periods(start, 1, 3, dates.MONTH, dates.ROLL)) == datetime.date(2024, 5, 1)


@pytest.mark.parametrize("day_count", CODES)
@pytest.mark.parametrize("days", ["[start,end)", "(start,end]"])
def test_parts_of_a_year_are_those_of_the_slow_reference(day_count, days):
    for start in SOME:
        for length in (0, 1, 28, 29, 30, 31, 59, 90, 365, 366, 731):
            end = start + datetime.timedelta(length)
            one = dates.year_fraction(dates.days(start), dates.days(end), CODES[day_count], days == "(start,end]")
            assert Fraction(*one) == fraction(start, end, day_count, days)


@pytest.mark.parametrize("day_count", CODES)
@pytest.mark.parametrize("part_month", ["30", "actual"])
def test_parts_of_a_period_are_those_of_the_slow_reference(day_count, part_month):
    rng = np.random.default_rng(1)
    for anchor in SOME:
        for _ in range(8):
            start = anchor + datetime.timedelta(int(rng.integers(0, 70)))
            end = start + datetime.timedelta(int(rng.integers(0, 70)))
            numbers = (dates.days(day) for day in (anchor, start, end))
            found = dates.part_year(*numbers, CODES[day_count], False, part_month == "actual")
            wanted = fraction_of_period(start, end, anchor, day_count, "[start,end)", part_month)
            assert Fraction(*found) == wanted
