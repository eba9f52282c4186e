"""What an application may say: the fields that policies ask about, each with its kind, unit and meaning.

Kinds: money, minor units of the policy's currency, a month's worth where the name says monthly; whole, a whole number
from 0; number, a whole number that may be negative; ratio, millionths (0.35 is 350000); flag, true or false; word.
A field that is left out, or null, is unknown; that is never the same as zero or false.
"""

from dataclasses import dataclass

from duly.engine.money import MAX_MONEY
from duly.risk.words import Words

# The least and the most that a number of each kind may be.
BOUNDS = {"money": (0, MAX_MONEY), "whole": (0, 10**9), "number": (-MAX_MONEY, MAX_MONEY), "ratio": (-(10**12), 10**12)}


@dataclass(frozen=True)
class Field:
    """One thing an application may say; `title` is what a person reads it as."""

    name: str
    kind: str
    title: Words


def _field(name: str, kind: str, en: str, zh: str) -> Field:
    return Field(name, kind, Words(en, zh))


_ALL = (
    _field("age_years", "whole", "age in full years", "周岁年龄"),
    _field("is_student", "flag", "being a student in full-time education", "是否为在校学生"),
    _field("id_verified", "flag", "whether the identity document was verified", "身份证件是否已核验"),
    _field("face_matched", "flag", "whether the face matches the identity document", "人脸与证件是否一致"),
    _field("documents_altered", "flag", "whether a document was found to be altered", "材料是否有篡改痕迹"),
    _field("on_blocklist", "flag", "being on the blocklist", "是否在禁入名单"),
    _field("people_on_device", "whole", "other people who applied from the same device", "同一设备上的其他申请人数"),
    _field("applications_30_days", "whole", "credit applied for in the last 30 days", "近 30 天的信贷申请次数"),
    _field("monthly_income", "money", "income a month, after tax", "每月税后收入"),
    _field("income_verified", "flag", "whether the income was verified", "收入是否已核实"),
    _field(
        "monthly_spending", "money", "spending a month, rent included, without debts", "每月支出（含房租，不含还债）"
    ),
    _field("monthly_debt_payments", "money", "payments on other debts a month", "每月偿还其他债务的金额"),
    _field("total_debt", "money", "what is owed on other debts", "其他债务余额"),
    _field("lenders_owed", "whole", "lenders to whom something is owed", "有欠款的放贷机构数"),
    _field("days_past_due_now", "whole", "days by which the latest debt is past due now", "目前最长逾期天数"),
    _field("worst_days_past_due", "whole", "most days past due in the last 24 months", "近 24 个月最长逾期天数"),
    _field("debt_written_off", "flag", "whether a debt was written off or is before a court", "是否有呆账或涉诉债务"),
    _field("late_with_us", "flag", "being late on a loan with us", "在本机构是否有逾期"),
    _field("employment", "word", "kind of work", "就业状况"),
    _field("purpose", "word", "what the money is for", "借款用途"),
    _field("requested_amount", "money", "the amount asked for", "申请金额"),
    _field("requested_installments", "whole", "the installments asked for", "申请期数"),
)
FIELDS = {field.name: field for field in _ALL}
