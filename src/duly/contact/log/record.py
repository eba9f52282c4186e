"""The bytes of one decision in the log, from Python's values and from the database's columns alike.

A record is UTF-8 text: the fields of FIELDS, one a line, joined by a newline. The first is the hash of the record
before (GENESIS for the first), so that each hash, the SHA-256 of its record in lower-case hex, vouches for all
records up to it. Numbers are decimal; a truth value is 1 or 0; an instant is UTC as `2026-11-24 02:00:00.000000`;
what is absent is the empty line; JSON has its keys sorted, no spaces, and no escapes but those that JSON demands.
No field holds a newline, so one record can be read in one way only.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping
from typing import Any

GENESIS = "0" * 64
FIELDS = (
    "previous",
    "id",
    "decided_at",
    "contact_at",
    "moment",
    "planned_id",
    "borrower_id",
    "debt",
    "channel",
    "template",
    "allowed",
    "next_allowed_at",
    "sheet_id",
    "because",
    "inputs",
)
_INSTANTS = ("decided_at", "contact_at", "next_allowed_at")
_TEXTS = ("previous", "moment", "debt", "channel", "template", "sheet_id", "because", "inputs")


def canonical(value: object) -> str:
    """`value` as JSON text, one way only: keys sorted, no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes, in lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def record(values: Mapping[str, Any]) -> str:
    """The record of a decision's values by column (JSON columns as values, instants with a zone).

    Raises ValueError for a field that holds a newline.
    """
    lines = [_line(name, values[name]) for name in FIELDS]
    for name, line in zip(FIELDS, lines, strict=True):
        if "\n" in line:
            raise ValueError(f"{name} of a decision holds a line break, which the log cannot tell from the next field")
    return "\n".join(lines)


def _line(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("because", "inputs"):
        return canonical(value)
    if name in _INSTANTS:
        utc: datetime.datetime = value.astimezone(datetime.UTC)
        return utc.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(int(value)) if name == "allowed" else str(value)


def record_in_sql(vendor: str) -> str:
    """The same record as an SQL expression over the columns of contact_decision: `sqlite` or `postgresql`."""
    if vendor == "sqlite":
        return " || char(10) || ".join(map(_line_in_sqlite, FIELDS))
    return " || E'\\n' || ".join(map(_line_in_postgresql, FIELDS))


def _line_in_sqlite(name: str) -> str:
    # Django keeps an instant as text, without microseconds where there are none.
    if name in _INSTANTS:
        return f"CASE length({name}) WHEN 19 THEN {name} || '.000000' ELSE coalesce({name}, '') END"
    return "coalesce(planned_id, '')" if name == "planned_id" else name


def _line_in_postgresql(name: str) -> str:
    if name in _INSTANTS:
        return f"coalesce(to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '')"
    if name == "allowed":
        return "CASE WHEN allowed THEN '1' ELSE '0' END"
    return name if name in _TEXTS else f"coalesce({name}::text, '')"


def odd_types_in_sqlite() -> str:
    """An SQL condition that is true where a value has another type than its column, which SQLite would not refuse.

    Such a value could read the same in the record and yet be passed over by a search.
    """
    odd = [f"typeof({name}) <> 'text'" for name in (*_TEXTS, "hash", "decided_at", "contact_at")]
    odd += [f"typeof({name}) <> 'integer'" for name in ("allowed", "borrower_id")]
    odd += ["typeof(planned_id) NOT IN ('integer', 'null')", "typeof(next_allowed_at) NOT IN ('text', 'null')"]
    return "(" + " OR ".join([*odd, "coalesce(next_allowed_at, '-') = ''"]) + ")"
