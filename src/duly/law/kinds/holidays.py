"""Kind `holidays`: no contact on a country's public holidays, or on named days of the week, where the person is."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import day_begins, local_day
from duly.law.columns import NEVER, Int64, Records, Row

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def encode(figures: Mapping[str, Any]) -> list[int]:
    """weekdays: the days of rest as bits, Monday the lowest. The holidays themselves lie beside the rule."""
    return [sum(1 << WEEKDAYS.index(day) for day in figures.get("weekdays", ()))]


@compiled()
def is_day_off(day: int, weekdays: int, holiday: Int64, start: int, end: int) -> bool:
    """Whether `day` (since 1970-01-01, a Thursday) is in `weekdays` or in holiday[start:end], which ascends."""
    if weekdays >> ((day + 3) % 7) & 1:
        return True
    low, high = start, end
    while low < high:
        middle = (low + high) // 2
        if holiday[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low < end and holiday[low] == day


@compiled()
def earliest(
    figures: Int64, holiday: Int64, start: int, end: int, contact: Row, at: int, zone: Records, change: Records
) -> int:
    """The first instant from `at` on that is a day off in none of the zones; NEVER without a zone."""
    if contact["first_zone"] == contact["last_zone"]:
        return NEVER
    found = at
    for k in range(contact["first_zone"], contact["last_zone"]):
        day = local_day(change, zone[k], at)
        if is_day_off(day, figures[0], holiday, start, end):
            found = max(found, day_begins(change, zone[k], day + 1))
    return found
