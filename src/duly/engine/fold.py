"""The fold: contracts and facts in, positions out, for one loan or for ten million.

    position = fold(contract, facts, as_of)

Each loan starts from its schedule; its facts are taken in order of value date; what is left of each installment, and
the running totals, are the position. Nothing is kept between calls: the same facts give the same position for ever.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from duly.engine.columns import DISBURSED, PAID, REVERSED, WAIVED, WRITTEN_OFF, Contracts, Facts, Int32, Int64
from duly.engine.compiled import compiled
from duly.engine.dates import NO_DATE, year_fraction
from duly.engine.money import MILLION, multiply_divide
from duly.engine.schedule import (
    INSTALLMENT_DTYPE,
    LOAN_DTYPE,
    Record,
    Records,
    gather_loan,
    interest_between,
    write_schedule,
)

STATUS = {"not_disbursed": 0, "open": 1, "settled": 2, "written_off": 3}
NOT_DISBURSED, OPEN, SETTLED, WRITTEN = STATUS.values()
PENALTY, FEE, INTEREST, PRINCIPAL = 1, 2, 3, 4
TO_NEXT_DUE = 1
# Loans are handed to the cores in blocks; each block has its own scratch rows.
_BLOCK = 4096


class Positions(NamedTuple):
    """One row a loan. Money in minor units, running totals since disbursement; dates in days since 1970-01-01.

    `*_outstanding` is all that is left of the schedule and of penalties; `*_due` what of it has fallen due by `as_of`;
    `*_overdue` what fell due before. `interest_earned` is interest accrued by the day (on settling: what was paid or
    waived). `payoff` settles the loan on `as_of`.
    """

    status: npt.NDArray[np.uint8]  # STATUS
    days_past_due: Int32
    oldest_unpaid_due_on: Int32  # NO_DATE when nothing that has fallen due is unpaid
    next_due_on: Int32  # NO_DATE when nothing is to come
    next_due_amount: Int64
    settled_on: Int32
    disbursed: Int64
    principal_outstanding: Int64
    interest_outstanding: Int64
    penalty_outstanding: Int64
    fee_outstanding: Int64
    principal_due: Int64
    interest_due: Int64
    penalty_due: Int64
    fee_due: Int64
    principal_overdue: Int64
    interest_overdue: Int64
    penalty_overdue: Int64
    fee_overdue: Int64
    credit_balance: Int64
    payoff: Int64
    accrued_interest: Int64  # accrued since the last due date and not yet paid
    received: Int64
    principal_received: Int64
    interest_received: Int64
    penalty_received: Int64
    fee_received: Int64
    interest_earned: Int64
    penalty_earned: Int64
    fee_earned: Int64
    principal_waived: Int64
    interest_waived: Int64
    penalty_waived: Int64
    fee_waived: Int64
    principal_written_off: Int64
    interest_written_off: Int64
    penalty_written_off: Int64
    fee_written_off: Int64


# Running totals of one loan while its facts are taken in.
TALLY_DTYPE = np.dtype(
    [
        ("received", np.int64),
        ("received_by", np.int64, (5,)),  # by component
        ("waived_by", np.int64, (5,)),
        ("written_off_by", np.int64, (5,)),
        ("principal_left", np.int64),
        ("credit", np.int64),  # paid beyond what was owed
        ("first_open", np.int64),  # installments before this one have nothing left
        ("status", np.int64),
        ("settled_on", np.int64),
        ("earned_interest", np.int64),  # fixed when the loan ended
    ],
    align=True,
)
TALLY_DTYPE = np.dtype((np.record, TALLY_DTYPE))


def fold(contracts: Contracts, facts: Facts, as_of: int) -> Positions:
    """The position of every loan on the day `as_of`, from its first fact.

    Facts after `as_of` are left out; a reversal takes its fact back for all days once its own value date has come, and
    later facts find their place again. Facts before disbursement and waivers of more than is owed count for what they
    can. A payment that reaches the payoff settles the loan; what is over becomes its credit balance.
    Raises ValueError when the columns are not of one length.
    """
    loans = len(contracts.principal)
    lengths = {len(column) for name, column in contracts._asdict().items() if name != "terms"}
    if lengths != {loans} or len(facts.start) != loans + 1:
        raise ValueError("contracts and facts must speak of the same loans: one row each, and one offset more")
    positions = _zeros(loans)
    if loans:
        longest = int(contracts.installments.max())
        most_facts = int(np.diff(facts.start).max())
        _fold_blocks(contracts, facts, as_of, longest, most_facts, positions)
    return positions


def fold_one(contracts: Contracts, facts: Facts, as_of: int) -> tuple[Positions, Records]:
    """The position of a single loan and its installments as the fold left them (INSTALLMENT_DTYPE): the same fold."""
    positions = _zeros(1)
    work = np.zeros(int(contracts.installments[0]), INSTALLMENT_DTYPE)
    count = _fold_one(contracts, facts, as_of, work, positions)
    return positions, work[:count]


def _zeros(loans: int) -> Positions:
    return Positions(*(np.zeros(loans, _COLUMN_TYPES.get(name, np.int64)) for name in Positions._fields))


_COLUMN_TYPES = {
    "status": np.uint8,
    "days_past_due": np.int32,
    "oldest_unpaid_due_on": np.int32,
    "next_due_on": np.int32,
    "settled_on": np.int32,
}


@compiled(parallel=True)
def _fold_blocks(
    contracts: Contracts, facts: Facts, as_of: int, longest: int, most_facts: int, positions: Positions
) -> None:
    loans = len(contracts.principal)
    for block in nb.prange((loans + _BLOCK - 1) // _BLOCK):
        _fold_block(
            contracts, facts, as_of, block * _BLOCK, min(loans, (block + 1) * _BLOCK), longest, most_facts, positions
        )


@compiled()
def _fold_block(
    contracts: Contracts,
    facts: Facts,
    as_of: int,
    first: int,
    last: int,
    longest: int,
    most_facts: int,
    positions: Positions,
) -> None:
    work = np.zeros(longest, INSTALLMENT_DTYPE)
    taken_back = np.zeros(most_facts, np.bool_)
    loans = np.zeros(1, LOAN_DTYPE)
    tallies = np.zeros(1, TALLY_DTYPE)
    for row in range(first, last):
        count = fold_loan(contracts, facts, row, as_of, work, taken_back, loans[0], tallies[0])
        terms = contracts.terms[contracts.term[row]]
        write_position(terms, loans[0], tallies[0], row, as_of, work[:count], positions)


@compiled()
def _fold_one(contracts: Contracts, facts: Facts, as_of: int, work: Records, positions: Positions) -> int:
    taken_back = np.zeros(len(facts.kind), np.bool_)
    loans = np.zeros(1, LOAN_DTYPE)
    tallies = np.zeros(1, TALLY_DTYPE)
    count = fold_loan(contracts, facts, 0, as_of, work, taken_back, loans[0], tallies[0])
    write_position(contracts.terms[contracts.term[0]], loans[0], tallies[0], 0, as_of, work[:count], positions)
    return int(count)


@compiled(inline="always")
def fold_loan(
    contracts: Contracts,
    facts: Facts,
    row: int,
    as_of: int,
    work: Records,
    taken_back: npt.NDArray[np.bool_],
    loan: Record,
    tally: Record,
) -> int:
    """Take in loan `row`'s facts up to `as_of`; leaves its installments in `work` and its totals in `tally`."""
    terms = contracts.terms[contracts.term[row]]
    gather_loan(contracts, row, loan)
    count = write_schedule(terms, loan, work)
    rows = work[:count]
    _begin(loan, rows, tally)
    first, last = facts.start[row], facts.start[row + 1]
    _mark_taken_back(facts.kind, facts.value_date, facts.reverses, first, last, as_of, taken_back)
    for fact in range(first, last):
        if facts.value_date[fact] > as_of:
            break
        if not taken_back[fact - first]:
            take_in(
                terms,
                loan,
                facts.kind[fact],
                facts.value_date[fact],
                facts.amount[fact],
                facts.component[fact],
                rows,
                tally,
            )
    if tally.status == OPEN:
        _accrue_penalty(terms, as_of, rows, tally)
    return count


@compiled()
def take_in(
    terms: Record, loan: Record, kind: int, day: int, amount: int, component: int, rows: Records, tally: Record
) -> None:
    """Let one fact of value date `day` work on the loan's installments and totals."""
    if kind == DISBURSED:
        tally.status = OPEN
    elif kind == PAID:
        tally.received += amount
        if tally.status == OPEN:
            _accrue_penalty(terms, day, rows, tally)
            _pay(terms, loan, day, amount, rows, tally)
        else:
            tally.credit += amount
    elif kind == WAIVED and tally.status == OPEN:
        _accrue_penalty(terms, day, rows, tally)
        _waive(day, amount, component, rows, tally)
    elif kind == WRITTEN_OFF and tally.status == OPEN:
        _accrue_penalty(terms, day, rows, tally)
        _write_off(terms, loan, day, rows, tally)


@compiled()
def _mark_taken_back(
    kind: npt.NDArray[np.uint8],
    value_date: Int32,
    reverses: Int64,
    first: int,
    last: int,
    as_of: int,
    taken_back: npt.NDArray[np.bool_],
) -> None:
    for fact in range(first, last):
        taken_back[fact - first] = False
    for fact in range(first, last):
        if kind[fact] == REVERSED and value_date[fact] <= as_of and reverses[fact] >= 0:
            taken_back[reverses[fact] - first] = True


@compiled()
def _begin(loan: Record, rows: Records, tally: Record) -> None:
    for component in range(5):
        tally.received_by[component] = 0
        tally.waived_by[component] = 0
        tally.written_off_by[component] = 0
    tally.received = 0
    tally.principal_left = loan.principal
    tally.credit = 0
    tally.first_open = 0
    tally.status = NOT_DISBURSED
    tally.settled_on = NO_DATE
    tally.earned_interest = 0


@compiled()
def _accrue_penalty(terms: Record, day: int, rows: Records, tally: Record) -> None:
    # Each piece between two facts is rounded by itself. Within the grace days nothing is worked out; once they are
    # broken, it counts from the due date on what is still unpaid.
    if terms.penalty_rate == 0:
        return
    for index in range(tally.first_open, len(rows)):
        one = rows[index]
        if one.due_on + terms.penalty_grace_days >= day:
            break
        if one.principal_left > 0 and one.penalty_from < day:
            numerator, denominator = year_fraction(one.penalty_from, day, terms.penalty_day_count, terms.first_day_out)
            penalty = multiply_divide(
                one.principal_left, terms.penalty_rate * numerator, denominator * MILLION, terms.rounding
            )
            one.penalty += penalty
            one.penalty_left += penalty
            one.penalty_from = day


@compiled()
def accrued_until(terms: Record, loan: Record, day: int, whole_period: bool, rows: Records) -> tuple[int, int]:
    """Scheduled interest accrued by `day`: of the periods that are over, and of the one that runs.

    With `whole_period` the running period counts to its end.
    """
    balance, start, over = loan.principal, loan.disbursed_on, 0
    for index in range(len(rows)):
        one = rows[index]
        if one.due_on > day:
            if whole_period:
                return over, one.interest
            running = interest_between(terms, balance, loan.annual_rate, start, day)
            return over, min(running, one.interest)
        over += one.interest
        balance -= one.principal
        start = one.due_on
    return over, 0


@compiled()
def payoff_interest(terms: Record, loan: Record, day: int, rows: Records, tally: Record) -> int:
    """Interest still to pay to settle on `day`; negative when more was paid ahead than has accrued."""
    over, running = accrued_until(terms, loan, day, terms.payoff_interest == TO_NEXT_DUE, rows)
    return max(over + running - tally.waived_by[INTEREST], 0) - tally.received_by[INTEREST]


@compiled()
def _take(one: Record, component: int, most: int) -> int:
    # Take up to `most` from what is left of one component of one installment; returns what was taken.
    if component == PENALTY:
        part = min(most, one.penalty_left)
        one.penalty_left -= part
    elif component == FEE:
        part = min(most, one.fee_left)
        one.fee_left -= part
    elif component == INTEREST:
        part = min(most, one.interest_left)
        one.interest_left -= part
    else:
        part = min(most, one.principal_left)
        one.principal_left -= part
    return part


@compiled()
def _all_left(one: Record) -> int:
    return one.principal_left + one.interest_left + one.fee_left + one.penalty_left


@compiled()
def _pay(terms: Record, loan: Record, day: int, amount: int, rows: Records, tally: Record) -> None:
    # Interest paid ahead lowers the payoff below the principal, by no more than what was received.
    may_settle = amount + tally.received_by[INTEREST] >= tally.principal_left
    if may_settle and _settle(terms, loan, day, amount, rows, tally):
        return
    rest = amount
    for index in range(tally.first_open, len(rows)):
        if rest == 0:
            break
        one = rows[index]
        before = rest
        for place in range(4):
            component = (terms.allocation_order >> (4 * place)) & 15
            part = _take(one, component, rest)
            tally.received_by[component] += part
            if component == PRINCIPAL:
                tally.principal_left -= part
            rest -= part
        one.paid += before - rest
    _move_on(day, rows, tally)
    tally.credit += rest


@compiled()
def _move_on(day: int, rows: Records, tally: Record) -> None:
    # Step past installments that have nothing left; the loan is settled when none has.
    while tally.first_open < len(rows):
        one = rows[tally.first_open]
        if _all_left(one) > 0:
            return
        one.paid_on = day
        tally.first_open += 1
    tally.status = SETTLED
    tally.settled_on = day
    tally.earned_interest = tally.received_by[INTEREST] + tally.waived_by[INTEREST]


@compiled()
def _settle(terms: Record, loan: Record, day: int, amount: int, rows: Records, tally: Record) -> bool:
    # A payment that reaches the payoff ends the loan: interest that has not accrued falls away.
    interest = payoff_interest(terms, loan, day, rows, tally)
    penalty, fee = 0, 0
    for index in range(tally.first_open, len(rows)):
        penalty += rows[index].penalty_left
        fee += rows[index].fee_left
    payoff = tally.principal_left + interest + penalty + fee
    if amount < payoff:
        return False
    _drop_unaccrued(terms, loan, day, terms.payoff_interest == TO_NEXT_DUE, rows)
    waived_in_vain = interest
    for index in range(len(rows)):
        waived_in_vain -= rows[index].interest_left
    for index in range(len(rows)):
        one = rows[index]
        # A waiver of interest that now falls away pays for nothing else.
        part = min(waived_in_vain, max(0, -one.interest_left))
        one.interest_left += part
        waived_in_vain -= part
        one.paid += _all_left(one)
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = 0
    tally.received_by[PRINCIPAL] += tally.principal_left
    tally.received_by[INTEREST] += interest
    tally.received_by[PENALTY] += penalty
    tally.received_by[FEE] += fee
    tally.principal_left = 0
    tally.credit += amount - payoff
    _move_on(day, rows, tally)
    return True


@compiled()
def _drop_unaccrued(terms: Record, loan: Record, day: int, whole_period: bool, rows: Records) -> None:
    # What had been paid on dropped interest stays in `interest_left` as a negative: it pays for something else.
    _, running = accrued_until(terms, loan, day, whole_period, rows)
    for index in range(len(rows)):
        one = rows[index]
        if one.due_on > day:
            dropped = one.interest - running
            one.interest -= dropped
            one.interest_left -= dropped
            running = 0


@compiled()
def _waive(day: int, amount: int, component: int, rows: Records, tally: Record) -> None:
    rest = amount
    for index in range(tally.first_open, len(rows)):
        part = _take(rows[index], component, rest)
        rest -= part
    tally.waived_by[component] += amount - rest
    if component == PRINCIPAL:
        tally.principal_left -= amount - rest
    _move_on(day, rows, tally)


@compiled()
def _write_off(terms: Record, loan: Record, day: int, rows: Records, tally: Record) -> None:
    # Everything earned and unpaid is lost; what has not accrued or fallen due is no longer asked for.
    over, running = accrued_until(terms, loan, day, False, rows)
    settled_interest = tally.received_by[INTEREST] + tally.waived_by[INTEREST]
    tally.earned_interest = max(over + running, settled_interest)
    tally.written_off_by[INTEREST] = tally.earned_interest - settled_interest
    tally.written_off_by[PRINCIPAL] = tally.principal_left
    _drop_unaccrued(terms, loan, day, False, rows)
    for index in range(len(rows)):
        one = rows[index]
        tally.written_off_by[PENALTY] += one.penalty_left
        if one.due_on <= day:
            tally.written_off_by[FEE] += one.fee_left
        else:
            one.fee -= one.fee_left
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = 0
    tally.principal_left = 0
    tally.first_open = len(rows)
    tally.status = WRITTEN


@compiled(inline="always")
def write_position(
    terms: Record, loan: Record, tally: Record, row: int, as_of: int, rows: Records, out: Positions
) -> None:
    """Write what the fold left of a loan into row `row` of `out`, which holds zeros."""
    out.status[row] = tally.status
    out.settled_on[row] = tally.settled_on
    out.credit_balance[row] = tally.credit
    out.received[row] = tally.received
    out.oldest_unpaid_due_on[row] = out.next_due_on[row] = NO_DATE
    if tally.status != NOT_DISBURSED:
        _write_totals(loan, tally, row, as_of, rows, out)
        if tally.status == OPEN:
            _write_open(terms, loan, tally, row, as_of, rows, out)


@compiled(inline="always")
def _write_totals(loan: Record, tally: Record, row: int, as_of: int, rows: Records, out: Positions) -> None:
    penalty, fee = 0, 0
    for index in range(len(rows)):
        one = rows[index]
        penalty += one.penalty
        fee += one.fee if one.due_on <= as_of else one.fee - one.fee_left
    out.penalty_earned[row] = penalty
    out.fee_earned[row] = fee
    out.interest_earned[row] = tally.earned_interest
    out.disbursed[row] = loan.principal
    out.principal_received[row] = tally.received_by[PRINCIPAL]
    out.interest_received[row] = tally.received_by[INTEREST]
    out.penalty_received[row] = tally.received_by[PENALTY]
    out.fee_received[row] = tally.received_by[FEE]
    out.principal_waived[row] = tally.waived_by[PRINCIPAL]
    out.interest_waived[row] = tally.waived_by[INTEREST]
    out.penalty_waived[row] = tally.waived_by[PENALTY]
    out.fee_waived[row] = tally.waived_by[FEE]
    out.principal_written_off[row] = tally.written_off_by[PRINCIPAL]
    out.interest_written_off[row] = tally.written_off_by[INTEREST]
    out.penalty_written_off[row] = tally.written_off_by[PENALTY]
    out.fee_written_off[row] = tally.written_off_by[FEE]


@compiled(inline="always")
def _write_open(
    terms: Record, loan: Record, tally: Record, row: int, as_of: int, rows: Records, out: Positions
) -> None:
    for index in range(tally.first_open, len(rows)):
        one = rows[index]
        left = one.principal_left + one.interest_left + one.fee_left
        out.principal_outstanding[row] += one.principal_left
        out.interest_outstanding[row] += one.interest_left
        out.fee_outstanding[row] += one.fee_left
        out.penalty_outstanding[row] += one.penalty_left
        if one.due_on <= as_of:
            out.principal_due[row] += one.principal_left
            out.interest_due[row] += one.interest_left
            out.fee_due[row] += one.fee_left
            out.penalty_due[row] += one.penalty_left
            if left > 0 and out.oldest_unpaid_due_on[row] == NO_DATE:
                out.oldest_unpaid_due_on[row] = one.due_on
                out.days_past_due[row] = as_of - one.due_on + terms.dpd_on_due_day
        if one.due_on - terms.dpd_on_due_day < as_of:
            out.principal_overdue[row] += one.principal_left
            out.interest_overdue[row] += one.interest_left
            out.fee_overdue[row] += one.fee_left
            out.penalty_overdue[row] += one.penalty_left
        if one.due_on >= as_of and left > 0 and out.next_due_on[row] == NO_DATE:
            out.next_due_on[row] = one.due_on
            out.next_due_amount[row] = left + one.penalty_left
    over, running = accrued_until(terms, loan, as_of, False, rows)
    out.interest_earned[row] = over + running
    ahead = out.interest_received[row] + out.interest_waived[row] - over
    out.accrued_interest[row] = max(0, running - max(0, ahead))
    owed = tally.principal_left + payoff_interest(terms, loan, as_of, rows, tally)
    out.payoff[row] = max(0, owed + out.penalty_outstanding[row] + out.fee_outstanding[row])
