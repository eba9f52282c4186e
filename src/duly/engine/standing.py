"""Where a loan stands on a day: interest due, accrued and paid ahead, and what would settle it."""

from duly.engine.accrual import bearing
from duly.engine.compiled import kernel
from duly.engine.interest import end_stretch, own_interest_to
from duly.engine.money import DOWN, MILLION, multiply_divide
from duly.engine.planning import cost_room, settled_costs
from duly.engine.records import CANCELLED_STATUS, NONE, Record, Work
from duly.engine.terms import TO_NEXT_DUE


@kernel()
def interest_standing(
    terms: Record, loan: Record, work: Work, day: int, whole_period: bool
) -> tuple[int, int, int, int]:
    """Interest on `day`: due and unpaid; earned but not due; waived, and paid, ahead of falling due.

    With `whole_period` the running period counts to its end. Daily interest must be worked out up to `day`.
    """
    rows = work.rows
    due, earned, waived, paid, deferred = 0, 0, 0, 0, 0
    for index in range(loan.count):
        one = rows[index]
        if is_due(terms, loan, one, index, day):
            due += one.interest_left
            deferred = deferred + one.own_interest if one.deferring else 0
            continue
        earned += own_by(terms, loan, work, index, day, whole_period) + one.carried + deferred
        deferred = 0
        waived += one.interest_waived
        paid += one.interest - one.interest_left - one.interest_waived
    return due, earned, waived, paid


@kernel()
def is_due(terms: Record, loan: Record, one: Record, index: int, day: int) -> bool:
    """Whether a row has fallen due by `day`, was closed by an early payment, or ended when the loan was settled."""
    if index < loan.over:
        return True
    if terms.daily and not one.alone:
        return index < loan.running
    return one.due_on <= day and not one.capitalising


@kernel()
def own_by(terms: Record, loan: Record, work: Work, index: int, day: int, whole_period: bool) -> int:
    """What a row that is not yet due has earned of its own interest by `day`."""
    one = work.rows[index]
    runs = one.period_start <= day < one.period_end
    if terms.daily:
        if whole_period and index == loan.running and day < one.period_end:
            more = max(_to_period_end(terms, loan, work, one, day) - one.own_interest, 0)
            if terms.cost_cap_share != NONE:
                more = min(more, cost_room(terms, loan, work.rows, loan.count))
            return one.own_interest + more
        return one.own_interest
    if one.capitalising and one.period_end <= day:
        return 0
    until = one.period_end if runs and whole_period else min(day, one.period_end)
    if until <= one.interest_from and one.interest_before == 0 and one.interest_rest == 0:
        return 0
    # A share of a broken first period is earned when its row falls due.
    return min(own_interest_to(terms, one, until), one.own_interest)


@kernel()
def _to_period_end(terms: Record, loan: Record, work: Work, one: Record, day: int) -> int:
    # Daily interest of the running row to the end of its period, as a payment on `day` would find it: a stretch ends.
    bears, rate, paused = one.bears, one.rate, one.paused
    before, rest, since = one.interest_before, one.interest_rest, one.interest_from
    one.bears, one.rate, one.paused = bearing(terms, loan, work), loan.annual_rate, 0
    end_stretch(terms, one, day, work.pauses, loan.pauses)
    own = own_interest_to(terms, one, one.period_end)
    one.interest_before, one.interest_rest, one.interest_from = before, rest, since
    one.bears, one.rate, one.paused = bears, rate, paused
    return own


@kernel()
def not_due(terms: Record, loan: Record, work: Work, day: int) -> int:
    """Principal that has not fallen due by `day`."""
    if terms.daily:
        return loan.to_come
    left = loan.principal_left
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        if one.principal_left > 0:
            if one.due_on > day:
                break
            left -= one.principal_left
    return left


@kernel()
def early_fee(terms: Record, loan: Record, work: Work, day: int, interest: int) -> int:
    """What settling on `day` costs beside what is owed: a share of the principal not yet due.

    `interest` settles with it: a cap on all costs leaves room beside that.
    """
    if terms.prepayment_fee_rate == 0:
        return 0
    fee = multiply_divide(max(not_due(terms, loan, work, day), 0), terms.prepayment_fee_rate, MILLION, terms.rounding)
    if terms.cost_cap_share != NONE:
        room = multiply_divide(loan.disbursed, terms.cost_cap_share, MILLION, DOWN) - settled_costs(loan) - interest
        for index in range(loan.count):
            room -= work.rows[index].penalty_left + work.rows[index].fee_left
        fee = min(fee, max(room, 0))
    return fee


@kernel()
def interest_to_settle(terms: Record, loan: Record, work: Work, day: int) -> int:
    """Interest that settles the loan on `day`; negative when more was paid ahead than has been earned."""
    due, earned, waived, paid = interest_standing(terms, loan, work, day, terms.payoff_interest == TO_NEXT_DUE)
    return due + max(earned - waived, 0) - paid


@kernel()
def owed(terms: Record, loan: Record, work: Work, day: int) -> int:
    """What settles the loan on `day`, before the credit balance is taken off; all is worked out up to `day`."""
    if loan.status == CANCELLED_STATUS:
        return loan.principal_left
    return owed_with(terms, loan, work, day, interest_to_settle(terms, loan, work, day))


@kernel()
def owed_with(terms: Record, loan: Record, work: Work, day: int, interest: int) -> int:
    """What settles an open loan on `day`, given the interest that does."""
    total = loan.principal_left + interest + early_fee(terms, loan, work, day, interest)
    for index in range(loan.first_open, loan.count):
        total += work.rows[index].penalty_left + work.rows[index].fee_left
    return total
