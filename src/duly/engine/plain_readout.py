"""Positions of plain loans, written out as columns from running totals."""

from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE
from duly.engine.plain_days import plain_accrued
from duly.engine.readout import Positions
from duly.engine.records import OPEN, SETTLED, Record, Records


@kernel(inline="always")
def write_plain_position(terms: Record, loan: Record, rows: Records, row: int, as_of: int, out: Positions) -> None:
    """Write a loan's position into row `row` of `out`, which holds zeros.

    A zero is never written: memory that is not touched costs nothing.
    """
    out.status[row] = OPEN if loan.settled_on == NO_DATE else SETTLED
    out.settled_on[row] = loan.settled_on
    out.oldest_unpaid_due_on[row] = NO_DATE
    out.next_due_on[row] = NO_DATE
    out.disbursed[row] = loan.principal
    out.received[row] = loan.received
    out.principal_received[row] = loan.principal - loan.principal_left
    out.interest_received[row] = loan.interest_received
    if loan.penalty_received:
        out.penalty_received[row] = loan.penalty_received
    if loan.settled_on == NO_DATE:
        out.principal_outstanding[row] = loan.principal_left
        accrued = plain_accrued(terms, loan, rows, as_of)
        _write_earned(loan, rows, row, accrued, out)
        _write_rows(terms, loan, rows, row, as_of, accrued, out)
    else:
        out.interest_earned[row] = loan.interest_received
        if loan.penalty_received:
            out.penalty_earned[row] = loan.penalty_received
        if loan.credit:
            out.credit_balance[row] = loan.credit


@kernel(inline="always")
def _write_earned(loan: Record, rows: Records, row: int, accrued: int, out: Positions) -> None:
    fallen_due = rows[loan.fallen - 1].interest_to if loan.fallen > 0 else 0
    earned = fallen_due + accrued
    penalty = loan.penalty - loan.penalty_received
    out.payoff[row] = max(0, loan.principal_left + earned - loan.interest_received + penalty)
    out.interest_outstanding[row] = rows[loan.count - 1].interest_to - loan.interest_received
    if penalty:
        out.penalty_outstanding[row] = penalty
    if loan.non_accrual:
        # What was paid ahead of being earned counts only as it is earned.
        out.interest_suspended[row] = max(earned - loan.interest_received, 0)
        out.interest_earned[row] = min(earned, loan.interest_received)
        out.penalty_suspended[row] = penalty
        out.penalty_earned[row] = loan.penalty_received
    else:
        out.interest_earned[row] = earned
        if loan.penalty:
            out.penalty_earned[row] = loan.penalty


@kernel(inline="always")
def _write_rows(terms: Record, loan: Record, rows: Records, row: int, as_of: int, accrued: int, out: Positions) -> None:
    principal, interest, penalty = 0, 0, 0
    oldest, index = NO_DATE, loan.first_open
    overdue_before = as_of + terms.dpd_on_due_day
    while index < loan.fallen:
        one = rows[index]
        if one.due_on >= overdue_before:
            break
        principal += one.principal_left
        interest += one.interest_left
        penalty += one.penalty_left
        if oldest == NO_DATE and one.principal_left + one.interest_left > terms.tolerance:
            oldest = one.due_on
        index += 1
    if index > loan.first_open:
        out.principal_overdue[row] = principal
        out.interest_overdue[row] = interest
        if penalty:
            out.penalty_overdue[row] = penalty
        if oldest != NO_DATE:
            out.days_past_due[row] = as_of - oldest + terms.dpd_on_due_day
    # What falls due on the day itself is due, and not yet overdue.
    while index < loan.fallen:
        one = rows[index]
        principal += one.principal_left
        interest += one.interest_left
        penalty += one.penalty_left
        if oldest == NO_DATE and one.principal_left + one.interest_left > terms.tolerance:
            oldest = one.due_on
        index += 1
    if loan.fallen > loan.first_open:
        out.principal_due[row] = principal
        out.interest_due[row] = interest
        if penalty:
            out.penalty_due[row] = penalty
        if oldest != NO_DATE:
            out.oldest_unpaid_due_on[row] = oldest
    fallen_due = rows[loan.fallen - 1].interest_to if loan.fallen > 0 else 0
    ahead = loan.interest_received - fallen_due + interest
    if accrued > ahead:
        out.accrued_interest[row] = accrued - ahead
    index = max(loan.fallen - 1, loan.first_open)
    while index < loan.count and (
        rows[index].due_on < as_of or rows[index].principal_left + rows[index].interest_left == 0
    ):
        index += 1
    if index < loan.count:
        one = rows[index]
        out.next_due_on[row] = one.due_on
        out.next_due_amount[row] = one.principal_left + one.interest_left + one.penalty_left
