"""A day's contacts for people to look at: what was sent, what is still planned, what was held back and why."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, Q

from duly.contact.models import Decision, Message, PlannedContact

LIMIT = 50


@dataclass(frozen=True)
class Refusal:
    """A rule that forbids a contact, in words, with its source."""

    rule: str
    title: str
    because: str
    citation: str


@dataclass(frozen=True)
class ContactLine:
    """One contact of the day. `at` is when it was sent, or when it is next tried (None: not of itself)."""

    planned_id: int
    borrower: str
    channel: str
    template: str
    at: datetime.datetime | None
    why: str = ""
    refusals: tuple[Refusal, ...] = ()
    next_allowed_at: datetime.datetime | None = None


@dataclass(frozen=True)
class DayOfContacts:
    """The contacts of one day at the lender's; lists are cut at the limit, counts are not.

    `held` holds every contact that the gate forbade that day or that was held for another reason, also those that
    were put off and will be tried again.
    """

    date: datetime.date
    sent: tuple[ContactLine, ...]
    planned: tuple[ContactLine, ...]
    held: tuple[ContactLine, ...]
    sent_count: int
    planned_count: int
    held_count: int


def contacts_on(date: datetime.date, limit: int = LIMIT) -> DayOfContacts:
    """The contacts of `date` (in settings.TIME_ZONE), at most `limit` lines of each sort. A handful of queries."""
    zone = ZoneInfo(settings.TIME_ZONE)
    start = datetime.datetime.combine(date, datetime.time(), zone)
    end = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(), zone)
    sent = Message.objects.filter(sent_at__gte=start, sent_at__lt=end).order_by("-sent_at", "-pk")
    planned = PlannedContact.objects.filter(
        status=PlannedContact.Status.PLANNED, planned_for__gte=start, planned_for__lt=end
    ).order_by("planned_for", "pk")
    refused = Decision.objects.filter(contact_at__gte=start, contact_at__lt=end, allowed=False)
    held = PlannedContact.objects.filter(
        Q(pk__in=refused.values("planned_id"))
        | Q(status=PlannedContact.Status.HELD, planned_for__gte=start, planned_for__lt=end)
    ).order_by("planned_for", "pk")
    with_refusals = held.select_related("borrower").prefetch_related(
        Prefetch("decisions", refused.select_related("sheet").order_by("-pk"), to_attr="refused_that_day")
    )
    return DayOfContacts(
        date=date,
        sent=tuple(_sent_line(one) for one in sent.select_related("planned__borrower")[:limit]),
        planned=tuple(_line(one) for one in planned.select_related("borrower")[:limit]),
        held=tuple(_held_line(one) for one in with_refusals[:limit]),
        sent_count=sent.count(),
        planned_count=planned.count(),
        held_count=held.count(),
    )


def refusals_of(decision: Decision) -> tuple[Refusal, ...]:
    """The rules that forbade the contact of `decision`."""
    return tuple(
        Refusal(rule["id"], rule["title"], rule["because"], rule["citation"])
        for rule in decision.rules
        if rule["result"] == "fail"
    )


def _sent_line(message: Message) -> ContactLine:
    planned = message.planned
    return ContactLine(planned.pk, planned.borrower.reference, planned.channel, planned.template, message.sent_at)


def _line(planned: PlannedContact) -> ContactLine:
    waiting = planned.status == PlannedContact.Status.PLANNED
    return ContactLine(
        planned_id=planned.pk,
        borrower=planned.borrower.reference,
        channel=planned.channel,
        template=planned.template,
        at=planned.planned_for if waiting else None,
        why=planned.why,
    )


def _held_line(planned: PlannedContact) -> ContactLine:
    line = _line(planned)
    decisions: list[Decision] = planned.refused_that_day  # type: ignore[attr-defined]
    if not decisions:
        return line
    latest = decisions[0]
    return ContactLine(
        planned_id=line.planned_id,
        borrower=line.borrower,
        channel=line.channel,
        template=line.template,
        at=line.at,
        why=line.why or planned.status,
        refusals=refusals_of(latest),
        next_allowed_at=latest.next_allowed_at,
    )
