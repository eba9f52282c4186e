"""Breaking any one parameter of any rule in any pack turns at least one case of the conformance suite red."""

import copy
import datetime
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import case_table
import pytest
from case_table import cases, rows, wrong

from duly.law import caps, duties
from duly.law.check import beyond_the_schema
from duly.law.compose import Law, compose
from duly.law.kinds.frequency import PER
from duly.law.kinds.holidays import WEEKDAYS
from duly.law.kinds.preference import OF
from duly.law.pack import Pack, read_pack, shipped_names, shipped_pack, shipped_text
from duly.law.vocabulary import (
    CHANNELS,
    CIRCUMSTANCES,
    CONSENTS,
    DIRECTIONS,
    ITEMS,
    OUTCOMES,
    PARTIES,
    PURPOSES,
    RELATIONS,
    STATUSES,
)

# Of who is vulnerable no pack speaks: it is a mark for the lender's own people.
SPOKEN_OF = tuple(word for word in CIRCUMSTANCES if word != "vulnerable")
SETS = {
    "channels": CHANNELS,
    "purposes": PURPOSES,
    "by": PARTIES,
    "relations": RELATIONS,
    "circumstances": SPOKEN_OF,
    "any_of": SPOKEN_OF,
    "lifted_by": SPOKEN_OF,
    "directions": DIRECTIONS,
    "outcomes": OUTCOMES,
    "items": ITEMS,
    "weekdays": WEEKDAYS,
    "not_while": ("complaint_open", "suit_open", "window_open"),
}
CHOICES = {
    "per": PER,
    "parties": ("all", "same"),
    "third_person": ("any", "same"),
    "consented": ("counted", "not_counted"),
    "of": OF,
    "consent": CONSENTS,
    "calendar": ("ID", "US", "CN", "PH"),
    "unit": ("days", "working_days", "months", "years", "same_day"),
    "first_unit": ("days", "working_days"),
    "times": ("one_year_lpr", "contract_annual_rate"),
}
ALLOWED = {"relation": RELATIONS, "purpose": PURPOSES, "status": STATUSES}
ONE_DAY = datetime.timedelta(days=1)
NAMES = ("event", "duty", "what", "after")
# What the schema lets no figure be below.
LEAST = {("frequency", "limit"): 1, ("frequency", "days"): 1, ("cooling", "days"): 1}
# Subjects on which a country speaks instead of the base.
SPOKEN = {rule.subject for rule in shipped_pack("base").rules} & {
    rule.subject for name in shipped_names() if name != "base" for rule in shipped_pack(name).rules
}


def variants(name: str, value: Any, kind: str) -> Iterator[Any]:
    """Every value next to `value` that the parameter `name` of a rule could have been broken into."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, *([value - 1] if value > LEAST.get((kind, name), 0) else []))
    elif isinstance(value, datetime.date):
        yield from (value + ONE_DAY, value - ONE_DAY)
    elif isinstance(value, list):
        vocabulary = ALLOWED[kind] if name == "allowed" else SETS.get(name)
        if vocabulary is None:  # limits and names of classes
            for place, one in enumerate(value):
                others = (one + 1, one - 1) if isinstance(one, int) else ("another",)
                yield from ([*value[:place], other, *value[place + 1 :]] for other in others)
            return
        for word in vocabulary:
            yield [one for one in value if one != word] if word in value else [*value, word]
    elif name in ("open", "close"):
        time = int(value[:2]) * 60 + int(value[3:])
        yield from (f"{t // 60:02}:{t % 60:02}" for t in (time - 1, time + 1) if 0 <= t <= 24 * 60)
    elif name == "by":
        yield "day" if value == "instant" else "instant"
    elif (name == "of" and kind == "cap") or name in NAMES:
        yield "another"
    else:
        yield from (other for other in CHOICES[name] if other != value)


def broken_rules(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rule with one parameter broken, in every way, and what was done."""
    for field in ("from", "until", "lifted_by"):
        if field in rule:
            for value in variants(field, rule[field], rule["kind"]):
                yield f"{field} = {value}", rule | {field: value}
    if rule.get("subject") in SPOKEN:
        yield "subject = another", rule | {"subject": "another"}
    for table in ("applies", "unless", "figures"):
        for name, value in rule.get(table, {}).items():
            for other in variants(name, value, rule["kind"]):
                lifted = name == "any_of" and set(other) & set(rule.get("lifted_by", ()))
                if other != [] and not lifted and not (name == "unit" and value in ("same_day", "before")):
                    yield f"{table}.{name} = {other}", rule | {table: rule[table] | {name: other}}
    if "unless" in rule:
        yield "unless left out", {name: value for name, value in rule.items() if name != "unless"}


def mutants() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every pack with one parameter of one rule broken: pack, rule, what was done, the pack's document."""
    for name in shipped_names():
        document = tomllib.loads(shipped_text(name))
        for place, rule in enumerate(document["rules"]):
            for what, broken in broken_rules(rule):
                changed = copy.copy(document)
                changed["rules"] = [*document["rules"][:place], broken, *document["rules"][place + 1 :]]
                # A pack that the check refuses is no pack.
                if not beyond_the_schema(changed, name):
                    yield name, rule["id"], what, changed


@lru_cache
def companions(pack: str) -> tuple[str, ...]:
    """The packs in force with `pack`."""
    within = shipped_pack(pack).within
    return tuple(dict.fromkeys(["base", *([within] if within else []), pack]))


def law_with(broken: Pack, pack: str) -> Law:
    return compose([broken if name == broken.name else shipped_pack(name) for name in companions(pack)])


def notices_contact(broken: Pack, rule: str, subject_broken: bool) -> bool:
    """Whether some case about a contact goes red."""
    laws: dict[str, Law] = {}
    for case in cases():
        if case.rule != rule and not (subject_broken and case.rule.startswith("base.")):
            continue
        if broken.name in companions(case.pack):
            law = laws.get(case.pack) or laws.setdefault(case.pack, law_with(broken, case.pack))
            if wrong(case, law):
                return True
    return False


def notices_figure(broken: Pack, rule: str, patch: pytest.MonkeyPatch) -> bool:
    """Whether some case about a duty, a record, a cap or a class goes red."""
    with patch.context() as context:
        for room in (duties, caps):
            context.setattr(room, "law_of", lambda names, house=(): law_with(broken, names))
        return any(
            judge(row)
            for table, judge in (
                ("due", case_table.due_wrong),
                ("kept", case_table.kept_wrong),
                ("caps", case_table.cap_wrong),
                ("classes", case_table.class_wrong),
            )
            for row in rows(table)
            if row["rule"] == rule
        )


@pytest.mark.parametrize("pack", shipped_names())
def test_breaking_any_one_parameter_turns_a_case_red(pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unnoticed, tried = [], 0
    for name, rule, what, document in mutants():
        if name != pack:
            continue
        tried += 1
        broken = read_pack(document, name)
        about_contacts = next(one for one in broken.rules if one.id == rule).about_contacts
        noticed = (
            notices_contact(broken, rule, what.startswith("subject"))
            if about_contacts
            else notices_figure(broken, rule, monkeypatch)
        )
        if not noticed:
            unnoticed.append(f"{rule}: {what}")
    assert tried > 0
    assert unnoticed == []


def test_every_rule_about_contacts_has_a_case_that_it_passes_and_one_that_it_does_not() -> None:
    said: dict[str, set[str]] = {}
    for case in cases():
        said.setdefault(case.rule, set()).add(case.expect)
    for name in shipped_names():
        for rule in shipped_pack(name).rules:
            if rule.about_contacts:
                needed = {"pass"} if rule.kind == "must_include" or rule.id == "ph.hours.late" else {"pass", "fail"}
                assert needed <= said.get(rule.id, set()), rule.id
