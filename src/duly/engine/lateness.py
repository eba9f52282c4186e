"""How late a loan is: days past due, and whether its interest still counts as earned."""

from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE
from duly.engine.interest import days_outside
from duly.engine.records import NONE, STOP_DAYS, Record, Work
from duly.engine.rows import all_left


@kernel()
def oldest_overdue(terms: Record, loan: Record, work: Work, day: int) -> int:
    """The oldest row that is overdue on `day` by more than the tolerance, or NONE."""
    rows = work.rows
    for index in range(loan.first_open, loan.count):
        one = rows[index]
        if one.principal_left + one.interest_left + one.fee_left > terms.tolerance:
            return index if one.due_on < day + terms.dpd_on_due_day else NONE
    return NONE


@kernel()
def days_past_due(terms: Record, loan: Record, work: Work, day: int) -> int:
    """Days from the due date of the oldest overdue row to `day`, less those of a pause of days; 0 when none is."""
    index = oldest_overdue(terms, loan, work, day)
    if index == NONE:
        return 0
    late = days_outside(work.rows[index].due_on, day, work.pauses, loan.pauses, STOP_DAYS)
    return late + terms.dpd_on_due_day


@kernel()
def stop_accrual_if_late(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Mark the loan non-accrual where it is late enough at the end of `day`."""
    if not loan.non_accrual and loan.first_open < loan.count:
        # The quick answer for a loan in good order: its oldest open row is not that old.
        oldest = work.rows[loan.first_open]
        if all_left(oldest) > 0 and oldest.due_on + terms.non_accrual_after >= day + terms.dpd_on_due_day:
            return
        if days_past_due(terms, loan, work, day) > terms.non_accrual_after:
            loan.non_accrual = True


@kernel()
def resume_accrual_if_cured(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Take the mark away where nothing is overdue any more at the end of `day`."""
    if loan.non_accrual and oldest_overdue(terms, loan, work, day) == NONE:
        loan.non_accrual = False


@kernel()
def late_fee_day(terms: Record, loan: Record, work: Work, index: int, until: int) -> int:
    """The first day on which row `index` is as many days past due as brings a late fee; NO_DATE if after `until`."""
    due_on = work.rows[index].due_on
    day = due_on + terms.late_fee_after - terms.dpd_on_due_day
    while day <= until:
        short = terms.late_fee_after - terms.dpd_on_due_day
        short -= days_outside(due_on, day, work.pauses, loan.pauses, STOP_DAYS)
        if short <= 0:
            return day
        day += short
    return NO_DATE
