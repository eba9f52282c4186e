"""Everything that was sent, said and heard, read from the record and judged by the independent checker of the law."""

from collections import defaultdict

from django.conf import settings

from duly.contact.models import Call, Inbound, Message
from duly.people.models import Borrower, Circumstance
from law_checker import Made, Person, broken

# What a call was to the law, by what its caller noted.
CALLS = {
    "reached": "conversation",
    "promised": "conversation",
    "call_back": "conversation",
    "refused_to_talk": "conversation",
    "third_person": "connected",
    "wrong_number": "connected",
    "left_message": "connected",
    "no_answer": "not_connected",
    "busy": "not_connected",
    "": "conversation",
}


def unlawful(pack: str) -> list[str]:
    """Each contact on record that broke a rule of `pack`, in words; an empty list is what must come out."""
    found = []
    circumstances = defaultdict(list)
    for borrower_id, kind, since, until in Circumstance.objects.values_list("borrower_id", "kind", "since", "until"):
        circumstances[borrower_id].append((kind, since, until))
    zones = {pk: text.split(",") if text else [] for pk, text in Borrower.objects.values_list("pk", "time_zones")}
    for borrower_id, contacts in everything().items():
        log: list[Made] = []
        for one in sorted(contacts, key=lambda made: made.at):
            if one.direction == "out":
                holding = {
                    kind
                    for kind, since, until in circumstances[borrower_id]
                    if since <= one.at and (until is None or one.at < until)
                }
                wrong = broken(pack, one, Person(zones[borrower_id], holding), log)
                found += [f"borrower {borrower_id} at {one.at}: {why}" for why in wrong]
            log.append(one)
    return found


def everything() -> dict[int, list[Made]]:
    """All contacts by borrower, from the tables of what left, what was said and what came in."""
    contacts: dict[int, list[Made]] = defaultdict(list)
    messages = Message.objects.values_list(
        "planned__borrower_id",
        "sent_at",
        "planned__channel",
        "planned__purpose",
        "planned__borrower__reference",
        "planned__agency__name",
    )
    for borrower_id, at, channel, purpose, debt, agency in messages.iterator():
        contacts[borrower_id].append(_made(at, channel, "out", agency, purpose, debt, "delivered"))
    calls = Call.objects.values_list(
        "borrower_id", "begun_at", "channel", "purpose", "borrower__reference", "agency__name", "outcome"
    )
    for borrower_id, at, channel, purpose, debt, agency, outcome in calls.iterator():
        contacts[borrower_id].append(_made(at, channel, "out", agency, purpose, debt, CALLS[outcome]))
    heard = Inbound.objects.exclude(borrower=None).values_list("borrower_id", "at", "channel", "borrower__reference")
    for borrower_id, at, channel, debt in heard.iterator():
        contacts[borrower_id].append(_made(at, channel, "in", None, "reply", debt, "delivered"))
    return contacts


def _made(at, channel, direction, agency, purpose, debt, outcome) -> Made:
    kind, name = ("agency", agency) if agency else ("in_house", settings.DULY_LENDER)
    return Made(at, channel, direction, kind, name, "debtor", None, purpose, debt, outcome)
