"""The conformance suite as a table: reads tests/law/cases/*.toml and asks the gate, rule by rule.

A case names a rule, the facts that differ from an ordinary contact (a call at ten in the morning, see ORDINARY), and
what the rule must answer. Times are those of the clocks of the first zone. `each` repeats the case for every value of
a fact ("history.outcome" sets it in every entry of the history).
"""

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from operator import or_
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from duly.law import caps, duties
from duly.law.clock import instant, microseconds
from duly.law.columns import NEVER
from duly.law.compose import Law
from duly.law.decide import RESULTS
from duly.law.gate import NOT_APPLICABLE, PASS, examine, next_allowed
from duly.law.question import Question, read_question
from duly.law.vocabulary import ITEMS, words

FOLDER = Path(__file__).parent / "cases"
ORDINARY: dict[str, Any] = {
    "at": "2026-03-16 10:00:00",  # a Monday
    "zones": ["Asia/Shanghai"],
    "channel": "voice",
    "purpose": "reminder",
    "by": "in_house",
    "name": "Lender",
    "relation": "debtor",
    "third": None,
    "place": None,
    "debt": "D1",
    "days_past_due": 10,
    "status": "open",
    "dispute_window_ends": None,
    "circumstances": [],
    "consents": [],
    "refused_channels": [],
    "refused_places": [],
    "inconvenient_hours": [],
    "history": [],
}
ENTRY: dict[str, Any] = {
    "channel": "voice",
    "direction": "out",
    "outcome": "attempted",
    "by": "in_house",
    "name": "Lender",
    "relation": "debtor",
    "third": None,
    "debt": "D1",
    "with_consent": False,
}
EXPECTED = {"rule", "pack", "says", "expect", "next", "items", "must_include", "each"}


@dataclass(frozen=True)
class Case:
    """One contact and what a rule must say of it. `next_at` is an instant, None (never), or ... (not stated)."""

    rule: str
    pack: str
    says: str
    expect: str
    next_at: Any
    items: list[str] | None  # what the rule itself requires to be said
    must_include: list[str] | None  # what all rules together do
    question: Question


def wall(text: str, zone: str) -> str:
    """A local time as an instant in ISO 8601; the earlier of the two where clocks show it twice ("…~" the later)."""
    time = datetime.datetime.fromisoformat(text.rstrip("~"))
    return time.replace(tzinfo=ZoneInfo(zone), fold=int(text.endswith("~"))).astimezone(datetime.UTC).isoformat()


def document(facts: Mapping[str, Any], pack: str) -> dict[str, Any]:
    """The question of `duly decide` for the facts of a case."""
    zone = facts["zones"][0] if facts["zones"] else "UTC"

    def dated(one: Any) -> Any:
        if isinstance(one, str):
            return one
        return {
            key: wall(value, zone) if key in ("since", "until", "given_at") else value for key, value in one.items()
        }

    return {
        "pack": pack,
        "contact": {
            "at": wall(facts["at"], zone),
            "channel": facts["channel"],
            "by": {"kind": facts["by"], "name": facts["name"]},
            "to": {"relation": facts["relation"], "id": facts["third"], "place": facts["place"]},
            "purpose": facts["purpose"],
        },
        "person": {
            "time_zones": facts["zones"],
            "circumstances": [dated(one) for one in facts["circumstances"]],
            "consents": [dated(one) for one in facts["consents"]],
            "preferences": {name: facts[name] for name in ("refused_channels", "refused_places", "inconvenient_hours")},
        },
        "debt": {
            "id": facts["debt"],
            "days_past_due": facts["days_past_due"],
            "status": facts["status"],
            "dispute_window_ends": None
            if facts["dispute_window_ends"] is None
            else wall(facts["dispute_window_ends"], zone),
        },
        "history": [
            {
                "at": wall(one["at"], zone),
                "channel": one["channel"],
                "direction": one["direction"],
                "by": {"kind": one["by"], "name": one["name"]},
                "to": {"relation": one["relation"] or None, "id": one["third"]},
                "outcome": one["outcome"],
                "debt": one["debt"],
                "with_consent": one["with_consent"],
            }
            for one in (ENTRY | entry for entry in facts["history"])
            for _ in range(one.get("times", 1))
        ],
    }


@lru_cache
def documents() -> list[dict[str, Any]]:
    """All case files, in order."""
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))]


@lru_cache
def cases() -> list[Case]:
    """Every case about a contact, `each` spelled out."""
    return [case for one in documents() for row in one.get("cases", ()) for case in _spelled_out(row)]


def rows(table: str) -> list[dict[str, Any]]:
    """The rows of another table of the case files: due, kept, caps, classes."""
    return [row for one in documents() for row in one.get(table, ())]


def _spelled_out(row: Mapping[str, Any]) -> Iterator[Case]:
    unknown = row.keys() - EXPECTED - ORDINARY.keys()
    assert not unknown, f"{row['rule']}: {unknown}"
    each = row.get("each", {})
    for values in product(*each.values()):
        facts = ORDINARY | {name: value for name, value in row.items() if name in ORDINARY}
        chosen = dict(zip(each, values, strict=True))
        for name, value in chosen.items():
            if name.startswith("history."):
                facts = facts | {"history": [entry | {name[8:]: value} for entry in facts["history"]]}
            elif isinstance(ORDINARY[name], list) and not isinstance(value, list):
                facts = facts | {name: [*facts[name], value]}
            else:
                facts = facts | {name: value}
        next_at = row.get("next", ...)
        zone = facts["zones"][0] if facts["zones"] else "UTC"
        if isinstance(next_at, str):
            next_at = None if next_at == "never" else datetime.datetime.fromisoformat(wall(next_at, zone))
        yield Case(
            rule=row["rule"],
            pack=row.get("pack", row["rule"].split(".")[0]),
            says=row["says"] + "".join(f" [{value}]" for value in chosen.values()),
            expect=row["expect"],
            next_at=next_at,
            items=row.get("items"),
            must_include=row.get("must_include"),
            question=read_question(document(facts, row.get("pack", row["rule"].split(".")[0]))),
        )


def wrong(case: Case, law: Law) -> str:
    """How the gate's answer differs from what the case expects; empty when it does not."""
    question, at = case.question, microseconds(case.question.at)
    results, until = np.empty((2, len(law.rules)), np.int64)
    latest = examine(*law.rows, *question.facts, 0, at, results, until)
    said = {RESULTS[results[r]] for r, rule in enumerate(law.rules) if rule.id == case.rule}
    if len(said) > 1:
        said.discard(RESULTS[NOT_APPLICABLE])
    if said != {case.expect}:
        return f"{case.rule}: {case.says}: expected {case.expect}, was {said}"
    required = {
        rule.id: int(law.rows.rule["figures"][r, 0])
        for r, rule in enumerate(law.rules)
        if results[r] == PASS and rule.kind == "must_include"
    }
    together = words(reduce(or_, required.values(), 0), ITEMS)
    if case.must_include is not None and together != case.must_include:
        return f"{case.rule}: {case.says}: expected {case.must_include}, was {together}"
    if case.items is not None and words(required[case.rule], ITEMS) != case.items:
        return f"{case.rule}: {case.says}: expected {case.items}, was {words(required[case.rule], ITEMS)}"
    if case.next_at is not ...:
        later = next_allowed(*law.rows, *question.facts, 0, at, latest, results, until)
        found = None if later == NEVER else instant(later)
        if found != case.next_at:
            return f"{case.rule}: {case.says}: expected next at {case.next_at}, was {found}"
    return ""


def _pack(row: Mapping[str, Any]) -> str:
    return row["rule"].split(".")[0]


def _instant(row: Mapping[str, Any], field: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(wall(row[field], row["zone"]))


def due_wrong(row: Mapping[str, Any]) -> str:
    """How the duty that the row's rule sets running differs from what is expected."""
    found = duties.due(row["event"], _instant(row, "at"), _pack(row), row["zone"])
    due_at = [duty.due_at for duty in found if (duty.rule.id, duty.what) == (row["rule"], row["duty"])]
    expected = [] if row["due"] == "none" else [_instant(row, "due")]
    return "" if due_at == expected else f"{row['rule']}: expected {expected}, was {due_at}"


def kept_wrong(row: Mapping[str, Any]) -> str:
    """How long a record is kept, if not as long as is expected."""
    until, rules = duties.kept_until(
        row["what"], row["after"], _instant(row, "at"), _pack(row), row["zone"], row.get("holding", ())
    )
    if row["until"] == "none":
        return "" if not rules else f"{row['rule']} speaks"
    expected = None if row["until"] == "not while that is open" else _instant(row, "until")
    return "" if until == expected else f"{row['rule']}: expected {expected}, was {until}"


def cap_wrong(row: Mapping[str, Any]) -> str:
    """What the row's cap says of the figure, if not what is expected."""
    on = datetime.date.fromisoformat(row["on"])
    found = caps.check_cap(row["of"], row["figure"], on, _pack(row), row.get("base"))
    said = [one.within for one in found if one.rule.id == row["rule"]]
    expected = [] if row["within"] == "none" else [row["within"]]
    return "" if said == expected else f"{row['rule']}: expected {expected} of {row['figure']}, was {said}"


def class_wrong(row: Mapping[str, Any]) -> str:
    """The class of a loan so late, if not what is expected."""
    found = caps.risk_class(row["days_past_due"], datetime.date(2026, 3, 16), _pack(row)) or "none"
    return "" if found == row["class"] else f"{row['days_past_due']}: expected {row['class']}, was {found}"
