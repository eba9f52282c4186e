"""The outbox: sends what is due, once, and only after the gate has allowed it in that very instant.

For each message, in this order, so that a kill at any point harms nothing:

1. its file is staged out of sight, under a name that belongs to the planned contact;
2. the allowing decision, the message and the planned contact's new status are committed in one transaction;
3. the staged file is released into the outbox by one rename.

Killed before 2, nothing is on record and the staged file is thrown away by the next run, which sends as if for the
first time. Killed between 2 and 3, the next run finds a staged file that has its message on record, and releases it.
After 3 nothing is staged, so nothing can be released twice. No file is ever in the outbox without its decision in the
log. Runs take turns by the carrier's lock; over several machines the planned contact's row lock and the message's
one-to-one key leave one winner.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from duly.agencies.models import Mandate
from duly.contact import gate
from duly.contact.acting import mandates_in_force
from duly.contact.folder import Carrier, Folder
from duly.contact.letter import Letter, write_letter
from duly.contact.local_time import lender_date
from duly.contact.log.append import append
from duly.contact.models import Decision, Message, PlannedContact
from duly.contact.owed import Owed, what_is_owed
from duly.contact.services import settle
from duly.contact.wording import templates

BATCH = 500


@dataclass(frozen=True)
class OutboxSummary:
    """What one run did: messages sent, put off to a later instant, held, cancelled, and files an earlier run left."""

    sent: int = 0
    put_off: int = 0
    held: int = 0
    cancelled: int = 0
    completed: int = 0


def send_due(now: datetime.datetime, carrier: Carrier | None = None) -> OutboxSummary:
    """Send what is due at `now` (UTC) and still lawful and true; put off, hold or cancel the rest.

    Safe to run again at any time, also after being killed. The carrier is the folder settings.DULY_OUTBOX unless given.
    """
    carrier = carrier or Folder(settings.DULY_OUTBOX)
    counts = dict.fromkeys(OutboxSummary.__dataclass_fields__, 0)
    with carrier.alone():
        counts["completed"] = _complete_interrupted(carrier)
        for contacts in _due(now):
            loans = {loan.pk for contact in contacts for loan in contact.loans.all()}
            owed = what_is_owed(loans, lender_date(now))
            known = gate.what_is_known({contact.borrower_id for contact in contacts}, now)
            mandates = mandates_in_force([contact.agency for contact in contacts if contact.agency], now)
            for contact in contacts:
                counts[_try_to_send(contact, owed, known, mandates, carrier, now)] += 1
    return OutboxSummary(**counts)


def _complete_interrupted(carrier: Carrier) -> int:
    staged = carrier.staged()
    on_record = set(Message.objects.filter(file_name__in=staged).values_list("file_name", flat=True))
    for name in staged:
        if name in on_record:
            carrier.release(name)
        else:
            carrier.discard(name)
    return len(on_record)


def _due(now: datetime.datetime) -> Iterator[list[PlannedContact]]:
    # Each contact is tried once a run: what is put off is later than `now`, all else leaves the status "planned".
    due = PlannedContact.objects.filter(status=PlannedContact.Status.PLANNED, planned_for__lte=now)
    ids = list(due.order_by("planned_for", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = PlannedContact.objects.filter(pk__in=ids[start : start + BATCH])
        yield list(batch.select_related("borrower", "agency").prefetch_related("loans").order_by("planned_for", "pk"))


def _try_to_send(
    contact: PlannedContact,
    owed: Mapping[int, Owed],
    known: Mapping[int, gate.Knowledge],
    mandates: Mapping[int, Mandate | None],
    carrier: Carrier,
    now: datetime.datetime,
) -> str:
    """Send one contact or say what became of it: the name of a count in OutboxSummary."""
    template = templates()[contact.template]
    if contact.expires_at <= now:
        return _cancel(contact, "it would come too late")
    about, no_longer = _still_true([owed[loan.pk] for loan in contact.loans.all()], template.about)
    if no_longer:
        return _cancel(contact, no_longer)
    answer = gate.ask(contact, known[contact.borrower_id], max(one.days_past_due for one in about), now)
    decision = gate.log_entry(contact, answer, Decision.Moment.SEND, now)
    if not settle(contact, answer, template, mandates.get(contact.agency_id)):
        with transaction.atomic():
            _waiting(contact).update(status=contact.status, why=contact.why, planned_for=contact.planned_for)
            append([decision])
        return "held" if contact.status == PlannedContact.Status.HELD else "put_off"
    letter = write_letter(contact, template, about, now)
    carrier.stage(letter.file_name, letter.content)
    if not _record(contact, decision, letter, now):
        carrier.discard(letter.file_name)
        return "cancelled"
    carrier.release(letter.file_name)
    known[contact.borrower_id].remember(contact, now)
    return "sent"


def _record(contact: PlannedContact, decision: Decision, letter: Letter, now: datetime.datetime) -> bool:
    """Commit that the message leaves. False when somebody has cancelled or sent it in the meantime."""
    with transaction.atomic():
        current = PlannedContact.objects.select_for_update().get(pk=contact.pk)
        if current.status != PlannedContact.Status.PLANNED:
            return False
        append([decision])
        Message.objects.create(
            planned=contact,
            decision=decision,
            sent_at=now,
            file_name=letter.file_name,
            message_id=letter.message_id,
            subject=letter.subject,
            body=letter.body,
        )
        contact.status = PlannedContact.Status.SENT
        contact.save(update_fields=["status", "why"])
    return True


def _cancel(contact: PlannedContact, why: str) -> str:
    _waiting(contact).update(status=PlannedContact.Status.CANCELLED, why=why)
    return "cancelled"


def _waiting(contact: PlannedContact) -> QuerySet[PlannedContact]:
    # What somebody else has cancelled or sent since we read it is left as they left it.
    return PlannedContact.objects.filter(pk=contact.pk, status=PlannedContact.Status.PLANNED)


def _still_true(owed: Sequence[Owed], about: str) -> tuple[list[Owed], str]:
    """The loans that the message is still right about; when there is none, why not."""
    overdue = [one for one in owed if one.overdue > 0 and one.status == "open"]
    if about == "overdue":
        return overdue, "" if overdue else "paid"
    if overdue:
        return [], "overdue by now: a reminder of the due date is no longer right"
    coming = [one for one in owed if one.next_due_on is not None and one.status == "open"]
    return coming, "" if coming else "paid"
