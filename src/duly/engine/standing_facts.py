"""Reading a loan's facts before they are taken in: which are taken back, and when something is paused."""

import numpy as np
import numpy.typing as npt

from duly.engine.compiled import kernel
from duly.engine.records import PAUSED, RESUMED, REVERSED, Facts, Record, Records

KINDS_OF_PAUSE = 4
_FOREVER = 1 << 40


@kernel()
def mark_taken_back(facts: Facts, first: int, last: int, as_of: int, taken_back: npt.NDArray[np.bool_]) -> bool:
    """Mark the facts that reversals take back; returns whether any fact is a pause."""
    pauses = False
    for fact in range(first, last):
        taken_back[fact - first] = False
    for fact in range(first, last):
        kind = facts.kind[fact]
        if kind == REVERSED and facts.value_date[fact] <= as_of and facts.reverses[fact] >= 0:
            taken_back[facts.reverses[fact] - first] = True
        pauses |= kind == PAUSED
    return pauses


@kernel()
def find_pauses(
    facts: Facts,
    first: int,
    last: int,
    as_of: int,
    taken_back: npt.NDArray[np.bool_],
    pauses: Records,
    loan: Record,
) -> None:
    """Note each pause, kind by kind: from the fact that begins it to the next that resumes, or for ever."""
    for kind in range(KINDS_OF_PAUSE):
        stops = 1 << kind
        running = False
        for fact in range(first, last):
            if facts.value_date[fact] > as_of or taken_back[fact - first]:
                continue
            if facts.kind[fact] == PAUSED and not running:
                told = 1
                if len(facts.detail) > 0 and facts.detail[fact] >= 0:
                    told = facts.details[facts.detail[fact]].stops
                if told & stops:
                    running = True
                    one = pauses[loan.pauses]
                    one.stops = stops
                    one.start = facts.value_date[fact]
                    one.end = _FOREVER
                    loan.pauses += 1
            elif facts.kind[fact] == RESUMED and running:
                running = False
                pauses[loan.pauses - 1].end = facts.value_date[fact]
