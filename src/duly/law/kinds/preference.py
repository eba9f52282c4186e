"""Kind `preference`: a channel, a place or hours that the person has refused."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY, Zones, first_showing, local
from duly.law.columns import NEVER, Contacts, Int64
from duly.law.kinds.hours import MINUTE

OF = ("channel", "place", "hours")
CHANNEL, PLACE, HOURS = range(3)


def encode(figures: Mapping[str, Any]) -> list[int]:
    """of: which preference is kept."""
    return [OF.index(figures["of"])]


@compiled()
def earliest(figures: Int64, contacts: Contacts, i: int, at: int, zones: Zones) -> int:
    """NEVER through a refused channel or at a refused place; for hours, the first instant outside those refused."""
    if figures[0] == CHANNEL:
        channel = contacts.channel[i]
        return NEVER if channel >= 0 and contacts.refused_channels[i] >> channel & 1 else at
    if figures[0] == PLACE:
        place = contacts.place[i]
        return NEVER if place >= 0 and contacts.refused_places[i] >> place & 1 else at
    if contacts.busy_start[i] == contacts.busy_start[i + 1]:
        return at
    if contacts.zone_start[i] == contacts.zone_start[i + 1]:
        return NEVER
    found = at
    for b in range(contacts.busy_start[i], contacts.busy_start[i + 1]):
        start, end = contacts.busy_from[b] * MINUTE, contacts.busy_to[b] * MINUTE
        for k in range(contacts.zone_start[i], contacts.zone_start[i + 1]):
            wall = local(zones, contacts.zone[k], at)
            time = wall % DAY
            # An interval over midnight ends on the next day.
            if start <= time < end or (start > end and (time >= start or time < end)):
                over = wall - time + end + (DAY if start > end and time >= start else 0)
                found = max(found, first_showing(zones, contacts.zone[k], over, at))
    return found
