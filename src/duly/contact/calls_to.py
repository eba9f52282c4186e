"""Calls of ours that somebody is being called by at this moment."""

import datetime

from duly.contact.models import Call
from duly.identity.calling import GOING_ON
from duly.people.models import Borrower


def calls_going_on(borrower: Borrower, now: datetime.datetime) -> list[Call]:
    """The calls to `borrower` that were begun lately and have not ended, newest first. One query."""
    lately = Call.objects.filter(borrower=borrower, ended_at=None, begun_at__gt=now - GOING_ON, begun_at__lte=now)
    return list(lately.select_related("agency", "mandate").order_by("-begun_at"))
