"""Kind `hours`: contact only between two times of day, by the clocks of every zone that the person may be in."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY, SECOND, first_showing, local
from duly.law.columns import NEVER, Int64, Records, Row

MINUTE = 60 * SECOND


def minutes(text: str) -> int:
    """Minutes from midnight of a time "HH:MM", up to "24:00"."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def encode(figures: Mapping[str, Any]) -> list[int]:
    """open, close: minutes from midnight; the opening minute is in, the closing minute is out."""
    return [minutes(figures["open"]), minutes(figures["close"])]


@compiled()
def earliest(figures: Int64, contact: Row, at: int, zone: Records, change: Records) -> int:
    """The first instant from `at` on between open and close in all zones; NEVER without a zone."""
    first, last = contact["first_zone"], contact["last_zone"]
    if first == last:
        return NEVER
    found = at
    for k in range(first, last):
        found = max(found, opens(change, zone[k], at, figures[0] * MINUTE, figures[1] * MINUTE))
    return found


@compiled()
def opens(change: Records, zone: Row, at: int, start: int, end: int) -> int:
    """The first instant from `at` on at which the clock of `zone` shows a time of day from `start` to before `end`."""
    wall = local(change, zone, at)
    time = wall % DAY
    if start <= time < end:
        return at
    midnight = wall - time
    return first_showing(change, zone, midnight + start + (0 if time < start else DAY), at)
