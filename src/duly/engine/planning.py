"""The rows of a schedule: their dates, their amounts, worked out by the terms and worked again when these change."""

import numpy as np

from duly.engine.calendars import FOLLOWING, moved
from duly.engine.compiled import compiled, in_threads, kernel
from duly.engine.dates import MONTH, NO_DATE, add_periods, day_of_month, to_month
from duly.engine.interest import interest_between, interest_within, own_interest_to
from duly.engine.level import level_at, level_installment
from duly.engine.money import DOWN, HALF_EVEN, MILLION, multiply_divide
from duly.engine.records import (
    INSTALLMENT_DTYPE,
    LOAN_DTYPE,
    NONE,
    NOT_DISBURSED,
    Contracts,
    Int32,
    Int64,
    Record,
    Records,
)
from duly.engine.terms import (
    BULLET,
    EQUAL_INSTALLMENT,
    EQUAL_PRINCIPAL,
    FEE,
    FIRST,
    INTEREST,
    OPEN_END,
    PENALTY,
    UPFRONT,
)

_NO_LIMIT = 1 << 62


def default_first_due_on(contracts: Contracts) -> Int32:
    """One period after disbursement, for each loan."""
    first = np.empty(len(contracts.principal), np.int32)
    _fill_first_due_on(contracts, first)
    return first


def installment_amounts(contracts: Contracts) -> Int64:
    """The level installment of each loan in minor units, exactly rounded; 0 where the method has none."""
    amounts = np.zeros(len(contracts.principal), np.int64)
    if len(amounts):
        longest = int(contracts.installments.max())

        def fill_some(first: int, last: int) -> None:
            rows: Records = np.zeros(longest, INSTALLMENT_DTYPE)
            _fill_amounts(contracts, first, last, rows, one_loan(), amounts)

        in_threads(fill_some, len(amounts))
    return amounts


def one_loan() -> Records:
    """Scratch for one loan: an array of one record, LOAN_DTYPE.

    Compiled code is handed it, and never makes it: an array of its own may be freed while a record of it is in use.
    """
    return np.zeros(1, LOAN_DTYPE)


@compiled()
def plan_one(contracts: Contracts, rows: Records, loans: Records) -> None:
    """Write the schedule of a single loan into `rows`, and its figures into the one of `loans`."""
    begin_loan(contracts, 0, loans[0])
    write_schedule(contracts.terms[contracts.term[0]], loans[0], rows, contracts.closed_days)


@compiled()
def _fill_first_due_on(contracts: Contracts, first: Int32) -> None:
    for row in range(len(first)):
        terms = contracts.terms[contracts.term[row]]
        first[row] = add_periods(contracts.disbursed_on[row], 1, terms.every, terms.unit, terms.month_end)


@compiled()
def _fill_amounts(contracts: Contracts, first: int, last: int, rows: Records, scratch: Records, amounts: Int64) -> None:
    loan = scratch[0]
    for row in range(first, last):
        terms = contracts.terms[contracts.term[row]]
        if terms.method == EQUAL_INSTALLMENT:
            begin_loan(contracts, row, loan)
            loan.level = NONE
            write_schedule(terms, loan, rows, contracts.closed_days)
            amounts[row] = max(loan.level, 0)


@kernel()
def begin_loan(contracts: Contracts, row: int, loan: Record) -> None:
    """Set `loan` to loan `row` as its contract has it, before anything has happened to it."""
    terms = contracts.terms[contracts.term[row]]
    loan.principal = contracts.principal[row]
    loan.annual_rate = contracts.annual_rate[row]
    loan.service_fee = contracts.service_fee[row]
    loan.upfront_fee = contracts.upfront_fee[row]
    loan.balloon = contracts.balloon[row]
    loan.level = contracts.installment_amount[row]
    # The installment is that of the first row that repays.
    loan.level_step = terms.grace_principal // terms.step_up_every if terms.step_up_every > 0 else 0
    loan.share = NONE
    loan.starts_on = contracts.disbursed_on[row]
    loan.first_due_on = contracts.first_due_on[row]
    loan.installments = contracts.installments[row]
    loan.method = terms.method
    loan.every = terms.every
    loan.unit = terms.unit
    loan.broken = False
    loan.original = True
    loan.count = loan.first_row = loan.end = loan.first_open = loan.running = loan.over = 0
    loan.status = NOT_DISBURSED
    loan.settled_on = NO_DATE
    loan.non_accrual = False
    loan.day = loan.accrued_to = loan.starts_on
    loan.pauses = 0
    loan.disbursed = loan.principal
    loan.principal_left = loan.to_come = loan.principal
    loan.received = loan.refunded = loan.recovered = loan.credit = loan.penalty_total = 0
    for component in range(5):
        loan.received_by[component] = 0
        loan.waived_by[component] = 0
        loan.written_off_by[component] = 0
        loan.capitalised_by[component] = 0


@kernel()
def starts_regular(terms: Record, loan: Record) -> bool:
    """Whether the first due date is one whole period after the schedule's start."""
    return loan.first_due_on == add_periods(loan.starts_on, 1, loan.every, loan.unit, terms.month_end)


@kernel()
def due_date(terms: Record, loan: Record, number: int) -> int:
    """The due date of installment `number`, not yet moved (from 1; 0 is the start of a regular first period).

    Counted from the schedule's start where the first period is regular, so that a 31st comes back after February;
    else from the first due date.
    """
    if loan.broken:
        return add_periods(loan.first_due_on, number - 1, loan.every, loan.unit, terms.month_end)
    return add_periods(loan.starts_on, number, loan.every, loan.unit, terms.month_end)


@kernel()
def clear_row(one: Record, due_on: int, start: int, end: int) -> None:
    """Set a row to nothing due on `due_on`, for the period from `start` to `end`."""
    one.due_on = one.penalty_from = due_on
    one.paid_on = NO_DATE
    one.period_start = one.interest_from = one.anchor = start
    one.period_end = end
    one.deferring = one.capitalising = one.alone = one.late_fee_done = one.in_arrears = False
    one.principal = one.interest = one.fee = one.penalty = 0
    one.principal_left = one.interest_left = one.fee_left = one.penalty_left = 0
    one.paid = one.own_interest = one.interest_before = one.interest_rest = 0
    one.extra = one.carried = one.bears = one.rate = one.interest_waived = 0
    one.penalty_stretch = one.penalty_base = one.penalty_to = one.compounded = one.paused = 0


@kernel()
def business_day(terms: Record, day: int, starts_on: int, closed_days: Records) -> int:
    """The due date `day` moved as the terms say, but not to where its schedule starts, or before: then forward."""
    if terms.calendar == NONE:
        return day
    due_on = moved(day, terms.holiday_rule, closed_days[terms.calendar])
    if due_on <= starts_on:
        due_on = moved(day, FOLLOWING, closed_days[terms.calendar])
    return due_on


@kernel()
def lay_out(terms: Record, loan: Record, rows: Records, closed_days: Records) -> None:
    """Put down the rows of the loan's present schedule, with their dates and no amounts, after its first `count`."""
    loan.broken = not starts_regular(terms, loan)
    loan.first_row = loan.count
    single = loan.method in (BULLET, OPEN_END)
    count = 1 if single else loan.installments
    start = loan.starts_on
    # As `due_date`, with the day that all are counted from looked up once.
    counted_from = loan.first_due_on if loan.broken else loan.starts_on
    month, day_in_month = to_month(counted_from)
    for index in range(count):
        periods = loan.installments if single else index + 1
        if loan.broken:
            periods -= 1
        if loan.unit == MONTH:
            end = day_of_month(month + periods * loan.every, day_in_month, terms.month_end)
        else:
            end = add_periods(counted_from, periods, loan.every, loan.unit, terms.month_end)
        due_on = business_day(terms, end, loan.starts_on, closed_days)
        if terms.daily:
            end = due_on
        clear_row(rows[loan.count], due_on, start, end)
        loan.count += 1
        start = end
    loan.end = loan.count


@kernel()
def write_schedule(terms: Record, loan: Record, rows: Records, closed_days: Records) -> None:
    """Write the installments of the contract into `rows` (INSTALLMENT_DTYPE), nothing of them paid."""
    lay_out(terms, loan, rows, closed_days)
    _share_fee(loan, rows)
    if loan.broken and not terms.daily and terms.broken_period != FIRST and loan.count > 1:
        loan.upfront_fee += set_broken_period_aside(terms, loan, rows, loan.principal)
    work_out(terms, loan, rows, 0, loan.principal, 0, False)


@kernel()
def _share_fee(loan: Record, rows: Records) -> None:
    if loan.service_fee == 0:
        return
    share = loan.service_fee // loan.count
    for index in range(loan.count):
        rows[index].fee = rows[index].fee_left = share
    one = rows[loan.count - 1]
    one.fee = one.fee_left = loan.service_fee - share * (loan.count - 1)


@kernel()
def set_broken_period_aside(terms: Record, loan: Record, rows: Records, balance: int) -> int:
    """Let the first row bear the interest of a regular period only; returns what the days before it cost.

    That is spread over the rows where the terms say so, and nothing is returned; nor where the period is a short one.
    """
    first = rows[loan.first_row]
    regular_start = due_date(terms, loan, 0)
    if regular_start < loan.starts_on:
        return 0
    difference = interest_between(terms, balance, loan.annual_rate, loan.starts_on, first.period_end)
    difference -= interest_between(terms, balance, loan.annual_rate, regular_start, first.period_end)
    if difference < 0:
        return 0
    first.period_start = first.interest_from = first.anchor = regular_start
    if terms.broken_period == UPFRONT:
        return difference
    count = loan.end - loan.first_row
    share = multiply_divide(difference, 1, count, terms.rounding)
    for index in range(loan.first_row, loan.end - 1):
        rows[index].extra = min(share, difference)
        difference -= rows[index].extra
    rows[loan.end - 1].extra = difference
    return 0


@kernel()
def even_share(principal: int, count: int, unit: int, rounding: int) -> int:
    """`principal` / `count`, rounded to a multiple of `unit`."""
    return multiply_divide(principal, 1, count * unit, rounding) * unit


@kernel()
def work_out(
    terms: Record, loan: Record, rows: Records, first: int, balance: int, also_bearing: int, ends_early: bool
) -> None:
    """Work out rows `first` … loan.end - 1 on the principal `balance`, smoothing the installment if it is new.

    `also_bearing` is other principal whose interest goes into the first of them. With `ends_early` rows fall away at
    the end once the principal is repaid.
    """
    fresh = loan.level == NONE
    _fill(terms, loan, rows, first, balance, also_bearing, ends_early)
    if fresh and terms.smooth and loan.method == EQUAL_INSTALLMENT and loan.level != NONE:
        _smooth(terms, loan, rows, first, balance, also_bearing)


@kernel()
def _smooth(terms: Record, loan: Record, rows: Records, first: int, balance: int, also_bearing: int) -> None:
    before = loan.level
    count = loan.end - max(first, _first_repaying(terms, loan))
    gap = _gap(terms, loan, rows)
    if 2 * abs(gap) <= count:
        return
    move = multiply_divide(abs(gap), 1, count * terms.installment_to, HALF_EVEN) * terms.installment_to
    loan.level = max(before + (move if gap > 0 else -move), 0)
    _fill(terms, loan, rows, first, balance, also_bearing, False)
    if abs(_gap(terms, loan, rows)) >= abs(gap):
        loan.level = before
        _fill(terms, loan, rows, first, balance, also_bearing, False)


@kernel()
def _gap(terms: Record, loan: Record, rows: Records) -> int:
    # By how much the last installment, but for the balloon, exceeds its level.
    last = rows[loan.end - 1]
    balloon = loan.balloon if loan.original else 0
    own = own_interest_to(terms, last, last.period_end)  # before any cap
    return last.principal + own - balloon - level_at(terms, loan, loan.end - 1)


@kernel()
def _first_repaying(terms: Record, loan: Record) -> int:
    return loan.first_row + terms.grace_principal if loan.original else loan.first_row


@kernel()
def _fill(
    terms: Record, loan: Record, rows: Records, first: int, balance: int, also_bearing: int, ends_early: bool
) -> None:
    balloon = loan.balloon if loan.original else 0
    repaying = _first_repaying(terms, loan)
    grace_end = loan.first_row + terms.grace_interest if loan.original else loan.first_row
    deferred, reserved = 0, 0
    for index in range(first, loan.end):
        reserved += rows[index].principal - rows[index].principal_left
    for index in range(first - 1, -1, -1):
        if not rows[index].deferring:
            break
        deferred += rows[index].own_interest
    room = _NO_LIMIT
    if terms.cost_cap_share != NONE:
        room = max(cost_room(terms, loan, rows, first) - deferred, 0)
    for index in range(first, loan.end):
        one = rows[index]
        last = index == loan.end - 1
        one.bears = balance + also_bearing
        one.rate = loan.annual_rate
        also_bearing = 0
        own = own_interest_to(terms, one, one.period_end) + one.extra
        if terms.daily:
            own = min(own, room)
        principal_paid = one.principal - one.principal_left
        reserved -= principal_paid
        # What was paid ahead on later rows is not asked of this one; nor is the balloon.
        most = max(balance - max(balloon, reserved), 0)
        interest_paid = one.interest - one.interest_left
        start = one.period_start
        if index == loan.first_row and loan.broken:
            start = due_date(terms, loan, 0)
        if loan.level == NONE and loan.method == EQUAL_INSTALLMENT and index >= repaying:
            loan.level = level_installment(terms, loan, rows, index, start, balance, balloon)
            if terms.step_up_every > 0:
                loan.level_step = (index - loan.first_row) // terms.step_up_every
        if last:
            principal = balance
        elif index < repaying:
            principal = 0
        elif loan.method == EQUAL_INSTALLMENT:
            level_interest = own - one.extra
            if index == loan.first_row and loan.broken and not terms.daily and one.period_start != start:
                # A broken first period changes the first interest, not the principal that the installment repays.
                level_interest = interest_within(terms, balance, loan.annual_rate, start, start, one.period_end)
            principal = min(max(level_at(terms, loan, index) - level_interest, 0), most)
        elif loan.method == EQUAL_PRINCIPAL:
            if loan.share == NONE:
                loan.share = even_share(
                    max(balance - balloon, 0), loan.end - index, terms.installment_to, terms.rounding
                )
            principal = min(loan.share, most)
        else:
            principal = 0
        principal = max(principal, min(principal_paid, balance))
        last = last or (ends_early and principal == balance)
        own = min(own, room)
        room -= own
        one.deferring = index < grace_end and not last and not terms.grace_capitalised
        one.capitalising = index < grace_end and not last and terms.grace_capitalised
        interest = interest_paid
        if one.deferring:
            deferred += own + one.carried - interest_paid
        elif one.capitalising:
            balance += own + one.carried - interest_paid
        else:
            interest = max(own + one.carried + deferred, interest_paid)
            deferred = 0
        one.own_interest = own
        one.interest = interest
        one.interest_left = interest - interest_paid
        one.principal = max(principal, principal_paid)
        one.principal_left = one.principal - principal_paid
        if room != _NO_LIMIT and loan.status == NOT_DISBURSED and not terms.daily:
            one.fee = one.fee_left = min(one.fee_left, room)
            room -= one.fee_left
        balance -= principal
        if last and index < loan.end - 1:
            _drop_rows(loan, rows, index)
            break


@kernel()
def _drop_rows(loan: Record, rows: Records, last: int) -> None:
    # Rows of the schedule after `last` fall away; their fees join it, and rows of fees alone move up.
    one = rows[last]
    for dropped in range(last + 1, loan.end):
        one.fee += rows[dropped].fee_left
        one.fee_left += rows[dropped].fee_left
    for place in range(loan.count - loan.end):
        rows[last + 1 + place] = rows[loan.end + place]
    loan.count -= loan.end - last - 1
    loan.end = last + 1


@kernel()
def settled_costs(loan: Record) -> int:
    """Interest, penalty and fees that the loan has received, or that were given up or joined the principal."""
    costs = 0
    for component in (PENALTY, FEE, INTEREST):
        costs += loan.received_by[component] + loan.waived_by[component]
        costs += loan.written_off_by[component] + loan.capitalised_by[component]
    return costs


@kernel()
def cost_room(terms: Record, loan: Record, rows: Records, first: int) -> int:
    """What interest, penalty and fees may still come to beside what the loan has cost, and what its rows ask.

    Own interest of rows from `first` on, which is to be worked out, is not counted; nor, before disbursement, are the
    fees of scheduled rows, which are cut with it.
    """
    room = multiply_divide(loan.disbursed, terms.cost_cap_share, MILLION, DOWN)
    planning = loan.status == NOT_DISBURSED
    if planning:
        room -= loan.upfront_fee
    room -= settled_costs(loan)
    for index in range(loan.count):
        one = rows[index]
        room -= one.penalty_left
        if terms.daily or not planning or index < first:
            room -= one.fee_left
        if index >= first:
            room += one.interest - one.interest_left - one.carried
        elif one.capitalising:
            room -= one.own_interest + one.carried - (one.interest - one.interest_left)
        else:
            room -= one.interest_left
    return max(room, 0)
