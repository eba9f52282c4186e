"""The reasons a person is told, in plain words: what struck them out, what is not known, which points were lost.

A refusal for the score names the characteristics that lost most points, at most four, the weightiest first: 12 CFR
1002.9(b)(2) asks for the specific principal reasons, its commentary 9(b)(2)-1 finds more than four unhelpful, and
9(b)(2)-5 measures them against the average applicant (`neutral`) or by another sound method (`best`).
"""

from dataclasses import dataclass
from typing import Any

from duly.risk.affordability import NEEDS
from duly.risk.judge import APPROVED, REFERRED, REFUSED, Judged, held_by
from duly.risk.knock_outs import asks
from duly.risk.policy import REFUSE
from duly.risk.words import Words

MOST_FACTORS = 4
_HELD_BY = {
    "affordability": Words(
        "The limit is what you can repay each month beside your spending and other debts.",
        "额度按您每月扣除支出和其他债务后可承担的还款确定。",
    ),
    "income": Words("The limit is set by your income.", "额度按您的收入确定。"),
    "grade": Words(
        "The limit is the most that we give for your record of paying.", "额度为您的信用等级对应的最高额度。"
    ),
    "policy": Words("The limit is the most that we give.", "额度为我们提供的最高额度。"),
}
_TOO_SMALL = Words("Your income does not allow for our smallest limit.", "按您的收入，尚达不到我们的最低额度。")
_UNSCORED = Words(
    "We know no record of paying by you, so this is a first limit.", "我们尚无您的还款记录，因此先给予起步额度。"
)


@dataclass(frozen=True)
class Reason:
    """One reason, in both languages; `points_lost` where it is a characteristic of the score."""

    code: str
    en: str
    zh: str
    points_lost: int | None = None

    def as_json(self) -> dict[str, Any]:
        """{"code", "en", "zh", "points_lost"}"""
        return {"code": self.code, "en": self.en, "zh": self.zh, "points_lost": self.points_lost}


def reasons_of(judged: Judged, row: int) -> tuple[Reason, ...]:
    """Why the outcome is what it is: of a refusal what refused, of a referral what referred, of an approval what set
    the limit."""
    outcome = int(judged.outcome[row])
    if outcome == APPROVED:
        return _of_approval(judged, row)
    found = [
        *_of_knock_outs(judged, row, outcome),
        *_of_figures(judged, row, outcome),
        *_of_grade(judged, row, outcome),
    ]
    # One thing that is not known may stop several checks, and is said once.
    return tuple({reason.code: reason for reason in found}.values())


def lost_points(judged: Judged, row: int, against: str) -> tuple[Reason, ...]:
    """Every characteristic with the points lost against the best bin or the average applicant, most first."""
    assert judged.scorecard is not None
    lost = [
        (one.best_points if against == "best" else one.neutral_points) - int(points)
        for one, points in zip(judged.scorecard.characteristics, judged.scored.points[:, row], strict=True)
    ]
    ranked = sorted(zip(judged.scorecard.characteristics, lost, strict=True), key=lambda pair: -pair[1])
    return tuple(Reason(one.name, one.reason.en, one.reason.zh, points) for one, points in ranked)


def _said(code: str, words: Words) -> Reason:
    return Reason(code, words.en, words.zh)


def _not_known(judged: Judged, row: int, names: Any) -> list[Reason]:
    titles = {name: judged.policy.fields[name].title for name in names if not judged.columns[name].known[row]}
    return [
        Reason(f"unknown_{name}", f"We do not know this yet: {title.en}.", f"我们尚不清楚：{title.zh}。")
        for name, title in titles.items()
    ]


def _of_knock_outs(judged: Judged, row: int, outcome: int) -> list[Reason]:
    found: list[Reason] = []
    for index, rule in enumerate(judged.policy.knock_outs):
        if judged.struck[index, row] and (rule.outcome == REFUSE) == (outcome == REFUSED):
            found.append(_said(rule.code, rule.reason))
        if judged.not_known[index, row] and (rule.unknown == REFUSE) == (outcome == REFUSED):
            found += _not_known(judged, row, asks(rule))
    return found


def _of_figures(judged: Judged, row: int, outcome: int) -> list[Reason]:
    if not judged.afforded.known[row]:
        of_outcome = (judged.policy.affordability.unknown == REFUSE) == (outcome == REFUSED)
        return _not_known(judged, row, NEEDS) if of_outcome else []
    if not judged.too_small[row]:
        return []
    if held_by(judged, row) == "affordability":
        return [_said("affordability", judged.policy.affordability.reason)]
    return [_said("limit_too_small", _TOO_SMALL)]


def _of_grade(judged: Judged, row: int, outcome: int) -> list[Reason]:
    grade = judged.policy.grades[int(judged.grade[row])]
    if grade.reason is None or (grade.outcome == REFUSE) != (outcome == REFUSED):
        return []
    if outcome == REFERRED or not judged.scored.known[row]:
        return [_said(f"grade_{grade.name}", grade.reason)]
    for against in (judged.policy.points_lost_against, "best"):
        lost = [reason for reason in lost_points(judged, row, against) if (reason.points_lost or 0) > 0]
        if lost:
            return lost[:MOST_FACTORS]
    return [_said(f"grade_{grade.name}", grade.reason)]


def _of_approval(judged: Judged, row: int) -> tuple[Reason, ...]:
    by = held_by(judged, row)
    first = () if judged.scored.known[row] or judged.policy.scorecard is None else (_said("no_record", _UNSCORED),)
    return (*first, _said(f"limit_by_{by}", _HELD_BY[by]))
