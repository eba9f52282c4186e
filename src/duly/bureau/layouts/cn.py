"""The fields of China's second-generation credit system for a personal loan (account type D1), one CSV row a month.

Names and meanings are those of the collection format's segments: identification (AcctBsSgmt), basic (AcctBsInfSgmt),
monthly performance (AcctMthlyBlgInfSgmt), special transactions (AcctSpecTrstDspnSgmt). Amounts are whole yuan, rounded
half up.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.bureau.facts import loan_of_each, standing_on
from duly.bureau.layouts.said import Reporter, Said
from duly.bureau.layouts.schedules import Schedules, due_date, fallen_due, schedules_on, single
from duly.bureau.months import month_before
from duly.bureau.standing import DELETED, Int64, Standing
from duly.engine.dates import MONTH, NO_DATE, WEEK, days
from duly.engine.fold import STATUS, fold
from duly.engine.records import RESCHEDULED, WAIVED
from duly.engine.terms import METHOD

RECORD, CORRECTION, DELETION = "210", "211", "214"


@dataclass(frozen=True)
class CsvField:
    """A column: its name, the segment it belongs to, its meaning in Chinese and English, and where it comes from."""

    name: str
    segment: str
    zh: str
    en: str
    source: str


_ID, _BASIC, _MONTH = "AcctBsSgmt", "AcctBsInfSgmt", "AcctMthlyBlgInfSgmt"
FIELDS = (
    CsvField("InfRecType", _ID, "信息记录类型", "kind of record", "210 account, 211 correction, 214 deletion"),
    CsvField("AcctType", _ID, "账户类型", "type of account", "D1: non-revolving loan"),
    CsvField("AcctCode", _ID, "账户标识码", "account code", "loan reference"),
    CsvField("RptDate", _ID, "信息报告日期", "date of the information", "last day of the month, or day of closing"),
    CsvField(
        "RptDateCode", _ID, "报告时点说明代码", "occasion", "10 opened, 20 closed, 30 end of month"
    ),
    CsvField("Name", _ID, "借款人姓名", "name", "borrower"),
    CsvField("IDType", _ID, "借款人证件类型", "type of identity document", "10: identity card"),
    CsvField("IDNum", _ID, "借款人证件号码", "number of identity document", "borrower"),
    CsvField("MngmtOrgCode", _ID, "业务管理机构代码", "code of the institution", "DULY_BUREAU_ID"),
    CsvField("BusiLines", _BASIC, "借贷业务大类", "line of business", "1: loan"),
    CsvField("BusiDtlLines", _BASIC, "借贷业务种类细分", "kind of loan", "91: other personal consumer loan"),
    CsvField("OpenDate", _BASIC, "开户日期", "opened on", "day on which the loan was paid out"),
    CsvField("Cy", _BASIC, "币种", "currency", "product"),
    CsvField("LoanAmt", _BASIC, "借款金额", "amount of the loan", "principal"),
    CsvField("Flag", _BASIC, "分次放款标志", "paid out in parts", "0: at once"),
    CsvField("DueDate", _BASIC, "到期日期", "due date", "last due date of the schedule that holds"),
    CsvField(
        "RepayMode", _BASIC, "还款方式", "way of repaying",
        "11 equal installments, 12 equal principal, 13 interest first, 21 all at the end, 29 other",
    ),
    CsvField(
        "RepayFreqcy", _BASIC, "还款频率", "how often",
        "01 day, 02 week, 03 month, 04 quarter, 05 half year, 06 year, 07 once, 08 irregular, 13 fortnight",
    ),
    CsvField("RepayPrd", _BASIC, "还款期数", "installments", "schedule that holds"),
    CsvField("GuarMode", _BASIC, "担保方式", "security", "4: none"),
    CsvField("OthRepyGuarWay", _BASIC, "其他还款保证方式", "other security", "0: none"),
    CsvField("AssetTrandFlag", _BASIC, "资产转让标志", "transferred", "0: no"),
    CsvField("LoanForm", _BASIC, "贷款发放形式", "form of the loan", "1: new"),
    CsvField("LoanConCode", _BASIC, "贷款合同编号", "number of the contract", "loan reference"),
    CsvField("Month", _MONTH, "月份", "month", "month reported"),
    CsvField("SettDate", _MONTH, "结算/应还款日", "due day", "last due date that has come, else the month's last day"),
    CsvField(
        "AcctStatus", _MONTH, "账户状态", "status of the account", "1 normal, 2 overdue, 3 settled, 4 written off"
    ),
    CsvField("AcctBal", _MONTH, "余额", "balance", "principal left; what was written off and is not recovered"),
    CsvField("RemRepPrd", _MONTH, "剩余还款期数", "installments to come", "not yet due by the schedule that holds"),
    CsvField("FiveCate", _MONTH, "五级分类", "risk class", "1 normal to 5 loss (see docs/bureau.md)"),
    CsvField("FiveCateAdjDate", _MONTH, "五级分类认定日期", "class found on", "last day of the month"),
    CsvField(
        "RpyStatus", _MONTH, "当前还款状态", "repayment status",
        "* nothing due, N paid, 1 to 7 by days late (1–30 … 151–180, more), B written off, C settled",
    ),
    CsvField("OverdPrd", _MONTH, "当前逾期期数", "installments overdue", "due dates from the oldest unpaid one on"),
    CsvField("TotOverd", _MONTH, "当前逾期总额", "overdue in all", "all that fell due before and is unpaid"),
    CsvField("OverdPrinc", _MONTH, "当前逾期本金", "principal overdue", "of it, principal"),
    CsvField("Oved31_60Princ", _MONTH, "逾期31-60天未归还本金", "principal 31–60 days late", "by due date"),
    CsvField("Oved61_90Princ", _MONTH, "逾期61-90天未归还本金", "principal 61–90 days late", "by due date"),
    CsvField("Oved91_180Princ", _MONTH, "逾期91-180天未归还本金", "principal 91–180 days late", "by due date"),
    CsvField("OvedPrinc180", _MONTH, "逾期180天以上未归还本金", "principal over 180 days late", "by due date"),
    CsvField(
        "CurRpyAmt", _MONTH, "本月应还款金额", "to be paid this month", "unpaid of what is due, and what was received"
    ),
    CsvField("ActRpyAmt", _MONTH, "本月实际还款金额", "received this month", "payments and recoveries that stand"),
    CsvField("LatRpyDate", _MONTH, "最近一次实际还款日期", "last paid on", "last payment that stands, else day opened"),
    CsvField("CloseDate", _MONTH, "账户关闭日期", "closed on", "day on which it was settled"),
)  # fmt: skip

SPECIAL_FIELDS = (
    CsvField("AcctCode", "AcctSpecTrstDspnSgmt", "账户标识码", "account code", "loan reference"),
    CsvField("ChanTranType", "AcctSpecTrstDspnSgmt", "交易类型", "kind", "1 extended, 5 settled early, 9 forgiven"),
    CsvField("DetAmt", "AcctSpecTrstDspnSgmt", "交易金额", "amount", "waived, or paid to settle; 0 for a new schedule"),
    CsvField("TranDate", "AcctSpecTrstDspnSgmt", "交易日期", "on", "value date"),
    CsvField("DueTranMon", "AcctSpecTrstDspnSgmt", "到期日期变更月数", "months the end moves", "0 where it does not"),
    CsvField("DetInfo", "AcctSpecTrstDspnSgmt", "交易明细信息", "in words", "in Chinese"),
)

_AGES = (31, 61, 91, 181)  # first days of the ages of overdue principal
_MODES = {"equal_installment": "11", "equal_principal": "12", "interest_only": "13", "bullet": "21", "open": "29"}


def is_adverse(status: npt.NDArray[np.integer], days_past_due: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """What is bad for the borrower: anything late at the month's end, or written off."""
    return (status == STATUS["written_off"]) | ((status == STATUS["open"]) & (days_past_due > 0))


def repayment_status(standing: Standing, nothing_due: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
    """The repayment status of each loan; `nothing_due`: no due date falls into the month."""
    late = standing.days_past_due
    codes = np.where(late > 0, _times_late(late).astype(np.str_), np.where(nothing_due, "*", "N"))
    lost = standing.status == STATUS["written_off"]
    codes = np.where(lost & (standing.balance > 0), "B", codes)
    return np.where((standing.status == STATUS["settled"]) | (lost & (standing.balance == 0)), "C", codes)


def late_code(days_past_due: int) -> str:
    """The repayment status of a loan so many days late: 1 for 1 to 30 days, 7 for more than 180."""
    return str(_times_late(np.array(days_past_due)))


def _times_late(days_past_due: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    return np.minimum((days_past_due + 29) // 30, 7)


def rows_of(said: Said, reporter: Reporter) -> dict[str, Any]:
    """The columns of the CSV, by the names of FIELDS; texts, and None where there is nothing to say."""
    month, standing, contracts = said.month, said.standing, said.month.contracts
    end = days(month.end)
    schedules = schedules_on(contracts, month.facts, end)
    due = fallen_due(schedules, end)
    lost = standing.status == STATUS["written_off"]
    closed = (standing.status == STATUS["settled"]) | (lost & (standing.balance == 0))
    opened_now = contracts.disbursed_on > days(month_before(month.end))
    closed_on = np.where(closed, np.where(month.positions.settled_on > 0, month.positions.settled_on, end), NO_DATE)
    status = np.where(lost, "4", np.where(standing.days_past_due > 0, "2", "1"))
    gone = np.isin(standing.status, (DELETED, STATUS["cancelled"]))
    principal = np.where(lost, standing.balance, month.positions.principal_outstanding)
    nothing_due = due == fallen_due(schedules, days(month_before(month.end)))
    unpaid = np.where(lost, standing.balance, _due(said))
    last_paid_on = np.where(month.last_paid_on != NO_DATE, month.last_paid_on, contracts.disbursed_on)
    yuan = _Whole(said.scale)
    return {
        "InfRecType": np.where(gone, DELETION, CORRECTION if said.is_correction else RECORD),
        "AcctType": "D1",
        "AcctCode": said.references,
        "RptDate": _iso(np.where(closed_on != NO_DATE, closed_on, end)),
        "RptDateCode": np.where(closed, "20", np.where(opened_now, "10", "30")),
        "Name": [person.name for person in said.people],
        "IDType": ["10" if person.id_number else "" for person in said.people],
        "IDNum": [person.id_number for person in said.people],
        "MngmtOrgCode": reporter.number,
        "BusiLines": "1",
        "BusiDtlLines": "91",
        "OpenDate": _iso(contracts.disbursed_on),
        "Cy": said.currencies,
        "LoanAmt": yuan(contracts.principal),
        "Flag": "0",
        "DueDate": _iso(due_date(schedules, schedules.installments - 1)),
        "RepayMode": _modes(contracts.terms[contracts.term]["method"]),
        "RepayFreqcy": _frequency(schedules),
        "RepayPrd": schedules.installments,
        "GuarMode": "4",
        "OthRepyGuarWay": "0",
        "AssetTrandFlag": "0",
        "LoanForm": "1",
        "LoanConCode": said.references,
        "Month": f"{month.end:%Y-%m}",
        "SettDate": _iso(np.where(due > 0, due_date(schedules, np.maximum(due - 1, 0)), end)),
        "AcctStatus": np.where(closed, "3", status),
        "AcctBal": yuan(np.where(closed, 0, principal)),
        "RemRepPrd": np.where(closed | lost, 0, schedules.installments - due),
        "FiveCate": standing.risk_class + 1,
        "FiveCateAdjDate": month.end.isoformat(),
        "RpyStatus": repayment_status(standing, nothing_due & (standing.days_past_due == 0)),
        "OverdPrd": np.where(standing.days_past_due > 0, _overdue_installments(said, schedules), 0),
        "TotOverd": yuan(standing.past_due),
        "OverdPrinc": yuan(np.where(lost, standing.balance, month.positions.principal_overdue)),
        **{name: yuan(amount) for name, amount in _by_age(said).items()},
        "CurRpyAmt": yuan(unpaid + month.received),
        "ActRpyAmt": yuan(month.received),
        "LatRpyDate": _iso(last_paid_on),
        "CloseDate": _iso(closed_on),
    }


def special_transactions(said: Said) -> dict[str, Any]:
    """The special transactions of the month, a row each, by the names of SPECIAL_FIELDS."""
    facts, month = said.month.facts, said.month
    loan = loan_of_each(facts)
    first, last = days(month_before(month.end)) + 1, days(month.end)
    within = standing_on(facts, last) & (facts.value_date >= first)
    extended = np.flatnonzero(within & (facts.kind == RESCHEDULED))
    forgiven = np.flatnonzero(within & (facts.kind == WAIVED))
    schedules = schedules_on(month.contracts, facts, last)
    ends = due_date(schedules, schedules.installments - 1)
    settled = np.flatnonzero(
        (month.standing.status == STATUS["settled"])
        & (month.positions.settled_on >= first)
        & (month.positions.settled_on < ends)
    )
    earlier = schedules_on(month.contracts, facts, first - 1)
    moved = _months_between(due_date(earlier, earlier.installments - 1), ends)
    rows = np.concatenate([loan[extended], settled, loan[forgiven]])
    order = np.argsort(rows, kind="stable")
    kinds = [("1", "展期")] * len(extended) + [("5", "提前结清")] * len(settled) + [("9", "债务减免")] * len(forgiven)
    amounts = np.concatenate([np.zeros(len(extended), np.int64), month.received[settled], facts.amount[forgiven]])
    on = np.concatenate([facts.value_date[extended], month.positions.settled_on[settled], facts.value_date[forgiven]])
    months = np.concatenate([moved[loan[extended]], np.zeros(len(settled) + len(forgiven), np.int64)])
    return {
        "AcctCode": [said.references[row] for row in rows[order]],
        "ChanTranType": [kinds[place][0] for place in order],
        "DetAmt": _Whole(said.scale[rows])(amounts)[order],
        "TranDate": _iso(on[order]),
        "DueTranMon": months[order],
        "DetInfo": [kinds[place][1] for place in order],
    }


class _Whole:
    """Minor units as whole units of the currency, rounded half up."""

    def __init__(self, scale: Int64) -> None:
        self.scale = scale

    def __call__(self, minor: Int64) -> Int64:
        whole: Int64 = (2 * minor + self.scale) // (2 * self.scale)
        return whole


def _due(said: Said) -> Int64:
    positions = said.month.positions
    due: Int64 = positions.principal_due + positions.interest_due + positions.penalty_due + positions.fee_due
    return due


def _by_age(said: Said) -> dict[str, Int64]:
    """Overdue principal by the age of what it fell due with.

    What had fallen due by an earlier day and is settled since is the oldest; the rest of it is still unpaid.
    """
    month = said.month
    now = month.positions
    settled = now.principal_received + now.principal_waived
    older = [now.principal_overdue]
    for age in _AGES:
        then = fold(month.contracts, month.facts, days(month.end) - age)
        fallen = then.principal_due + then.principal_received + then.principal_waived
        older.append(np.clip(fallen - settled, 0, older[-1]))
    is_open = month.standing.status == STATUS["open"]
    parts = [np.where(is_open, one - older[place + 2], 0) for place, one in enumerate(older[1:-1])]
    names = ("Oved31_60Princ", "Oved61_90Princ", "Oved91_180Princ", "OvedPrinc180")
    return dict(zip(names, [*parts, np.where(is_open, older[-1], 0)], strict=True))


def _overdue_installments(said: Said, schedules: Schedules) -> Int64:
    """Due dates from the oldest unpaid one up to the day before the month's end."""
    end = days(said.month.end)
    oldest = said.month.positions.oldest_unpaid_due_on.astype(np.int64)
    from_oldest = schedules._replace(
        first_due_on=np.where(oldest > 0, oldest, end), installments=np.full(len(said), 10_000)
    )
    left = schedules.installments - _fallen_before(schedules, from_oldest.first_due_on)
    return np.minimum(fallen_due(from_oldest, end - 1), np.maximum(left, 1))


def _fallen_before(schedules: Schedules, on: Int64) -> Int64:
    """How many installments fell due before each loan's own day `on`, by whole periods."""
    months = (_month(on) - _month(schedules.first_due_on)) // schedules.every
    spans = (on - schedules.first_due_on) // (np.where(schedules.unit == WEEK, 7, 1) * schedules.every)
    return np.maximum(np.where(schedules.unit == MONTH, months, spans), 0)


def _modes(method: npt.NDArray[np.integer]) -> npt.NDArray[np.str_]:
    return np.array([_MODES[name] for name in METHOD])[method]


def _frequency(schedules: Schedules) -> npt.NDArray[np.str_]:
    known = {(MONTH, 1): "03", (MONTH, 3): "04", (MONTH, 6): "05", (MONTH, 12): "06", (WEEK, 1): "02", (WEEK, 2): "13"}
    codes = np.full(len(schedules.every), "08")
    for (unit, every), code in known.items():
        codes = np.where((schedules.unit == unit) & (schedules.every == every), code, codes)
    return np.where(single(schedules), "07", codes)


def _iso(day: npt.NDArray[np.integer]) -> npt.NDArray[np.str_]:
    day = np.asarray(day, np.int64)
    text = (np.datetime64("1970-01-01", "D") + np.maximum(day, -700_000)).astype(np.str_)
    return np.where(day == NO_DATE, "", text)


def _month(day: Int64) -> Int64:
    return (np.datetime64("1970-01-01", "D") + day).astype("datetime64[M]").astype(np.int64)


def _months_between(one: Int64, other: Int64) -> Int64:
    return np.maximum(_month(other) - _month(one), 0)
