"""Kind `preceded`: a written message must have reached the person some days before the first contact of this sort."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY
from duly.law.columns import NEVER, Contacts, History, Int64
from duly.law.vocabulary import CHANNELS, DIRECTIONS, OUTCOMES, mask

_OUT = DIRECTIONS.index("out")


def encode(figures: Mapping[str, Any]) -> list[int]:
    """channels, outcomes, days: which message counts, and how long before."""
    return [mask(figures["channels"], CHANNELS), mask(figures["outcomes"], OUTCOMES), figures["days"]]


@compiled()
def earliest(figures: Int64, contacts: Contacts, i: int, history: History, at: int) -> int:
    """The first instant from `at` on that is `days` after such a message by the same party; NEVER without one."""
    for row in range(contacts.history_start[i], contacts.history_start[i + 1]):
        if (
            history.direction[row] == _OUT
            and history.channel[row] >= 0
            and figures[0] >> history.channel[row] & 1
            and history.outcome[row] >= 0
            and figures[1] >> history.outcome[row] & 1
            and history.party[row] == contacts.party[i]
        ):
            return max(at, history.at[row] + figures[2] * DAY)
    return NEVER
