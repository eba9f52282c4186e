"""The way to the gate from the record: what is known of a borrower, the question, and the log entry of the answer.

The gate itself is pure (duly.law). Here the question is put together as one JSON document, the same that
`duly decide` reads, and kept with the answer, so that an auditor can ask it again. A borrower's loans with this lender
are one debt to the gate: whoever writes or calls about whichever of them, the lender or an agency, contacts are counted
together, each with its true party.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Exists, OuterRef, Value, When

from duly.agencies.models import Agency
from duly.contact.local_time import zones_of
from duly.contact.log.append import sheet_of
from duly.contact.models import Attempt, Call, Decision, Inbound, Message, Outcome, PlannedContact, Receipt
from duly.law.compose import law_of
from duly.law.door import decide_json
from duly.people.consents import ForTheGate, for_the_gate
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Borrower, Circumstance

# As far back as a rule with a number of days can look (see pack.schema.json).
YEAR = datetime.timedelta(days=366)
# What a person wrote to us, among the outcomes of what we sent.
HEARD = "heard"
# A call in the words of the gate. One that is going on counts as a conversation until its outcome is known.
OUTCOME_OF_CALL = {
    "": "conversation",
    Outcome.REACHED: "conversation",
    Outcome.PROMISED: "conversation",
    Outcome.CALL_BACK: "conversation",
    Outcome.REFUSED_TO_TALK: "refused",
    Outcome.LEFT_MESSAGE: "attempted",
    Outcome.NO_ANSWER: "attempted",
    Outcome.BUSY: "not_connected",
    Outcome.THIRD_PERSON: "connected",
    Outcome.WRONG_NUMBER: "connected",
}


@dataclass
class Knowledge:
    """What the record knows of one borrower: circumstances with their time, earlier contacts, oldest first, and what
    their consents say."""

    circumstances: list[tuple[str, datetime.datetime, datetime.datetime | None]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    said: ForTheGate = field(default_factory=ForTheGate)

    def remember(self, contact: PlannedContact, sent_at: datetime.datetime) -> None:
        """Add a message that has just left."""
        agency = contact.agency.name if contact.agency else None
        self.history.append(_past(contact.channel, sent_at, contact.borrower.reference, agency, "delivered"))

    def in_force(self, instant: datetime.datetime) -> list[str]:
        """The circumstances that hold at `instant`, each once."""
        return sorted({kind for kind, since, until in self.circumstances if _holds(since, until, instant)})

    def consents(self) -> list[dict[str, Any]]:
        """The consents given to this lender that lift a rule, with the time of each."""
        return [
            {"kind": kind, "to": settings.DULY_LENDER, "given_at": _utc(since)}
            | ({"until": _utc(until)} if until else {})
            for kind, since, until in self.said.consents
        ]

    def refused_channels(self, instant: datetime.datetime) -> list[str]:
        """The channels that the borrower does not want at `instant`."""
        return sorted({channel for channel, since, until in self.said.refused if _holds(since, until, instant)})


@dataclass(frozen=True)
class Answer:
    """The gate's answer about a contact at `contact_at`, with the question as it was put."""

    contact_at: datetime.datetime
    inputs: dict[str, Any]
    allowed: bool
    rules: list[dict[str, Any]]
    packs: dict[str, Any]
    must_include: list[str]
    next_allowed_at: datetime.datetime | None

    @property
    def refusal(self) -> str:
        """Why not, in one line: the reason and citation of each rule that forbids it."""
        return "; ".join(f"{rule['because']} ({rule['citation']})" for rule in self.rules if rule["result"] == "fail")


def what_is_known(borrower_ids: Collection[int], now: datetime.datetime) -> dict[int, Knowledge]:
    """What the record knows of each borrower at `now`. Three queries, whatever the number of borrowers."""
    known: dict[int, Knowledge] = defaultdict(Knowledge)
    circumstances = Circumstance.objects.filter(borrower_id__in=borrower_ids)
    for row in circumstances.values_list("borrower_id", "kind", "since", "until"):
        known[row[0]].circumstances.append(row[1:])
    since = None if _looks_back_for_ever() else now - YEAR
    for borrower_id, past in _history(borrower_ids, since):
        known[borrower_id].history.append(past)
    for borrower_id, said in for_the_gate(borrower_ids).items():
        known[borrower_id].said = said
    return known


def _history(borrower_ids: Collection[int], since: datetime.datetime | None) -> list[tuple[int, dict[str, Any]]]:
    """Every contact after `since` with these borrowers, oldest first, by whichever party, and all that they wrote."""
    of_message = Receipt.objects.filter(message=OuterRef("pk"))
    messages = Message.objects.annotate(
        became=Case(
            When(Exists(of_message.filter(kind=Receipt.Kind.READ)), then=Value("read")),
            When(Exists(of_message.filter(kind=Receipt.Kind.DELIVERED)), then=Value("delivered")),
            When(Exists(of_message.filter(kind=Receipt.Kind.UNDELIVERED)), then=Value("undelivered")),
            default=Value("delivered"),
            output_field=CharField(),
        )
    )
    doubtful = Attempt.objects.filter(state=Attempt.State.HANDING_OVER).annotate(became=Value("delivered", CharField()))
    calls = Call.objects.annotate(
        became=Case(
            *(When(outcome=outcome, then=Value(counts)) for outcome, counts in OUTCOME_OF_CALL.items()),
            output_field=CharField(),
        )
    )
    sources = []
    for rows, of, at in ((messages, "planned__", "sent_at"), (doubtful, "planned__", "at"), (calls, "", "begun_at")):
        rows = rows.filter(**{f"{of}borrower_id__in": borrower_ids})
        if since is not None:
            rows = rows.filter(**{f"{at}__gt": since})
        columns = (f"{of}borrower_id", f"{of}borrower__reference", f"{of}channel", f"{of}agency__name")
        sources.append(rows.values_list(at, *columns, "became"))
    heard = Inbound.objects.filter(borrower_id__in=borrower_ids)
    if since is not None:
        heard = heard.filter(at__gt=since)
    heard = heard.annotate(nobody=Value(None, CharField()), became=Value(HEARD, CharField()))
    columns = ("borrower_id", "borrower__reference", "channel", "nobody")
    sources.append(heard.values_list("at", *columns, "became"))
    found = sorted(sources[0].union(*sources[1:], all=True), key=lambda one: one[0])
    return [
        (borrower_id, _past(channel, at, debt, agency, outcome))
        for at, borrower_id, debt, channel, agency, outcome in found
    ]


def _looks_back_for_ever() -> bool:
    """Whether a rule in force counts contacts with the debtor of any time, which needs all of them."""
    return any(
        rule.figures.get("days") == 0 and "debtor" in rule.applies.get("relations", ["debtor"])
        for rule in law_of(packs_in_force(), house_packs()).rules
        if rule.kind in ("frequency", "cooling")
    )


def ask(contact: PlannedContact, known: Knowledge, days_past_due: int, at: datetime.datetime) -> Answer:
    """Ask the gate whether `contact` may be made at `at` (UTC)."""
    return ask_about(
        contact.borrower, contact.channel, contact.purpose, known, days_past_due, at, agency=contact.agency
    )


def ask_about(
    borrower: Borrower,
    channel: str,
    purpose: str,
    known: Knowledge,
    days_past_due: int,
    at: datetime.datetime,
    language: str = "en",
    agency: Agency | None = None,
) -> Answer:
    """Ask the gate whether the lender, or `agency` for it, may contact `borrower` at `at` (UTC).

    The reasons are in `language`.
    """
    inputs = {
        "pack": packs_in_force(),
        "contact": {
            "at": at.astimezone(datetime.UTC).isoformat(),
            "channel": channel,
            "by": _party(agency.name if agency else None),
            "to": {"relation": "debtor"},
            "purpose": purpose,
        },
        "person": {
            "time_zones": list(zones_of(borrower.time_zones)),
            "circumstances": known.in_force(at),
            "consents": known.consents(),
            "preferences": {"refused_channels": refused} if (refused := known.refused_channels(at)) else {},
        },
        "debt": {"id": borrower.reference, "days_past_due": days_past_due, "status": "open"},
        "history": list(known.history),
    }
    return read_answer(inputs, at, language)


def read_answer(inputs: dict[str, Any], at: datetime.datetime, language: str = "en") -> Answer:
    """Put a question to the gate, new or from the log; the reasons are in `language` (en, zh)."""
    out = decide_json(inputs, language, house_packs())
    later = out["next_allowed_at"]
    return Answer(
        contact_at=at,
        inputs=inputs,
        allowed=out["allowed"],
        rules=out["rules"],
        packs=out["packs"],
        must_include=list(out["must_include"]),
        next_allowed_at=None if later is None else datetime.datetime.fromisoformat(later),
    )


def log_entry(contact: PlannedContact, answer: Answer, moment: str, now: datetime.datetime) -> Decision:
    """The answer about a planned contact as a decision of the log; `log.append` numbers and saves it."""
    return decision_on(contact.borrower, contact.channel, answer, moment, now, contact)


def decision_on(
    borrower: Borrower,
    channel: str,
    answer: Answer,
    moment: str,
    now: datetime.datetime,
    planned: PlannedContact | None = None,
) -> Decision:
    """The answer about a contact, planned or made by hand, as a decision of the log."""
    return Decision(
        decided_at=now,
        contact_at=answer.contact_at,
        moment=moment,
        planned=planned,
        borrower=borrower,
        debt=answer.inputs["debt"]["id"],
        channel=channel,
        template=planned.template if planned else "",
        allowed=answer.allowed,
        next_allowed_at=answer.next_allowed_at,
        sheet=sheet_of(answer.packs, answer.rules, answer.must_include),
        because=[rule["because"] for rule in answer.rules if rule["result"] != "not_applicable"],
        inputs=answer.inputs,
    )


def _holds(since: datetime.datetime, until: datetime.datetime | None, instant: datetime.datetime) -> bool:
    return since <= instant and (until is None or instant < until)


def _utc(instant: datetime.datetime) -> str:
    return instant.astimezone(datetime.UTC).isoformat()


def _past(channel: str, at: datetime.datetime, debt: str, agency: str | None, outcome: str) -> dict[str, Any]:
    return {
        "at": _utc(at),
        "channel": channel,
        "direction": "in" if outcome == HEARD else "out",
        "by": _party(agency),
        "to": {"relation": "debtor"},
        "outcome": "delivered" if outcome == HEARD else outcome,
        "debt": debt,
    }


def _party(agency: str | None) -> dict[str, str]:
    return {"kind": "agency", "name": agency} if agency else {"kind": "in_house", "name": settings.DULY_LENDER}
