"""The outbox: sends what is due, once, and only after the gate has allowed it in that very instant.

By a spool (a folder of our own), in this order, so that a kill at any point harms nothing:

1. the file is staged out of sight, under a name that belongs to the planned contact;
2. the allowing decision, the message and the planned contact's new status are committed in one transaction;
3. the staged file is released by one rename.

Killed before 2, nothing is on record and the staged file is thrown away by the next run, which sends as if for the
first time. Killed between 2 and 3, the next run finds a staged file that has its message on record, and releases it.
After 3 nothing is staged, so nothing can be released twice. No file is ever in the outbox without its decision in the
log. By a line to somebody else's server it goes as handing_over.py says. Runs take turns by the folder's lock; over
several machines the planned contact's row lock and the message's one-to-one key leave one winner.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from duly.contact import gate
from duly.contact.acting import Acting, acting
from duly.contact.carriers import Line, LineDownError, Parcel, Spool
from duly.contact.channels import CHANNELS
from duly.contact.channels.folder import Folder
from duly.contact.channels.letter import write_manifests
from duly.contact.composing import compose
from duly.contact.handing_over import resolve_doubts, send_by_line
from duly.contact.local_time import lender_date
from duly.contact.log.append import append
from duly.contact.models import Decision, Message, PlannedContact
from duly.contact.owed import Owed, what_is_owed
from duly.contact.reachability import unreachable
from duly.contact.services import settle, waiting
from duly.contact.wording import templates

BATCH = 500


@dataclass(frozen=True)
class OutboxSummary:
    """What one run did: messages sent, put off to a later instant, held, cancelled, failed for good, handed to a server
    that did not answer, left because their carrier was down, and what an earlier run left half done and this finished.
    """

    sent: int = 0
    put_off: int = 0
    held: int = 0
    cancelled: int = 0
    completed: int = 0
    failed: int = 0
    unanswered: int = 0
    waiting: int = 0


@dataclass
class _Run:
    """What one run knows: the carriers by channel, those that turned out to be down, and what is true of borrowers."""

    now: datetime.datetime
    carriers: Mapping[str, Spool | Line]
    down: set[str] = field(default_factory=set)
    owed: Mapping[int, Owed] = field(default_factory=dict)
    known: Mapping[int, gate.Knowledge] = field(default_factory=dict)
    may: Acting = field(default_factory=Acting)
    unreachable: Mapping[int, frozenset[str]] = field(default_factory=dict)


def send_due(now: datetime.datetime, carriers: Mapping[str, Spool | Line] | None = None) -> OutboxSummary:
    """Send what is due at `now` (UTC) and still lawful and true; put off, hold or cancel the rest.

    Safe to run again at any time, also after being killed. The carriers by channel are those of the settings unless
    given.
    """
    folder = Folder(settings.DULY_OUTBOX)
    run = _Run(now, carriers or {name: channel.carrier() for name, channel in CHANNELS.items()})
    counts = dict.fromkeys(OutboxSummary.__dataclass_fields__, 0)
    lines = {name: carrier for name, carrier in run.carriers.items() if not hasattr(carrier, "stage")}
    with folder.alone():
        counts["completed"] = _complete_interrupted(folder) + resolve_doubts(lines, now)
        for contacts in _due(now):
            _look_up(run, contacts)
            for contact in contacts:
                counts[_try_to_send(run, contact)] += 1
        for line in lines.values():
            line.close()
        write_manifests(folder.path)
    return OutboxSummary(**counts)


def _complete_interrupted(folder: Folder) -> int:
    staged = folder.staged()
    on_record = set(Message.objects.filter(file_name__in=staged).values_list("file_name", flat=True))
    for name in staged:
        if name in on_record:
            folder.release(name)
        else:
            folder.discard(name)
    return len(on_record)


def _due(now: datetime.datetime) -> Iterator[list[PlannedContact]]:
    # Each contact is tried once a run: what is put off is later than `now`, all else leaves the status "planned".
    due = PlannedContact.objects.filter(status=PlannedContact.Status.PLANNED, planned_for__lte=now)
    ids = list(due.order_by("planned_for", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = PlannedContact.objects.filter(pk__in=ids[start : start + BATCH])
        batch = batch.select_related("borrower", "agency", "paper").prefetch_related("loans")
        yield list(batch.order_by("planned_for", "pk"))


def _look_up(run: _Run, contacts: Sequence[PlannedContact]) -> None:
    borrowers = {contact.borrower_id for contact in contacts}
    run.owed = what_is_owed({loan.pk for contact in contacts for loan in contact.loans.all()}, lender_date(run.now))
    run.known = gate.what_is_known(borrowers, run.now)
    run.may = acting([(contact.agency, contact.borrower_id) for contact in contacts], run.now)
    run.unreachable = unreachable(borrowers)


def _try_to_send(run: _Run, contact: PlannedContact) -> str:
    """Send one contact or say what became of it: the name of a count in OutboxSummary."""
    template = templates()[contact.template]
    if contact.expires_at <= run.now:
        return _cancel(contact, "it would come too late")
    about, no_longer = _still_true([run.owed[loan.pk] for loan in contact.loans.all()], template.about)
    if no_longer:
        return _cancel(contact, no_longer)
    if contact.channel in run.down:
        return "waiting"
    late = max((one.days_past_due for one in about), default=0)
    answer = gate.ask(contact, run.known[contact.borrower_id], late, run.now)
    decision = gate.log_entry(contact, answer, Decision.Moment.SEND, run.now)
    if not settle(contact, answer, template, run.may, run.unreachable.get(contact.borrower_id, frozenset())):
        with transaction.atomic():
            waiting(contact).update(status=contact.status, why=contact.why, planned_for=contact.planned_for)
            append([decision])
        return "held" if contact.status == PlannedContact.Status.HELD else "put_off"
    parcel = compose(contact, CHANNELS[contact.channel], template, about, run.now)
    carrier = run.carriers[contact.channel]
    try:
        became = _send(carrier, contact, decision, parcel, run.now)
    except LineDownError:
        run.down.add(contact.channel)
        return "waiting"
    if became in ("sent", "unanswered"):
        run.known[contact.borrower_id].remember(contact, run.now)
    return became


def _send(
    carrier: Spool | Line, contact: PlannedContact, decision: Decision, parcel: Parcel, now: datetime.datetime
) -> str:
    if not hasattr(carrier, "stage"):
        return send_by_line(carrier, contact, decision, parcel, now)
    carrier.stage(parcel.file_name, parcel.content)
    if not _record(contact, decision, parcel, now):
        carrier.discard(parcel.file_name)
        return "cancelled"
    carrier.release(parcel.file_name)
    return "sent"


def _record(contact: PlannedContact, decision: Decision, parcel: Parcel, now: datetime.datetime) -> bool:
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
            file_name=parcel.file_name,
            message_id=parcel.message_id,
            subject=parcel.subject,
            body=parcel.body,
            sha256=parcel.sha256,
        )
        contact.status = PlannedContact.Status.SENT
        contact.save(update_fields=["status", "why"])
    return True


def _cancel(contact: PlannedContact, why: str) -> str:
    waiting(contact).update(status=PlannedContact.Status.CANCELLED, why=why)
    return "cancelled"


def _still_true(owed: Sequence[Owed], about: str) -> tuple[list[Owed], str]:
    """The loans that the message is still right about; when there is none, why not."""
    if about == "reply":
        return [], ""
    overdue = [one for one in owed if one.overdue > 0 and one.status == "open"]
    if about == "overdue":
        return overdue, "" if overdue else "paid"
    if overdue:
        return [], "overdue by now: a reminder of the due date is no longer right"
    coming = [one for one in owed if one.next_due_on is not None and one.status == "open"]
    return coming, "" if coming else "paid"
