"""Public holidays by country, from the `holidays` library: working days, and days on which nobody is contacted."""

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from duly.engine import dates

if TYPE_CHECKING:
    from holidays import HolidayBase

YEARS = range(2015, 2046)


@lru_cache
def days_of(calendar: str) -> list[int]:
    """The public holidays of a country (ISO 3166 code), or of a part of it ("US-NY"), 2015 to 2045, ascending.

    Days since 1970-01-01. Where a government moves or adds holidays by decree, the library knows only those decreed
    when it was released; dates that follow the moon are estimates further ahead.
    """
    return sorted(dates.days(day) for day in _calendar(calendar))


def is_working_day(calendar: str, day: datetime.date) -> bool:
    """Whether `day` is neither weekend nor public holiday, or a weekend day that was made a working day instead."""
    return _calendar(calendar).is_working_day(day)


@lru_cache
def _calendar(name: str) -> "HolidayBase":
    import holidays  # its tables are large, and few packs ask for them

    country, _, part = name.partition("-")
    return holidays.country_holidays(country, subdiv=part or None, years=YEARS)
