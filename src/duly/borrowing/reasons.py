"""Reasons that people give, by their codes, in plain words of both languages. A policy has its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from duly.engine.errors import InputError


@dataclass(frozen=True)
class Reason:
    """One reason in plain words, fit for the person whom it concerns."""

    code: str
    en: str
    zh: str

    def as_json(self) -> dict[str, object]:
        """As a decision keeps it; a person takes no points away."""
        return {"code": self.code, "en": self.en, "zh": self.zh, "points_lost": None}


def _by_code(*rows: tuple[str, str, str]) -> Mapping[str, Reason]:
    return {code: Reason(code, en, zh) for code, en, zh in rows}


FOR_APPROVAL = _by_code(
    ("income_shown", "The papers show an income that is enough", "材料显示的收入足够"),
    ("identity_shown", "The papers show who the person is", "材料已核实本人身份"),
    ("debts_are_less", "The debts are less than was first known", "实际负债少于先前所知"),
    ("good_record", "The person has paid us back well before", "既往在本机构还款良好"),
    ("policy_does_not_fit", "The policy does not fit this person's situation", "一般规则不适合此人的具体情况"),
)
FOR_REFUSAL = _by_code(
    ("income_not_enough", "The income shown is too low for another debt", "所示收入不足以再负担一笔债务"),
    ("income_not_shown", "The papers do not show the income that was stated", "材料未能证明所填收入"),
    ("identity_not_shown", "The papers do not show who the person is", "材料未能核实本人身份"),
    ("papers_missing", "Papers that we asked for are missing", "缺少所需的材料"),
    ("debts_too_high", "The debts are too high for the income", "负债相对收入过高"),
    ("late_elsewhere", "Debts are being paid late elsewhere", "在其他机构有逾期"),
    ("details_disagree", "Details that were given do not agree with each other", "所填信息前后不一致"),
    ("applied_twice", "The same person has applied under another name or number", "同一人以不同姓名或号码重复申请"),
)
FOR_LINES = _by_code(
    ("accepted", "The borrower took the line that was approved", "借款人接受了已批准的额度"),
    ("replaced", "A new line takes its place", "由新的额度取代"),
    ("paid_well", "Paid well", "还款良好"),
    ("income_rose", "The income rose", "收入增加"),
    ("income_fell", "The income fell", "收入减少"),
    ("late_here", "Late with us", "在本机构逾期"),
    ("late_elsewhere", "Late elsewhere", "在其他机构逾期"),
    ("fraud_checked", "Signs of fraud are being looked into", "正在核查疑似冒用"),
    ("checked_and_well", "Looked into; all is well", "已核查，无异常"),
    ("borrower_asked", "The borrower asked for it", "借款人要求"),
    ("borrower_in_difficulty", "The borrower is in difficulty", "借款人遇到困难"),
    ("borrower_died", "The borrower died", "借款人去世"),
    ("expired", "Its time ran out", "额度到期"),
)


def reasons_of(codes: list[str], among: Mapping[str, Reason]) -> list[Reason]:
    """The reasons of these `codes`, at least one, each once. Raises InputError."""
    if not codes or len(set(codes)) != len(codes) or not set(codes) <= set(among):
        raise InputError(
            gettext("A decision needs its reasons."), "/reasons", gettext("Choose at least one from the list.")
        )
    return [among[code] for code in codes]


def line_reason(code: str) -> str:
    """`code`, when it is a reason to change a line. Raises InputError."""
    reasons_of([code], FOR_LINES)
    return code
