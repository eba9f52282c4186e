"""Handing a message over a line to somebody else's server, so that a kill at any point loses and doubles nothing.

1. Everything but the last byte is offered. What fails here has certainly not been taken.
2. The allowing decision and an Attempt, `handing_over`, are committed; the planned contact is `sending`.
3. The message is handed over.
4. What the server answered is committed: taken (then it is a Message), not taken, or refused for good.

Killed before 2, nothing is on record and the server forgets what it was offered. Killed between 2 and 4, the next run
finds the attempt and asks the line whether it was taken. Only what certainly was not is planned again; what nobody can
tell stays `sending`, counts as a contact to the gate, and is never sent a second time by itself.
"""

import datetime
from collections.abc import Mapping

from django.db import transaction

from duly.contact.carriers import Line, NotTakenError, Parcel, UnansweredError
from duly.contact.log.append import append
from duly.contact.models import Attempt, Decision, Message, PlannedContact
from duly.contact.reachability import mark_unreachable
from duly.identity.models import IssuedCode

Status = PlannedContact.Status
State = Attempt.State
# A try that failed is followed by the next after 5 minutes, 15, 45 … ; after the last the message is given up.
FIRST_PAUSE = datetime.timedelta(minutes=5)
GROWS_BY = 3
MOST_TRIES = 6


def send_by_line(
    line: Line,
    contact: PlannedContact,
    decision: Decision,
    parcel: Parcel,
    code: IssuedCode,
    now: datetime.datetime,
) -> str:
    """Send one message over `line`; what became of it. Raises LineDownError when nothing could be offered."""
    try:
        line.offer(parcel)
    except NotTakenError as error:
        with transaction.atomic():
            append([decision])
            Attempt.objects.create(
                planned=contact,
                decision=decision,
                at=now,
                message_id=parcel.message_id,
                state=State.NOT_TAKEN if error.again else State.REFUSED,
                answer=str(error)[:300],
            )
            return _after_failure(contact, error, now)
    attempt = _begin(contact, decision, parcel, code, now)
    if attempt is None:
        line.withdraw()
        return "cancelled"
    try:
        answer = line.hand_over()
    except UnansweredError as error:
        Attempt.objects.filter(pk=attempt.pk, state=State.HANDING_OVER).update(answer=str(error)[:300])
        return "unanswered"
    except NotTakenError as error:
        with transaction.atomic():
            _end(attempt, State.NOT_TAKEN if error.again else State.REFUSED, str(error))
            return _after_failure(contact, error, now)
    was_taken(attempt, answer)
    return "sent"


def was_taken(attempt: Attempt, answer: str) -> None:
    """Put on record that the message of `attempt` was taken: now it has left. Known already, nothing changes."""
    with transaction.atomic():
        current = Attempt.objects.select_for_update().select_related("planned").get(pk=attempt.pk)
        if current.state != State.HANDING_OVER:
            return
        letter = current.letter
        _end(current, State.TAKEN, answer)
        Message.objects.create(
            planned=current.planned,
            decision_id=current.decision_id,
            sent_at=current.at,
            message_id=current.message_id,
            **letter,
        )
        PlannedContact.objects.filter(pk=current.planned_id).update(status=Status.SENT, why="")


def resolve_doubts(lines: Mapping[str, Line], now: datetime.datetime) -> int:
    """Ask each line about what an earlier run was handing over; how many are known now."""
    known = 0
    doubtful = Attempt.objects.filter(state=State.HANDING_OVER).select_related("planned").order_by("pk")
    for attempt in doubtful:
        line = lines.get(attempt.planned.channel)
        taken = None if line is None else line.was_taken(attempt.message_id, attempt.at, now)
        if taken is None:
            continue
        known += 1
        if taken:
            was_taken(attempt, "found with the other side")
            continue
        with transaction.atomic():
            if _end(attempt, State.NOT_TAKEN, "not found with the other side"):
                _plan_again(attempt.planned, now, "it was not taken: tried again")
    return known


def _begin(
    contact: PlannedContact, decision: Decision, parcel: Parcel, code: IssuedCode, now: datetime.datetime
) -> Attempt | None:
    """Commit that the message is being handed over. None when somebody has cancelled or sent it in the meantime."""
    with transaction.atomic():
        current = PlannedContact.objects.select_for_update().get(pk=contact.pk)
        if current.status != Status.PLANNED:
            return None
        code.save()
        append([decision])
        PlannedContact.objects.filter(pk=contact.pk).update(status=Status.SENDING, why="")
        return Attempt.objects.create(
            planned=contact,
            decision=decision,
            at=now,
            message_id=parcel.message_id,
            state=State.HANDING_OVER,
            letter={
                "file_name": parcel.file_name,
                "subject": parcel.subject,
                "body": parcel.body,
                "sha256": parcel.sha256,
            },
        )


def _end(attempt: Attempt, state: str, answer: str) -> bool:
    going_on = Attempt.objects.filter(pk=attempt.pk, state=State.HANDING_OVER)
    return bool(going_on.update(state=state, answer=answer[:300], letter=None))


def _after_failure(contact: PlannedContact, error: NotTakenError, now: datetime.datetime) -> str:
    """Plan the next try, or give the message up; the name of a count in OutboxSummary."""
    if error.of_address:
        mark_unreachable(contact.borrower, contact.channel, str(error), now)
    tries = contact.attempts.count()
    next_try = now + FIRST_PAUSE * GROWS_BY ** (tries - 1)
    if not error.again or tries >= MOST_TRIES or next_try >= contact.expires_at:
        PlannedContact.objects.filter(pk=contact.pk).update(
            status=Status.FAILED, why=f"given up after {tries} tries: {error}"[:500]
        )
        return "failed"
    _plan_again(contact, next_try, f"tried {tries} times: {error}")
    return "put_off"


def _plan_again(contact: PlannedContact, at: datetime.datetime, why: str) -> None:
    PlannedContact.objects.filter(pk=contact.pk).update(status=Status.PLANNED, planned_for=at, why=why[:500])
