"""Payments: what is due first, by the order of allocation; then the rows to come, or a prepayment; then credit."""

from duly.engine.accrual import begin_next, room_for_principal
from duly.engine.compiled import kernel
from duly.engine.endings import settle
from duly.engine.lateness import days_past_due
from duly.engine.money import MILLION, multiply_divide
from duly.engine.planning import cost_room
from duly.engine.records import NONE, Record, Work
from duly.engine.reworking import rework
from duly.engine.rows import all_left, first_not_due, move_on, take
from duly.engine.standing import is_due, not_due, owed, own_by
from duly.engine.terms import EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, FEE, INTEREST, PRINCIPAL


@kernel()
def pay(terms: Record, loan: Record, work: Work, day: int, amount: int, from_credit: bool, prepays: bool) -> None:
    """Take in a payment; everything is worked out up to `day`."""
    rest = amount
    credit = 0
    if from_credit:
        rest = max(min(amount, loan.credit), 0)
        loan.credit -= rest
    elif loan.credit < 0:
        filled = min(rest, -loan.credit)
        loan.credit += filled
        rest -= filled
    else:
        credit = loan.credit
    if rest == 0:
        return
    # What settles is never less than the principal but for interest paid ahead: most payments need not ask further.
    may_settle = rest + credit >= loan.principal_left - loan.received_by[INTEREST]
    if may_settle and rest + credit >= owed(terms, loan, work, day):
        loan.credit -= credit
        settle(terms, loan, work, day, rest + credit)
        return
    order, by_component = terms.allocation_order, terms.allocation_by_component
    if terms.late_allocation_after != NONE and terms.late_allocation_after <= days_past_due(terms, loan, work, day):
        order, by_component = terms.late_allocation_order, terms.late_allocation_by_component
    if terms.daily or prepays or by_component:
        rest = _pay_due(terms, loan, work, day, order, by_component, rest)
        if terms.daily:
            rest = _pay_running(terms, loan, work, day, prepays, rest)
        elif prepays:
            rest = _prepay(terms, loan, work, day, rest)
        else:
            rest = _pay_rows(loan, work, day, order, loan.count, rest)
    else:
        rest = _pay_rows(loan, work, day, order, loan.count, rest)
    loan.credit += rest
    move_on(terms, loan, work, day)


@kernel()
def _pay_rows(loan: Record, work: Work, day: int, order: int, end: int, rest: int) -> int:
    # Oldest row first, in each the components in order.
    for index in range(loan.first_open, end):
        if rest == 0:
            break
        one = work.rows[index]
        before = rest
        for place in range(4):
            component = (order >> (4 * place)) & 15
            part = take(loan, one, component, rest)
            loan.received_by[component] += part
            rest -= part
        one.paid += before - rest
        if before > rest and all_left(one) == 0:
            one.paid_on = day
    return rest


@kernel()
def _pay_due(terms: Record, loan: Record, work: Work, day: int, order: int, by_component: bool, rest: int) -> int:
    end = first_not_due(terms, loan, work, day)
    # Daily: a row closed ahead of its due date has at most a fee left, which is not due either.
    while terms.daily and end > 0 and work.rows[end - 1].due_on > day:
        end -= 1
    if not by_component:
        return _pay_rows(loan, work, day, order, end, rest)
    for place in range(4):
        component = (order >> (4 * place)) & 15
        for index in range(loan.first_open, end):
            if rest == 0:
                break
            one = work.rows[index]
            part = take(loan, one, component, rest)
            loan.received_by[component] += part
            one.paid += part
            rest -= part
            if part > 0 and all_left(one) == 0:
                one.paid_on = day
    return rest


@kernel()
def _pay_running(terms: Record, loan: Record, work: Work, day: int, prepays: bool, rest: int) -> int:
    # Daily interest: what has accrued, then principal of the running row up to its level; the rest is a prepayment.
    if rest == 0 or loan.running >= loan.end:
        return rest
    index = loan.running
    one = work.rows[index]
    part = take(loan, one, INTEREST, rest)
    loan.received_by[INTEREST] += part
    one.paid += part
    rest -= part
    levels = loan.method in (EQUAL_INSTALLMENT, EQUAL_PRINCIPAL) and index < loan.end - 1
    if rest > 0 and levels and not prepays:
        room = room_for_principal(terms, loan, one, index)
        part = min(rest, room)
        one.principal += part
        one.paid += part
        loan.to_come -= part
        loan.principal_left -= part
        loan.received_by[PRINCIPAL] += part
        rest -= part
        if part == room and (room > 0 or one.principal > 0):
            if all_left(one) == 0:
                one.paid_on = day
            begin_next(loan, work, day)
    if rest > 0 and loan.running < loan.end:
        rest = _reduce_principal(terms, loan, work, day, rest)
    return rest


@kernel()
def _prepay(terms: Record, loan: Record, work: Work, day: int, rest: int) -> int:
    # Scheduled interest: what has accrued to the day, then principal; rows not yet due are worked again.
    deferred, joins_less = 0, False
    for index in range(loan.over, loan.count):
        one = work.rows[index]
        if is_due(terms, loan, one, index, day):
            deferred = deferred + one.own_interest if one.deferring else 0
            continue
        earned = own_by(terms, loan, work, index, day, False) + one.carried + deferred
        deferred = earned if one.deferring else 0
        met = one.interest - one.interest_left
        part = min(rest, 0 if one.deferring else max(earned - met, 0))
        if one.capitalising:
            # What is paid of it does not join the principal.
            one.interest += part
            one.interest_left += part
            joins_less |= part > 0
        part = take(loan, one, INTEREST, part)
        loan.received_by[INTEREST] += part
        one.paid += part
        rest -= part
        if part > 0 and all_left(one) == 0:
            one.paid_on = day
    return _reduce_principal(terms, loan, work, day, rest) if rest > 0 or joins_less else rest


@kernel()
def _reduce_principal(terms: Record, loan: Record, work: Work, day: int, rest: int) -> int:
    rate = terms.prepayment_fee_rate
    most = max(not_due(terms, loan, work, day), 0)
    fee = multiply_divide(rest, rate, MILLION + rate, terms.rounding)
    principal = rest - fee
    if principal > most:
        principal = most
        fee = min(multiply_divide(most, rate, MILLION, terms.rounding), rest - most)
    if terms.cost_cap_share != NONE and fee > 0:
        fee = min(fee, cost_room(terms, loan, work.rows, loan.count))
        principal = min(rest - fee, most)
    loan.received_by[FEE] += fee
    loan.received_by[PRINCIPAL] += principal
    rework(terms, loan, work, day, -principal, loan.annual_rate, not terms.prepayment_keeps_term)
    return rest - principal - fee
