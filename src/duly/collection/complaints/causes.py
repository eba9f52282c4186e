"""What complaints teach: how many by cause, by what they are about, by agency and by channel, and clocks kept."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q

from duly.collection.complaints.models import Complaint

RIGHT = (Complaint.Outcome.UPHELD, Complaint.Outcome.PARTLY)


@dataclass(frozen=True)
class Group:
    """Complaints of one sort: how many came, how many were answered, found right, and answered in time."""

    name: str
    received: int
    answered: int
    right: int
    in_time: int


@dataclass(frozen=True)
class Report:
    """Complaints received on the days from `begins_on` to `ends_on`, both included."""

    begins_on: datetime.date
    ends_on: datetime.date
    whole: Group
    causes: Sequence[Group]
    abouts: Sequence[Group]
    agencies: Sequence[Group]
    channels: Sequence[Group]
    days_to_answer: int | None

    @property
    def late(self) -> int:
        """How many were answered too late."""
        return self.whole.answered - self.whole.in_time


def report(begins_on: datetime.date, ends_on: datetime.date) -> Report:
    """The report over complaints received in these days of the lender's zone. Two queries.

    A complaint without a cause is one that still waits. `days_to_answer` is the median of whole days.
    """
    came = Complaint.objects.filter(received_at__date__gte=begins_on, received_at__date__lte=ends_on)
    in_time = Q(answered_at__isnull=False) & (Q(due_at=None) | Q(answered_at__lt=F("due_at")))
    rows = list(
        came.values("cause", "about", "agency", "channel")
        .order_by()
        .annotate(
            received=Count("pk"),
            answered=Count("pk", filter=Q(answered_at__isnull=False)),
            right=Count("pk", filter=Q(outcome__in=RIGHT)),
            in_time=Count("pk", filter=in_time),
        )
    )
    took = sorted(
        (answered - received).days
        for received, answered in came.filter(answered_at__isnull=False).values_list("received_at", "answered_at")
    )
    return Report(
        begins_on,
        ends_on,
        whole=_sum("", rows),
        causes=_by("cause", rows),
        abouts=_by("about", rows),
        agencies=_by("agency", rows),
        channels=_by("channel", rows),
        days_to_answer=took[(len(took) - 1) // 2] if took else None,
    )


def _by(name: str, rows: Sequence[dict[str, int | str]]) -> list[Group]:
    groups = [_sum(value, [row for row in rows if row[name] == value]) for value in {str(row[name]) for row in rows}]
    return sorted(groups, key=lambda one: (-one.received, one.name))


def _sum(name: str, rows: Sequence[dict[str, int | str]]) -> Group:
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update({count: int(row[count]) for count in ("received", "answered", "right", "in_time")})
    return Group(name, sums["received"], sums["answered"], sums["right"], sums["in_time"])
