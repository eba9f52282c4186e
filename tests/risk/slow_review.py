"""The review again, slow and obvious: one application, Python's whole numbers and fractions, no columns.

Written from docs/risk.md; it shares nothing with duly.risk but the policy's and the scorecard's own documents.
"""

import tomllib
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

RANK = {"approve": 0, "refer": 1, "refuse": 2}
NAMES = ["approved", "referred", "refused"]


def minor(text: str) -> int:
    """Major units of a currency with two decimals as minor units."""
    return int(Fraction(text) * 100)


def slow_review(
    application: dict[str, Any], policy_text: str, scorecard: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Outcome, limit, rate, grade, score and proposed limit of one application."""
    policy = _read(policy_text)
    worst = 0
    for rule in policy["knock_outs"]:
        worst = max(worst, RANK[_knocked(rule, application)])
    score = None if scorecard is None else _score(application, scorecard)
    grade = _grade(policy, score)
    worst = max(worst, RANK[grade["outcome"]])
    rules, limits = policy["affordability"], policy["limit"]
    income, spending, debts = (
        application.get(name) for name in ("monthly_income", "monthly_spending", "monthly_debt_payments")
    )
    proposed = 0
    if income is None or spending is None or debts is None:
        worst = max(worst, RANK[rules["unknown"]])
    elif grade["outcome"] != "refuse":
        if not application.get("income_verified"):
            income = floor(income * Fraction(rules["unverified_income_counts"]))
        room = income - max(spending, minor(rules["least_spending"])) - debts - minor(rules["buffer"])
        share = floor(income * Fraction(rules["share_of_income"])) - debts
        installment = max(0, min(room, share))
        factor = _annuity(
            Fraction(grade["annual_rate"]) + Fraction(rules["rate_stress"]), limits["longest_term_months"]
        )
        proposed = min(
            floor(installment * factor),
            floor(income * Fraction(grade["income_multiple"])),
            minor(grade["cap"]),
            minor(limits["most"]),
        )
        proposed -= proposed % minor(limits["step"])
        if proposed < minor(limits["least"]):
            proposed, worst = 0, 2
    approved = worst == 0
    return {
        "outcome": NAMES[worst],
        "limit": proposed if approved else 0,
        "annual_rate": int(Fraction(grade["annual_rate"]) * 10**6) if approved else 0,
        "grade": grade["name"],
        "score": score,
        "proposed_limit": proposed,
    }


@cache
def _read(policy_text: str) -> dict[str, Any]:
    return tomllib.loads(policy_text)


def _knocked(rule: dict[str, Any], application: dict[str, Any]) -> str:
    value = application.get(rule["field"])
    of = application.get(rule["times"]) if "times" in rule else 1
    if value is None or of is None:
        return str(rule["unknown"])
    bound = rule["value"]
    if "times" in rule:
        bound = Fraction(bound) * of
    elif isinstance(bound, str) and rule["is"] in ("below", "at_most", "above", "at_least"):
        bound = minor(bound)
    strikes = {
        "below": lambda: value < bound,
        "at_most": lambda: value <= bound,
        "above": lambda: value > bound,
        "at_least": lambda: value >= bound,
        "equal_to": lambda: value == bound,
        "one_of": lambda: value in bound,
        "none_of": lambda: value not in bound,
    }[rule["is"]]()
    return str(rule["outcome"]) if strikes else "approve"


def _score(application: dict[str, Any], scorecard: dict[str, Any]) -> int | None:
    total = scorecard["base_points"]
    for one in scorecard["characteristics"]:
        value = application.get(one["name"])
        if value is None:
            if one["unknown"] is None:
                return None
            total += one["unknown"]["points"]
            continue
        total += next(bin_["points"] for bin_ in one["bins"] if bin_["below"] is None or value < bin_["below"])
    return int(total)


def _grade(policy: dict[str, Any], score: int | None) -> dict[str, Any]:
    grades = {grade["name"]: grade for grade in policy["grades"]}
    unscored = policy["score"]["unknown"]
    if score is None:
        return grades[unscored]
    for grade in policy["grades"]:
        if "from_score" in grade and score >= grade["from_score"]:
            return grade
    open_ended = [grade for grade in policy["grades"] if "from_score" not in grade]
    return next((grade for grade in open_ended if grade["name"] != unscored), open_ended[0])


@cache
def _annuity(rate: Fraction, months: int) -> Fraction:
    """What 1 a month repays, cut to millionths: each payment brought to its value today, one by one."""
    worth = sum((1 / (1 + rate / 12) ** month for month in range(1, months + 1)), Fraction(0))
    return Fraction(floor(worth * 10**6), 10**6)
