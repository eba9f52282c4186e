"""How long records are kept: each rule in force, and what it says of the oldest record that Duly holds."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max

from duly.contact.models import Message
from duly.law.compose import law_of
from duly.law.duties import kept_until
from duly.law.pack import Rule
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Circumstance


@dataclass(frozen=True)
class Kept:
    """One rule of retention. `since` is when the oldest record began to count; None where Duly holds none of its sort.

    `until` is when it may be deleted; None while it may not be, because a complaint is open.
    """

    rule: Rule
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


def retention_on(instant: datetime.datetime) -> list[Kept]:
    """The rules of retention in force at `instant`, with the oldest record under each. Two queries a rule at most."""
    packs = packs_in_force()
    rules = [rule for pack in law_of(packs, house_packs()).packs for rule in pack.rules if rule.kind == "retention"]
    return [_kept(rule, packs, instant) for rule in rules]


def _kept(rule: Rule, packs: str, instant: datetime.datetime) -> Kept:
    what, after = rule.figures["what"], rule.figures["after"]
    oldest = _oldest(what, after, instant)
    if oldest is None:
        return Kept(rule)
    since, borrower_id = oldest
    complaints = Circumstance.objects.filter(
        borrower_id=borrower_id, kind=Circumstance.Kind.COMPLAINT_OPEN, since__lte=instant
    ).exclude(until__lte=instant)
    holding = ["complaint_open"] if complaints.exists() else []
    until, _ = kept_until(what, after, since, packs, settings.TIME_ZONE, holding, house_packs())
    return Kept(rule, since, until)


def _oldest(what: str, after: str, instant: datetime.datetime) -> tuple[datetime.datetime, int] | None:
    """When the oldest record began to count, and whose it is. The records of collection are the messages sent."""
    if what != "collection_record":
        return None
    sent = Message.objects.filter(sent_at__lte=instant)
    if after == "made":
        return sent.order_by("sent_at", "pk").values_list("sent_at", "planned__borrower_id").first()
    return (
        sent.values("planned__borrower_id")
        .annotate(last=Max("sent_at"))
        .order_by("last", "planned__borrower_id")
        .values_list("last", "planned__borrower_id")
        .first()
    )
