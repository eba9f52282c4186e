"""Working the rows to come again: after a prepayment, a drawdown, a rate change; a new schedule; acceleration."""

from duly.engine.accrual import begin_daily, replan, unplan
from duly.engine.compiled import compiled, kernel
from duly.engine.dates import NO_DATE, add_periods
from duly.engine.interest import end_stretch
from duly.engine.money import multiply_divide
from duly.engine.planning import (
    business_day,
    clear_row,
    cost_room,
    lay_out,
    set_broken_period_aside,
    work_out,
)
from duly.engine.records import NONE, Contracts, Int64, Record, Records, Work
from duly.engine.rows import all_left, end_settled, move_on
from duly.engine.standing import interest_standing, is_due, not_due, own_by
from duly.engine.terms import FEE, INTEREST, PENALTY, PRINCIPAL, SPREAD


@kernel()
def rework(terms: Record, loan: Record, work: Work, day: int, change: int, annual_rate: int, keeps_level: bool) -> None:
    """Change the principal not yet due by `change`, and the rate; work the rows not yet due again.

    With `keeps_level` the installment stays and rows fall away at the end; else it is worked again for as many rows.
    Rows paid ahead in full stay as they are.
    """
    first = _first_to_rework(terms, loan, work, day)
    if first == loan.end and change > 0:
        first = _begin_new_row(terms, loan, work, day)
    if not terms.daily:
        for index in range(first, loan.end):
            one = work.rows[index]
            if one.period_start >= day:
                break
            end_stretch(terms, one, min(day, one.period_end), work.pauses, 0)
    loan.principal_left += change
    loan.to_come += change
    loan.annual_rate = annual_rate
    if first >= loan.end:
        return
    loan.first_open = min(loan.first_open, first)
    if not keeps_level:
        loan.level = loan.share = NONE
        loan.level_step = 0
    if terms.daily:
        work.rows[first].paid_on = NO_DATE
        replan(terms, loan, work, keeps_level)
        return
    balance = loan.principal_left
    for index in range(first):
        balance -= work.rows[index].principal_left
    for index in range(first, loan.count):
        balance += work.rows[index].principal - work.rows[index].principal_left
    work_out(terms, loan, work.rows, first, balance, 0, keeps_level)


@kernel()
def _first_to_rework(terms: Record, loan: Record, work: Work, day: int) -> int:
    if terms.daily:
        return min(loan.running, loan.end)
    for index in range(max(loan.over, loan.first_row), loan.end):
        one = work.rows[index]
        paid_ahead = one.principal + one.interest > 0 and one.principal_left + one.interest_left == 0
        if one.due_on > day and not one.alone and (one.capitalising or not paid_ahead):
            return index
    return loan.end


@kernel()
def _begin_new_row(terms: Record, loan: Record, work: Work, day: int) -> int:
    # One more row of the schedule, due one period after `day`.
    end = add_periods(day, 1, loan.every, loan.unit, terms.month_end)
    due_on = business_day(terms, end, day, work.closed_days)
    if terms.daily:
        end = due_on
    place = _place_for(loan, work.rows, due_on)
    _insert_row(loan, work.rows, place, due_on, day, end)
    loan.running = place
    loan.end = place + 1
    return place


@kernel()
def _place_for(loan: Record, rows: Records, due_on: int) -> int:
    # Among the fees after the schedule, in order of due dates.
    place = max(loan.end, loan.over)
    while place < loan.count and rows[place].due_on <= due_on:
        place += 1
    return place


@kernel()
def _insert_row(loan: Record, rows: Records, place: int, due_on: int, start: int, end: int) -> None:
    for index in range(loan.count, place, -1):
        rows[index] = rows[index - 1]
    clear_row(rows[place], due_on, start, end)
    loan.count += 1
    loan.first_open = min(loan.first_open, place)


@kernel()
def accelerate(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Make the rows not yet due one row due on `day`: the principal left, and interest accrued to the day."""
    _, earned, waived, paid = interest_standing(terms, loan, work, day, False)
    interest = max(earned - waived - paid, 0)
    principal = not_due(terms, loan, work, day)
    _keep_what_was_paid(terms, loan, work, day, False)
    if principal + interest > 0:
        _insert_row(loan, work.rows, loan.count, day, day, day)
        one = work.rows[loan.count - 1]
        one.principal = one.principal_left = principal
        one.interest = one.interest_left = one.carried = interest
    loan.to_come = 0
    loan.end = loan.count
    while loan.end > 0 and work.rows[loan.end - 1].alone:
        loan.end -= 1
    loan.first_row = loan.running = loan.end
    move_on(terms, loan, work, day)


@kernel()
def _keep_what_was_paid(terms: Record, loan: Record, work: Work, day: int, due_too: bool) -> None:
    # Rows not yet due, or all, keep what was settled of them and ask for nothing more; those without anything vanish.
    rows = work.rows
    kept, over, deferred = 0, 0, 0
    for index in range(loan.count):
        one = rows[index]
        if index == loan.over:
            over = kept
        # What grace deferred is earned, and the row that asks for it carries it.
        if one.deferring:
            deferred += own_by(terms, loan, work, index, day, False)
        elif is_due(terms, loan, one, index, day):
            deferred = 0
        else:
            one.carried += deferred
            deferred = 0
        one.deferring = False
        if not due_too and (index < loan.over or one.due_on <= day) and is_due(terms, loan, one, index, day):
            rows[kept] = rows[index]
            kept += 1
            continue
        one.principal -= one.principal_left
        one.interest -= one.interest_left
        one.fee -= one.fee_left
        one.penalty -= one.penalty_left
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = one.compounded = 0
        one.capitalising = False
        one.late_fee_done = True
        one.carried = min(one.carried, one.interest)
        one.own_interest = one.interest - one.carried
        if one.principal + one.interest + one.fee + one.penalty > 0:
            if one.paid_on == NO_DATE:
                one.paid_on = day
            rows[kept] = rows[index]
            kept += 1
    loan.count = loan.end = kept
    loan.first_open = min(loan.first_open, kept)
    loan.over = over if over > 0 or loan.over == 0 else kept


@kernel()
def reschedule(terms: Record, loan: Record, work: Work, day: int, new: Record) -> None:
    """Make a new schedule of what is left: interest accrued falls due, parts are forgiven, capitalised, or carried."""
    due, earned, waived, paid = interest_standing(terms, loan, work, day, False)
    interest = due + max(earned - waived - paid, 0)
    penalty, fee = 0, 0
    for index in range(loan.count):
        penalty += work.rows[index].penalty_left
        fee += work.rows[index].fee_left
    forgiven = loan.principal_left if new.forgive[PRINCIPAL] == NONE else new.forgive[PRINCIPAL]
    forgiven = min(forgiven, loan.principal_left)
    loan.waived_by[PRINCIPAL] += forgiven
    loan.principal_left -= forgiven
    interest = _forgive_and_capitalise(loan, new, INTEREST, interest)
    penalty = _forgive_and_capitalise(loan, new, PENALTY, penalty)
    fee = _forgive_and_capitalise(loan, new, FEE, fee)
    _keep_what_was_paid(terms, loan, work, day, True)
    loan.first_open = loan.count
    if loan.principal_left + interest + penalty + fee == 0:
        end_settled(loan, day)
        return
    _set_new_terms(terms, loan, day, new)
    lay_out(terms, loan, work.rows, work.closed_days)
    loan.running = loan.first_row
    loan.to_come = loan.principal_left
    spreads = terms.broken_period == SPREAD and not terms.daily
    if loan.broken and spreads and loan.count - loan.first_row > 1:
        set_broken_period_aside(terms, loan, work.rows, loan.principal_left)
    _carry(terms, loan, work, interest, penalty, fee, new.carry_spread)
    work_out(terms, loan, work.rows, loan.first_row, loan.principal_left, 0, False)
    if terms.daily:
        begin_daily(loan, work)


@kernel()
def _forgive_and_capitalise(loan: Record, new: Record, component: int, amount: int) -> int:
    # What is left of the amount to be carried.
    forgiven = amount if new.forgive[component] == NONE else min(new.forgive[component], amount)
    loan.waived_by[component] += forgiven
    amount -= forgiven
    if (new.capitalise >> component) & 1:
        loan.capitalised_by[component] += amount
        loan.principal_left += amount
        return 0
    return amount


@kernel()
def _set_new_terms(terms: Record, loan: Record, day: int, new: Record) -> None:
    loan.original = False
    loan.level = loan.share = NONE
    loan.level_step = 0
    loan.starts_on = day
    loan.installments = new.installments
    if new.method != NONE:
        loan.method = new.method
    if new.every > 0:
        loan.every = new.every
        loan.unit = new.unit
    if new.annual_rate != NONE:
        loan.annual_rate = new.annual_rate
    loan.first_due_on = new.first_due_on
    if new.first_due_on == NO_DATE:
        loan.first_due_on = add_periods(day, 1, loan.every, loan.unit, terms.month_end)


@kernel()
def _carry(terms: Record, loan: Record, work: Work, interest: int, penalty: int, fee: int, spread: bool) -> None:
    count = loan.count - loan.first_row if spread else 1
    interest_share = multiply_divide(interest, 1, count, terms.rounding)
    penalty_share = multiply_divide(penalty, 1, count, terms.rounding)
    fee_share = multiply_divide(fee, 1, count, terms.rounding)
    for place in range(count):
        one = work.rows[loan.first_row + place]
        last = place == count - 1
        one.carried = interest if last else min(interest_share, interest)
        one.interest = one.interest_left = one.carried
        one.penalty = one.penalty_left = penalty if last else min(penalty_share, penalty)
        one.fee = one.fee_left = fee if last else min(fee_share, fee)
        interest -= one.carried
        penalty -= one.penalty
        fee -= one.fee


@compiled()
def charge_dated_fees(contracts: Contracts, rows: Records, loans: Records, due_on: Int64, amount: Int64) -> None:
    """Add fees to the rows of a loan that has just been disbursed (the one of `loans`), as far as a cap leaves room."""
    terms, loan = contracts.terms[contracts.term[0]], loans[0]
    earned_later = terms.daily and terms.cost_cap_share != NONE
    if earned_later:
        unplan(loan, rows)
    for index in range(len(due_on)):
        fee = amount[index]
        if terms.cost_cap_share != NONE:
            fee = min(fee, cost_room(terms, loan, rows, loan.count))
        if fee > 0:
            charge_fee(loan, rows, due_on[index], fee, loan.first_row)
    if earned_later:
        work_out(terms, loan, rows, loan.first_row, loan.principal_left, 0, False)


@kernel()
def charge_fee(loan: Record, rows: Records, due_on: int, amount: int, to_come: int) -> None:
    """Add a fee to the first row, due on `due_on` or later, that is not paid in full; else make it a row of its own.

    Rows of the schedule from `to_come` on cannot be paid in full, though nothing may be left of them yet; rows that
    ended when the loan was settled take no fee.
    """
    for index in range(loan.over, loan.count):
        one = rows[index]
        open_yet = to_come <= index < loan.end or one.paid_on == NO_DATE or all_left(one) > 0
        if one.due_on >= due_on and open_yet:
            one.fee += amount
            one.fee_left += amount
            loan.first_open = min(loan.first_open, index)
            return
    place = _place_for(loan, rows, due_on)
    _insert_row(loan, rows, place, due_on, due_on, due_on)
    one = rows[place]
    one.alone = True
    one.fee = one.fee_left = amount
