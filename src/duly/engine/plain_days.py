"""The life of a plain loan: its days pass, and payments go to the oldest row, until nothing of it is left."""

from typing import Any

from duly.engine.compiled import kernel
from duly.engine.dates import NO_DATE, year_fraction
from duly.engine.interest import interest_between
from duly.engine.money import MILLION, multiply_divide
from duly.engine.records import NONE, PAID, Record, Records
from duly.engine.terms import INTEREST, PENALTY, PRINCIPAL


@kernel()
def take_in_payments(
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
    """Take in all since the disbursement; False, to be done again by the general fold, at a fact of another kind."""
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
def plain_accrued(terms: Record, loan: Record, rows: Records, day: int) -> int:
    """What the running row has earned of its interest by `day`, up to which the days are worked out."""
    if loan.fallen == loan.count:
        return 0
    one = rows[loan.fallen]
    begun = rows[loan.fallen - 1].due_on if loan.fallen > 0 else loan.starts_on
    return min(interest_between(terms, one.bears, loan.annual_rate, begun, day), one.interest)


@kernel()
def _earned(terms: Record, loan: Record, rows: Records, day: int) -> int:
    # All interest earned by `day`, received or not.
    fallen_due = rows[loan.fallen - 1].interest_to if loan.fallen > 0 else 0
    return fallen_due + plain_accrued(terms, loan, rows, day)


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
