"""What is done with planned contacts: plan them with the gate's first answer, put them off, hold or cancel them."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from duly.agencies.models import Agency
from duly.borrowing.models import SealedFile
from duly.contact import gate
from duly.contact.acting import Acting, acting
from duly.contact.channels import CHANNELS, AddressError
from duly.contact.log.append import append
from duly.contact.models import Decision, PlannedContact, Purpose
from duly.contact.reachability import unreachable
from duly.contact.wording import Template, templates
from duly.engine.errors import InputError
from duly.people.languages import language_of
from duly.people.models import Borrower

Status = PlannedContact.Status


@dataclass(frozen=True)
class Proposal:
    """One message that somebody wants to send. The key names the wish: proposed again, it plans nothing.

    `planned_for` and `expires_at` are instants in UTC; `days_past_due` is of the latest of the loans. `agency` is who
    speaks where it is not the lender's legal department. `words` fills in what the loans do not give, as the template
    names it; `paper` is a finished PDF that leaves as it is, where the template's channel is the letter.
    """

    idempotency_key: str
    borrower_id: int
    loan_ids: Sequence[int]
    template: str
    planned_for: datetime.datetime
    expires_at: datetime.datetime
    days_past_due: int
    agency: Agency | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    paper: SealedFile | None = None


def plan_contacts(proposals: Sequence[Proposal], now: datetime.datetime) -> list[PlannedContact]:
    """Plan what is not yet planned: ask the gate about the planned instant, log its answer, and keep the contact.

    Whatever the answer, the contact is kept: to be sent, put off until it would be allowed, or held with the reason.
    A borrower's earlier contacts that have not left are cancelled in favour of the new one, but no answer to what the
    borrower has asked ever takes the place of another message, nor another message its place. Raises InputError for a
    template that is a person's script, or words that it needs and are not given.
    """
    for one in proposals:
        _check(one)
    known = set(
        PlannedContact.objects.filter(idempotency_key__in=[one.idempotency_key for one in proposals]).values_list(
            "idempotency_key", flat=True
        )
    )
    new = list({one.idempotency_key: one for one in proposals if one.idempotency_key not in known}.values())
    if not new:
        return []
    borrowers = Borrower.objects.in_bulk({one.borrower_id for one in new})
    knowledge = gate.what_is_known(borrowers.keys(), now)
    nowhere = unreachable(borrowers.keys())
    may = acting([(one.agency, one.borrower_id) for one in new], now)
    planned, answers = [], []
    for one in new:
        template = templates()[one.template]
        borrower = borrowers[one.borrower_id]
        contact = PlannedContact(
            idempotency_key=one.idempotency_key,
            borrower=borrower,
            channel=template.channel,
            template=template.id,
            language=language_of(borrower.language),
            purpose=template.purpose,
            planned_for=one.planned_for,
            expires_at=one.expires_at,
            agency=one.agency,
            mandate=may.mandates[one.agency.pk] if one.agency else None,
            words=dict(one.words) or None,
            paper=one.paper,
        )
        answer = gate.ask(contact, knowledge[borrower.pk], one.days_past_due, max(one.planned_for, now))
        settle(contact, answer, template, may, nowhere.get(borrower.pk, frozenset()))
        planned.append(contact)
        answers.append(answer)
    with transaction.atomic():
        replaced = {contact.borrower_id for contact in planned if contact.purpose != Purpose.REPLY}
        earlier = PlannedContact.objects.filter(borrower_id__in=replaced, status=Status.PLANNED)
        earlier.exclude(purpose=Purpose.REPLY).update(status=Status.CANCELLED, why="a newer message takes its place")
        PlannedContact.objects.bulk_create(planned)
        loans = PlannedContact.loans.through
        loans.objects.bulk_create(
            loans(plannedcontact_id=contact.pk, loan_id=loan_id)
            for contact, one in zip(planned, new, strict=True)
            for loan_id in one.loan_ids
        )
        append(
            gate.log_entry(contact, answer, Decision.Moment.PLAN, now)
            for contact, answer in zip(planned, answers, strict=True)
        )
    return planned


def _check(one: Proposal) -> None:
    template = templates()[one.template]
    if template.channel not in CHANNELS:
        raise InputError(f"{template.id} is said by a person", "/template", "set a task for it")
    if missing := sorted(template.words - one.words.keys()):
        raise InputError(f"{template.id} needs the words {', '.join(missing)}", "/words", "give them")
    if one.paper is not None and template.channel != "letter":
        raise InputError("a finished paper leaves by post", "/paper", "use a template of the channel letter")
    if one.agency is None and template.speaks_for_agency:
        raise InputError(f"{template.id} speaks of an agency", "/agency", "name the agency")


def settle(
    contact: PlannedContact,
    answer: gate.Answer,
    template: Template,
    may: Acting,
    nowhere: Collection[str],
) -> bool:
    """Set the contact's status by the gate's answer, without saving it. True when it may be sent as it stands.

    Forbidden now but allowed before it expires: planned for that instant. Forbidden beyond that, by an agency that
    `may` not make it, without an address or with one that is known to reach nobody (the channel is in `nowhere`), or
    with a template that lacks what must be included: held, and `why` says so.
    """
    contact.status, contact.why = Status.PLANNED, ""
    if not answer.allowed:
        contact.why = answer.refusal[:500]
        later = answer.next_allowed_at
        if later is not None and answer.contact_at < later < contact.expires_at:
            contact.planned_for = later
        else:
            contact.status = Status.HELD
        return False
    if why := may.why_not(contact.agency_id, contact.borrower_id, contact.channel, contact.purpose):
        contact.status, contact.why = Status.HELD, why[:500]
        return False
    lacking = template.lacks(answer.must_include)
    if lacking:
        contact.status = Status.HELD
        contact.why = f"the template {template.id} lacks what must be included: {', '.join(lacking)}"[:500]
        return False
    try:
        CHANNELS[contact.channel].address_of(contact.borrower)
        if contact.channel in nowhere:
            raise AddressError("the address on record does not reach the borrower: have it confirmed")
    except AddressError as reason:
        contact.status, contact.why = Status.HELD, str(reason)
        return False
    return True


def waiting(contact: PlannedContact) -> QuerySet[PlannedContact]:
    """The row of a contact as long as it waits: what somebody has cancelled or sent since is left as they left it."""
    return PlannedContact.objects.filter(pk=contact.pk, status=Status.PLANNED)


def cancel_contacts(borrower_ids: Iterable[int], why: str) -> set[int]:
    """Cancel every contact of these borrowers that is still to be sent; whose there were. Held ones stay held."""
    waiting = PlannedContact.objects.filter(borrower_id__in=list(borrower_ids), status=Status.PLANNED)
    concerned = set(waiting.values_list("borrower_id", flat=True))
    if concerned:
        waiting.update(status=Status.CANCELLED, why=why[:500])
    return concerned
