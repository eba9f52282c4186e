"""An independent reading of the rules for the base, China and the United States: which of them a contact breaks.

Written from the rules' text with the standard library alone; it shares nothing with duly.law. It judges contacts that
were made, with what was true at that instant, and knows only what the schedules of test_adversary.py can bring about.
"""

import datetime
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

HOURS = {"base": (8, 20), "cn": (8, 22), "us": (8, 21)}
# Answer for the debt beside the debtor, or after them.
LIABLE = {"guarantor", "executor"}
WRITTEN = {"sms", "email", "app", "chat"}


@dataclass(frozen=True)
class Made:
    """A contact that was made, or that the person made (`direction` in)."""

    at: datetime.datetime
    channel: str
    direction: str
    kind: str
    name: str
    relation: str
    third: str | None
    purpose: str
    debt: str
    outcome: str
    with_consent: bool = False


@dataclass
class Person:
    """What is true of a person at an instant. Consents: (kind, to whom, when)."""

    zones: list[str]
    circumstances: set[str] = field(default_factory=set)
    consents: list[tuple[str, str, datetime.datetime]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


def broken(pack: str, one: Made, person: Person, log: list[Made]) -> list[str]:
    """The rules that making this contact breaks, given everything made before it."""
    found = []
    federal = pack == "us" and one.kind == "agency"
    answer = one.purpose == "reply"
    if not person.zones:
        found.append("nobody knows what hour it is there")
    if one.channel in person.refused:
        found.append("through a channel that was refused")
    if not (one.channel == "letter" or (answer and one.channel in WRITTEN)):
        found += _night(pack, one, person, federal, answer)
    if answer:
        found += _unasked(one, log)
    else:
        found += _too_often(pack, one, person, log, federal)
        found += _people_left_alone(pack, one, person, federal)
    return found + _not_to_them(pack, one, person, log, federal)


def _days(at: datetime.datetime, zones: list[str]) -> list[datetime.date]:
    return [at.astimezone(ZoneInfo(zone)).date() for zone in zones]


def _within_days(earlier: Made, one: Made, days: int, zones: list[str]) -> bool:
    pairs = zip(_days(earlier.at, zones), _days(one.at, zones), strict=True)
    return any((now - then).days < days for then, now in pairs)


def _night(pack: str, one: Made, person: Person, federal: bool, answer: bool) -> list[str]:
    opens, closes = HOURS["base" if answer or (pack == "us" and not federal) else pack]
    to_whom = [to for kind, to, _ in person.consents if kind == "hours"]
    if (one.name in to_whom) if federal and not answer else to_whom:
        return []
    hours = [one.at.astimezone(ZoneInfo(zone)).hour for zone in person.zones]
    return [] if all(opens <= hour < closes for hour in hours) else ["at night"]


def _unasked(one: Made, log: list[Made]) -> list[str]:
    inward = [place for place, earlier in enumerate(log) if earlier.direction == "in"]
    if not inward:
        return ["an answer to nobody"]
    asked = log[inward[-1]]
    if one.at - asked.at >= datetime.timedelta(days=7):
        return ["an answer a week late"]
    return ["a fourth answer"] if len(log) - 1 - inward[-1] >= 3 else []


def _too_often(pack: str, one: Made, person: Person, log: list[Made], federal: bool) -> list[str]:
    ours = [earlier for earlier in log if earlier.direction == "out"]
    found = []
    if federal and one.channel == "voice":
        if one.relation != "attorney" and not _agreed_to_calls(one, person, log):
            same = [e for e in log if e.channel == "voice" and (e.name, e.debt) == (one.name, one.debt)]
            same = [e for e in same if e.relation == one.relation and _within_days(e, one, 7, person.zones)]
            calls = [e for e in same if e.direction == "out" and e.outcome != "not_connected" and not e.with_consent]
            if len(calls) >= 7:
                found.append("an eighth call in seven days")
            if any(e.outcome == "conversation" for e in same):
                found.append("a call within seven days of a conversation")
        return found
    week = [e for e in ours if one.at - e.at < datetime.timedelta(days=7) and e.channel != "letter"]
    if one.channel != "letter" and len([e for e in week if e.outcome != "not_connected"]) >= 7:
        found.append("an eighth attempt in seven days")
    today = [e for e in ours if _within_days(e, one, 1, person.zones)]
    if pack == "cn" and one.channel == "voice":
        spoken = [e for e in today if e.channel == "voice" and e.outcome in ("conversation", "connected")]
        if len(spoken) >= 3:
            found.append("a fourth call in a day")
    elif one.channel in ("voice", "visit", "chat") and any(e.outcome == "conversation" for e in today):
        found.append("a second conversation in a day")
    return found


def _agreed_to_calls(one: Made, person: Person, log: list[Made]) -> bool:
    for kind, to, given in person.consents:
        if (kind, to) != ("calls", one.name):
            continue
        young = all(
            (one.at.astimezone(z).date() - given.astimezone(z).date()).days < 7 for z in map(ZoneInfo, person.zones)
        )
        if young and not any(e.at > given and (e.channel, e.outcome) == ("voice", "conversation") for e in log):
            return True
    return False


def _people_left_alone(pack: str, one: Made, person: Person, federal: bool) -> list[str]:
    found = [
        f"the person is {word}" for word in ("disputed", "complaint_open", "bankrupt") if word in person.circumstances
    ]
    stops = ("reminder", "locate") if federal else ("reminder", "notice", "locate")
    if "cease_requested" in person.circumstances and one.purpose in stops:
        found.append("asked for no contact")
    if "represented" in person.circumstances and one.relation != "attorney":
        found.append("past the attorney")
    if "deceased" in person.circumstances:
        heirs = {"cn": {*LIABLE, "contact_person"}, "us": {*LIABLE, "attorney"} if federal else set()}
        if one.relation not in heirs.get(pack, set()):
            found.append("dead")
    return found


def _not_to_them(pack: str, one: Made, person: Person, log: list[Made], federal: bool) -> list[str]:
    found = []
    others = {"cn": {*LIABLE, "contact_person"}, "us": {*LIABLE, "contact_person"} if federal else set()}
    if one.relation not in {"debtor", "attorney"} | others.get(pack, set()):
        found.append("not the debtor")
    if one.relation == "attorney" and "represented" not in person.circumstances:
        found.append("an attorney who does not act")
    if one.relation == "contact_person":
        before = [e for e in log if (e.relation, e.third) == (one.relation, one.third)]
        if one.purpose != "locate":
            found.append("a third person, and not to find the debtor")
        if pack == "cn" and not person.circumstances & {"unreachable", "deceased"}:
            found.append("a contact person without need")
        if pack == "cn" and any(e.outcome == "refused" for e in before):
            found.append("a third person who refused")
        reached = ("connected", "conversation", "delivered", "refused")
        if federal and any(e.direction == "out" and e.name == one.name and e.outcome in reached for e in before):
            found.append("a third person twice")
    return found
