"""Judging applications: every check of a policy over whole columns, and what each application comes to.

Total and deterministic: each application gets one outcome, and what is not known leads to the outcome that the policy
names for not knowing. Refusing outweighs referring, and referring outweighs approving.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError
from duly.risk.affordability import Afforded, affordable, repays
from duly.risk.columns import Columns, Flags, Int64, read_many, read_one
from duly.risk.exact import times_millionths
from duly.risk.knock_outs import strikes
from duly.risk.policy import APPROVE, REFER, REFUSE, Grade, Policy
from duly.risk.scorecard import Scorecard, Scored, score

OUTCOMES = ("approved", "referred", "refused")
APPROVED, REFERRED, REFUSED = range(len(OUTCOMES))
OUTCOME_CODE = {APPROVE: APPROVED, REFER: REFERRED, REFUSE: REFUSED}
# What a limit may be held down by; the first of those that hold it as low.
HELD_BY = ("affordability", "income", "grade", "policy")


@dataclass(frozen=True)
class Judged:
    """n applications judged; every array has n elements along its last axis.

    `struck` and `not_known` have a row for each knock-out, `held_to` (minor units) one for each of HELD_BY. `grade` is
    the place in `policy.grades`. `proposed` is the limit that the figures come to, whatever the outcome, and 0 where
    they are not known, the grade refuses or the limit would be below the least; `limit` and `annual_rate` are 0 unless
    the outcome is APPROVED.
    """

    policy: Policy
    scorecard: Scorecard | None
    columns: Columns
    struck: Flags
    not_known: Flags
    scored: Scored
    grade: Int64
    afforded: Afforded
    held_to: Int64
    too_small: Flags
    proposed: Int64
    outcome: npt.NDArray[np.int8]
    limit: Int64
    annual_rate: Int64

    def __len__(self) -> int:
        return len(self.outcome)


def judge_one(application: Mapping[str, Any], policy: Policy, scorecard: Scorecard | None = None) -> Judged:
    """One application judged, as a table of one row. Raises InputError for what cannot be read."""
    return _judge(read_one(application, kinds_asked(policy, scorecard)), policy, scorecard)


def review_many(columns: Mapping[str, Any], policy: Policy, scorecard: Scorecard | None = None) -> Judged:
    """Applications judged by the column: NumPy arrays by field, masked where not known; see `read_many`.

    Each row's answer is that of `duly.risk.review.review`, and `duly.risk.review.told` puts one into words.
    """
    return _judge(read_many(columns, kinds_asked(policy, scorecard)), policy, scorecard)


def held_by(judged: Judged, row: int) -> str:
    """Which of HELD_BY holds the limit of a row down; the first of those that hold it as low."""
    return HELD_BY[int(np.argmin(judged.held_to[:, row]))]


def kinds_asked(policy: Policy, scorecard: Scorecard | None) -> dict[str, str]:
    """The kind of each field that an application may have under a policy and a scorecard, by name.

    Raises InputError where the policy was written for another scorecard, or both name a field of different kinds.
    """
    kinds = {name: field.kind for name, field in policy.fields.items()}
    if scorecard is None:
        return kinds
    if scorecard.code != policy.scorecard:
        wanted = policy.scorecard or "no scorecard"
        raise InputError(f"{policy.code} goes with {wanted}, not {scorecard.code}", "/score/scorecard", "give that one")
    for name, kind in scorecard.kinds.items():
        if kinds.get(name, kind) != kind:
            what = f"{name} is {kinds[name]} in the policy and {kind} in the scorecard"
            raise InputError(what, f"/{name}", "give one of them another name")
    return kinds | scorecard.kinds


def _judge(columns: Columns, policy: Policy, scorecard: Scorecard | None) -> Judged:
    count = len(next(iter(columns.values())).known)
    both = [strikes(rule, columns) for rule in policy.knock_outs]
    struck, not_known = (np.array([one[part] for one in both]).reshape(-1, count) for part in (0, 1))
    scored = _no_score(count) if scorecard is None else score(scorecard, columns)
    grade = _grades(policy, scored)
    afforded = affordable(columns, policy.affordability)
    held_to = _held_to(policy, afforded, grade)
    refuses = _by_grade(policy.grades, grade, [one.outcome == REFUSE for one in policy.grades])
    lowest = np.min(held_to, axis=0)
    stepped = lowest - lowest % policy.limits.step
    figures = afforded.known & ~refuses
    too_small = figures & (stepped < policy.limits.least)
    proposed = np.where(figures & ~too_small, stepped, 0)
    outcome = _outcome(policy, struck, not_known, grade, afforded.known, too_small)
    approved = outcome == APPROVED
    rate = _by_grade(policy.grades, grade, [one.annual_rate for one in policy.grades])
    return Judged(
        policy, scorecard, columns, struck, not_known, scored, grade, afforded, held_to, too_small, proposed, outcome,
        np.where(approved, proposed, 0), np.where(approved, rate, 0),
    )  # fmt: skip


def _no_score(count: int) -> Scored:
    return Scored(np.zeros(count, np.bool_), np.zeros(count, np.int64), np.zeros((0, count), np.int64))


def _grades(policy: Policy, scored: Scored) -> Int64:
    """The place of each application's grade in policy.grades."""
    rising = np.array([grade.from_score for grade in reversed(policy.scored)], np.int64)
    by_score = len(policy.scored) - np.searchsorted(rising, scored.score, side="right")
    return np.where(scored.known, by_score, policy.grades.index(policy.unscored))


def _by_grade(grades: tuple[Grade, ...], grade: Int64, of_each: list[Any]) -> npt.NDArray[Any]:
    taken: npt.NDArray[Any] = np.array(of_each)[grade]
    return taken


def _held_to(policy: Policy, afforded: Afforded, grade: Int64) -> Int64:
    """What the limit is held to by each of HELD_BY, (4, n)."""
    grades = policy.grades
    repaid = [repays(afforded.affordable, one.annual_rate, policy.affordability, policy.limits) for one in grades]
    return np.array(
        [
            np.array(repaid)[grade, np.arange(len(grade))],
            times_millionths(
                afforded.income_counted, _by_grade(grades, grade, [one.income_multiple for one in grades])
            ),
            _by_grade(grades, grade, [one.cap for one in grades]),
            np.full(len(grade), policy.limits.most),
        ]
    )


def _outcome(
    policy: Policy, struck: Flags, not_known: Flags, grade: Int64, figures_known: Flags, too_small: Flags
) -> npt.NDArray[np.int8]:
    outcome = _by_grade(policy.grades, grade, [OUTCOME_CODE[one.outcome] for one in policy.grades]).astype(np.int8)
    outcome[too_small] = REFUSED
    found = [(~figures_known, policy.affordability.unknown)]
    for rule, hit, missing in zip(policy.knock_outs, struck, not_known, strict=True):
        found += [(hit, rule.outcome), (missing, rule.unknown)]
    for where, comes_to in found:
        np.maximum(outcome, np.where(where, OUTCOME_CODE[comes_to], 0), out=outcome, casting="unsafe")
    return outcome
