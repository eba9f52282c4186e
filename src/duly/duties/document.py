"""A duty as programs read it: the API and the command line give the same document."""

import datetime
from typing import Any

from django.conf import settings

from duly.contact.local_time import local_instant
from duly.duties.services import DutyLine
from duly.engine.errors import InputError

ONE_DAY = datetime.timedelta(days=1)


def document(line: DutyLine, instant: datetime.datetime) -> dict[str, Any]:
    """`line` at `instant`: names, instants in UTC, and whole days left (rounded down; null when done)."""
    return {
        "event": line.begun.key,
        "kind": line.begun.kind,
        "begun_at": line.begun.at,
        "borrower": line.begun.borrower or None,
        "subject": line.begun.subject or None,
        "duty": line.what,
        "due_at": line.due_at,
        "state": line.state.value,
        "ends_by_itself": line.is_window,
        "days_left": None if line.done_at else line.days_left(instant),
        "done_at": line.done_at,
        "done_by": line.done_by or None,
        "rule": {
            "id": line.rule.id,
            "title": dict(line.rule.title),
            "citation": dict(line.rule.citation),
            "verified": line.rule.verified,
        },
    }


def end_of(day: datetime.date) -> datetime.datetime:
    """The instant at which `day` is over where the lender is. Raises InputError for a day beyond the calendar."""
    try:
        return local_instant(day + ONE_DAY, datetime.time(), (settings.TIME_ZONE,))
    except OverflowError:
        raise InputError(f"{day} is beyond the calendar", "/on", "give a date such as 2026-03-31") from None
