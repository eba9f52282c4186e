"""What contact says when a borrower's data is to be erased: messages are kept as long as the law says, plans go."""

import datetime

from django.conf import settings
from django.utils import timezone

from duly.contact.models import Call, Decision, Inbound, Message, PlannedContact, UnreachableAddress
from duly.law.compose import law_of
from duly.law.duties import kept_until
from duly.people.erase import Line, erases
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Borrower

WHAT = "collection_record"


@erases
def keep_what_the_law_keeps(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Contacts that have not been made are cancelled; messages and decisions are kept, as each rule says how long."""
    planned = PlannedContact.objects.filter(borrower=borrower, status=PlannedContact.Status.PLANNED)
    cancelled = planned.update(status=PlannedContact.Status.CANCELLED, why="the person's data was erased")
    unreachable, _ = UnreachableAddress.objects.filter(borrower=borrower).delete()
    messages = Message.objects.filter(planned__borrower=borrower).order_by("sent_at")
    last = messages.last()
    until, sources = kept_collection_record(last.sent_at) if last else (None, "")
    why = (
        f"record of collection: {sources}" if sources else "record of collection; the log is a chain and loses no link"
    )
    return [
        Line("planned contacts", cancelled, erased=True),
        Line("messages", messages.count(), False, why, until, needs_name=False),
        Line("calls and visits", Call.objects.filter(borrower=borrower).count(), False, why, until),
        Line("messages from the person", Inbound.objects.filter(borrower=borrower).count(), False, why, until),
        Line("addresses that reached nobody", unreachable, erased=True),
        Line("decisions on contacts", Decision.objects.filter(borrower=borrower).count(), False, why, until),
    ]


def kept_collection_record(last: datetime.datetime) -> tuple[datetime.date | None, str]:
    """Until when at least the record of collection is kept, counted from its last entry, and the rules that say so."""
    packs, house = packs_in_force(), house_packs()
    rules = [rule for pack in law_of(packs, house).packs for rule in pack.rules if rule.kind == "retention"]
    afters = {rule.figures["after"] for rule in rules if rule.figures["what"] == WHAT}
    found = [kept_until(WHAT, after, last, packs, settings.TIME_ZONE, (), house) for after in sorted(afters)]
    instants = [until for until, _ in found if until is not None]
    sources = ", ".join(dict.fromkeys(rule.id for _, behind in found for rule in behind))
    return (timezone.localdate(max(instants)) if instants else None), sources
