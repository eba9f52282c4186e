"""Contracts and facts as columns: one row a loan, one row a fact, and each distinct set of terms kept once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from duly.engine import dates, money
from duly.engine import terms as codes
from duly.engine.calendars import DAYS, closed_days
from duly.engine.compiled import compiled
from duly.engine.contract import Contract, Terms
from duly.engine.plain import is_plain
from duly.engine.planning import default_first_due_on as default_first_due_on
from duly.engine.planning import installment_amounts as installment_amounts
from duly.engine.records import DETAIL_DTYPE, NONE, TERMS_DTYPE, Records
from duly.engine.records import KIND as KIND
from duly.engine.records import Contracts as Contracts
from duly.engine.records import Facts as Facts
from duly.engine.records import Int32 as Int32
from duly.engine.records import Int64 as Int64

Whole = npt.NDArray[np.integer] | Sequence[int]


def make_contracts(
    terms: Sequence[Terms],
    *,
    term: Whole,
    principal: Whole,
    annual_rate: Whole,
    disbursed_on: Whole,
    installments: Whole,
    first_due_on: Whole | None = None,
    installment_amount: Whole | None = None,
    service_fee: Whole | None = None,
    upfront_fee: Whole | None = None,
    balloon: Whole | None = None,
) -> Contracts:
    """Contracts from plain arrays, one row a loan. Money in minor units, dates in days since 1970-01-01.

    `term` indexes `terms`. Without `first_due_on`: one period after disbursement; without `installment_amount`: the
    level installment is worked out; fees and balloons are zero where not given. Raises ValueError for columns of
    different lengths, or a term that is not there.
    """
    loans = len(principal)
    none = np.zeros(loans, np.int64)

    def money_column(values: Whole | None) -> Int64:
        return none if values is None else np.ascontiguousarray(values, np.int64)

    made = Contracts(
        terms=pack_terms(terms),
        closed_days=_calendars(terms),
        term=np.ascontiguousarray(term, np.int32),
        principal=money_column(principal),
        annual_rate=money_column(annual_rate),
        service_fee=money_column(service_fee),
        upfront_fee=money_column(upfront_fee),
        balloon=money_column(balloon),
        disbursed_on=np.ascontiguousarray(disbursed_on, np.int32),
        first_due_on=np.ascontiguousarray(disbursed_on if first_due_on is None else first_due_on, np.int32),
        installments=np.ascontiguousarray(installments, np.int32),
        installment_amount=money_column(installment_amount),
    )
    if {len(column) for column in made[2:]} != {loans}:
        raise ValueError("the columns of contracts must have one row a loan, all of them")
    if loans and not 0 <= int(made.term.min()) <= int(made.term.max()) < len(terms):
        raise ValueError(f"a contract names terms outside 0 to {len(terms) - 1}")
    if first_due_on is None:
        made = made._replace(first_due_on=default_first_due_on(made))
    if installment_amount is None:
        made = made._replace(installment_amount=installment_amounts(made))
    return made


def pack_contracts(contracts: Sequence[Contract]) -> Contracts:
    """`contracts` as columns, in the same order, with their level installments worked out."""
    distinct = {terms: index for index, terms in enumerate(dict.fromkeys(one.terms for one in contracts))}
    return make_contracts(
        list(distinct),
        term=[distinct[one.terms] for one in contracts],
        principal=[one.principal for one in contracts],
        annual_rate=[one.annual_rate for one in contracts],
        service_fee=[one.service_fee for one in contracts],
        upfront_fee=[one.upfront_fee for one in contracts],
        balloon=[one.balloon for one in contracts],
        disbursed_on=[dates.days(one.disbursed_on) for one in contracts],
        first_due_on=[dates.days(one.first_due_on) for one in contracts],
        installments=[one.installments for one in contracts],
    )


def join_contracts(one: Contracts, other: Contracts) -> Contracts:
    """The loans of `one` and then of `other`, which must have the same terms in the same places."""
    joined = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in Contracts._fields
        if name not in ("terms", "closed_days")
    }
    return one._replace(**joined)


def pack_terms(these: Sequence[Terms]) -> Records:
    """`these` as rows of TERMS_DTYPE, in the same order."""
    calendars = _calendar_rows(these)
    packed: Records = np.zeros(len(these), TERMS_DTYPE)
    for row, one in zip(packed, these, strict=True):
        row.method = codes.METHOD[one.method]
        row.day_count = dates.DAY_COUNT[one.day_count]
        row.every = one.every
        row.unit = dates.UNIT[one.unit]
        row.daily = one.interest == "daily" or one.method == "open"
        row.grace_principal = one.grace_principal
        row.grace_interest = one.grace_interest
        row.grace_capitalised = one.grace_interest_is == "capitalised"
        row.step_up_every = one.step_up_every
        row.step_up_rate = one.step_up_rate
        row.rounding = money.ROUNDING[one.rounding]
        row.installment_to = one.installment_to
        row.calendar = NONE if one.holiday_rule == "none" else calendars[one.holidays]
        row.holiday_rule = codes.HOLIDAY_RULE[one.holiday_rule]
        row.penalty_rate = one.penalty_rate
        row.penalty_on = codes.PENALTY_ON[one.penalty_on]
        row.penalty_grace_days = one.penalty_grace_days
        row.penalty_from_grace_end = one.penalty_grace_counts_from == "end_of_grace"
        row.penalty_day_count = dates.DAY_COUNT[one.penalty_day_count]
        row.penalty_compounds_every = one.penalty_compounds_every
        row.penalty_instead = one.penalty_instead_of_interest and row.daily
        row.penalty_cap = _or_none(one.penalty_cap)
        row.penalty_cap_share = _or_none(one.penalty_cap_of_principal)
        row.cost_cap_share = _or_none(one.cost_cap_of_principal)
        row.cost_cap_rate = _or_none(one.cost_cap_annual_rate)
        row.late_fee = one.late_fee
        row.late_fee_after = one.late_fee_after_days
        row.allocation_order = _order(one.allocation_order)
        row.allocation_by_component = one.allocation_by == "component"
        row.late_allocation_after = _or_none(one.late_allocation_after)
        row.late_allocation_order = _order(one.late_allocation_order)
        row.late_allocation_by_component = one.late_allocation_by == "component"
        row.prepayment_keeps_term = one.prepayment_reduces == "installment"
        row.prepayment_fee_rate = one.prepayment_fee_rate
        row.non_accrual_after = one.non_accrual_after_days
        row.tolerance = one.tolerance
        row.margin = one.margin or 0
        row.first_day_out = one.days == "(start,end]"
        row.month_end = dates.MONTH_END[one.month_end]
        row.part_month_actual = one.part_month == "actual"
        row.split_sum = one.split_rounding == "sum"
        row.penalty_sum = row.split_sum and one.cost_cap_annual_rate is None
        row.smooth = one.last_installment == "smooth"
        row.dpd_on_due_day = one.dpd_on_due_day
        row.payoff_interest = codes.PAYOFF_INTEREST[one.payoff_interest]
        row.broken_period = codes.BROKEN_PERIOD[one.broken_period]
        capitalises = row.grace_capitalised and row.grace_interest > 0
        capped = max(row.penalty_cap, row.penalty_cap_share, row.cost_cap_share, row.cost_cap_rate) != NONE
        row.compounds_capped = capped and row.penalty_compounds_every > 0
        row.days_bring = row.daily or capitalises or row.late_fee > 0 or row.cost_cap_rate != NONE
        row.days_bring |= row.compounds_capped
        row.simple_penalty = not (row.penalty_on or row.penalty_compounds_every or capped)
        row.plain = is_plain(row)
    return packed


def _or_none(limit: int | None) -> int:
    return NONE if limit is None else limit


def _order(names: Sequence[str]) -> int:
    return sum(codes.COMPONENT[name] << 4 * place for place, name in enumerate(names))


def _calendar_rows(these: Sequence[Terms]) -> dict[tuple[str, ...], int]:
    distinct = dict.fromkeys(one.holidays for one in these if one.holiday_rule != "none")
    return {holidays: row for row, holidays in enumerate(distinct)}


def _calendars(these: Sequence[Terms]) -> npt.NDArray[np.uint8]:
    rows = [closed_days(holidays) for holidays in _calendar_rows(these)]
    return np.stack(rows) if rows else np.zeros((0, DAYS), np.uint8)


def arrange_facts(
    loans: int,
    loan: npt.NDArray[np.integer],
    kind: npt.NDArray[np.integer],
    value_date: npt.NDArray[np.integer],
    amount: npt.NDArray[np.integer],
    component: npt.NDArray[np.integer],
    reverses: npt.NDArray[np.integer],
    detail: npt.NDArray[np.integer] | None = None,
    details: Records | None = None,
) -> Facts:
    """Rows in order of record, arranged as Facts. `loan` is 0 … `loans` - 1; `reverses` is a row number, or -1.

    `detail` is a row of `details` (DETAIL_DTYPE) or -1; left out where no fact has more to say. Linear in the number of
    facts where they came nearly in order of date, as they do in life.
    Raises ValueError when a row names a loan, a fact or a detail that is not there.
    """
    rows = len(loan)
    if rows and not 0 <= int(loan.min()) <= int(loan.max()) < loans:
        raise ValueError(f"a fact names a loan outside 0 to {loans - 1}")
    if rows and int(reverses.max()) >= rows:
        raise ValueError(f"a fact reverses row {int(reverses.max())}, but there are only {rows} rows")
    told: Records = np.zeros(0, DETAIL_DTYPE) if details is None else details
    if detail is not None and rows and int(detail.max()) >= len(told):
        raise ValueError(f"a fact names detail {int(detail.max())}, but there are only {len(told)}")
    start = np.zeros(loans + 1, np.int64)
    np.cumsum(np.bincount(loan, minlength=loans), out=start[1:])
    order = np.empty(rows, np.int64)
    dates_ = np.ascontiguousarray(value_date, np.int32)
    _order_by_loan_and_date(np.ascontiguousarray(loan, np.int64), dates_, start, order)
    place = np.empty(rows, np.int64)
    place[order] = np.arange(rows)
    back = np.asarray(reverses, np.int64)[order]
    return Facts(
        start=start,
        kind=np.asarray(kind, np.uint8)[order],
        value_date=dates_[order],
        amount=np.asarray(amount, np.int64)[order],
        component=np.asarray(component, np.uint8)[order],
        reverses=np.where(back >= 0, place[back], -1) if rows else back,
        detail=np.zeros(0, np.int32) if detail is None else np.asarray(detail, np.int32)[order],
        details=told,
    )


@compiled()
def _order_by_loan_and_date(loan: Int64, value_date: Int32, start: Int64, order: Int64) -> None:
    # A counting sort by loan, then an insertion sort by date inside each loan; both keep the order of record.
    place = start[:-1].copy()
    for row in range(len(loan)):
        order[place[loan[row]]] = row
        place[loan[row]] += 1
    for one in range(len(start) - 1):
        for here in range(start[one] + 1, start[one + 1]):
            row = order[here]
            before = here - 1
            while before >= start[one] and value_date[order[before]] > value_date[row]:
                order[before + 1] = order[before]
                before -= 1
            order[before + 1] = row
