"""Kind `reply`: a contact that calls itself an answer needs a message of the person's to answer."""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY
from duly.law.columns import NEVER, Int64, Records, Row
from duly.law.vocabulary import DIRECTIONS

_IN = DIRECTIONS.index("in")


def encode(figures: Mapping[str, Any]) -> list[int]:
    """within_days, at_most: how old the message may be, and how many answers it may have had already."""
    return [figures["within_days"], figures["at_most"]]


@compiled()
def earliest(figures: Int64, contact: Row, at: int, past: Records) -> int:
    """`at` when the person's latest message is recent enough and not answered too often; else NEVER."""
    answers = 0
    row = contact["last_past"] - 1
    while row >= contact["first_past"]:
        if past[row]["direction"] == _IN and past[row]["at"] <= at:
            return at if at < past[row]["at"] + figures[0] * DAY and answers < figures[1] else NEVER
        # Any contact of ours since may have been the answer.
        answers += 1
        row -= 1
    return NEVER
