"""What is wrong with a policy, by its JSON Schema and by what a schema cannot say; each fault has its JSON pointer."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import pairwise
from typing import Any

import jsonschema

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money, parse_rate
from duly.risk.fields import FIELDS
from duly.risk.forbidden import AGE, forbidden_part

ORDERED = ("below", "at_most", "above", "at_least")
AMONG = ("one_of", "none_of")
# The operators that a kind of field can be asked with.
OPERATORS = {
    "money": ORDERED,
    "whole": (*ORDERED, "equal_to"),
    "number": (*ORDERED, "equal_to"),
    "ratio": ORDERED,
    "flag": ("equal_to",),
    "word": ("equal_to", *AMONG),
}


def policy_schema() -> dict[str, Any]:
    """The JSON Schema that every policy keeps."""
    read: dict[str, Any] = json.loads((resources.files("duly.risk") / "policy.schema.json").read_text("utf-8"))
    return read


def faults_of(document: Mapping[str, Any]) -> list[InputError]:
    """Everything that is wrong with a policy's document; empty when it can be used."""
    by_schema = [
        InputError(_told(error), pointer(error.absolute_path), "write it as docs/risk/policies.md shows")
        for error in jsonschema.Draft202012Validator(policy_schema()).iter_errors(document)
    ]
    return by_schema or [*_beyond_the_schema(document)]


def pointer(path: Any) -> str:
    """The JSON pointer of a path of names and indexes."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _told(error: Any) -> str:
    # The schema's only `not` says little of itself.
    if error.validator == "not":
        return "a grade that refuses has no limit and no rate"
    return re.sub(r"\s+", " ", str(error.message))[:300]


def _beyond_the_schema(document: Mapping[str, Any]) -> Iterator[InputError]:
    try:
        places = decimals(document["currency"])
    except InputError as error:
        yield error
        return
    yield from _fields(document)
    kinds = {name: field.kind for name, field in FIELDS.items()}
    kinds |= {given["name"]: given["kind"] for given in document.get("fields", ())}
    yield from _repeated(document["knock_outs"], "code", "/knock_outs")
    for index, given in enumerate(document["knock_outs"]):
        yield from _knock_out(given, kinds, places, f"/knock_outs/{index}")
    yield from _figures(document["affordability"], ("least_spending", "buffer"), places, "/affordability")
    yield from _rates(document["affordability"], ("rate_stress",), "/affordability")
    yield from _limits(document["limit"], places)
    yield from _grades(document, places)


def _fields(document: Mapping[str, Any]) -> Iterator[InputError]:
    yield from _repeated(document.get("fields", ()), "name", "/fields")
    for index, given in enumerate(document.get("fields", ())):
        where = f"/fields/{index}/name"
        if given["name"] in FIELDS:
            yield InputError(f"{given['name']} is a field already", where, "leave it out, or take another name")
        yield from _forbidden(given["name"], where)


def _forbidden(name: str, where: str) -> Iterator[InputError]:
    part = None if name == AGE else forbidden_part(name)
    if part:
        yield InputError(
            f"{name} may not be an input: nobody is judged by {part!r}",
            where,
            "leave it out; where it means something else, give it a name without that word",
        )


def _repeated(tables: Sequence[Mapping[str, Any]], key: str, where: str) -> Iterator[InputError]:
    for name, count in Counter(given[key] for given in tables).items():
        if count > 1:
            yield InputError(f"{name} stands {count} times", where, "give each another")


def _knock_out(given: Mapping[str, Any], kinds: Mapping[str, str], places: int, where: str) -> Iterator[InputError]:
    for part in ("field", "times"):
        if part in given:
            yield from _forbidden(given[part], f"{where}/{part}")
            if given[part] not in kinds:
                remedy = "use one of docs/risk/fields.md, or describe it under [[fields]]"
                yield InputError(f"there is no field {given[part]!r}", f"{where}/{part}", remedy)
    kind = kinds.get(given["field"])
    if kind is None or kinds.get(given.get("times", given["field"])) is None:
        return
    yield from _age(given, where)
    if given["is"] not in OPERATORS[kind]:
        remedy = f"a field of the kind {kind} can be {', '.join(OPERATORS[kind])}"
        yield InputError(f"{given['field']} cannot be {given['is']}", f"{where}/is", remedy)
        return
    if "times" in given and not (kind == kinds[given["times"]] and kind in ("money", "whole") and _is_order(given)):
        remedy = "compare two fields of money or two whole numbers by below, at_most, above or at_least"
        yield InputError("these fields cannot be compared", f"{where}/times", remedy)
        return
    yield from _value(given, kind, places, f"{where}/value")


def _is_order(given: Mapping[str, Any]) -> bool:
    return given["is"] in ORDERED


def _age(given: Mapping[str, Any], where: str) -> Iterator[InputError]:
    if given.get("times") == AGE:
        yield InputError("age may not be a measure of anything else", f"{where}/times", "use another field")
    if given["field"] == AGE and "legal_capacity" not in given:
        remedy = "cite the law under legal_capacity; where no law asks for the bound, leave the rule out"
        yield InputError("age may be asked only where the law does", f"{where}/field", remedy)
    if given["field"] != AGE and "legal_capacity" in given:
        yield InputError("legal_capacity is for a rule about age", f"{where}/legal_capacity", "leave it out")


def _value(given: Mapping[str, Any], kind: str, places: int, where: str) -> Iterator[InputError]:
    value = given["value"]
    if "times" in given or kind == "ratio":
        yield from _fault_in(parse_rate, value, where)
    elif kind == "money":
        yield from _fault_in(lambda text, at: parse_money(text, places, at), value, where)
    elif kind == "whole" and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        yield InputError(f"{value!r} is not a whole number", where, "give a whole number from 0")
    elif kind == "number" and (isinstance(value, bool) or not isinstance(value, int)):
        yield InputError(f"{value!r} is not a whole number", where, "give a whole number")
    elif kind == "flag" and not isinstance(value, bool):
        yield InputError(f"{value!r} is not true or false", where, "write true or false")
    elif kind == "word" and isinstance(value, list) != (given["is"] in AMONG):
        yield InputError(f"{value!r} will not do with {given['is']}", where, "give one word, or with one_of a list")
    elif kind == "word" and not isinstance(value, str | list):
        yield InputError(f"{value!r} is not a word", where, "give a word")


def _fault_in(parse: Any, value: object, where: str) -> Iterator[InputError]:
    try:
        parse(value, where)
    except InputError as error:
        yield error


def _figures(given: Mapping[str, Any], names: Sequence[str], places: int, where: str) -> Iterator[InputError]:
    for name in names:
        if name in given:
            yield from _fault_in(lambda text, at: parse_money(text, places, at), given[name], f"{where}/{name}")


def _rates(given: Mapping[str, Any], names: Sequence[str], where: str) -> Iterator[InputError]:
    for name in names:
        if name in given:
            yield from _fault_in(parse_rate, given[name], f"{where}/{name}")


def _limits(given: Mapping[str, Any], places: int) -> Iterator[InputError]:
    wrong = [*_figures(given, ("least", "most", "step"), places, "/limit")]
    yield from wrong
    if wrong:
        return
    least, most, step = (parse_money(given[name], places, "") for name in ("least", "most", "step"))
    if step < 1:
        yield InputError("the step is nothing", "/limit/step", "give the smallest step of a limit, such as 100.00")
    if not 0 < least <= most:
        yield InputError("least must be above 0 and at most `most`", "/limit/least", "correct least or most")


def _grades(document: Mapping[str, Any], places: int) -> Iterator[InputError]:
    grades = document["grades"]
    yield from _repeated(grades, "name", "/grades")
    for index, given in enumerate(grades):
        yield from _figures(given, ("cap",), places, f"/grades/{index}")
        yield from _rates(given, ("income_multiple", "annual_rate"), f"/grades/{index}")
    scores = [given["from_score"] for given in grades if "from_score" in given]
    if any(upper <= lower for upper, lower in pairwise(scores)):
        yield InputError("the scores do not fall from grade to grade", "/grades", "put the highest score first")
    unscored = document.get("score", {}).get("unknown")
    if "score" in document and unscored not in [given["name"] for given in grades]:
        yield InputError(f"there is no grade {unscored!r}", "/score/unknown", "name a grade")
    open_ended = [given["name"] for given in grades if "from_score" not in given]
    if "score" not in document:
        if scores or len(grades) != 1:
            yield InputError("without a score there is one grade", "/grades", "keep one, or say [score]")
    elif len(open_ended) != 1 + (unscored in open_ended and len(open_ended) > 1):
        remedy = "leave from_score out of the lowest grade, and of the one that score.unknown names"
        yield InputError("exactly one grade must be for every score below the others", "/grades", remedy)
