"""By when a complaint must be answered, computed from the packs in force each time it is asked for."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from duly.collection.complaints.models import Complaint
from duly.duties.services import clock_of
from duly.law.duties import Duty

# What the law calls the event, and the duty of answering it.
EVENT = {
    Complaint.About.CONDUCT: "complaint_received",
    Complaint.About.AMOUNT: "credit_objection_received",
    Complaint.About.IDENTITY: "credit_objection_received",
    Complaint.About.CREDIT_RECORD: "credit_objection_received",
}
HARD = "hard_complaint_received"
ANSWERS = ("answer_complaint", "answer_objection")
ACKNOWLEDGE = "acknowledge_complaint"


@dataclass(frozen=True)
class Clock:
    """A complaint's clock. `due_at` is None where no pack in force sets one; `rule` is the one that does."""

    due_at: datetime.datetime | None
    duty: Duty | None
    late: bool

    @property
    def due_on(self) -> datetime.date | None:
        """The last whole day on which an answer is in time, in the lender's zone."""
        from django.utils import timezone

        return timezone.localdate(self.due_at - datetime.timedelta(microseconds=1)) if self.due_at else None


def clock(complaint: Complaint, now: datetime.datetime) -> Clock:
    """The clock of `complaint` at `now`: what was due when it was answered, or what is due. No query."""
    until = complaint.answered_at or now
    if complaint.answered_at is not None:
        return Clock(complaint.due_at, None, complaint.due_at is not None and until >= complaint.due_at)
    duty = answer_duty(complaint)
    due_at = duty.due_at if duty else None
    return Clock(due_at, duty, due_at is not None and until >= due_at)


def answer_duty(complaint: Complaint) -> Duty | None:
    """The duty to answer: that of a complaint found hard where it was, the strictest where several packs speak."""
    event = EVENT[Complaint.About(complaint.about)]
    is_hard = complaint.hard_since is not None and complaint.about == Complaint.About.CONDUCT
    duties = clock_of(HARD if is_hard else event, complaint.received_at, complaint.borrower.time_zones)
    return _soonest(duties.get(what) for what in ANSWERS)


def must_acknowledge(complaint: Complaint) -> bool:
    """Whether a pack wants its receipt confirmed."""
    event = EVENT[Complaint.About(complaint.about)]
    return ACKNOWLEDGE in clock_of(event, complaint.received_at, complaint.borrower.time_zones)


def may_be_hard(complaint: Complaint) -> bool:
    """Whether a pack gives more time to one that is hard to look into."""
    if complaint.about != Complaint.About.CONDUCT or complaint.hard_since is not None:
        return False
    return bool(clock_of(HARD, complaint.received_at, complaint.borrower.time_zones))


def _soonest(duties: Iterable[Duty | None]) -> Duty | None:
    return min((one for one in duties if one is not None), key=lambda one: one.due_at, default=None)
