"""Penalty interest: what an overdue row bears, when it counts from, when it joins its own base, and what caps it."""

from duly.engine.accrual import cost_room_by
from duly.engine.compiled import kernel
from duly.engine.dates import CLAMP, LAST_DAY, add_months, part_year
from duly.engine.interest import fraction_outside
from duly.engine.money import DOWN, MILLION, multiply_divide, product_parts, rounds_up
from duly.engine.records import NONE, STOP_PENALTY, Record, Work
from duly.engine.rows import all_left


@kernel()
def accrue_penalty(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Work out the penalty of every overdue row up to `day`.

    Within the grace days nothing is worked out; once they are broken, one stretch runs from the due date on what is
    left then.
    """
    if terms.penalty_rate == 0:
        return
    rows = work.rows
    simple = terms.simple_penalty and not terms.penalty_sum and loan.pauses == 0 and not terms.penalty_from_grace_end
    for index in range(loan.first_open, loan.count):
        one = rows[index]
        if one.due_on + terms.penalty_grace_days >= day:
            if all_left(one) > 0:
                break
            continue
        if not simple:
            accrue_row(terms, loan, work, index, day)
        elif one.principal_left > 0 and one.penalty_from < day:
            numerator, denominator = part_year(
                one.due_on,
                one.penalty_from,
                day,
                terms.penalty_day_count,
                terms.first_day_out,
                terms.part_month_actual,
            )
            penalty = multiply_divide(
                one.principal_left, terms.penalty_rate * numerator, denominator * MILLION, terms.rounding
            )
            one.penalty += penalty
            one.penalty_left += penalty
            loan.penalty_total += penalty
            one.in_arrears = True
            one.penalty_from = one.penalty_to = day


@kernel()
def accrue_row(terms: Record, loan: Record, work: Work, index: int, day: int) -> None:
    """Work out the penalty of row `index` up to `day`, which is after its grace days."""
    one = work.rows[index]
    grace_end = one.due_on + terms.penalty_grace_days
    if not one.in_arrears:
        one.in_arrears = True
        one.penalty_from = grace_end if terms.penalty_from_grace_end else one.due_on
        one.penalty_to = one.penalty_from
        one.penalty_base = _base(terms, one)
    if terms.penalty_compounds_every > 0 and not terms.compounds_capped:
        after = max(one.penalty_to, grace_end)
        months = terms.penalty_compounds_every
        joins = add_months(one.due_on, months, CLAMP)
        while joins <= day:
            if joins > after:
                _stretch(terms, loan, work, index, joins)
                if not terms.penalty_sum:
                    _end_stretch(terms, one, joins)
                one.compounded = one.penalty_left
            months += terms.penalty_compounds_every
            joins = add_months(one.due_on, months, CLAMP)
    _stretch(terms, loan, work, index, day)
    if not terms.penalty_sum:
        _end_stretch(terms, one, day)


@kernel()
def join_base(terms: Record, one: Record) -> None:
    """Let unpaid penalty of a row, worked out up to the day, bear penalty from then on."""
    one.compounded = one.penalty_left
    if not terms.penalty_sum:
        one.penalty_base = _base(terms, one)


@kernel()
def next_joining(terms: Record, one: Record, after: int) -> int:
    """The first day later than `after` on which unpaid penalty of a row joins its base; far away where none does."""
    if terms.penalty_compounds_every == 0 or terms.penalty_rate == 0:
        return LAST_DAY
    after = max(after, one.due_on + terms.penalty_grace_days)
    months = terms.penalty_compounds_every
    joins = add_months(one.due_on, months, CLAMP)
    while joins <= after:
        months += terms.penalty_compounds_every
        joins = add_months(one.due_on, months, CLAMP)
    return joins


@kernel()
def _base(terms: Record, one: Record) -> int:
    base = one.principal_left + one.compounded
    if terms.penalty_on >= 1:
        base += one.interest_left
    if terms.penalty_on == 2:
        base += one.fee_left
    return base


@kernel()
def _end_stretch(terms: Record, one: Record, day: int) -> None:
    one.penalty_from = one.penalty_to = day
    one.penalty_stretch = 0
    one.penalty_base = _base(terms, one)


@kernel()
def _stretch(terms: Record, loan: Record, work: Work, index: int, day: int) -> None:
    # Bring the running stretch up to `day`: what it comes to as a whole, less what of it is there already.
    one = work.rows[index]
    if one.penalty_to >= day:
        return
    if terms.penalty_sum and _base(terms, one) != one.penalty_base:
        _end_stretch(terms, one, one.penalty_to)
    base = _base(terms, one)
    one.penalty_base = base
    numerator, denominator = fraction_outside(
        terms, terms.penalty_day_count, one.due_on, one.penalty_from, day, work.pauses, loan.pauses, STOP_PENALTY
    )
    total = 0
    if base > 0 and numerator > 0:
        total = multiply_divide(base, terms.penalty_rate * numerator, denominator * MILLION, terms.rounding)
        if terms.cost_cap_rate != NONE:
            total = min(total, _allowed(terms, loan, work, index, day, numerator, denominator))
    added = max(total - one.penalty_stretch, 0)
    one.penalty_stretch = max(total, one.penalty_stretch)
    one.penalty_to = day
    added = min(added, penalty_room(terms, loan, work, day))
    one.penalty += added
    one.penalty_left += added
    loan.penalty_total += added


@kernel()
def penalty_room(terms: Record, loan: Record, work: Work, day: int) -> int:
    """How much penalty the caps still leave to the loan on `day`."""
    room = 1 << 62
    if terms.penalty_cap != NONE:
        room = min(room, terms.penalty_cap - loan.penalty_total)
    if terms.penalty_cap_share != NONE:
        room = min(room, multiply_divide(loan.disbursed, terms.penalty_cap_share, MILLION, DOWN) - loan.penalty_total)
    if terms.cost_cap_share != NONE:
        room = min(room, cost_room_by(terms, loan, work, day))
    return max(room, 0)


@kernel()
def _allowed(terms: Record, loan: Record, work: Work, index: int, day: int, numerator: int, denominator: int) -> int:
    # What a cap on the yearly cost leaves to row `index` for a stretch that ends on `day`: the cap on all principal,
    # less contract interest, less the penalty of older rows; exact until the end.
    rows = work.rows
    divisor = denominator * MILLION
    overdue = 0
    for other in range(loan.count):
        if rows[other].due_on < day:
            overdue += rows[other].principal_left
    bearing = loan.principal_left
    if not terms.daily or terms.penalty_instead:
        bearing -= overdue
    whole, rest = product_parts(loan.principal_left, terms.cost_cap_rate * numerator, divisor)
    less, less_rest = product_parts(max(bearing, 0), loan.annual_rate * numerator, divisor)
    whole, rest = whole - less, rest - less_rest
    if rest < 0:
        whole, rest = whole - 1, rest + divisor
    for other in range(loan.first_open, index):
        if rows[other].in_arrears:
            less, less_rest = product_parts(_base(terms, rows[other]), terms.penalty_rate * numerator, divisor)
            whole, rest = whole - less, rest - less_rest
            if rest < 0:
                whole, rest = whole - 1, rest + divisor
    if whole < 0:
        return 0
    return whole + rounds_up(whole, rest, divisor, terms.rounding)
