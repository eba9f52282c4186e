"""The queue of open cases: what must be done first, then what is worth most; and who has which case on their desk."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from duly.collection.models import CaseStanding

# How long a case stays on the desk of who opened it last.
ON_DESK = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class Filters:
    """What of the queue is asked for; "" where it does not matter. `due`: `late`, `set` (has a task) or "".

    Paused cases are left out unless `paused` is "yes".
    """

    segment: str = ""
    stage: str = ""
    due: str = ""
    paused: str = ""


def queue(filters: Filters, now: datetime.datetime) -> QuerySet[CaseStanding]:
    """The open cases of `filters` in the order in which they are to be worked, with case and borrower."""
    found = CaseStanding.objects.select_related("case__borrower")
    if filters.segment:
        found = found.filter(segment=filters.segment)
    if filters.stage:
        found = found.filter(stage=filters.stage)
    if filters.due == "late":
        found = found.filter(act_by__lte=now)
    elif filters.due == "set":
        found = found.filter(act_by__isnull=False)
    found = found.filter(paused_on__isnull=filters.paused != "yes")
    # An order that the indexes have on PostgreSQL, where what has no deadline comes last of itself.
    first = F("act_by").asc() if connection.vendor == "postgresql" else F("act_by").asc(nulls_last=True)
    return found.order_by(first, "-worth", "case_id")


def take_next(user: User, filters: Filters, now: datetime.datetime, after: int | None = None) -> CaseStanding | None:
    """Put the first case that nobody else has on their desk on that of `user`; None when the queue is empty.

    `after` is the case that the user leaves: it is let go, and is not the next one.
    """
    with transaction.atomic():
        CaseStanding.objects.filter(taken_by=user).update(taken_by=None, taken_until=None)
        free = Q(taken_by__isnull=True) | Q(taken_until__lte=now)
        waiting = queue(filters, now).filter(free).exclude(case_id=after or 0).select_related(None)
        standing = waiting.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
        if standing is not None:
            take(standing, user, now)
    return standing


def take(standing: CaseStanding, user: User, now: datetime.datetime) -> None:
    """Put a case on the desk of `user` for some minutes."""
    standing.taken_by, standing.taken_until = user, now + ON_DESK
    CaseStanding.objects.filter(pk=standing.pk).update(taken_by=user, taken_until=standing.taken_until)
