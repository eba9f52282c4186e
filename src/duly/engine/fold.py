"""The fold: contracts and facts in, positions out, for one loan or for ten million.

    position = fold(contract, facts, as_of)

Each loan starts from its schedule; day by day comes first what the day itself brings, then its facts; what is left of
each installment, and the running totals, are the position. Nothing is kept between calls: the same facts give the same
position for ever. docs/engine/semantics.md says what everything means.
"""

import numpy as np
import numpy.typing as npt

from duly.engine.accrual import accrue_interest, begin_daily
from duly.engine.compiled import compiled, in_threads, kernel
from duly.engine.dates import NO_DATE
from duly.engine.days import pass_days
from duly.engine.endings import cancel, pay_back, waive, write_off
from duly.engine.lateness import resume_accrual_if_cured, stop_accrual_if_late
from duly.engine.payments import pay
from duly.engine.plain import fold_plain
from duly.engine.planning import begin_loan, cost_room, one_loan, write_schedule
from duly.engine.readout import Positions as Positions
from duly.engine.readout import empty_positions, write_position
from duly.engine.records import (
    ACCELERATED,
    CANCELLED,
    CANCELLED_STATUS,
    DISBURSED,
    FEE_CHARGED,
    INSTALLMENT_DTYPE,
    NONE,
    NOT_DISBURSED,
    OPEN,
    PAID,
    PAUSE_DTYPE,
    RATE_CHANGED,
    RECOVERED,
    REFUNDED,
    RESCHEDULED,
    REVERSED,
    SETTLED,
    WAIVED,
    WRITTEN,
    WRITTEN_OFF,
    Contracts,
    Facts,
    Int64,
    Record,
    Records,
    Work,
)
from duly.engine.records import STATUS as STATUS
from duly.engine.reworking import accelerate, charge_fee, reschedule, rework
from duly.engine.rows import mark_met, move_on
from duly.engine.standing_facts import KINDS_OF_PAUSE, find_pauses, mark_taken_back
from duly.engine.terms import FEE


def fold(contracts: Contracts, facts: Facts, as_of: int) -> Positions:
    """The position of every loan on the day `as_of`, from its first fact.

    Facts after `as_of` are left out; a reversal takes its fact back for all days once its own value date has come, and
    later facts find their place again. Facts before disbursement and waivers of more than is owed count for what they
    can. Raises ValueError when the columns are not of one length.
    """
    loans = len(contracts.principal)
    lengths = {len(column) for name, column in contracts._asdict().items() if name not in ("terms", "closed_days")}
    if lengths != {loans} or len(facts.start) != loans + 1:
        raise ValueError("contracts and facts must speak of the same loans: one row each, and one offset more")
    positions = empty_positions(loans)
    if loans:
        longest = int(contracts.installments.max())

        def fold_some(first: int, last: int) -> None:
            others = fold_plain(contracts, facts, as_of, first, last, longest, positions)
            if len(others):
                rows = np.zeros(most_rows(contracts, facts, others), INSTALLMENT_DTYPE)
                _fold_general(contracts, facts, as_of, others, rows, one_loan(), positions)

        in_threads(fold_some, loans)
    return positions


def fold_one(contracts: Contracts, facts: Facts, as_of: int) -> tuple[Positions, Records]:
    """The position of a single loan and its installments as the fold left them (INSTALLMENT_DTYPE): the same fold."""
    positions = empty_positions(1)
    alone = np.zeros(1, np.int64)
    rows: Records = np.zeros(most_rows(contracts, facts, alone), INSTALLMENT_DTYPE)
    count = _fold_general(contracts, facts, as_of, alone, rows, one_loan(), positions)
    return positions, rows[:count]


@compiled()
def most_rows(contracts: Contracts, facts: Facts, loans: Int64) -> int:
    """How many rows the longest of `loans` can come to: its installments, and those that facts may add."""
    longest = 0
    for row in loans:
        count = contracts.installments[row]
        for fact in range(facts.start[row], facts.start[row + 1]):
            if len(facts.detail) > 0 and facts.detail[fact] >= 0:
                count += facts.details[facts.detail[fact]].installments + 1
            # A fee without detail, an acceleration and a drawdown add a row each.
            if facts.kind[fact] in (FEE_CHARGED, ACCELERATED, DISBURSED):
                count += 1
        longest = max(longest, count)
    return longest


@compiled()
def _fold_general(
    contracts: Contracts,
    facts: Facts,
    as_of: int,
    loans: Int64,
    rows: Records,
    scratch: Records,
    positions: Positions,
) -> int:
    # Folds the loans of row numbers `loans`; returns how many rows the last of them came to, which `rows` holds.
    most_facts = 0
    for row in loans:
        most_facts = max(most_facts, facts.start[row + 1] - facts.start[row])
    work = Work(rows, np.zeros(KINDS_OF_PAUSE * (most_facts + 1), PAUSE_DTYPE), contracts.closed_days)
    taken_back = np.zeros(most_facts, np.bool_)
    loan = scratch[0]
    for row in loans:
        fold_loan(contracts, facts, row, as_of, work, taken_back, loan)
        write_position(contracts.terms[contracts.term[row]], loan, work, row, as_of, positions)
    return int(loan.count)


@kernel()
def fold_loan(
    contracts: Contracts,
    facts: Facts,
    row: int,
    as_of: int,
    work: Work,
    taken_back: npt.NDArray[np.bool_],
    loan: Record,
) -> None:
    """Take in loan `row`'s facts up to `as_of`; leaves its installments in `work` and its totals in `loan`."""
    terms = contracts.terms[contracts.term[row]]
    begin_loan(contracts, row, loan)
    write_schedule(terms, loan, work.rows, work.closed_days)
    if terms.daily:
        begin_daily(loan, work)
    first, last = facts.start[row], facts.start[row + 1]
    if mark_taken_back(facts, first, last, as_of, taken_back):
        find_pauses(facts, first, last, as_of, taken_back, work.pauses, loan)
    for fact in range(first, last):
        day = facts.value_date[fact]
        if day > as_of:
            break
        # A reversal has done its work already, and is nothing that happens on its own day.
        if not taken_back[fact - first] and facts.kind[fact] != REVERSED:
            if day > loan.day:
                pass_days(terms, loan, work, day, False)
            take_in(terms, loan, work, facts, fact, day)
    pass_days(terms, loan, work, as_of, True)
    judge_accrual(terms, loan, work, as_of)


@kernel()
def judge_accrual(terms: Record, loan: Record, work: Work, day: int) -> None:
    """Decide at the end of `day` whether interest of an open loan still counts as earned."""
    if loan.status == OPEN:
        resume_accrual_if_cured(terms, loan, work, day)
        stop_accrual_if_late(terms, loan, work, day)


@kernel()
def take_in(terms: Record, loan: Record, work: Work, facts: Facts, fact: int, day: int) -> None:
    """Let one fact of value date `day` work on the loan's installments and totals."""
    kind, amount = facts.kind[fact], facts.amount[fact]
    told = NONE
    if len(facts.detail) > 0:
        told = facts.detail[fact]
    if kind in (PAID, RECOVERED):
        _take_money(terms, loan, work, facts, told, day, amount)
    elif kind == DISBURSED:
        _disburse(terms, loan, work, day, amount)
    elif kind == REFUNDED:
        loan.credit -= amount
        loan.refunded += amount
    elif kind == FEE_CHARGED:
        _charge(terms, loan, work, facts, told, day, amount)
    elif kind == CANCELLED and loan.status in (OPEN, SETTLED):
        cancel(loan, work, day)
    elif kind == RATE_CHANGED and told >= 0 and loan.status in (OPEN, SETTLED):
        detail = facts.details[told]
        rate = detail.annual_rate + terms.margin if detail.over_benchmark else detail.annual_rate
        rework(terms, loan, work, day, 0, rate, detail.reworks_term)
        if loan.status == OPEN:
            move_on(terms, loan, work, day)
    elif kind == WAIVED and loan.status in (OPEN, CANCELLED_STATUS):
        waive(terms, loan, work, day, amount, facts.component[fact])
        if loan.status == CANCELLED_STATUS and loan.principal_left == 0 and loan.settled_on == NO_DATE:
            loan.settled_on = day
    elif loan.status == OPEN:
        if kind == WRITTEN_OFF:
            write_off(terms, loan, work, day)
        elif kind == RESCHEDULED and told >= 0:
            reschedule(terms, loan, work, day, facts.details[told])
        elif kind == ACCELERATED:
            accelerate(terms, loan, work, day)
    # A row that a plain payment pays is marked by it; a daily row is met when it closes, or when no principal is left.
    if loan.status == OPEN and (loan.principal_left == 0 if terms.daily else kind != PAID or told >= 0):
        mark_met(loan, work, day)


@kernel()
def _take_money(terms: Record, loan: Record, work: Work, facts: Facts, told: int, day: int, amount: int) -> None:
    from_credit = told >= 0 and facts.details[told].from_credit
    if loan.status == WRITTEN:
        _recover(loan, amount, from_credit)
        return
    if not from_credit:
        loan.received += amount
    if loan.status == OPEN:
        pay(terms, loan, work, day, amount, from_credit, told >= 0 and facts.details[told].prepays)
    elif loan.status == CANCELLED_STATUS:
        if from_credit:
            amount = max(min(amount, loan.credit), 0)
            loan.credit -= amount
        pay_back(loan, work, day, amount)
    elif not from_credit:
        loan.credit += amount


@kernel()
def _recover(loan: Record, amount: int, from_credit: bool) -> None:
    # Money after a write-off: what was refunded too much is made good first.
    if from_credit:
        recovered = max(min(amount, loan.credit), 0)
        loan.credit -= recovered
        loan.received -= recovered  # it counts as recovered from now on
    else:
        made_good = max(min(amount, -loan.credit), 0)
        loan.credit += made_good
        loan.received += made_good
        recovered = amount - made_good
    loan.recovered += recovered


@kernel()
def _disburse(terms: Record, loan: Record, work: Work, day: int, amount: int) -> None:
    if loan.status == NOT_DISBURSED:
        loan.status = OPEN
        loan.received += loan.upfront_fee
        loan.received_by[FEE] += loan.upfront_fee
        loan.upfront_fee = 0
    elif loan.status in (OPEN, SETTLED):
        if loan.status == SETTLED:
            loan.status = OPEN
            loan.settled_on = NO_DATE
            loan.accrued_to = day
        loan.disbursed += amount
        if terms.daily and loan.running < loan.end:
            accrue_interest(terms, loan, work, day, False)
        rework(terms, loan, work, day, amount, loan.annual_rate, False)


@kernel()
def _charge(terms: Record, loan: Record, work: Work, facts: Facts, told: int, day: int, amount: int) -> None:
    if loan.status not in (OPEN, SETTLED):
        return
    due_on = day
    if told >= 0 and facts.details[told].due_on != NO_DATE:
        due_on = facts.details[told].due_on
    if terms.cost_cap_share != NONE:
        amount = min(amount, cost_room(terms, loan, work.rows, loan.count))
    if amount == 0:
        return
    loan.status = OPEN
    loan.settled_on = NO_DATE
    charge_fee(loan, work.rows, due_on, amount, loan.running if terms.daily else loan.end)
