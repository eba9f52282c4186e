"""Kind `preference`: a channel, a place or hours that the person has refused."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY, first_showing, local
from duly.law.columns import NEVER, Int64, Records, Row
from duly.law.kinds.hours import MINUTE

OF = ("channel", "place", "hours")
CHANNEL, PLACE, HOURS = range(3)


def encode(figures: Mapping[str, Any]) -> list[int]:
    """of: which preference is kept."""
    return [OF.index(figures["of"])]


@compiled()
def earliest(figures: Int64, contact: Row, at: int, zone: Records, change: Records, busy: Records) -> int:
    """NEVER through a refused channel or at a refused place; for hours, the first instant outside those refused."""
    if figures[0] == CHANNEL:
        channel = contact["channel"]
        return NEVER if channel >= 0 and contact["refused_channels"] >> channel & 1 else at
    if figures[0] == PLACE:
        place = contact["place"]
        return NEVER if place >= 0 and contact["refused_places"] >> place & 1 else at
    if contact["first_busy"] == contact["last_busy"]:
        return at
    if contact["first_zone"] == contact["last_zone"]:
        return NEVER
    found = at
    for b in range(contact["first_busy"], contact["last_busy"]):
        start, end = busy[b]["start"] * MINUTE, busy[b]["end"] * MINUTE
        for k in range(contact["first_zone"], contact["last_zone"]):
            wall = local(change, zone[k], at)
            time = wall % DAY
            # An interval over midnight ends on the next day.
            if start <= time < end or (start > end and (time >= start or time < end)):
                over = wall - time + end + (DAY if start > end and time >= start else 0)
                found = max(found, first_showing(change, zone[k], over, at))
    return found
