"""Business days of countries against the library that knows them; due dates moved as the slow reference moves them."""

import datetime

import holidays
import numpy as np
import pytest
from reference.dates import move

from duly.engine import dates
from duly.engine.calendars import FIRST_DAY, LAST_YEAR, closed_days, moved
from duly.engine.terms import HOLIDAY_RULE

LISTS = [(), ("2024-01-02", "2024-07-01"), ("DE",), ("CN",), ("DE", "CN"), ("CN", "2024-05-06"), ("AE",)]
YEARS = [datetime.date(2023, 1, 1) + datetime.timedelta(day) for day in range(3 * 365)]


@pytest.mark.parametrize("names", LISTS)
def test_closed_days_are_those_of_the_list_and_of_each_country(names):
    closed = closed_days(names)
    countries = [holidays.country_holidays(name) for name in names if len(name) == 2]
    for day in YEARS:
        works = all(country.is_working_day(day) for country in countries) if countries else day.weekday() < 5
        assert closed[dates.days(day) - FIRST_DAY] == (not works or day.isoformat() in names)


# A weekend that a country makes working days has its own test: the slow reference knows none.
@pytest.mark.parametrize("names", [names for names in LISTS if "CN" not in names])
@pytest.mark.parametrize("rule", ["following", "preceding", "modified_following"])
def test_a_day_is_moved_as_the_slow_reference_moves_it(names, rule):
    closed = closed_days(names)
    for day in YEARS:
        found = dates.date(moved(dates.days(day), HOLIDAY_RULE[rule], closed))
        assert found == move(day, rule, list(names))


def test_the_calendar_runs_from_1900_to_2259_and_days_beyond_stay():
    closed = np.ones_like(closed_days(()))
    first, last = FIRST_DAY, FIRST_DAY + len(closed) - 1
    assert (dates.date(first), dates.date(last)) == (datetime.date(1900, 1, 1), datetime.date(LAST_YEAR, 12, 31))
    for rule in HOLIDAY_RULE.values():
        assert moved(first - 1, rule, closed) == first - 1
        assert moved(last + 1, rule, closed) == last + 1
    assert moved(first, HOLIDAY_RULE["following"], closed) == last + 1
    assert moved(last, HOLIDAY_RULE["preceding"], closed) == first
    assert moved(first, HOLIDAY_RULE["preceding"], closed) == first
    one_closed = np.zeros_like(closed)
    one_closed[0] = one_closed[-1] = 1
    assert moved(first, HOLIDAY_RULE["following"], one_closed) == first + 1
    assert moved(last, HOLIDAY_RULE["preceding"], one_closed) == last - 1


def test_holidays_are_known_before_and_after_our_time():
    closed = closed_days(("DE",))
    christmas = [dates.days(datetime.date(year, 12, 25)) - FIRST_DAY for year in (1995, 2001, 2025, 2098)]
    assert closed[christmas].tolist() == [1, 1, 1, 1]
