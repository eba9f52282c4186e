"""The rows of a loan: taking from what is left of one, and stepping past those that have nothing left."""

from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE
from duly.engine.records import OPEN, SETTLED, Record, Work
from duly.engine.terms import FEE, INTEREST, PENALTY


@kernel()
def take(loan: Record, one: Record, component: int, most: int) -> int:
    """Take up to `most` from what is left of one component of one row; returns what was taken."""
    if component == PENALTY:
        part = min(most, one.penalty_left)
        one.penalty_left -= part
        one.compounded = max(one.compounded - part, 0)
    elif component == FEE:
        part = min(most, one.fee_left)
        one.fee_left -= part
    elif component == INTEREST:
        part = min(most, one.interest_left)
        one.interest_left -= part
    else:
        # A row may ask for interest that has yet to join the principal.
        part = max(min(most, one.principal_left, loan.principal_left), 0)
        one.principal_left -= part
        loan.principal_left -= part
    return part


@kernel()
def all_left(one: Record) -> int:
    """All that is left to pay of a row."""
    return one.principal_left + one.interest_left + one.fee_left + one.penalty_left


@kernel()
def asks(one: Record) -> bool:
    """Whether a row asks, or asked, for anything."""
    return one.principal + one.interest + one.fee + one.penalty > 0


@kernel()
def mark_met(loan: Record, work: Work, day: int) -> None:
    """Note `day` on rows that ask for something and have nothing left since; none on those that have something left."""
    for index in range(loan.over, loan.count):
        one = work.rows[index]
        if all_left(one) > 0:
            one.paid_on = NO_DATE
        elif one.paid_on == NO_DATE and asks(one):
            one.paid_on = day


@kernel()
def move_on(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Step past rows that have nothing left; the loan is settled when none has."""
    end = loan.count
    if terms.daily and loan.principal_left > 0:
        end = loan.running
    while loan.first_open < end:
        one = work.rows[loan.first_open]
        if all_left(one) > 0 or (one.capitalising and one.interest_left + one.own_interest > one.interest):
            return
        if one.paid_on == NO_DATE and asks(one):
            one.paid_on = day
        loan.first_open += 1
    if loan.first_open == loan.count and loan.status == OPEN:
        end_settled(loan, day)


@kernel()
def end_settled(loan: Record, day: int) -> None:
    """Mark the loan settled on `day`."""
    loan.first_open = loan.running = loan.over = loan.count
    loan.status = SETTLED
    loan.settled_on = day
    loan.non_accrual = False


@kernel()
def first_not_due(terms: Record, loan: Record, work: Work, day: int) -> int:
    """The first row that has not fallen due by `day`, and of which anything is left."""
    if terms.daily and loan.running < loan.end:
        return loan.running
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        if one.due_on > day and all_left(one) > 0:
            return index
    return loan.count
