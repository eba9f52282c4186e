"""Calls and visits of a case: begun when the gate allows, ended with an outcome that closes the task and is told."""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy

from duly.collection import timeline
from duly.collection.models import Case, Task
from duly.collection.tasks import task_done
from duly.contact.calls import begin_call, finish_call
from duly.contact.models import Call, Purpose
from duly.engine.errors import InputError
from duly.people.reveal import reveal

# The datum that somebody needs who is to make the contact.
NEEDED: dict[str, str] = {Call.Channel.VOICE: "phone", Call.Channel.VISIT: "address"}

timeline.name_kinds({"talked": gettext_lazy("Call or visit")})


def begin(case: Case, channel: str, by: User, now: datetime.datetime) -> Call:
    """Begin a call or visit for a case. That its caller sees the number or address while it goes on is on record.

    Raises contact.calls.Refused when the gate forbids it now, InputError when it cannot be.
    """
    if channel not in NEEDED:
        raise InputError(f"a case is not called by {channel}", "/channel", f"use {', '.join(NEEDED)}")
    task = _task_of(case, channel)
    with transaction.atomic():
        call = begin_call(case.borrower, by, task.purpose if task else Purpose.REMINDER, now, channel=channel)
        reveal(by, case.borrower, NEEDED[call.channel], "call")
    return call


def reached_at(call: Call, case: Case) -> str:
    """The number to dial or the address to visit in a call that goes on."""
    return str(getattr(case.borrower, NEEDED[call.channel]))


def end(case: Case, call: Call, outcome: str, note: str, now: datetime.datetime, by: User) -> Call:
    """End a call of a case with its outcome: the task that asked for it is done, and the time line says so.

    `note` stays encrypted with the call. Raises InputError for an outcome that is none, or a call that has ended.
    """
    with transaction.atomic():
        ended = finish_call(call, outcome, note, now)
        task = _task_of(case, call.channel)
        if task is not None:
            task_done(task, outcome, by, now)
        timeline.note(case, "talked", outcome, now, by)
    return ended


def _task_of(case: Case, channel: str) -> Task | None:
    return case.tasks.filter(status=Task.Status.OPEN, channel=channel).order_by("due_by").first()
