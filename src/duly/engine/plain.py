"""The plain loan folded in a fraction of the time: what most loans of a book are, by a shorter way to the same cent.

The general fold is the definition; this is its shortcut, and whatever is in doubt is left to it. A loan is plain when

- its terms are (`is_plain`): equal installments, equal principal or interest only, every so many months, interest
  scheduled, by 30/360, 30E/360, act/365 or act/360; no grace, step-up, calendar, cap or late fee; each stretch rounded
  by itself; penalty (by any day count) on principal from the due date, not compounded; money taken by installment in
  any one order; no fee for prepayment; the payoff with interest to the date;
- it has no fee, no balloon, a level installment where the method has one, a first period that is regular or costs its
  own days, and products that fit 62 bits;
- it has been disbursed on its day, and nothing has happened to it since but payments without detail.

Two things make the way short. Money goes to the oldest row until nothing of it is left: so all rows before
`first_open` are paid, those after it untouched, and sums over rows follow from running totals. And days without a
payment change nothing but time.
"""

from typing import Any

import numpy as np

from duly.engine.compiled import compiled, kernel
from duly.engine.dates import (
    ACT_360,
    ACT_365,
    ACT_ACT,
    LAST_DAY,
    MONTH,
    NO_DATE,
    ROLL,
    THIRTY_E_360,
    month_start,
    to_month,
    year_fraction,
)
from duly.engine.interest import interest_between
from duly.engine.money import MILLION, multiply_divide, rounds_up
from duly.engine.planning import even_share
from duly.engine.readout import Positions
from duly.engine.records import DISBURSED, NONE, OPEN, PAID, SETTLED, Contracts, Facts, Int64, Record, Records
from duly.engine.terms import (
    EQUAL_INSTALLMENT,
    EQUAL_PRINCIPAL,
    FIRST,
    INTEREST,
    INTEREST_ONLY,
    PENALTY,
    PRINCIPAL,
    TO_NEXT_DUE,
)

# Products below this are exact in int64, and their quotients are found by a reciprocal to within one.
_MOST = 2.0**62


def _record(names: str) -> np.dtype[np.void]:
    return np.dtype((np.record, np.dtype([(name, np.int64) for name in names.split()])))


# One installment: `bears` is the balance of its period, `interest` its own, `interest_to` that of all rows up to it.
PLAIN_ROW_DTYPE = _record("due_on bears interest interest_to principal_left interest_left penalty_left penalty_from")

# One loan: rows before `first_open` have nothing left, rows before `fallen` are due by `day`.
PLAIN_LOAN_DTYPE = _record(
    "principal annual_rate level starts_on first_due_on count first_open fallen day principal_left received "
    "interest_received penalty_received penalty credit settled_on non_accrual"
)


def is_plain(terms: Record) -> bool:
    """Whether the terms in a row of TERMS_DTYPE are those of a plain loan; its other columns must be filled."""
    return bool(
        terms.method in (EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_ONLY)
        and terms.unit == MONTH
        and terms.day_count != ACT_ACT
        and not terms.days_bring
        and not (terms.grace_principal or terms.grace_interest or terms.step_up_every)
        and terms.calendar == NONE
        and terms.simple_penalty
        and not (terms.penalty_from_grace_end or terms.part_month_actual or terms.split_sum)
        and not terms.allocation_by_component
        and terms.late_allocation_after == NONE
        and terms.prepayment_fee_rate == 0
        and terms.payoff_interest != TO_NEXT_DUE
    )


def fold_plain(
    contracts: Contracts, facts: Facts, as_of: int, first: int, last: int, longest: int, positions: Positions
) -> Int64:
    """Fold the plain ones of loans `first` … `last` - 1 into `positions`, which holds zeros; returns the others.

    Nothing is written of the others, whose row numbers are returned. No loan has more installments than `longest`.
    """
    # Made here and handed over: compiled code may free an array of its own of which only a record is still in use.
    rows: Records = np.zeros(longest, PLAIN_ROW_DTYPE)
    loans: Records = np.zeros(1, PLAIN_LOAN_DTYPE)
    others = np.empty(last - first, np.int64)
    return others[: _fold_from(contracts, facts, as_of, first, last, rows, loans, others, positions)]


@compiled()
def _fold_from(
    contracts: Contracts,
    facts: Facts,
    as_of: int,
    first: int,
    last: int,
    rows: Records,
    loans: Records,
    others: Int64,
    positions: Positions,
) -> int:
    # The way in from Python: a kernel counts no references, and must be called from compiled code that does.
    return int(_fold(contracts, facts, as_of, first, last, rows, loans[0], others, positions))


@kernel()
def _fold(
    contracts: Contracts,
    facts: Facts,
    as_of: int,
    first: int,
    last: int,
    rows: Records,
    loan: Record,
    others: Int64,
    positions: Positions,
) -> int:
    left = 0
    for row in range(first, last):
        terms = contracts.terms[contracts.term[row]]
        done = False
        if terms.plain and contracts.service_fee[row] | contracts.upfront_fee[row] | contracts.balloon[row] == 0:
            loan.principal = contracts.principal[row]
            loan.annual_rate = contracts.annual_rate[row]
            loan.level = contracts.installment_amount[row]
            loan.starts_on = contracts.disbursed_on[row]
            loan.first_due_on = contracts.first_due_on[row]
            loan.count = contracts.installments[row]
            begin, end = facts.start[row], facts.start[row + 1]
            done = (
                _is_disbursed(loan, facts.kind, facts.value_date, begin, end, as_of)
                and _write_schedule(terms, loan, rows)
                and _take_in(
                    terms, loan, rows, facts.kind, facts.value_date, facts.amount, facts.detail, begin + 1, end, as_of
                )
            )
        if done:
            _write_position(terms, loan, rows, row, as_of, positions)
        else:
            others[left] = row
            left += 1
    return left


@kernel()
def _is_disbursed(loan: Record, kind: Any, value_date: Any, begin: int, end: int, as_of: int) -> bool:
    if begin == end or kind[begin] != DISBURSED:
        return False
    return value_date[begin] == loan.starts_on and loan.starts_on <= as_of


@kernel(inline="always")
def _divide(product: int, divisor: int, reciprocal: float, mode: int) -> int:
    # `product` / `divisor` rounded once; the product is below 2^62, so that the first guess is off by one at most.
    quotient = np.int64(product * reciprocal)
    rest = product - quotient * divisor
    if rest < 0:
        quotient -= 1
        rest += divisor
    elif rest >= divisor:
        quotient += 1
        rest -= divisor
    return quotient + rounds_up(quotient, rest, divisor, mode)


@kernel()
def _write_schedule(terms: Record, loan: Record, rows: Records) -> bool:
    # The rows by the method; False where the loan is not plain after all.
    every, count, balance = terms.every, loan.count, loan.principal
    annual_rate, day_count, mode, level = loan.annual_rate, terms.day_count, terms.rounding, loan.level
    month, day = to_month(loan.starts_on)
    if balance <= 0 or annual_rate < 0 or count <= 0 or month_start(month) + day - 1 != loan.starts_on:
        return False
    if float(balance) * float(annual_rate) * float(31 * every + 3) >= _MOST:
        return False
    if terms.method == EQUAL_INSTALLMENT:
        if level < 0:
            return False
    else:
        level = 0
    begun, begun_month, begun_day = loan.starts_on, month, day
    broken = _day_in(month + every, day, terms.month_end) != loan.first_due_on
    if broken:
        # Counted from the first due date, as if a whole period had led to it.
        if terms.broken_period != FIRST or loan.first_due_on <= loan.starts_on:
            return False
        month, day = to_month(loan.first_due_on)
        month -= every
    if month_start(month + count * every + 2) > LAST_DAY:
        return False
    share = 0
    if terms.method == EQUAL_PRINCIPAL:
        share = even_share(balance, count, terms.installment_to, mode)
    regular_start = _day_in(month, day, terms.month_end)
    levels = terms.method == EQUAL_INSTALLMENT
    divisor = (365 if day_count == ACT_365 else 360) * MILLION
    reciprocal = 1.0 / divisor
    interest_to = 0
    for index in range(count):
        month += every
        starts, ends = month_start(month), month_start(month + 1)
        in_month, in_day, due_on = month, day, starts + day - 1
        if due_on >= ends:
            if terms.month_end == ROLL:
                in_month, in_day, due_on = month + 1, 1, ends
            else:
                in_day, due_on = ends - starts, ends - 1
        if day_count in (ACT_365, ACT_360):
            numerator = due_on - begun
        else:
            from_day = min(begun_day, 30)
            to_day = 30 if in_day == 31 and (from_day == 30 or day_count == THIRTY_E_360) else in_day
            numerator = (in_month - begun_month) * 30 + to_day - from_day
        if broken and index == 0:
            # A broken first period changes the first interest, not the principal that the installment repays.
            interest = interest_between(terms, balance, annual_rate, begun, due_on)
            level_interest = interest_between(terms, balance, annual_rate, regular_start, due_on)
        else:
            interest = _divide(balance * (annual_rate * numerator), divisor, reciprocal, mode)
            level_interest = interest
        principal = balance
        if index < count - 1:
            principal = min(max(level - level_interest, 0) if levels else share, balance)
        interest_to += interest
        one = rows[index]
        one.due_on = one.penalty_from = due_on
        one.bears = balance
        one.interest = one.interest_left = interest
        one.interest_to = interest_to
        one.principal_left = principal
        one.penalty_left = 0
        balance -= principal
        begun, begun_month, begun_day = due_on, in_month, in_day
    return True


@kernel()
def _day_in(month: int, day: int, month_end: int) -> int:
    ends = month_start(month + 1)
    found = month_start(month) + day - 1
    if found < ends:
        return found
    return ends if month_end == ROLL else ends - 1


@kernel()
def _take_in(
    terms: Record,
    loan: Record,
    rows: Records,
    kind: Any,
    value_date: Any,
    amount: Any,
    detail: Any,
    begin: int,
    end: int,
    as_of: int,
) -> bool:
    # Everything since the disbursement; False, to be done again by the general fold, at the first fact of another kind.
    loan.first_open = loan.fallen = 0
    loan.day = loan.starts_on
    loan.principal_left = loan.principal
    loan.received = loan.interest_received = loan.penalty_received = loan.penalty = loan.credit = 0
    loan.settled_on = NO_DATE
    loan.non_accrual = 0
    for fact in range(begin, end):
        day = value_date[fact]
        if day > as_of:
            break
        if kind[fact] != PAID or (len(detail) > 0 and detail[fact] >= 0):
            return False
        paid = amount[fact]
        if paid < 0:
            return False
        loan.received += paid
        if loan.settled_on != NO_DATE:
            loan.credit += paid
            continue
        if day > loan.day:
            _pass_days(terms, loan, rows, day)
        if paid > 0 and not (_settles(terms, loan, rows, day, paid) or _pay_rows(terms, loan, rows, paid)):
            return False
        if loan.non_accrual and _oldest_overdue(terms, loan, rows, day) == NONE:
            loan.non_accrual = 0
    if loan.settled_on == NO_DATE:
        _pass_days(terms, loan, rows, as_of)
        _stop_accrual_if_late(terms, loan, rows, as_of)
    return True


@kernel()
def _pass_days(terms: Record, loan: Record, rows: Records, day: int) -> None:
    # Rows fall due, and overdue principal bears penalty, up to `day`.
    while loan.fallen < loan.count and rows[loan.fallen].due_on <= day:
        loan.fallen += 1
    if terms.penalty_rate > 0:
        for index in range(loan.first_open, loan.fallen):
            one = rows[index]
            if one.due_on + terms.penalty_grace_days >= day:
                break
            if one.principal_left > 0 and one.penalty_from < day:
                numerator, denominator = year_fraction(
                    one.penalty_from, day, terms.penalty_day_count, terms.first_day_out
                )
                penalty = multiply_divide(
                    one.principal_left, terms.penalty_rate * numerator, denominator * MILLION, terms.rounding
                )
                one.penalty_left += penalty
                one.penalty_from = day
                loan.penalty += penalty
    if day - 1 >= loan.day:
        _stop_accrual_if_late(terms, loan, rows, day - 1)
    loan.day = day


@kernel()
def _stop_accrual_if_late(terms: Record, loan: Record, rows: Records, day: int) -> None:
    if loan.non_accrual or rows[loan.first_open].due_on + terms.non_accrual_after >= day + terms.dpd_on_due_day:
        return
    oldest = _oldest_overdue(terms, loan, rows, day)
    if oldest != NONE and day - rows[oldest].due_on + terms.dpd_on_due_day > terms.non_accrual_after:
        loan.non_accrual = 1


@kernel()
def _oldest_overdue(terms: Record, loan: Record, rows: Records, day: int) -> int:
    for index in range(loan.first_open, loan.count):
        one = rows[index]
        if one.due_on >= day + terms.dpd_on_due_day:
            break
        if one.principal_left + one.interest_left > terms.tolerance:
            return index
    return NONE


@kernel()
def _accrued(terms: Record, loan: Record, rows: Records, day: int) -> int:
    # What the running row has earned of its interest by `day`, up to which the days are worked out.
    if loan.fallen == loan.count:
        return 0
    one = rows[loan.fallen]
    begun = rows[loan.fallen - 1].due_on if loan.fallen > 0 else loan.starts_on
    return min(interest_between(terms, one.bears, loan.annual_rate, begun, day), one.interest)


@kernel()
def _earned(terms: Record, loan: Record, rows: Records, day: int) -> int:
    # All interest earned by `day`, received or not.
    fallen_due = rows[loan.fallen - 1].interest_to if loan.fallen > 0 else 0
    return fallen_due + _accrued(terms, loan, rows, day)


@kernel()
def _settles(terms: Record, loan: Record, rows: Records, day: int, paid: int) -> bool:
    # Settles the loan where `paid` reaches what it owes; interest not accrued falls away, what is over is credit.
    if paid < loan.principal_left - loan.interest_received:
        return False
    earned = _earned(terms, loan, rows, day)
    owed = loan.principal_left + earned - loan.interest_received + loan.penalty - loan.penalty_received
    if paid < owed:
        return False
    loan.credit = paid - owed
    loan.principal_left = 0
    loan.interest_received = earned
    loan.penalty_received = loan.penalty
    loan.settled_on = day
    loan.non_accrual = 0
    return True


@kernel()
def _pay_rows(terms: Record, loan: Record, rows: Records, paid: int) -> bool:
    # Oldest row first; what reaches no end of the rows leaves one open. False where the money does run out of rows.
    rest = paid
    index = loan.first_open
    while index < loan.count:
        one = rows[index]
        left = one.principal_left + one.interest_left + one.penalty_left
        if rest < left:
            break
        rest -= left
        loan.principal_left -= one.principal_left
        loan.interest_received += one.interest_left
        loan.penalty_received += one.penalty_left
        one.principal_left = one.interest_left = one.penalty_left = 0
        index += 1
    loan.first_open = index
    if index == loan.count:
        return False
    if rest > 0:
        _pay_part(terms.allocation_order, loan, rows[index], rest)
    return True


@kernel()
def _pay_part(order: int, loan: Record, one: Record, rest: int) -> None:
    # Less than is left of the row: by component, in order.
    for place in range(4):
        component = (order >> (4 * place)) & 15
        if component == PRINCIPAL:
            part = min(rest, one.principal_left)
            one.principal_left -= part
            loan.principal_left -= part
            rest -= part
        elif component == INTEREST:
            part = min(rest, one.interest_left)
            one.interest_left -= part
            loan.interest_received += part
            rest -= part
        elif component == PENALTY:
            part = min(rest, one.penalty_left)
            one.penalty_left -= part
            loan.penalty_received += part
            rest -= part


@kernel(inline="always")
def _write_position(terms: Record, loan: Record, rows: Records, row: int, as_of: int, out: Positions) -> None:
    # A zero is never written: memory that is not touched costs nothing.
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
        accrued = _accrued(terms, loan, rows, as_of)
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
