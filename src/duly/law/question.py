"""A question to the gate as a JSON document: checked, and put in columns of one row.

What is malformed is refused with an InputError. What is well formed and not understood (a word that the vocabulary
lacks, a zone without a clock) is kept in `not_understood`: the gate then forbids, and says which words they were.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from duly.engine.errors import InputError
from duly.engine.facts import parse_instant
from duly.law import clock
from duly.law.clock import microseconds
from duly.law.columns import BUSY, CIRCUMSTANCE, CONSENT, CONTACT, NEVER, PAST, UNKNOWN, Facts, Records
from duly.law.vocabulary import (
    CHANNELS,
    CIRCUMSTANCES,
    CONSENTS,
    DIRECTIONS,
    OUTCOMES,
    PARTIES,
    PLACES,
    PURPOSES,
    RELATIONS,
    STATUSES,
)

FIELDS = {
    "": {"pack", "contact", "person", "debt", "history"},
    "/contact": {"at", "channel", "by", "to", "purpose"},
    "/contact/by": {"kind", "name"},
    "/contact/to": {"relation", "id", "place"},
    "/person": {"time_zones", "circumstances", "consents", "preferences"},
    "/person/preferences": {"refused_channels", "refused_places", "inconvenient_hours"},
    "/debt": {"id", "days_past_due", "status", "dispute_window_ends"},
}
HISTORY_FIELDS = {"at", "channel", "direction", "by", "to", "outcome", "debt", "purpose", "with_consent"}
_DAYS_PAST_DUE = 100_000


@dataclass
class Question:
    """One contact asked about, in columns, with the words that nobody understood (JSON pointer and word)."""

    pack: str
    at: datetime.datetime
    zones: tuple[str, ...]
    facts: Facts
    not_understood: Sequence[tuple[str, str]]


@dataclass
class _Reader:
    """Reads words into codes, remembering those that are not understood."""

    strange: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def code(self, word: object, vocabulary: Sequence[str], where: str) -> int:
        if not isinstance(word, str):
            raise InputError(f"{word!r} is not a word", where, f"use one of {', '.join(vocabulary)}")
        if word in vocabulary:
            return vocabulary.index(word)
        self.strange.append((where, word))
        return UNKNOWN

    def same(self, name: object) -> int:
        """A number for a name, the same for the same name."""
        return UNKNOWN if name is None else self.names.setdefault(str(name), len(self.names))

    def members(self, document: Mapping[str, Any], where: str) -> None:
        """Note the fields that are not known: a fact that we cannot read may be one that forbids."""
        for name in document:
            if name not in FIELDS[where]:
                self.strange.append((f"{where}/{name}", str(name)))


def read_question(document: object) -> Question:
    """The question in a JSON `document` of interfaces' form. Raises InputError with a pointer to what is malformed."""
    reader = _Reader()
    whole = _object(document, "", 'give {"pack", "contact", "person", "debt", "history"}')
    reader.members(whole, "")
    pack = whole.get("pack")
    if not isinstance(pack, str):
        raise InputError("pack is not a name", "/pack", 'name the packs, as in "cn"')
    contact = _object(whole.get("contact"), "/contact", 'give {"at", "channel", "by", "to", "purpose"}')
    person = _object(whole.get("person"), "/person", 'give {"time_zones", "circumstances", …}')
    debt = _object(whole.get("debt"), "/debt", 'give {"id", "days_past_due", "status"}')
    reader.members(contact, "/contact")
    reader.members(person, "/person")
    reader.members(debt, "/debt")
    at = _at(contact.get("at"), "/contact/at")
    zones = _zones(reader, person.get("time_zones", []))
    circumstances = _circumstances(reader, person.get("circumstances", []), debt)
    consents = _consents(reader, person.get("consents", []))
    refused, busy = _preferences(reader, person.get("preferences", {}))
    columns = {**_contact(reader, contact, at), **_debt(reader, debt), **refused}
    past = _past(reader, whole.get("history", []))
    zone, change = clock.changes_of(zones)
    contact_row = np.zeros(1, CONTACT)
    for name, value in columns.items():
        contact_row[name] = value
    contact_row["understood"] = not reader.strange
    tables = {
        "zone": zone,
        "circumstance": np.array(circumstances, CIRCUMSTANCE),
        "consent": np.array(consents, CONSENT),
        "busy": np.array(busy, BUSY),
        "past": past,
    }
    for name, table in tables.items():
        contact_row[f"last_{name}"] = len(table)
    return Question(pack, at, zones, Facts(contact_row, change=change, **tables), reader.strange)


def _object(value: object, where: str, remedy: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError("this is missing" if value is None else f"{value!r} is not an object", where, remedy)
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InputError(f"{value!r} is not a list", where, "give a list, which may be empty")
    return list(value)


def _at(text: object, where: str) -> datetime.datetime:
    at = parse_instant(text, where)
    if not clock.FIRST <= at < clock.LAST:
        raise InputError(f"{text!r} is too far away", where, "give an instant from 1990 to 2069")
    return at


def _when(value: object, where: str, otherwise: int) -> int:
    return otherwise if value is None else microseconds(_at(value, where))


def _zones(reader: _Reader, value: object) -> tuple[str, ...]:
    zones = []
    for index, name in enumerate(_list(value, "/person/time_zones")):
        if isinstance(name, str) and name in clock.known_zones():
            zones.append(name)
        else:
            reader.strange.append((f"/person/time_zones/{index}", str(name)))
    return tuple(dict.fromkeys(zones))


def _contact(reader: _Reader, contact: Mapping[str, Any], at: datetime.datetime) -> dict[str, Any]:
    by = _object(contact.get("by"), "/contact/by", 'give {"kind", "name"}')
    to = _object(contact.get("to"), "/contact/to", 'give {"relation"}')
    reader.members(by, "/contact/by")
    reader.members(to, "/contact/to")
    return {
        "at": microseconds(at),
        "channel": reader.code(contact.get("channel", ""), CHANNELS, "/contact/channel"),
        "purpose": reader.code(contact.get("purpose", ""), PURPOSES, "/contact/purpose"),
        "party_kind": reader.code(by.get("kind", ""), PARTIES, "/contact/by/kind"),
        "party": reader.same(by.get("name")),
        "relation": reader.code(to.get("relation", ""), RELATIONS, "/contact/to/relation"),
        "person": reader.same(to.get("id")),
        "place": UNKNOWN if to.get("place") is None else reader.code(to["place"], PLACES, "/contact/to/place"),
    }


def _debt(reader: _Reader, debt: Mapping[str, Any]) -> dict[str, Any]:
    days = debt.get("days_past_due", 0)
    if not isinstance(days, int) or isinstance(days, bool) or abs(days) > _DAYS_PAST_DUE:
        raise InputError(f"{days!r} is not a number of days", "/debt/days_past_due", "give a whole number")
    return {
        "debt": reader.same(debt.get("id")),
        "days_past_due": days,
        "status": reader.code(debt.get("status", "open"), STATUSES, "/debt/status"),
        "dispute_window_ends": _when(debt.get("dispute_window_ends"), "/debt/dispute_window_ends", NEVER),
    }


def _circumstances(reader: _Reader, value: object, debt: Mapping[str, Any]) -> list[tuple[int, int, int]]:
    """Kind, since and until of each circumstance."""
    found = []
    for index, one in enumerate(_list(value, "/person/circumstances")):
        where = f"/person/circumstances/{index}"
        fields = {"kind": one} if isinstance(one, str) else _object(one, where, 'give a word, or {"kind", "since"}')
        # What concerns another debt alone does not stand in the way of this one.
        if fields.get("debt") is not None and debt.get("id") is not None and str(fields["debt"]) != str(debt["id"]):
            continue
        kind = reader.code(fields.get("kind"), CIRCUMSTANCES, where)
        for name in fields:
            if name not in ("kind", "since", "until", "debt"):
                reader.strange.append((f"{where}/{name}", str(name)))
        since = _when(fields.get("since"), f"{where}/since", -NEVER)
        until = _when(fields.get("until"), f"{where}/until", NEVER)
        if kind >= 0:
            found.append((kind, since, until))
    return found


def _consents(reader: _Reader, value: object) -> list[tuple[int, int, int, int]]:
    """Kind, to whom, since and until of each consent."""
    found = []
    for index, one in enumerate(_list(value, "/person/consents")):
        where = f"/person/consents/{index}"
        fields = {"kind": one} if isinstance(one, str) else _object(one, where, 'give a word, or {"kind", "given_at"}')
        kind = reader.code(fields.get("kind"), CONSENTS, where)
        for name in fields:
            if name not in ("kind", "given_at", "until", "to"):
                reader.strange.append((f"{where}/{name}", str(name)))
        given = _when(fields.get("given_at"), f"{where}/given_at", NEVER)
        until = _when(fields.get("until"), f"{where}/until", NEVER)
        if kind >= 0:
            found.append((kind, reader.same(fields.get("to")), given, until))
    return found


def _preferences(reader: _Reader, value: object) -> tuple[dict[str, int], list[tuple[int, int]]]:
    """What is refused as sets, and the inconvenient hours in minutes."""
    where = "/person/preferences"
    preferences = _object(value, where, "give an object, which may be empty")
    reader.members(preferences, where)
    masks = {}
    for name, vocabulary in (("refused_channels", CHANNELS), ("refused_places", PLACES)):
        codes = [
            reader.code(word, vocabulary, f"{where}/{name}/{index}")
            for index, word in enumerate(_list(preferences.get(name, []), f"{where}/{name}"))
        ]
        masks[name] = sum(1 << code for code in set(codes) if code >= 0)
    busy = [
        interval(one, f"{where}/inconvenient_hours/{index}")
        for index, one in enumerate(_list(preferences.get("inconvenient_hours", []), f"{where}/inconvenient_hours"))
    ]
    return masks, busy


def interval(value: object, where: str) -> tuple[int, int]:
    """Two times of the day as minutes from midnight; over midnight when the second is the earlier."""
    remedy = 'give two times of the day, as in ["12:00", "14:00"]'
    try:
        start, end = (_minutes(text) for text in _list(value, where))
    except (ValueError, AttributeError):
        raise InputError(f"{value!r} is not two times", where, remedy) from None
    if start == end or start == 24 * 60:
        raise InputError(f"{value!r} is no time at all", where, remedy)
    return start, end


def _minutes(text: str) -> int:
    if text == "24:00":
        return 24 * 60
    time = datetime.time.fromisoformat(text)
    return time.hour * 60 + time.minute


def _past(reader: _Reader, value: object) -> Records:
    rows = []
    for index, entry in enumerate(_list(value, "/history")):
        where = f"/history/{index}"
        one = _object(entry, where, 'give {"at", "channel", "direction", "by", "to", "outcome", "debt"}')
        if not one.keys() <= HISTORY_FIELDS:
            reader.strange += [(f"{where}/{name}", str(name)) for name in one if name not in HISTORY_FIELDS]
        by = _object(one.get("by", {}), f"{where}/by", 'give {"kind", "name"}')
        to = _object(one.get("to", {}), f"{where}/to", 'give {"relation"}')
        relation = to.get("relation")
        consented = one.get("with_consent", False)
        if not isinstance(consented, bool):
            raise InputError(f"{consented!r} is not true or false", f"{where}/with_consent", "give true or false")
        rows.append(
            (
                microseconds(parse_instant(one.get("at"), f"{where}/at")),
                reader.same(to.get("id")),
                reader.same(by.get("name")),
                reader.same(one.get("debt")),
                reader.code(one.get("channel", ""), CHANNELS, f"{where}/channel"),
                reader.code(one.get("direction", ""), DIRECTIONS, f"{where}/direction"),
                reader.code(one.get("outcome", ""), OUTCOMES, f"{where}/outcome"),
                UNKNOWN if relation is None else reader.code(relation, RELATIONS, f"{where}/to/relation"),
                consented,
            )
        )
    rows.sort(key=lambda row: row[0])
    return np.array(rows, PAST)
