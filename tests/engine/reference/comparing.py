"""The engine's doors held against the reference."""

from typing import Any

from duly.engine.door import explain_json, position_json, schedule_json
from duly.engine.errors import InputError

from .answers import position, schedule
from .shrinking import differences


class NotTakenError(Exception):
    """The engine refuses the case: it waives more than is owed, say."""


def wrong(case: dict[str, Any], explained: bool = False) -> list[str]:
    """Where the engine's schedule and position differ from the reference's. Raises NotTakenError.

    With `explained` the movements of the loan are told as well, which fails where they do not add up to the position.
    """
    try:
        planned = schedule_json(case["contract"])
        found = position_json(case)
    except InputError as error:
        raise NotTakenError(str(error)) from None
    del planned["apr"]  # has its own tests
    lines = differences(schedule(case["contract"]), planned, "schedule")
    lines += differences(position(case), found)
    if explained:
        try:
            explain_json(case)
        except ArithmeticError as error:
            lines.append(f"explain: {error}")
    return lines
