"""What is done with planned contacts: plan them with the gate's first answer, put them off, hold or cancel them."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from duly.agencies.models import Agency, Mandate
from duly.borrowing.models import SealedFile
from duly.contact import gate
from duly.contact.acting import mandates_in_force, why_not_permitted
from duly.contact.letter import AddressError, address_of
from duly.contact.log.append import append
from duly.contact.models import Decision, PlannedContact
from duly.contact.wording import Template, templates
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
    A borrower's earlier contacts that have not left are cancelled in favour of the new one.
    """
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
    mandates = mandates_in_force([one.agency for one in new if one.agency], now)
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
            mandate=mandates[one.agency.pk] if one.agency else None,
            words=dict(one.words) or None,
            paper=one.paper,
        )
        answer = gate.ask(contact, knowledge[borrower.pk], one.days_past_due, max(one.planned_for, now))
        settle(contact, answer, template, contact.mandate)
        planned.append(contact)
        answers.append(answer)
    with transaction.atomic():
        cancel_contacts(borrowers.keys(), "a newer message takes its place")
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


def settle(contact: PlannedContact, answer: gate.Answer, template: Template, mandate: Mandate | None) -> bool:
    """Set the contact's status by the gate's answer, without saving it. True when it may be sent as it stands.

    Forbidden now but allowed before it expires: planned for that instant. Forbidden beyond that, by an agency whose
    `mandate` does not permit it, without an address, or with a template that lacks what must be included: held, and
    `why` says so.
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
    if contact.agency_id is not None and (why := why_not_permitted(mandate, contact.channel, contact.purpose)):
        contact.status, contact.why = Status.HELD, why[:500]
        return False
    lacking = template.lacks(answer.must_include)
    if lacking:
        contact.status = Status.HELD
        contact.why = f"the template {template.id} lacks what must be included: {', '.join(lacking)}"[:500]
        return False
    try:
        address_of(contact.borrower)
    except AddressError as reason:
        contact.status, contact.why = Status.HELD, str(reason)
        return False
    return True


def cancel_contacts(borrower_ids: Iterable[int], why: str) -> set[int]:
    """Cancel every contact of these borrowers that is still to be sent; whose there were. Held ones stay held."""
    waiting = PlannedContact.objects.filter(borrower_id__in=list(borrower_ids), status=Status.PLANNED)
    concerned = set(waiting.values_list("borrower_id", flat=True))
    if concerned:
        waiting.update(status=Status.CANCELLED, why=why[:500])
    return concerned
