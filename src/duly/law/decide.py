"""One decision: every rule's result with its reason, what must be said, and when the contact may next be made."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duly.law.clock import instant, microseconds
from duly.law.columns import NEVER
from duly.law.compose import Law
from duly.law.gate import MUST_INCLUDE, NOT_APPLICABLE, PASS, examine, next_allowed
from duly.law.pack import Rule
from duly.law.question import Question
from duly.law.vocabulary import ITEMS, words
from duly.law.words import reason

# By the codes of duly.law.gate: what a country's rule speaks on is not for the base; what was agreed to passes.
RESULTS = ("not_applicable", "pass", "fail", "not_applicable", "pass")


@dataclass(frozen=True)
class Ruling:
    """What one rule says: its result (of RESULTS) and why."""

    rule: Rule
    result: str
    because: str


@dataclass(frozen=True)
class Ruled:
    """The gate's decision. `next_allowed_at` is None when the passing of time alone will not bring it."""

    allowed: bool
    rulings: Sequence[Ruling]
    next_allowed_at: datetime.datetime | None
    must_include: Sequence[str]


def decide(question: Question, law: Law, language: str = "en") -> Ruled:
    """Decide whether the contact asked about may be made, under `law`, with reasons in `language` (en or zh)."""
    at = microseconds(question.at)
    rule_rows = law.rows.rule
    results, until = np.empty((2, len(law.rules)), np.int64)
    latest = examine(*law.rows, *question.facts, 0, at, results, until)
    speaking = {rule.id for rule, result in zip(law.rules, results, strict=True) if result != NOT_APPLICABLE}
    rulings = [
        Ruling(rule, RESULTS[result], reason(r, rule, int(result), int(until[r]), question, law, language))
        for r, (rule, result) in enumerate(zip(law.rules, results, strict=True))
        if result != NOT_APPLICABLE or (law.newest_text[r] and rule.id not in speaking)
    ]
    must = 0
    for r, result in enumerate(results):
        if result == PASS and rule_rows["kind"][r] == MUST_INCLUDE:
            must |= int(rule_rows["figures"][r, 0])
    later = next_allowed(*law.rows, *question.facts, 0, at, latest, results, until)
    return Ruled(
        allowed=latest == at,
        rulings=rulings,
        next_allowed_at=None if later == NEVER else instant(later),
        must_include=words(must, ITEMS),
    )
