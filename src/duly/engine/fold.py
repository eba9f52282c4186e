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
from duly.engine.dates import NO_DATE
from duly.engine.schedule import INSTALLMENT_DTYPE, interest_between, write_schedule

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
        ("left", np.int64),  # all that is left of the installments, penalties apart
        ("principal_left", np.int64),
        ("credit", np.int64),
        ("first_open", np.int64),  # installments before this one have nothing left
        ("status", np.int64),
        ("settled_on", np.int64),
        ("earned_interest", np.int64),  # fixed when the loan ended
    ],
    align=True,
)


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
    positions = Positions(*(np.zeros(loans, _COLUMN_TYPES.get(name, np.int64)) for name in Positions._fields))
    if loans:
        longest = int(contracts.installments.max())
        most_facts = int(np.diff(facts.start).max())
        _fold_blocks(contracts, facts, as_of, longest, most_facts, positions)
    return positions


_COLUMN_TYPES = {
    "status": np.uint8,
    "days_past_due": np.int32,
    "oldest_unpaid_due_on": np.int32,
    "next_due_on": np.int32,
    "settled_on": np.int32,
}


@nb.njit(cache=True, parallel=True)
def _fold_blocks(
    contracts: Contracts, facts: Facts, as_of: int, longest: int, most_facts: int, positions: Positions
) -> None:
    loans = len(contracts.principal)
    for block in nb.prange((loans + _BLOCK - 1) // _BLOCK):
        _fold_block(
            contracts, facts, as_of, block * _BLOCK, min(loans, (block + 1) * _BLOCK), longest, most_facts, positions
        )


@nb.njit(cache=True)
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
    tally = np.zeros(1, TALLY_DTYPE)
    for row in range(first, last):
        count = fold_loan(contracts, facts, row, as_of, work, taken_back, tally)
        write_position(contracts, row, as_of, work[:count], tally[0], positions)


@nb.njit(cache=True)
def fold_loan(
    contracts: Contracts,
    facts: Facts,
    row: int,
    as_of: int,
    work: npt.NDArray[np.void],
    taken_back: npt.NDArray[np.bool_],
    tallies: npt.NDArray[np.void],
) -> int:
    """Take in loan `row`'s facts up to `as_of`; leaves its installments in `work`, its totals in `tallies[0]`."""
    terms = contracts.terms[contracts.term[row]]
    first, last = facts.start[row], facts.start[row + 1]
    _mark_taken_back(facts, first, last, as_of, taken_back)
    count = write_schedule(contracts, row, work)
    rows = work[:count]
    tally = tallies[0]
    _begin(contracts, row, rows, tally)
    for fact in range(first, last):
        if facts.value_date[fact] > as_of:
            break
        if taken_back[fact - first]:
            continue
        kind, day, amount = facts.kind[fact], facts.value_date[fact], facts.amount[fact]
        if kind == DISBURSED:
            tally.status = OPEN
        elif kind == PAID:
            tally.received += amount
            if tally.status == OPEN:
                _accrue_penalty(terms, day, rows, tally)
                _pay(contracts, row, day, amount, rows, tally)
            else:
                tally.credit += amount
        elif kind == WAIVED and tally.status == OPEN:
            _accrue_penalty(terms, day, rows, tally)
            _waive(day, amount, facts.component[fact], rows, tally)
        elif kind == WRITTEN_OFF and tally.status == OPEN:
            _accrue_penalty(terms, day, rows, tally)
            _write_off(contracts, row, day, rows, tally)
    if tally.status == OPEN:
        _accrue_penalty(terms, as_of, rows, tally)
    return count


@nb.njit(cache=True)
def _mark_taken_back(facts: Facts, first: int, last: int, as_of: int, taken_back: npt.NDArray[np.bool_]) -> None:
    taken_back[: last - first] = False
    for fact in range(first, last):
        if facts.kind[fact] == REVERSED and facts.value_date[fact] <= as_of and facts.reverses[fact] >= 0:
            taken_back[facts.reverses[fact] - first] = True


@nb.njit(cache=True)
def _begin(contracts: Contracts, row: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]) -> None:
    tally.received = 0
    for component in range(5):
        tally.received_by[component] = 0
        tally.waived_by[component] = 0
        tally.written_off_by[component] = 0
    tally.left = contracts.principal[row] + contracts.service_fee[row]
    for one in rows:
        tally.left += one.interest
    tally.principal_left = contracts.principal[row]
    tally.credit = 0
    tally.first_open = 0
    tally.status = NOT_DISBURSED
    tally.settled_on = NO_DATE
    tally.earned_interest = 0


@nb.njit(cache=True)
def _accrue_penalty(
    terms: npt.NDArray[np.void], day: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]
) -> None:
    # Each piece between two facts is rounded by itself. Within the grace days nothing is worked out; once they are
    # broken, it counts from the due date on what is still unpaid.
    if terms.penalty_rate == 0:
        return
    for index in range(tally.first_open, len(rows)):
        one = rows[index]
        if one.due_on + terms.penalty_grace_days >= day:
            break
        if one.principal_left > 0 and one.penalty_from < day:
            penalty = interest_between(
                one.principal_left,
                terms.penalty_rate,
                one.penalty_from,
                day,
                terms.penalty_day_count,
                terms.first_day_out,
                terms.rounding,
            )
            one.penalty += penalty
            one.penalty_left += penalty
            one.penalty_from = day


@nb.njit(cache=True)
def accrued_until(
    contracts: Contracts, row: int, day: int, whole_period: bool, rows: npt.NDArray[np.void]
) -> tuple[int, int]:
    """Scheduled interest accrued by `day`: of the periods that are over, and of the one that runs.

    With `whole_period` the running period counts to its end.
    """
    terms = contracts.terms[contracts.term[row]]
    balance, start, over = contracts.principal[row], contracts.disbursed_on[row], 0
    for one in rows:
        if one.due_on > day:
            if whole_period:
                return over, one.interest
            running = interest_between(
                balance, contracts.annual_rate[row], start, day, terms.day_count, terms.first_day_out, terms.rounding
            )
            return over, min(running, one.interest)
        over += one.interest
        balance -= one.principal
        start = one.due_on
    return over, 0


@nb.njit(cache=True)
def payoff_interest(
    contracts: Contracts, row: int, day: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]
) -> int:
    """Interest still to pay to settle on `day`; negative when more was paid ahead than has accrued."""
    terms = contracts.terms[contracts.term[row]]
    over, running = accrued_until(contracts, row, day, terms.payoff_interest == TO_NEXT_DUE, rows)
    return max(over + running - tally.waived_by[INTEREST], 0) - tally.received_by[INTEREST]


@nb.njit(cache=True)
def _pay(
    contracts: Contracts, row: int, day: int, amount: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]
) -> None:
    if amount >= tally.principal_left and _settle(contracts, row, day, amount, rows, tally):
        return
    terms = contracts.terms[contracts.term[row]]
    rest = amount
    for index in range(tally.first_open, len(rows)):
        if rest == 0:
            break
        one = rows[index]
        paid_before = rest
        for component in terms.allocation_order:
            if component == PENALTY:
                part = min(rest, one.penalty_left)
                one.penalty_left -= part
            elif component == FEE:
                part = min(rest, one.fee_left)
                one.fee_left -= part
                tally.left -= part
            elif component == INTEREST:
                part = min(rest, one.interest_left)
                one.interest_left -= part
                tally.left -= part
            else:
                part = min(rest, one.principal_left)
                one.principal_left -= part
                tally.left -= part
                tally.principal_left -= part
            tally.received_by[component] += part
            rest -= part
        one.paid += paid_before - rest
        _mark_paid(one, day)
    _move_on(day, rows, tally)
    tally.credit += rest


@nb.njit(cache=True)
def _mark_paid(one: npt.NDArray[np.void], day: int) -> None:
    if one.paid_on == NO_DATE and one.principal_left + one.interest_left + one.fee_left + one.penalty_left == 0:
        one.paid_on = day


@nb.njit(cache=True)
def _move_on(day: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]) -> None:
    # Past installments that have nothing left; the loan is settled when none is left at all.
    while tally.first_open < len(rows):
        one = rows[tally.first_open]
        if one.principal_left + one.interest_left + one.fee_left + one.penalty_left > 0:
            return
        if one.paid_on == NO_DATE:
            one.paid_on = day
        tally.first_open += 1
    tally.status = SETTLED
    tally.settled_on = day
    tally.earned_interest = tally.received_by[INTEREST] + tally.waived_by[INTEREST]


@nb.njit(cache=True)
def _settle(
    contracts: Contracts, row: int, day: int, amount: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]
) -> bool:
    # A payment that reaches the payoff ends the loan: interest that has not accrued falls away.
    interest = payoff_interest(contracts, row, day, rows, tally)
    penalty, fee = 0, 0
    for one in rows:
        penalty += one.penalty_left
        fee += one.fee_left
    payoff = tally.principal_left + interest + penalty + fee
    if amount < payoff:
        return False
    terms = contracts.terms[contracts.term[row]]
    _drop_unaccrued(contracts, row, day, terms.payoff_interest == TO_NEXT_DUE, rows)
    for one in rows:
        one.paid += one.principal_left + one.interest_left + one.fee_left + one.penalty_left
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = 0
        if one.paid_on == NO_DATE:
            one.paid_on = day
    tally.received_by[PRINCIPAL] += tally.principal_left
    tally.received_by[INTEREST] += interest
    tally.received_by[PENALTY] += penalty
    tally.received_by[FEE] += fee
    tally.left = tally.principal_left = 0
    tally.credit += amount - payoff
    tally.first_open = len(rows)
    tally.status = SETTLED
    tally.settled_on = day
    tally.earned_interest = tally.received_by[INTEREST] + tally.waived_by[INTEREST]
    return True


@nb.njit(cache=True)
def _drop_unaccrued(contracts: Contracts, row: int, day: int, whole_period: bool, rows: npt.NDArray[np.void]) -> None:
    # What had been paid on dropped interest stays in `interest_left` as a negative: it pays for something else.
    _, running = accrued_until(contracts, row, day, whole_period, rows)
    for one in rows:
        if one.due_on > day:
            dropped = one.interest - running
            one.interest -= dropped
            one.interest_left -= dropped
            running = 0


@nb.njit(cache=True)
def _waive(day: int, amount: int, component: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]) -> None:
    rest = amount
    for index in range(tally.first_open, len(rows)):
        one = rows[index]
        if component == PENALTY:
            part = min(rest, one.penalty_left)
            one.penalty_left -= part
        elif component == FEE:
            part = min(rest, one.fee_left)
            one.fee_left -= part
            tally.left -= part
        elif component == INTEREST:
            part = min(rest, one.interest_left)
            one.interest_left -= part
            tally.left -= part
        else:
            part = min(rest, one.principal_left)
            one.principal_left -= part
            tally.left -= part
            tally.principal_left -= part
        tally.waived_by[component] += part
        rest -= part
        if part > 0:
            _mark_paid(one, day)
    _move_on(day, rows, tally)


@nb.njit(cache=True)
def _write_off(
    contracts: Contracts, row: int, day: int, rows: npt.NDArray[np.void], tally: npt.NDArray[np.void]
) -> None:
    # Everything earned and unpaid is lost; what has not accrued or fallen due is no longer asked for.
    over, running = accrued_until(contracts, row, day, False, rows)
    settled_interest = tally.received_by[INTEREST] + tally.waived_by[INTEREST]
    tally.earned_interest = max(over + running, settled_interest)
    tally.written_off_by[INTEREST] = tally.earned_interest - settled_interest
    tally.written_off_by[PRINCIPAL] = tally.principal_left
    for one in rows:
        tally.written_off_by[PENALTY] += one.penalty_left
        if one.due_on <= day:
            tally.written_off_by[FEE] += one.fee_left
        else:
            one.fee -= one.fee_left
    _drop_unaccrued(contracts, row, day, False, rows)
    for one in rows:
        one.principal_left = one.interest_left = one.fee_left = one.penalty_left = 0
    tally.left = tally.principal_left = 0
    tally.first_open = len(rows)
    tally.status = WRITTEN


@nb.njit(cache=True)
def write_position(
    contracts: Contracts,
    row: int,
    as_of: int,
    rows: npt.NDArray[np.void],
    tally: npt.NDArray[np.void],
    out: Positions,
) -> None:
    """Write what the fold left of loan `row` into its row of `out`."""
    out.status[row] = tally.status
    out.oldest_unpaid_due_on[row] = out.next_due_on[row] = NO_DATE
    out.settled_on[row] = tally.settled_on
    out.credit_balance[row] = tally.credit
    out.received[row] = tally.received
    if tally.status == NOT_DISBURSED:
        return
    terms = contracts.terms[contracts.term[row]]
    penalty_earned, fee_earned = 0, 0
    for one in rows:
        left = one.principal_left + one.interest_left + one.fee_left
        penalty_earned += one.penalty
        fee_earned += one.fee if one.due_on <= as_of else one.fee - one.fee_left
        out.principal_outstanding[row] += one.principal_left
        out.interest_outstanding[row] += one.interest_left
        out.fee_outstanding[row] += one.fee_left
        out.penalty_outstanding[row] += one.penalty_left
        if one.due_on <= as_of:
            out.principal_due[row] += one.principal_left
            out.interest_due[row] += one.interest_left
            out.fee_due[row] += one.fee_left
            out.penalty_due[row] += one.penalty_left
            if one.due_on + (1 - terms.dpd_on_due_day) <= as_of:
                out.principal_overdue[row] += one.principal_left
                out.interest_overdue[row] += one.interest_left
                out.fee_overdue[row] += one.fee_left
                out.penalty_overdue[row] += one.penalty_left
            if left > 0 and out.oldest_unpaid_due_on[row] == NO_DATE:
                out.oldest_unpaid_due_on[row] = one.due_on
                out.days_past_due[row] = as_of - one.due_on + terms.dpd_on_due_day
        if one.due_on >= as_of and left > 0 and out.next_due_on[row] == NO_DATE:
            out.next_due_on[row] = one.due_on
            out.next_due_amount[row] = left + one.penalty_left
    out.disbursed[row] = contracts.principal[row]
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
    out.penalty_earned[row] = penalty_earned
    out.fee_earned[row] = fee_earned
    out.interest_earned[row] = tally.earned_interest
    if tally.status != OPEN:
        return
    over, running = accrued_until(contracts, row, as_of, False, rows)
    out.interest_earned[row] = over + running
    ahead = out.interest_received[row] + out.interest_waived[row] - over
    out.accrued_interest[row] = max(0, running - max(0, ahead))
    owed = tally.principal_left + payoff_interest(contracts, row, as_of, rows, tally)
    out.payoff[row] = max(0, owed + out.penalty_outstanding[row] + out.fee_outstanding[row])
