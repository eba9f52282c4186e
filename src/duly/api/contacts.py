"""/contacts: may a borrower be contacted, what is planned, and every answer that the gate gave about it."""

import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import reader_with
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import PRINTABLE, BorrowerAsked, Count, NumberInPath, Reference, answers, the_one
from duly.contact.allowed_now import allowed_now
from duly.contact.models import Decision as Answer
from duly.contact.models import PlannedContact

router = Router(tags=["contacts"])


class Rule(Schema):
    """One rule of the gate. `verified`: somebody has checked its figures against the text."""

    id: str
    title: str
    result: Literal["pass", "fail", "not_applicable"]
    because: str
    citation: str
    verified: bool


class ChannelNow(Schema):
    """Whether one channel may be used at this instant, by which rules, and if not, when next."""

    channel: str
    allowed: bool
    next_allowed_at: datetime.datetime | None
    rules: list[Rule]


class AllowedNow(Schema):
    """What the gate says of one borrower. Nothing is planned or logged by asking."""

    borrower: Reference
    at: datetime.datetime
    channels: list[ChannelNow]


class Contact(Schema):
    """One message that is to be sent, until it is sent, held back or cancelled."""

    id: Count
    borrower: Reference
    loans: list[str]
    channel: str
    purpose: str
    template: str
    status: Literal["planned", "sent", "held", "cancelled", "sending", "failed"]
    why: str = Field(description="Why it is held, put off, cancelled or given up.")
    planned_for: datetime.datetime
    expires_at: datetime.datetime
    sent_at: datetime.datetime | None


class Decision(Schema):
    """One answer of the gate, as the log keeps it."""

    id: Count = Field(description="Its number in the log.")
    decided_at: datetime.datetime
    contact_at: datetime.datetime
    moment: Literal["plan", "send"]
    channel: str
    allowed: bool
    next_allowed_at: datetime.datetime | None
    rules: list[Rule]
    packs: dict[str, Any] = Field(description="The version and digest of each rule pack that was in force.")
    must_include: list[str]
    hash: str


@router.get("/contacts/allowed", auth=reader_with("contacts:read"), response=answers(200, AllowedNow))
def ask_the_gate(
    request: HttpRequest,
    borrower: Annotated[str, Query(pattern=PRINTABLE, min_length=1, max_length=64)],
    lang: Annotated[Literal["en", "zh"], Query(description="The language of the reasons.")] = "en",
) -> AllowedNow:
    """Whether the lender may remind a borrower at this instant, channel by channel."""
    person = the_one(request.auth.borrowers(), reference=borrower)
    now = timezone.now()
    return AllowedNow(
        borrower=person.reference,
        at=now,
        channels=[
            ChannelNow(
                channel=one.channel,
                allowed=one.allowed,
                next_allowed_at=one.next_allowed_at,
                rules=[_rule(rule) for rule in one.rules],
            )
            for one in allowed_now(person, now, lang)
        ],
    )


@router.get("/contacts", auth=reader_with("contacts:read"), response=answers(200, Page[Contact]))
def list_contacts(
    request: HttpRequest,
    borrower: BorrowerAsked = "",
    status: Annotated[Literal["planned", "sent", "held", "cancelled", "sending", "failed"] | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[Contact]:
    """The contacts with the borrowers that are the caller's to see, in the order in which they were planned."""
    contacts = _seen(request)
    if borrower:
        contacts = contacts.filter(borrower__reference=borrower)
    if status:
        contacts = contacts.filter(status=status)
    rows, following = page_of(contacts, cursor, limit, "contacts")
    return Page[Contact](items=[_contact(one) for one in rows], next=following)


@router.get("/contacts/{number}", auth=reader_with("contacts:read"), response=answers(200, Contact))
def read_contact(request: HttpRequest, number: NumberInPath) -> Contact:
    """One contact."""
    return _contact(the_one(_seen(request), pk=number))


@router.get("/contacts/{number}/decisions", auth=reader_with("contacts:read"), response=answers(200, Page[Decision]))
def list_decisions(
    request: HttpRequest, number: NumberInPath, cursor: Cursor = "", limit: Limit = 100
) -> Page[Decision]:
    """Every answer of the gate about one contact, in the order in which they were given."""
    contact = the_one(_seen(request), pk=number)
    rows = Answer.objects.filter(planned=contact).select_related("sheet")
    found, following = page_of(rows, cursor, limit, f"decisions of {contact.pk}")
    return Page[Decision](items=[_decision(one) for one in found], next=following)


def _seen(request: HttpRequest) -> QuerySet[PlannedContact]:
    contacts = PlannedContact.objects.select_related("borrower", "message").prefetch_related("loans")
    return request.auth.of_borrowers(contacts)


def _contact(one: PlannedContact) -> Contact:
    return Contact(
        id=one.pk,
        borrower=one.borrower.reference,
        loans=[loan.reference for loan in one.loans.all()],
        channel=one.channel,
        purpose=one.purpose,
        template=one.template,
        status=one.status,
        why=one.why,
        planned_for=one.planned_for,
        expires_at=one.expires_at,
        sent_at=one.message.sent_at if hasattr(one, "message") else None,
    )


def _rule(rule: dict[str, Any]) -> Rule:
    return Rule(**{name: rule[name] for name in Rule.model_fields})


def _decision(one: Answer) -> Decision:
    return Decision(
        id=one.pk,
        decided_at=one.decided_at,
        contact_at=one.contact_at,
        moment=one.moment,
        channel=one.channel,
        allowed=one.allowed,
        next_allowed_at=one.next_allowed_at,
        rules=[_rule(rule) for rule in one.rules],
        packs=one.packs,
        must_include=one.must_include,
        hash=one.hash,
    )
