"""The demonstration lender answers most disputes in time; the last ones are still open, and one in three slips."""

import datetime

from duly.duties.models import Mark
from duly.duties.services import DutyLine, State, duties_on

ONE_DAY = datetime.timedelta(days=1)
DESK = "simulated desk"
ANSWER = "Checked against the contract and every payment; the person was written to."
SLIPS_EVERY = 3


def answer_disputes(now: datetime.datetime) -> None:
    """Mark the disputes done that the desk would have answered by `now`. Again is safe."""
    Mark.objects.bulk_create(
        Mark(event=line.begun.key, duty=line.what, done=True, at=at, by=DESK, answer=ANSWER)
        for line in duties_on(now)
        if line.state is not State.DONE and line.what == "answer_objection" and (at := _answered_at(line)) <= now
    )


def _answered_at(line: DutyLine) -> datetime.datetime:
    # Some time between the sixth and the sixteenth day; where it slips, weeks after the last.
    turn = line.begun.borrower_id or 0
    if turn % SLIPS_EVERY == 0:
        return line.due_at + (20 + turn % 20) * ONE_DAY
    return line.begun.at + (6 + turn % 11) * ONE_DAY
