"""Kind `preceded`: a written message must have reached the person some days before the first contact of this sort."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY
from duly.law.columns import NEVER, Int64, Records, Row
from duly.law.vocabulary import CHANNELS, DIRECTIONS, OUTCOMES, mask

_OUT = DIRECTIONS.index("out")


def encode(figures: Mapping[str, Any]) -> list[int]:
    """channels, outcomes, days: which message counts, and how long before."""
    return [mask(figures["channels"], CHANNELS), mask(figures["outcomes"], OUTCOMES), figures["days"]]


@compiled()
def earliest(figures: Int64, contact: Row, at: int, past: Records) -> int:
    """The first instant from `at` on that is `days` after such a message by the same party; NEVER without one."""
    for row in range(contact["first_past"], contact["last_past"]):
        if (
            past[row]["direction"] == _OUT
            and past[row]["channel"] >= 0
            and figures[0] >> past[row]["channel"] & 1
            and past[row]["outcome"] >= 0
            and figures[1] >> past[row]["outcome"] & 1
            and past[row]["party"] == contact["party"]
        ):
            return max(at, past[row]["at"] + figures[2] * DAY)
    return NEVER
