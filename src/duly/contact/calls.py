"""Calls and visits: begun only when the gate allows it in that instant, ended with what came of them."""

import datetime

from django.contrib.auth.models import User
from django.db import transaction

from duly.agencies.models import Agency
from duly.contact import gate
from duly.contact.acting import acting
from duly.contact.local_time import lender_date
from duly.contact.log.append import append
from duly.contact.models import Call, Decision, Outcome, Purpose
from duly.contact.owed import what_is_owed
from duly.contact.reachability import mark_unreachable, unreachable
from duly.engine.errors import InputError
from duly.identity.calling import GOING_ON
from duly.people.models import Borrower

# What somebody may be called about who owes nothing now: what they asked themselves.
WITHOUT_A_DEBT = frozenset({Purpose.REPLY})


class Refused(Exception):  # noqa: N818
    """The gate forbids the contact at this instant; `answer` says by which rules, and when it would be allowed."""

    def __init__(self, answer: gate.Answer) -> None:
        super().__init__(answer.refusal)
        self.answer = answer


def begin_call(
    borrower: Borrower,
    by: User,
    purpose: str,
    now: datetime.datetime,
    agency: Agency | None = None,
    channel: str = Call.Channel.VOICE,
) -> Call:
    """Begin a call to `borrower`, or a visit, that `by` makes at `now` (UTC) for the lender or for `agency`.

    The gate is asked about this very instant and its answer logged. Raises Refused when it forbids, InputError when
    the agency may not do it, the number is known to reach nobody, nothing is overdue, or the channel is none.
    """
    if channel not in Call.Channel.values:
        raise InputError(f"a person does not make a contact by {channel}", "/channel", "use voice or visit")
    with transaction.atomic():
        # One after the other: two who press the button together must not both find that nobody has called yet.
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        may = acting([(agency, borrower.pk)], now)
        if why := may.why_not(agency.pk if agency else None, borrower.pk, channel, purpose):
            raise InputError(why, "/agency", "ask the lender")
        if channel in unreachable([borrower.pk]).get(borrower.pk, ()):
            raise InputError(
                "this number or address does not reach the borrower", "/channel", "have it confirmed first"
            )
        known = gate.what_is_known([borrower.pk], now)[borrower.pk]
        owed = what_is_owed(borrower.loans.values("pk"), lender_date(now)).values()
        if purpose not in WITHOUT_A_DEBT and owed and not any(one.overdue > 0 for one in owed):
            raise InputError("nothing is overdue any more", "/purpose", "there is nothing to call about")
        days_past_due = max((one.days_past_due for one in owed), default=0)
        answer = gate.ask_about(borrower, channel, purpose, known, days_past_due, now, agency=agency)
        decision = gate.decision_on(borrower, channel, answer, Decision.Moment.SEND, now)
        append([decision])
        if answer.allowed:
            return Call.objects.create(
                borrower=borrower,
                decision=decision,
                by=by,
                agency=agency,
                mandate=may.mandates[agency.pk] if agency else None,
                channel=channel,
                purpose=purpose,
                begun_at=now,
            )
    raise Refused(answer)


def finish_call(call: Call, outcome: str, note: str, now: datetime.datetime) -> Call:
    """Put on record what came of a call that is going on: one of Outcome, and a note in the caller's words.

    Raises InputError when the outcome is none, or the call has one already.
    """
    if outcome not in Outcome.values:
        raise InputError(f"{outcome!r} is not an outcome", "/outcome", f"use {', '.join(Outcome.values)}")
    going_on = Call.objects.filter(pk=call.pk, ended_at=None)
    if not going_on.update(ended_at=max(now, call.begun_at), outcome=outcome, note=note):
        raise InputError("the call has an outcome already", "/outcome", "begin a new call")
    if outcome == Outcome.WRONG_NUMBER:
        mark_unreachable(call.borrower, call.channel, f"{call.channel} {call.pk}: wrong number or address", now)
    call.refresh_from_db()
    return call


def going_on(by: User) -> Call | None:
    """The call that `by` has begun and not ended, if any."""
    return Call.objects.filter(by=by, ended_at=None).select_related("borrower").order_by("-begun_at").first()


def calls_going_on(borrower: Borrower, now: datetime.datetime) -> list[Call]:
    """The calls to `borrower` that were begun lately and have not ended, newest first. One query."""
    lately = Call.objects.filter(borrower=borrower, ended_at=None, begun_at__gt=now - GOING_ON, begun_at__lte=now)
    return list(lately.select_related("agency", "mandate").order_by("-begun_at"))
