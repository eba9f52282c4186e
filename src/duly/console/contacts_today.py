"""Today's contacts as the gate decided them: sent, planned, put off, held back, and by which rules."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from duly.contact.log.told import rules_told
from duly.contact.models import Decision, PlannedContact

# Reasons are read from the newest of the day's refusals, at most so many; counts are of all.
REFUSALS_READ = 2000
Status = PlannedContact.Status
# name → which of the day's contacts it means
KINDS = {
    "sent": Q(status=Status.SENT),
    "planned": Q(status=Status.PLANNED, why=""),
    "put_off": Q(status=Status.PLANNED) & ~Q(why=""),
    "held": Q(status=Status.HELD),
    "cancelled": Q(status=Status.CANCELLED),
    "failed": Q(status__in=[Status.FAILED, Status.SENDING]),
}


@dataclass(frozen=True)
class Refusal:
    """One rule that forbade contacts today. `next_allowed_at` is the earliest instant that the gate gave, if any."""

    title: str
    citation: str
    verified: bool
    because: str
    contacts: int
    next_allowed_at: datetime.datetime | None


@dataclass(frozen=True)
class ContactsToday:
    """Counts by what became of the day's contacts, and the rules that stood in the way."""

    counts: dict[str, int]
    refusals: Sequence[Refusal]

    @property
    def total(self) -> int:
        """All contacts that the gate was asked about for today."""
        return sum(self.counts.values())


def day_bounds(today: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """The first instant of `today` where the lender is, and that of the next day."""
    start = timezone.make_aware(datetime.datetime.combine(today, datetime.time()))
    return start, timezone.make_aware(datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time()))


def contacts_of_day(today: datetime.date) -> QuerySet[PlannedContact]:
    """The contacts that the gate was asked about for an instant of `today`."""
    start, end = day_bounds(today)
    asked = Decision.objects.filter(contact_at__gte=start, contact_at__lt=end, planned__isnull=False)
    return PlannedContact.objects.filter(pk__in=asked.values("planned_id"))


def contacts_today(today: datetime.date, language: str) -> ContactsToday:
    """What became of today's contacts and why, told in `language` (en, zh).

    Two queries, and one more for each set of packs not seen before.
    """
    counts = contacts_of_day(today).aggregate(**{name: Count("pk", filter=which) for name, which in KINDS.items()})
    start, end = day_bounds(today)
    refused = Decision.objects.filter(contact_at__gte=start, contact_at__lt=end, allowed=False)
    found: Counter[str] = Counter()
    newest: dict[str, Decision] = {}
    earliest: dict[str, datetime.datetime] = {}
    seen: set[tuple[int | None, str]] = set()
    for decision in refused.select_related("sheet").order_by("-pk")[:REFUSALS_READ]:
        planned_id, next_allowed_at = decision.planned_id, decision.next_allowed_at
        for rule in decision.rules:
            if rule["result"] != "fail" or (planned_id, rule["id"]) in seen:
                continue
            seen.add((planned_id, rule["id"]))
            found[rule["id"]] += 1
            newest.setdefault(rule["id"], decision)
            if next_allowed_at is not None:
                earliest[rule["id"]] = min(next_allowed_at, earliest.get(rule["id"], next_allowed_at))
    told = {rule: _told(rule, newest[rule], language) for rule in found}
    return ContactsToday(
        counts=counts,
        refusals=[
            Refusal(
                title=told[rule]["title"],
                citation=told[rule]["citation"],
                verified=told[rule]["verified"],
                because=told[rule]["because"],
                contacts=contacts,
                next_allowed_at=earliest.get(rule),
            )
            for rule, contacts in found.most_common()
        ],
    )


def _told(rule_id: str, decision: Decision, language: str) -> dict[str, Any]:
    return next(r for r in rules_told(decision, language) if (r["id"], r["result"]) == (rule_id, "fail"))
