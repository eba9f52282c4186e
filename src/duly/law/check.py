"""Is a pack sound: by the JSON Schema of packs, and by what a schema cannot say. Every fault is named and placed."""

import datetime
import json
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from importlib import resources
from itertools import pairwise
from typing import Any

import jsonschema

from duly.engine.errors import InputError
from duly.law.kinds.hours import minutes
from duly.law.pack import Pack, parse_pack, shipped_names


def schema() -> dict[str, Any]:
    """The JSON Schema that every pack keeps."""
    text = (resources.files("duly.law") / "pack.schema.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def faults(text: str, name: str) -> list[str]:
    """What is wrong with a pack's TOML, each fault with its place; empty when it is sound."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"{name}: not TOML: {error}"]
    found = [
        f"{name}: {_place(document, list(error.absolute_path))}: {error.message}"
        for error in jsonschema.Draft202012Validator(schema()).iter_errors(document)
    ]
    return found or beyond_the_schema(document, name)


def checked_pack(text: str, name: str) -> Pack:
    """A pack of the lender's own, read and checked. Raises InputError with every fault."""
    wrong = faults(text, name)
    if wrong:
        raise InputError("; ".join(wrong), "/pack", "correct the pack; `duly law check FILE` checks it again")
    return parse_pack(text, name)


def _place(document: Mapping[str, Any], path: list[Any]) -> str:
    shown = "/".join(map(str, path)) or "the whole"
    if len(path) >= 2 and path[0] in ("rules", "not_encoded"):
        return f"{document[path[0]][path[1]].get('id', '?')} ({shown})"
    return shown


def beyond_the_schema(document: Mapping[str, Any], name: str) -> list[str]:
    """What is wrong with a pack's document that keeps the schema."""
    found = []
    versions = defaultdict(list)
    for rule in document.get("rules", ()):
        versions[rule["id"]].append(rule)
        where = f"{name}: {rule['id']}"
        if not rule["id"].startswith(f"{name}."):
            found.append(f"{where}: the id of a rule begins with the pack's name, {name}.")
        for end in ("from", "until"):
            if end in rule and type(rule[end]) is not datetime.date:
                found.append(f"{where}: {end} is not a date")
        figures = rule["figures"]
        if rule["kind"] == "hours" and minutes(figures["open"]) >= minutes(figures["close"]):
            found.append(f"{where}: from {figures['open']} to {figures['close']} is no time at all")
        if "working_days" in (figures.get("unit"), figures.get("first_unit")) and "calendar" not in figures:
            found.append(f"{where}: working days need a calendar")
        if rule["kind"] == "classification" and len(figures["over_days"]) != len(figures["classes"]):
            found.append(f"{where}: as many classes as limits are needed")
        if rule["kind"] == "cap" and not {"at_least", "at_most"} & figures.keys():
            found.append(f"{where}: a cap needs at_least or at_most")
    if not found:
        for rule_id, texts in versions.items():
            if _overlap(texts):
                found.append(f"{name}: {rule_id}: two texts of the rule are in force on one day")
    if document["level"] == "region" and document["within"] not in shipped_names():
        found.append(f"{name}: there is no pack {document['within']!r} for it to be within")
    return found


def _overlap(texts: list[Mapping[str, Any]]) -> bool:
    spans = sorted((text.get("from", datetime.date.min), text.get("until", datetime.date.max)) for text in texts)
    return any(before[1] > after[0] for before, after in pairwise(spans))
