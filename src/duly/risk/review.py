"""The review of an application: what it comes to, every check with its figures, and the reasons a person is told.

    review(application, parse_policy(text), parse_scorecard(text)).as_json()

Pure and total: the same application under the same texts always gets the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duly.risk.affordability import ASKS
from duly.risk.exact import annuity_millionths
from duly.risk.judge import HELD_BY, OUTCOMES, Judged, held_by, judge_one
from duly.risk.knock_outs import asks
from duly.risk.policy import REFUSE, Policy
from duly.risk.reasons import Reason, lost_points, reasons_of
from duly.risk.scorecard import Scorecard
from duly.risk.words import Words

PASS = "pass"  # noqa: S105


@dataclass(frozen=True)
class Check:
    """One check: `result` is pass, refer or refuse; `inputs` are the fields that it used, None where not known;
    `numbers` are the figures that it came to, money in minor units, rates in millionths."""

    code: str
    title: Words
    result: str
    inputs: Mapping[str, Any]
    numbers: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The check as a JSON document."""
        return {
            "code": self.code,
            "title": self.title.as_json(),
            "result": self.result,
            "inputs": dict(self.inputs),
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True)
class Review:
    """What an application comes to.

    `limit` (minor units) and `annual_rate` (millionths) are 0 unless `outcome` is approved. `proposed_limit` and
    `proposed_annual_rate` are what the figures come to whatever the outcome, for whoever decides a referred one.
    `factors` are the characteristics of the score, those that lost most points first. `policy` and `scorecard` are
    {code, version, digest} of what it was made by.
    """

    outcome: str
    limit: int
    annual_rate: int
    grade: str
    score: int | None
    affordable_installment: int | None
    proposed_limit: int
    proposed_annual_rate: int
    reasons: tuple[Reason, ...]
    factors: tuple[Reason, ...]
    checks: tuple[Check, ...]
    policy: Mapping[str, Any]
    scorecard: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The review as a JSON document."""
        return {
            "outcome": self.outcome,
            "limit": self.limit,
            "annual_rate": self.annual_rate,
            "grade": self.grade,
            "score": self.score,
            "affordable_installment": self.affordable_installment,
            "proposed_limit": self.proposed_limit,
            "proposed_annual_rate": self.proposed_annual_rate,
            "reasons": [reason.as_json() for reason in self.reasons],
            "factors": [reason.as_json() for reason in self.factors],
            "checks": [check.as_json() for check in self.checks],
            "policy": dict(self.policy),
            "scorecard": None if self.scorecard is None else dict(self.scorecard),
        }


def review(application: Mapping[str, Any], policy: Policy, scorecard: Scorecard | None = None) -> Review:
    """Review one application: fields by name as docs/risk/fields.md has them, and the scorecard's characteristics.

    A field that is left out or None is unknown. Raises InputError for a field that there is not, that nobody may be
    judged by, or whose value is of another kind; and for a scorecard other than the policy's.
    """
    return told(judge_one(application, policy, scorecard), 0)


def told(judged: Judged, row: int) -> Review:
    """The review of one row of many that were judged together."""
    grade = judged.policy.grades[int(judged.grade[row])]
    known = bool(judged.scored.known[row])
    proposed = int(judged.proposed[row])
    return Review(
        outcome=OUTCOMES[int(judged.outcome[row])],
        limit=int(judged.limit[row]),
        annual_rate=int(judged.annual_rate[row]),
        grade=grade.name,
        score=int(judged.scored.score[row]) if known else None,
        affordable_installment=int(judged.afforded.affordable[row]) if judged.afforded.known[row] else None,
        proposed_limit=proposed,
        proposed_annual_rate=grade.annual_rate if proposed else 0,
        reasons=reasons_of(judged, row),
        factors=lost_points(judged, row, judged.policy.points_lost_against) if known else (),
        checks=(*_knock_outs(judged, row), _score(judged, row), _affordability(judged, row), _limit(judged, row)),
        policy=_named(judged.policy),
        scorecard=None if judged.scorecard is None else _named(judged.scorecard),
    )


def _named(made_by: Policy | Scorecard) -> dict[str, Any]:
    return {"code": made_by.code, "version": made_by.version, "digest": made_by.digest}


def _knock_outs(judged: Judged, row: int) -> list[Check]:
    found = []
    for index, rule in enumerate(judged.policy.knock_outs):
        result = PASS
        if judged.struck[index, row]:
            result = rule.outcome
        elif judged.not_known[index, row]:
            result = rule.unknown
        value = list(rule.value) if isinstance(rule.value, tuple) else rule.value
        numbers = {"is": rule.operator, "value": value} | ({"times": rule.times} if rule.times else {})
        found.append(Check(rule.code, rule.title, result, _inputs(judged, row, asks(rule)), numbers))
    return found


def _score(judged: Judged, row: int) -> Check:
    grade = judged.policy.grades[int(judged.grade[row])]
    result = PASS if grade.outcome == "approve" else grade.outcome
    known = bool(judged.scored.known[row])
    inputs: dict[str, Any] = {}
    numbers: dict[str, Any] = {"grade": grade.name, "score": int(judged.scored.score[row]) if known else None}
    if judged.scorecard is not None:
        inputs = _inputs(judged, row, judged.scorecard.kinds)
        numbers["base_points"] = judged.scorecard.base_points
        numbers["points"] = {
            one.name: int(judged.scored.points[index, row])
            for index, one in enumerate(judged.scorecard.characteristics)
            if inputs[one.name] is not None or one.unknown
        }
    return Check("score", Words("Score and grade", "评分与等级"), result, inputs, numbers)


def _affordability(judged: Judged, row: int) -> Check:
    rules, afforded = judged.policy.affordability, judged.afforded
    title, inputs = Words("What can be repaid each month", "每月可承担的还款"), _inputs(judged, row, ASKS)
    if not afforded.known[row]:
        return Check("affordability", title, rules.unknown, inputs, {})
    columns = {
        "income_counted": afforded.income_counted,
        "spending_counted": afforded.spending_counted,
        "debt_payments": afforded.debts,
        "room": afforded.room,
        "share": afforded.share,
        "affordable_installment": afforded.affordable,
    }
    numbers = {name: int(column[row]) for name, column in columns.items()} | {"buffer": rules.buffer}
    too_little = judged.too_small[row] and held_by(judged, row) == "affordability"
    return Check("affordability", title, REFUSE if too_little else PASS, inputs, numbers)


def _limit(judged: Judged, row: int) -> Check:
    policy, grade = judged.policy, judged.policy.grades[int(judged.grade[row])]
    title = Words("Limit", "额度")
    if not judged.afforded.known[row]:
        return Check("limit", title, policy.affordability.unknown, {}, {})
    if grade.outcome == REFUSE:
        return Check("limit", title, REFUSE, {}, {"grade": grade.name})
    held = {f"by_{name}": int(judged.held_to[index, row]) for index, name in enumerate(HELD_BY)}
    stressed = grade.annual_rate + policy.affordability.rate_stress
    numbers = held | {
        "held_by": held_by(judged, row),
        "limit": int(judged.proposed[row]),
        "least": policy.limits.least,
        "step": policy.limits.step,
        "stressed_annual_rate": stressed,
        "months": policy.limits.longest_term_months,
        "annuity_millionths": annuity_millionths(stressed, policy.limits.longest_term_months),
        "income_multiple": grade.income_multiple,
    }
    return Check("limit", title, REFUSE if judged.too_small[row] else PASS, {}, numbers)


def _inputs(judged: Judged, row: int, names: Any) -> dict[str, Any]:
    found = {}
    for name in names:
        column = judged.columns[name]
        found[name] = column.values[row].item() if column.known[row] else None
    return found
