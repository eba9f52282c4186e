"""The outbox: sends what is due, once, and only after the gate has allowed it in that very instant.

By a spool (a folder of our own), for some messages at a time, in this order, so that a kill at any point harms nothing:

1. their files are staged out of sight, under names that belong to the planned contacts;
2. the allowing decisions, the messages and the planned contacts' new status are committed in one transaction;
3. the staged files are released, each by one rename.

Killed before 2, nothing is on record and the staged files are thrown away by the next run, which sends as if for the
first time. Killed between 2 and 3, the next run finds staged files that have their message on record, and releases
them. After 3 nothing is staged, so nothing can be released twice. No file is ever in the outbox without its decision in
the log. By a line to somebody else's server messages go one by one, as handing_over.py says. Runs take turns by the
folder's lock; over several machines the planned contact's row lock and the message's one-to-one key leave one winner.
"""

import datetime
import time
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
from duly.identity.keys import signing_key
from duly.identity.models import IssuedCode, SigningKey
from duly.identity.services import draw_up

Status = PlannedContact.Status
BATCH = 500  # looked up together
CHUNK = 50  # committed together
# A run speaks of one instant. After so many seconds that is no longer now, and the rest is left for the next run.
LONGEST = 300


@dataclass(frozen=True)
class OutboxSummary:
    """What one run did: messages sent, put off to a later instant, held, cancelled, failed for good, handed to a server
    that did not answer, left because their carrier was down or the run took too long, and what an earlier run had left
    half done and this one finished."""

    sent: int = 0
    put_off: int = 0
    held: int = 0
    cancelled: int = 0
    completed: int = 0
    failed: int = 0
    unanswered: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class _Ready:
    """A message that may leave, with everything that is committed when it does."""

    contact: PlannedContact
    decision: Decision
    parcel: Parcel
    code: IssuedCode


@dataclass
class _Run:
    """What one run knows: the carriers by channel, those that turned out to be down, and what is true of borrowers."""

    now: datetime.datetime
    carriers: Mapping[str, Spool | Line]
    key: SigningKey
    down: set[str] = field(default_factory=set)
    owed: Mapping[int, Owed] = field(default_factory=dict)
    known: Mapping[int, gate.Knowledge] = field(default_factory=dict)
    may: Acting = field(default_factory=Acting)
    unreachable: Mapping[int, frozenset[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OutboxSummary.__dataclass_fields__, 0))


def send_due(now: datetime.datetime, carriers: Mapping[str, Spool | Line] | None = None) -> OutboxSummary:
    """Send what is due at `now` (UTC) and still lawful and true; put off, hold or cancel the rest.

    Safe to run again at any time, also after being killed. The carriers by channel are those of the settings unless
    given.
    """
    folder = Folder(settings.DULY_OUTBOX)
    run = _Run(now, carriers or {name: channel.carrier() for name, channel in CHANNELS.items()}, signing_key())
    lines = {name: carrier for name, carrier in run.carriers.items() if not isinstance(carrier, Spool)}
    ends = time.monotonic() + LONGEST
    with folder.alone():
        run.counts["completed"] = _complete_interrupted(folder) + resolve_doubts(lines, now)
        for contacts in _due(now):
            _look_up(run, contacts)
            for start in range(0, len(contacts), CHUNK):
                chunk = contacts[start : start + CHUNK]
                if time.monotonic() > ends:
                    run.counts["waiting"] += len(chunk)
                else:
                    _work(run, chunk)
        for line in lines.values():
            line.close()
        write_manifests(folder.path)
    return OutboxSummary(**run.counts)


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
    due = PlannedContact.objects.filter(status=Status.PLANNED, planned_for__lte=now)
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


def _work(run: _Run, contacts: Sequence[PlannedContact]) -> None:
    """Send some contacts or say what became of them."""
    by_spool: list[_Ready] = []
    with_line: list[_Ready] = []
    refused: list[tuple[PlannedContact, Decision]] = []
    for contact in contacts:
        judged = _judge(run, contact)
        if isinstance(judged, str):
            run.counts[judged] += 1
        elif isinstance(judged, Decision):
            refused.append((contact, judged))
        elif isinstance(run.carriers[contact.channel], Spool):
            by_spool.append(judged)
        else:
            with_line.append(judged)
    _send_by_spool(run, by_spool, refused)
    for one in with_line:
        run.counts[_send_by_line(run, one)] += 1


def _judge(run: _Run, contact: PlannedContact) -> str | Decision | _Ready:
    """What may become of a contact: ready to leave, refused by a decision, or the name of a count for what it was."""
    template = templates()[contact.template]
    if contact.expires_at <= run.now:
        return _cancel(contact, "it would come too late")
    about, no_longer = _still_true([run.owed[loan.pk] for loan in contact.loans.all()], template.about)
    if no_longer:
        return _cancel(contact, no_longer)
    if contact.channel in run.down:
        return "waiting"
    late = max((one.days_past_due for one in about), default=0)
    known = run.known[contact.borrower_id]
    answer = gate.ask(contact, known, late, run.now)
    decision = gate.log_entry(contact, answer, Decision.Moment.SEND, run.now)
    if not settle(contact, answer, template, run.may, run.unreachable.get(contact.borrower_id, frozenset())):
        return decision
    mandate = run.may.mandates[contact.agency_id] if contact.agency_id else None
    issued, code = draw_up(
        run.key, contact.borrower, contact.channel, contact.purpose, run.now, contact.agency, mandate
    )
    parcel = compose(contact, CHANNELS[contact.channel], template, about, issued, run.now)
    # Before anything else is judged: of two messages to one person the second must know of the first.
    known.remember(contact, run.now)
    return _Ready(contact, decision, parcel, code)


def _send_by_spool(run: _Run, ready: Sequence[_Ready], refused: Sequence[tuple[PlannedContact, Decision]]) -> None:
    if not ready and not refused:
        return
    for channel in {one.contact.channel for one in ready}:
        parcels = [one.parcel for one in ready if one.contact.channel == channel]
        run.carriers[channel].stage({parcel.file_name: parcel.content for parcel in parcels})
    with transaction.atomic():
        leaving = _still_waiting(ready)
        for contact, _ in refused:
            waiting(contact).update(status=contact.status, why=contact.why, planned_for=contact.planned_for)
        append([*(decision for _, decision in refused), *(one.decision for one in leaving)])
        _record(leaving, run.now)
    for one in ready:
        carrier = run.carriers[one.contact.channel]
        if one in leaving:
            carrier.release(one.parcel.file_name)
        else:
            carrier.discard(one.parcel.file_name)
    run.counts["sent"] += len(leaving)
    run.counts["cancelled"] += len(ready) - len(leaving)
    for contact, _ in refused:
        run.counts["held" if contact.status == Status.HELD else "put_off"] += 1


def _still_waiting(ready: Sequence[_Ready]) -> list[_Ready]:
    """Those that nobody has cancelled or sent in the meantime, locked until the transaction ends."""
    rows = PlannedContact.objects.select_for_update().filter(pk__in=[one.contact.pk for one in ready])
    planned = set(rows.filter(status=Status.PLANNED).order_by("pk").values_list("pk", flat=True))
    return [one for one in ready if one.contact.pk in planned]


def _record(leaving: Sequence[_Ready], now: datetime.datetime) -> None:
    """Put on record that these messages leave."""
    IssuedCode.objects.bulk_create([one.code for one in leaving])
    Message.objects.bulk_create(
        Message(
            planned=one.contact,
            decision=one.decision,
            sent_at=now,
            file_name=one.parcel.file_name,
            message_id=one.parcel.message_id,
            subject=one.parcel.subject,
            body=one.parcel.body,
            sha256=one.parcel.sha256,
        )
        for one in leaving
    )
    PlannedContact.objects.filter(pk__in=[one.contact.pk for one in leaving]).update(status=Status.SENT, why="")


def _send_by_line(run: _Run, one: _Ready) -> str:
    channel = one.contact.channel
    if channel in run.down:
        return "waiting"
    try:
        return send_by_line(run.carriers[channel], one.contact, one.decision, one.parcel, one.code, run.now)
    except LineDownError:
        run.down.add(channel)
        return "waiting"


def _cancel(contact: PlannedContact, why: str) -> str:
    waiting(contact).update(status=Status.CANCELLED, why=why)
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
