"""The plan of a training, read from TOML: which characteristics may be scored, from which columns."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jsonschema

from duly.engine.errors import InputError
from duly.risk.characteristics import FORMULAS
from duly.risk.forbidden import forbidden_part
from duly.risk.policy_faults import pointer
from duly.risk.scorecard import Scaling
from duly.risk.words import Words, words_of

# Which way the rate of default goes as the value rises; `either` leaves it to the data.
DIRECTIONS = {"riskier": "ascending", "safer": "descending", "either": "auto_asc_desc"}


@dataclass(frozen=True)
class Candidate:
    """A characteristic that may be scored. `formula` says in words how it is worked out."""

    name: str
    kind: str
    direction: str
    title: Words
    reason: Words
    formula: str


@dataclass(frozen=True)
class Plan:
    """What is to be trained. `card_months` maps the parts of `CardMonths` to columns; None: columns as they are."""

    code: str
    version: int
    title: Words
    target: Words
    attribution: str
    notes: Words | None
    scaling: Scaling
    card_months: Mapping[str, Any] | None
    candidates: tuple[Candidate, ...]


DEFAULT_SCALING = Scaling(600, 15.0, 20.0)


def parse_plan(text: str) -> Plan:
    """The plan in a TOML `text`. Raises InputError at the first fault, with its JSON pointer."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the plan is not TOML: {error}", "", "correct it at that line") from None
    schema = json.loads((resources.files("duly.risk.training") / "plan.schema.json").read_text("utf-8"))
    for fault in jsonschema.Draft202012Validator(schema).iter_errors(document):
        where = pointer(fault.absolute_path)
        raise InputError(str(fault.message)[:300], where, "write it as docs/risk/training.md shows")
    for index, given in enumerate(document["characteristics"]):
        _check(given, document, f"/characteristics/{index}/name")
    return Plan(
        code=document["code"],
        version=document["version"],
        title=words_of(document["title"]),
        target=words_of(document["target"]),
        attribution=document.get("attribution", ""),
        notes=words_of(document["notes"]) if "notes" in document else None,
        scaling=Scaling(**document["scaling"]) if "scaling" in document else DEFAULT_SCALING,
        card_months=document.get("card_months"),
        candidates=tuple(_candidate(given, "card_months" in document) for given in document["characteristics"]),
    )


def shipped_plan(name: str) -> Plan:
    """A plan that comes with Duly. Raises InputError when there is none of that name."""
    folder = resources.files("duly.risk.training") / "plans"
    names = sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml"))
    if name not in names:
        raise InputError(f"there is no plan {name!r}", "/plan", f"use {', '.join(names)}, or name a file")
    return parse_plan((folder / f"{name}.toml").read_text(encoding="utf-8"))


def plain_plan(code: str, kinds: Mapping[str, str]) -> Plan:
    """A plan for a table of which nothing is said: every column by its own name, whichever way the data goes."""
    candidates = [
        Candidate(
            name, kind, "either", Words(name, name), Words(f"Value of {name}", f"{name} 的取值"), f"the column {name}"
        )
        for name, kind in kinds.items()
    ]
    title = Words(code.replace("_", " "), code)
    return Plan(code, 1, title, Words("default", "违约"), "", None, DEFAULT_SCALING, None, tuple(candidates))


def _check(given: Mapping[str, Any], document: Mapping[str, Any], where: str) -> None:
    part = forbidden_part(given["name"])
    if part:
        raise InputError(f"{given['name']} may not be an input: nobody is judged by {part!r}", where, "leave it out")
    if "card_months" in document and given["name"] not in FORMULAS:
        raise InputError(f"there is no formula {given['name']}", where, f"use {', '.join(FORMULAS)}")


def _candidate(given: Mapping[str, Any], by_formula: bool) -> Candidate:
    formula = FORMULAS[given["name"]].__doc__ if by_formula else f"the column {given['name']}"
    return Candidate(
        given["name"],
        given["kind"],
        given["direction"],
        words_of(given["title"]),
        words_of(given["reason"]),
        formula or "",
    )
