"""Interest by the day: accrued on the principal really outstanding, rows closed as they fall due, rows to come."""

from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE, part_year
from duly.engine.interest import divisor_of, end_stretch, fraction_outside
from duly.engine.level import level_at
from duly.engine.money import rounds_up
from duly.engine.planning import cost_room, work_out
from duly.engine.records import NONE, STOP_INTEREST, Record, Records, Work
from duly.engine.rows import all_left, asks
from duly.engine.terms import EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST


@kernel()
def begin_daily(loan: Record, work: Work) -> None:
    """Take the planned amounts out of the rows: they come about day by day."""
    unplan(loan, work.rows)
    loan.running = loan.first_row
    loan.to_come = loan.principal_left


@kernel()
def unplan(loan: Record, rows: Records) -> None:
    """Leave in the rows of the present schedule what was settled of them, and nothing to come."""
    for index in range(loan.first_row, loan.end):
        _unplan(rows[index])


@kernel()
def _unplan(one: Record) -> None:
    one.principal -= one.principal_left
    one.principal_left = 0
    settled = one.interest - one.interest_left
    one.interest = max(one.carried, settled)
    one.interest_left = one.interest - settled
    one.own_interest = 0
    one.deferring = one.capitalising = False


@kernel()
def bearing(terms: Record, loan: Record, work: Work) -> int:
    """The principal that bears contract interest: all that is left, or what is not overdue where penalty takes over."""
    if not terms.penalty_instead:
        return loan.principal_left
    return loan.to_come


@kernel()
def accrue_interest(terms: Record, loan: Record, work: Work, day: int, reading: bool) -> None:
    """Work out daily interest up to `day`: into the running row, or the last when all have fallen due.

    Where it is only read, as on the day that is asked about, no stretch ends.
    """
    # Under a cap on all costs a drawdown leaves new room for what had been cut of the running row's interest.
    if loan.end <= loan.over or (day <= loan.accrued_to and terms.cost_cap_share == NONE):
        return
    one = work.rows[min(loan.running, loan.end - 1)]
    _set_bearing(terms, loan, work, one)
    before, rest, since = one.interest_before, one.interest_rest, one.interest_from
    end_stretch(terms, one, day, work.pauses, loan.pauses)
    loan.accrued_to = day
    added = _beyond_told(terms, one)
    if terms.cost_cap_share != NONE:
        added = min(added, cost_room(terms, loan, work.rows, loan.count))
    one.own_interest += added
    one.interest += added
    one.interest_left += added
    if reading:
        one.interest_before, one.interest_rest, one.interest_from = before, rest, since
        if loan.pauses > 0 and day > since:
            one.paused, _ = part_year(
                one.anchor, since, day, terms.day_count, terms.first_day_out, terms.part_month_actual
            )
            counted, _ = fraction_outside(
                terms, terms.day_count, one.anchor, since, day, work.pauses, loan.pauses, STOP_INTEREST
            )
            one.paused -= counted


@kernel()
def interest_since(terms: Record, loan: Record, work: Work, day: int) -> int:
    """Daily interest up to `day` beside what is worked out already, before any cap."""
    if loan.end <= loan.over or (day <= loan.accrued_to and terms.cost_cap_share == NONE):
        return 0
    one = work.rows[min(loan.running, loan.end - 1)]
    _set_bearing(terms, loan, work, one)
    before, rest, since = one.interest_before, one.interest_rest, one.interest_from
    end_stretch(terms, one, day, work.pauses, loan.pauses)
    added = _beyond_told(terms, one)
    one.interest_before, one.interest_rest, one.interest_from = before, rest, since
    return added


@kernel()
def _set_bearing(terms: Record, loan: Record, work: Work, one: Record) -> None:
    one.bears = bearing(terms, loan, work)
    one.rate = loan.annual_rate
    one.interest_from = max(one.interest_from, loan.accrued_to)


@kernel()
def _beyond_told(terms: Record, one: Record) -> int:
    # What the stretches that are over come to, beside what of it is in the row.
    accrued = one.interest_before
    if terms.split_sum:
        accrued += rounds_up(accrued, one.interest_rest, divisor_of(terms), terms.rounding)
    return max(accrued - one.own_interest, 0)


@kernel()
def cost_room_by(terms: Record, loan: Record, work: Work, day: int) -> int:
    """What a cap on all costs leaves on `day`, beside interest accrued to it."""
    room = cost_room(terms, loan, work.rows, loan.count)
    if terms.daily:
        room -= interest_since(terms, loan, work, day)
    return max(room, 0)


@kernel()
def close_row(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Let the running row fall due: its interest is what has accrued, its principal by the method."""
    accrue_interest(terms, loan, work, day, False)
    index = loan.running
    one = work.rows[index]
    last = index == loan.end - 1
    principal = loan.to_come if last else min(room_for_principal(terms, loan, one, index), loan.to_come)
    one.principal += principal
    one.principal_left += principal
    loan.to_come -= principal
    if loan.original and not last and index - loan.first_row < terms.grace_interest:
        if terms.grace_capitalised:
            loan.capitalised_by[INTEREST] += one.interest_left
            loan.principal_left += one.interest_left
            loan.to_come += one.interest_left
        else:
            following = work.rows[index + 1]
            following.interest += one.interest_left
            following.interest_left += one.interest_left
            following.carried += one.interest_left
        one.interest -= one.interest_left
        one.interest_left = 0
    if one.paid_on == NO_DATE and asks(one) and all_left(one) == 0:
        one.paid_on = day
    begin_next(loan, work, day)


@kernel()
def begin_next(loan: Record, work: Work, day: int) -> None:
    """Close the running row on `day`: interest from then on belongs to the next."""
    loan.running += 1
    if loan.running < loan.end:
        one = work.rows[loan.running]
        one.interest_from = day
        one.anchor = min(one.anchor, day)


@kernel()
def room_for_principal(terms: Record, loan: Record, one: Record, index: int) -> int:
    """The principal that row `index` asks for by its method, beside its interest and what was paid ahead on it."""
    if loan.original and index - loan.first_row < terms.grace_principal:
        return 0
    paid = one.principal - one.principal_left
    balloon = loan.balloon if loan.original else 0
    most = max(loan.to_come - balloon, 0)
    if loan.method == EQUAL_INSTALLMENT:
        return min(max(level_at(terms, loan, index) - one.own_interest - paid, 0), most)
    if loan.method == EQUAL_PRINCIPAL:
        return min(max(loan.share - paid, 0), most)
    return 0


@kernel()
def project(terms: Record, loan: Record, work: Work, ends_early: bool) -> None:
    """Put planned amounts into the rows to come: the running one as if nothing is paid before its due date.

    Later rows stand on the principal not yet due, as if each before is paid on its due date.
    """
    if loan.running >= loan.end:
        return
    one = work.rows[loan.running]
    paid = one.principal - one.principal_left
    also = bearing(terms, loan, work) - loan.to_come - paid
    accrued = one.own_interest
    work_out(terms, loan, work.rows, loan.running, loan.to_come + paid, also, ends_early)
    if one.own_interest < accrued:
        one.interest += accrued - one.own_interest
        one.interest_left += accrued - one.own_interest
        one.own_interest = accrued


@kernel()
def replan(terms: Record, loan: Record, work: Work, ends_early: bool) -> None:
    """Work the plan again after a change, for the installment or the number of rows, and take its amounts out."""
    if loan.running >= loan.end:
        return
    one = work.rows[loan.running]
    own, interest, left = one.own_interest, one.interest, one.interest_left
    principal = one.principal
    project(terms, loan, work, ends_early)
    for index in range(loan.running, loan.end):
        _unplan(work.rows[index])
    one.principal = principal
    one.own_interest, one.interest, one.interest_left = own, interest, left
