"""A credit policy: who is refused, who is looked at, how much and at what rate; read from TOML, with its digest.

docs/risk/policies.md describes the form, `policy.schema.json` beside this file is its JSON Schema. A policy is never
edited in place: another version is another file, and a decision keeps the digest of the text that it was made by.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money, parse_rate
from duly.risk.fields import FIELDS, Field
from duly.risk.policy_faults import faults_of
from duly.risk.words import Words, words_of

REFUSE, REFER, APPROVE = "refuse", "refer", "approve"


@dataclass(frozen=True)
class KnockOut:
    """One rule: when `field` is (below, at_most, …) `value`, or where `times` is given `value` times that field.

    `value` is a number in the field's unit, a flag, a word or some words; with `times`, millionths. `outcome` is what
    it comes to, `unknown` what comes of not knowing. `legal_capacity` is the law's text where it asks about age.
    """

    code: str
    field: str
    operator: str
    value: int | bool | str | tuple[str, ...]
    times: str | None
    outcome: str
    unknown: str
    legal_capacity: str
    title: Words
    reason: Words


@dataclass(frozen=True)
class Affordability:
    """How the largest affordable installment is worked out: `duly.risk.affordability`. Rates in millionths."""

    unknown: str
    unverified_income_counts: int
    least_spending: int
    buffer: int
    share_of_income: int
    rate_stress: int
    reason: Words


@dataclass(frozen=True)
class Limits:
    """The least and the most a limit may be, the step it is rounded down to (minor units), and the longest term."""

    least: int
    most: int
    step: int
    longest_term_months: int


@dataclass(frozen=True)
class Grade:
    """What a score from `from_score` on comes to. `income_multiple` in millionths; a refusing grade has no figures."""

    name: str
    from_score: int | None
    outcome: str
    income_multiple: int
    cap: int
    annual_rate: int
    reason: Words | None


@dataclass(frozen=True)
class Policy:
    """A version of a policy. `scored` are the grades by score, highest first, `lowest` what is below them all;
    `unscored` is the grade of an application without a score. `digest` is the SHA-256 of the text."""

    code: str
    version: int
    currency: str
    title: Words
    fields: Mapping[str, Field]
    knock_outs: tuple[KnockOut, ...]
    affordability: Affordability
    limits: Limits
    scorecard: str | None
    points_lost_against: str
    scored: tuple[Grade, ...]
    lowest: Grade
    unscored: Grade
    digest: str

    @property
    def grades(self) -> tuple[Grade, ...]:
        """Every grade once: by score from the highest, the lowest, and that of no score where it is another."""
        grades = (*self.scored, self.lowest)
        return grades if self.unscored in grades else (*grades, self.unscored)


def parse_policy(text: str) -> Policy:
    """The policy in a TOML `text`. Raises InputError at the first fault; `duly risk check` lists them all."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the policy is not TOML: {error}", "", "correct it at that line") from None
    for fault in faults_of(document):
        raise fault
    return _policy(document, hashlib.sha256(text.encode()).hexdigest())


def shipped_names() -> list[str]:
    """The names of the policies that come with Duly."""
    return sorted(path.name.removesuffix(".toml") for path in _folder().iterdir() if path.name.endswith(".toml"))


@lru_cache
def shipped_text(name: str) -> str:
    """The TOML of a policy that comes with Duly. Raises InputError when there is none of that name."""
    if name not in shipped_names():
        raise InputError(f"there is no policy {name!r}", "/policy", f"use {', '.join(shipped_names())}")
    text: str = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return text


def _folder() -> Any:
    return resources.files("duly.risk") / "policies"


def _policy(document: Mapping[str, Any], digest: str) -> Policy:
    places = decimals(document["currency"])
    own = {given["name"]: Field(given["name"], given["kind"], words_of(given["title"])) for given in _fields(document)}
    fields = FIELDS | own
    score = document.get("score", {})
    grades = [_grade(given, places) for given in document["grades"]]
    unscored = next((grade for grade in grades if grade.name == score.get("unknown")), grades[-1])
    open_ended = [grade for grade in grades if grade.from_score is None]
    return Policy(
        code=document["code"],
        version=document["version"],
        currency=document["currency"],
        title=words_of(document["title"]),
        fields=fields,
        knock_outs=tuple(_knock_out(given, fields, places) for given in document["knock_outs"]),
        affordability=_affordability(document["affordability"], places),
        limits=_limits(document["limit"], places),
        scorecard=score.get("scorecard"),
        points_lost_against=score.get("points_lost_against", "neutral"),
        scored=tuple(grade for grade in grades if grade.from_score is not None),
        lowest=next((grade for grade in open_ended if grade is not unscored), unscored),
        unscored=unscored,
        digest=digest,
    )


def _fields(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given: list[Mapping[str, Any]] = document.get("fields", [])
    return given


def _knock_out(given: Mapping[str, Any], fields: Mapping[str, Field], places: int) -> KnockOut:
    return KnockOut(
        code=given["code"],
        field=given["field"],
        operator=given["is"],
        value=_value(given, fields[given["field"]].kind, places),
        times=given.get("times"),
        outcome=given["outcome"],
        unknown=given["unknown"],
        legal_capacity=given.get("legal_capacity", ""),
        title=words_of(given["title"]),
        reason=words_of(given["reason"]),
    )


def _value(given: Mapping[str, Any], kind: str, places: int) -> int | bool | str | tuple[str, ...]:
    value: Any = given["value"]
    if "times" in given or kind == "ratio":
        return parse_rate(value, "/value")
    if kind == "money":
        return parse_money(value, places, "/value")
    return tuple(value) if isinstance(value, list) else value


def _affordability(given: Mapping[str, Any], places: int) -> Affordability:
    return Affordability(
        unknown=given["unknown"],
        unverified_income_counts=parse_rate(given["unverified_income_counts"], "/affordability"),
        least_spending=parse_money(given["least_spending"], places, "/affordability"),
        buffer=parse_money(given["buffer"], places, "/affordability"),
        share_of_income=parse_rate(given["share_of_income"], "/affordability"),
        rate_stress=parse_rate(given["rate_stress"], "/affordability"),
        reason=words_of(given["reason"]),
    )


def _limits(given: Mapping[str, Any], places: int) -> Limits:
    least, most, step = (parse_money(given[name], places, f"/limit/{name}") for name in ("least", "most", "step"))
    return Limits(least, most, step, given["longest_term_months"])


def _grade(given: Mapping[str, Any], places: int) -> Grade:
    return Grade(
        name=given["name"],
        from_score=given.get("from_score"),
        outcome=given["outcome"],
        income_multiple=parse_rate(given.get("income_multiple", "0"), "/grades"),
        cap=parse_money(given.get("cap", "0"), places, "/grades"),
        annual_rate=parse_rate(given.get("annual_rate", "0"), "/grades"),
        reason=words_of(given["reason"]) if "reason" in given else None,
    )
