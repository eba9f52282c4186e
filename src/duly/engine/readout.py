"""Positions: what the fold leaves of each loan, written out as columns."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.engine.accrual import project
from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE
from duly.engine.interest import days_outside
from duly.engine.records import (
    CANCELLED_STATUS,
    NOT_DISBURSED,
    OPEN,
    STOP_DAYS,
    Int32,
    Int64,
    Record,
    Work,
)
from duly.engine.standing import interest_standing, owed_with
from duly.engine.terms import FEE, INTEREST, PENALTY, PRINCIPAL, TO_NEXT_DUE


class Positions(NamedTuple):
    """One row a loan. Money in minor units, running totals since disbursement; dates in days since 1970-01-01.

    `*_outstanding` is all that is left of the schedule and of penalties; `*_due` what of it has fallen due by `as_of`;
    `*_overdue` what fell due before. `*_earned` is what has been earned by the day (on settling: what was paid or
    waived); in non-accrual only what was settled of it, the rest is `*_suspended`. `payoff` settles the loan on
    `as_of`.
    """

    status: npt.NDArray[np.uint8]  # STATUS
    days_past_due: Int32
    oldest_unpaid_due_on: Int32  # NO_DATE when nothing that has fallen due is unpaid
    next_due_on: Int32  # NO_DATE when nothing is to come
    next_due_amount: Int64
    settled_on: Int32
    disbursed: Int64
    principal_outstanding: Int64
    interest_outstanding: Int64
    penalty_outstanding: Int64
    fee_outstanding: Int64
    principal_due: Int64
    interest_due: Int64
    penalty_due: Int64
    fee_due: Int64
    principal_overdue: Int64
    interest_overdue: Int64
    penalty_overdue: Int64
    fee_overdue: Int64
    credit_balance: Int64
    payoff: Int64
    accrued_interest: Int64  # earned, not yet due, and not yet paid
    received: Int64
    refunded: Int64
    recovered: Int64  # after a write-off; not in `received`
    principal_received: Int64
    interest_received: Int64
    penalty_received: Int64
    fee_received: Int64
    interest_earned: Int64
    penalty_earned: Int64
    fee_earned: Int64
    interest_suspended: Int64
    penalty_suspended: Int64
    principal_waived: Int64
    interest_waived: Int64
    penalty_waived: Int64
    fee_waived: Int64
    principal_written_off: Int64
    interest_written_off: Int64
    penalty_written_off: Int64
    fee_written_off: Int64
    interest_capitalised: Int64  # joined the principal
    penalty_capitalised: Int64
    fee_capitalised: Int64


_COLUMN_TYPES = {
    "status": np.uint8,
    "days_past_due": np.int32,
    "oldest_unpaid_due_on": np.int32,
    "next_due_on": np.int32,
    "settled_on": np.int32,
}


def empty_positions(loans: int) -> Positions:
    """Positions of zeros."""
    return Positions(*(np.zeros(loans, _COLUMN_TYPES.get(name, np.int64)) for name in Positions._fields))


@kernel()
def write_position(terms: Record, loan: Record, work: Work, row: int, as_of: int, out: Positions) -> None:
    """Write what the fold left of a loan into row `row` of `out`, which holds zeros."""
    out.status[row] = loan.status
    out.settled_on[row] = loan.settled_on
    out.credit_balance[row] = loan.credit
    out.received[row] = loan.received
    out.oldest_unpaid_due_on[row] = out.next_due_on[row] = NO_DATE
    if loan.status == NOT_DISBURSED:
        return
    _write_totals(loan, row, out)
    if loan.status == OPEN:
        _write_interest(terms, loan, work, row, as_of, out)
        if terms.daily:
            project(terms, loan, work, False)
    else:
        out.payoff[row] = max(0, -loan.credit)  # money refunded that later proved not to be there
    if loan.status == OPEN or loan.status == CANCELLED_STATUS:
        _write_open(terms, loan, work, row, as_of, out)


@kernel()
def _write_totals(loan: Record, row: int, out: Positions) -> None:
    out.disbursed[row] = loan.disbursed
    out.refunded[row] = loan.refunded
    out.recovered[row] = loan.recovered
    out.principal_outstanding[row] = loan.principal_left
    out.principal_received[row] = loan.received_by[PRINCIPAL]
    out.interest_received[row] = loan.received_by[INTEREST]
    out.penalty_received[row] = loan.received_by[PENALTY]
    out.fee_received[row] = loan.received_by[FEE]
    out.principal_waived[row] = loan.waived_by[PRINCIPAL]
    out.interest_waived[row] = loan.waived_by[INTEREST]
    out.penalty_waived[row] = loan.waived_by[PENALTY]
    out.fee_waived[row] = loan.waived_by[FEE]
    out.principal_written_off[row] = loan.written_off_by[PRINCIPAL]
    out.interest_written_off[row] = loan.written_off_by[INTEREST]
    out.penalty_written_off[row] = loan.written_off_by[PENALTY]
    out.fee_written_off[row] = loan.written_off_by[FEE]
    out.interest_capitalised[row] = loan.capitalised_by[INTEREST]
    out.penalty_capitalised[row] = loan.capitalised_by[PENALTY]
    out.fee_capitalised[row] = loan.capitalised_by[FEE]
    # Earned is what has been settled one way or another, and, for an open loan, what is yet to be.
    out.interest_earned[row] = _settled(loan, INTEREST)
    out.penalty_earned[row] = _settled(loan, PENALTY)
    out.fee_earned[row] = _settled(loan, FEE)


@kernel(inline="always")
def _settled(loan: Record, component: int) -> int:
    settled = loan.received_by[component] + loan.waived_by[component]
    return settled + loan.written_off_by[component] + loan.capitalised_by[component]


@kernel()
def _write_interest(terms: Record, loan: Record, work: Work, row: int, as_of: int, out: Positions) -> None:
    due, earned, waived, paid = interest_standing(terms, loan, work, as_of, False)
    ahead = waived + paid
    out.accrued_interest[row] = max(earned - ahead, 0)
    if loan.non_accrual:
        out.interest_suspended[row] = due + max(earned - ahead, 0)
        out.interest_earned[row] += min(earned - ahead, 0)
    else:
        out.interest_earned[row] += due + earned - ahead
    if terms.payoff_interest == TO_NEXT_DUE:
        due, earned, waived, paid = interest_standing(terms, loan, work, as_of, True)
    interest = due + max(earned - waived, 0) - paid
    out.payoff[row] = max(0, owed_with(terms, loan, work, as_of, interest) - loan.credit)


@kernel()
def _write_open(terms: Record, loan: Record, work: Work, row: int, as_of: int, out: Positions) -> None:
    oldest = NO_DATE
    penalty, fee_due = 0, 0
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        left = one.principal_left + one.interest_left + one.fee_left
        out.interest_outstanding[row] += one.interest_left
        out.fee_outstanding[row] += one.fee_left
        penalty += one.penalty_left
        if one.due_on <= as_of:
            out.principal_due[row] += one.principal_left
            out.interest_due[row] += one.interest_left
            fee_due += one.fee_left
            out.penalty_due[row] += one.penalty_left
            if left > terms.tolerance and oldest == NO_DATE:
                oldest = one.due_on
        if one.due_on < as_of + terms.dpd_on_due_day:
            out.principal_overdue[row] += one.principal_left
            out.interest_overdue[row] += one.interest_left
            out.fee_overdue[row] += one.fee_left
            out.penalty_overdue[row] += one.penalty_left
        if one.due_on >= as_of and left + one.penalty_left > 0 and out.next_due_on[row] == NO_DATE:
            out.next_due_on[row] = one.due_on
            out.next_due_amount[row] = left + one.penalty_left
    out.penalty_outstanding[row] = penalty
    out.fee_due[row] = fee_due
    out.fee_earned[row] += fee_due
    if loan.non_accrual:
        out.penalty_suspended[row] = penalty
    else:
        out.penalty_earned[row] += penalty
    if oldest != NO_DATE:
        out.oldest_unpaid_due_on[row] = oldest
        if oldest < as_of + terms.dpd_on_due_day:
            late = days_outside(oldest, as_of, work.pauses, loan.pauses, STOP_DAYS)
            out.days_past_due[row] = late + terms.dpd_on_due_day
    if loan.status == CANCELLED_STATUS:
        out.payoff[row] = max(0, loan.principal_left - loan.credit)
