"""How loans end: settled, written off, cancelled; and what is given up on the way: waivers."""

from duly.engine.accrual import project
from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE
from duly.engine.planning import clear_row
from duly.engine.records import CANCELLED_STATUS, OPEN, WRITTEN, Record, Work
from duly.engine.rows import all_left, asks, end_settled, mark_met, move_on, take
from duly.engine.standing import early_fee, interest_standing, interest_to_settle, is_due, owed, own_by
from duly.engine.terms import ALL, FEE, INTEREST, PENALTY, PRINCIPAL, TO_NEXT_DUE


@kernel()
def settle(terms: Record, loan: Record, work: Work, day: int, amount: int) -> None:
    """End the loan with a payment that reaches what is owed: what has not accrued falls away, the rest is credit."""
    total = owed(terms, loan, work, day)
    interest = interest_to_settle(terms, loan, work, day)
    early = early_fee(terms, loan, work, day, interest)
    penalty, fee = 0, 0
    for index in range(loan.count):
        penalty += work.rows[index].penalty_left
        fee += work.rows[index].fee_left
    close_rows(terms, loan, work, day, terms.payoff_interest == TO_NEXT_DUE, early, True)
    loan.received_by[PRINCIPAL] += loan.principal_left
    loan.received_by[INTEREST] += interest
    loan.received_by[PENALTY] += penalty
    loan.received_by[FEE] += fee + early
    loan.principal_left = loan.to_come = 0
    loan.credit += amount - total
    end_settled(loan, day)


@kernel()
def close_rows(terms: Record, loan: Record, work: Work, day: int, whole_period: bool, early: int, paid: bool) -> None:
    """Leave nothing in any row: interest not yet earned falls away, the rest is paid, or given up.

    `early` is a fee for settling early, shown on the first row not yet due.
    """
    rows = work.rows
    running = loan.running
    _, earned_ahead, waived_ahead, paid_ahead = interest_standing(terms, loan, work, day, whole_period)
    # What was paid ahead settles with the rest; a waiver of interest that falls away pays for nothing else.
    to_ask = max(earned_ahead - waived_ahead - (0 if paid else paid_ahead), 0)
    accrued = 0
    if terms.daily and running < loan.end:
        accrued = own_by(terms, loan, work, running, day, whole_period) + rows[running].carried
        project(terms, loan, work, False)
    deferred = 0
    principal = loan.principal_left
    for index in range(loan.over, loan.count):
        one = rows[index]
        if not is_due(terms, loan, one, index, day):
            if terms.daily:
                earned = accrued if index == running else one.carried
            else:
                earned = own_by(terms, loan, work, index, day, whole_period) + one.carried + deferred
            deferred = 0
            met = one.interest - one.interest_left
            stays = one.interest_waived if paid else met
            asked = min(to_ask, max(earned - stays, 0))
            to_ask -= asked
            one.interest = one.own_interest = stays + asked
            one.interest_left = one.interest - met
            one.fee += early
            one.fee_left += early
            early = 0
        else:
            deferred = deferred + one.own_interest if one.deferring else 0
        # Interest that would have joined the principal later is not asked for.
        part = min(one.principal_left, principal)
        principal -= part
        one.principal -= one.principal_left - part
        one.principal_left = part
        one.deferring = one.capitalising = False
        if paid:
            one.paid += all_left(one)
            if one.paid_on == NO_DATE and asks(one):
                one.paid_on = day
        elif one.due_on > day:
            one.fee -= one.fee_left
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = one.compounded = 0


@kernel()
def waive(terms: Record, loan: Record, work: Work, day: int, amount: int, component: int) -> None:
    """Give up an amount of one component, oldest row first, or all that would settle the loan."""
    if component == ALL:
        _waive_all(terms, loan, work, day)
        return
    rest = amount
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        part = take(loan, one, component, rest)
        if component == INTEREST:
            one.interest_waived += part
        rest -= part
        if part > 0 and all_left(one) == 0 and (one.alone or not terms.daily or index < loan.running):
            one.paid_on = day
    if component == PRINCIPAL and terms.daily:
        part = min(rest, loan.to_come)
        loan.to_come -= part
        loan.principal_left -= part
        rest -= part
    loan.waived_by[component] += amount - rest
    move_on(terms, loan, work, day)


@kernel()
def _waive_all(terms: Record, loan: Record, work: Work, day: int) -> None:
    _give_up(terms, loan, work, day, loan.waived_by)
    mark_met(loan, work, day)
    if loan.status == OPEN:
        end_settled(loan, day)


@kernel()
def _give_up(terms: Record, loan: Record, work: Work, day: int, given_up: Record) -> None:
    # What is earned and what has fallen due is added to `given_up` (by component); nothing is left of the loan.
    due, earned, waived, paid = interest_standing(terms, loan, work, day, False)
    penalty, fee = 0, 0
    for index in range(loan.count):
        one = work.rows[index]
        penalty += one.penalty_left
        if one.due_on <= day:
            fee += one.fee_left
    close_rows(terms, loan, work, day, False, 0, False)
    given_up[PRINCIPAL] += loan.principal_left
    given_up[INTEREST] += due + max(earned - waived - paid, 0)
    given_up[PENALTY] += penalty
    given_up[FEE] += fee
    loan.principal_left = loan.to_come = 0


@kernel()
def write_off(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Everything earned and unpaid is lost; what has not accrued or fallen due is no longer asked for."""
    _give_up(terms, loan, work, day, loan.written_off_by)
    loan.first_open = loan.running = loan.count
    loan.status = WRITTEN
    loan.non_accrual = False


@kernel()
def cancel(loan: Record, work: Work, day: int) -> None:
    """Undo the loan: what was received counts as principal; the principal left is due at once, and nothing else."""
    received = 0
    for component in (PENALTY, FEE, INTEREST, PRINCIPAL):
        received += loan.received_by[component]
        loan.received_by[component] = 0
        loan.capitalised_by[component] = 0
        if component != PRINCIPAL:
            loan.waived_by[component] = 0
    owing = max(loan.disbursed - loan.waived_by[PRINCIPAL], 0)
    loan.received_by[PRINCIPAL] = min(received, owing)
    loan.credit += received - loan.received_by[PRINCIPAL]
    loan.principal_left = owing - loan.received_by[PRINCIPAL]
    loan.to_come = 0
    loan.count = loan.end = 1
    loan.first_open = loan.first_row = loan.over = 0
    loan.running = 1
    one = work.rows[0]
    clear_row(one, day, day, day)
    one.principal = loan.disbursed
    one.principal_left = loan.principal_left
    one.paid = loan.received_by[PRINCIPAL]
    if one.principal_left == 0:
        one.paid_on = loan.settled_on = day
        loan.first_open = 1
    loan.status = CANCELLED_STATUS
    loan.non_accrual = False


@kernel()
def pay_back(loan: Record, work: Work, day: int, amount: int) -> None:
    """Take in money on a cancelled loan: to the principal left, over it to the credit balance."""
    one = work.rows[0]
    rest = amount
    if loan.credit < 0:
        filled = min(rest, -loan.credit)
        loan.credit += filled
        rest -= filled
    part = take(loan, one, PRINCIPAL, rest)
    loan.received_by[PRINCIPAL] += part
    one.paid += part
    loan.credit += rest - part
    if part > 0 and one.principal_left == 0:
        one.paid_on = loan.settled_on = day
        loan.first_open = 1
