"""Business days: weekends and holidays of a list of dates and countries, and due dates moved off them."""

import datetime
from functools import cache

import numpy as np
import numpy.typing as npt

from duly.engine import dates
from duly.engine.compiled import compiled
from duly.engine.errors import InputError

FIRST_YEAR, LAST_YEAR = 1900, 2259
FIRST_DAY = dates.days(datetime.date(FIRST_YEAR, 1, 1))
DAYS = dates.days(datetime.date(LAST_YEAR, 12, 31)) - FIRST_DAY + 1
FOLLOWING, PRECEDING, MODIFIED_FOLLOWING = 1, 2, 3


def check_holidays(names: object, where: str) -> tuple[str, ...]:
    """A list of ISO dates and country codes, each known. Raises InputError with a pointer to one that is not."""
    if not isinstance(names, list):
        raise InputError("holidays is not a list", where, 'give a list such as ["CN", "2024-05-02"], or leave it empty')
    for index, name in enumerate(names):
        if isinstance(name, str) and len(name) == 10:
            dates.parse_date(name, f"{where}/{index}")
        elif not isinstance(name, str) or not _is_country(name):
            raise InputError(f"{name!r} is not a country", f"{where}/{index}", 'give ISO 3166 codes such as "CN"')
    return tuple(names)


def _is_country(code: str) -> bool:
    import holidays  # only where a contract names a country: loading it takes time

    return len(code) == 2 and code in holidays.list_supported_countries()


@cache
def closed_days(names: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """For each day from 1900 to 2259, 1 where it is not a business day.

    Without a country Saturday and Sunday are closed; with countries, the weekend and public holidays of each, less the
    weekend days that a country makes working days.
    """
    weekday = (np.arange(DAYS) + FIRST_DAY + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    countries = [name for name in names if len(name) == 2]
    closed = np.zeros(DAYS, np.uint8) if countries else (weekday >= 5).astype(np.uint8)
    for code in countries:
        closed |= _closed_in(code, weekday)
    for name in names:
        if len(name) == 10:
            closed[dates.days(datetime.date.fromisoformat(name)) - FIRST_DAY] = 1
    return closed


def _closed_in(code: str, weekday: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    import holidays

    calendar = holidays.country_holidays(code, years=range(FIRST_YEAR, LAST_YEAR + 1))
    closed = np.isin(weekday, list(calendar.weekend)).astype(np.uint8)
    for day in calendar:
        closed[dates.days(day) - FIRST_DAY] = 1
    for day in getattr(calendar, "weekend_workdays", ()):
        closed[dates.days(day) - FIRST_DAY] = 0
    return closed


@compiled()
def moved(day: int, rule: int, closed: npt.NDArray[np.uint8]) -> int:
    """`day`, or the business day that `rule` puts in its place (ISDA 2006 Definitions, 4.12)."""
    place = day - FIRST_DAY
    if place < 0 or place >= len(closed) or closed[place] == 0:
        return day
    if rule != PRECEDING:
        after = day
        while after - FIRST_DAY < len(closed) and closed[after - FIRST_DAY] != 0:
            after += 1
        if rule == FOLLOWING or dates.to_month(after)[0] == dates.to_month(day)[0]:
            return after
    before = day
    while before > FIRST_DAY and closed[before - FIRST_DAY] != 0:
        before -= 1
    return before
