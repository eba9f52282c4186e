"""The fold of one loan, watched: what the loan was after each step, and its position then, for an explanation.

The steps are the fold's own, taken by its own functions, so that nothing is told but what was done; what a step moved
is the difference between the positions before and after it.
"""

from typing import NamedTuple

import numpy as np

from duly.engine.accrual import begin_daily
from duly.engine.compiled import compiled, kernel
from duly.engine.dates import NO_DATE
from duly.engine.days import bring, next_day, pass_days
from duly.engine.fold import judge_accrual, take_in
from duly.engine.planning import begin_loan, write_schedule
from duly.engine.readout import Positions, empty_positions, write_position
from duly.engine.records import (
    INSTALLMENT_DTYPE,
    LOAN_DTYPE,
    NONE,
    OPEN,
    PAUSE_DTYPE,
    REVERSED,
    Contracts,
    Facts,
    Record,
    Records,
    Work,
)
from duly.engine.standing_facts import KINDS_OF_PAUSE, find_pauses, mark_taken_back

# What a step was. GLANCED: a due date on which the fold had nothing to do, looked at from a copy of the loan.
BEGUN, GLANCED, BROUGHT, PASSED, TOOK, ASKED = range(6)

STEP_DTYPE = np.dtype((np.record, np.dtype([("day", np.int64), ("what", np.int64), ("fact", np.int64)], align=True)))


class Trace(NamedTuple):
    """One loan step by step. `steps.fact` is -1 but where a step TOOK a fact in: its row."""

    steps: Records  # STEP_DTYPE
    loans: Records  # LOAN_DTYPE, after each step
    rows: Records  # INSTALLMENT_DTYPE, steps × rows, after each step; only `loans.count` of them are in use
    positions: Positions  # one row a step
    pauses: Records  # PAUSE_DTYPE
    shown: Records  # INSTALLMENT_DTYPE: the rows at the end as a position shows them, with those to come planned


def trace(contracts: Contracts, facts: Facts, as_of: int) -> Trace:
    """Fold the one loan of `contracts` up to `as_of`, and keep what it was after each step."""
    rows = int(contracts.installments[0]) + 2 * len(facts.kind) + int(facts.details["installments"].sum()) + 1
    most = 2 * len(facts.kind) + 5 * rows + 4
    if contracts.terms[contracts.term[0]]["compounds_capped"]:
        # Each row may let penalty join its base once a month.
        most += rows * max((as_of - int(contracts.disbursed_on[0])) // 28 + 1, 0)
    steps = np.zeros(most, STEP_DTYPE)
    loans = np.zeros(most, LOAN_DTYPE)
    kept: Records = np.zeros((most, rows), INSTALLMENT_DTYPE)
    positions = empty_positions(most)
    pauses = np.zeros(KINDS_OF_PAUSE * (len(facts.kind) + 1), PAUSE_DTYPE)
    shown: Records = np.zeros(rows, INSTALLMENT_DTYPE)
    count = _trace(contracts, facts, as_of, steps, loans, kept, positions, pauses, shown, np.zeros(2, LOAN_DTYPE))
    last = loans[count - 1]
    return Trace(
        _plain(steps[:count]),
        _plain(loans[:count]),
        _plain(kept[:count]),
        Positions._make(column[:count] for column in positions),
        _plain(pauses[: int(last["pauses"])]),
        _plain(shown[: int(last["count"])]),
    )


def _plain(records: Records) -> Records:
    # Without attributes, which cost Python many times what reading a field does.
    return records.view(np.dtype((np.void, records.dtype)))


@compiled()
def _trace(
    contracts: Contracts,
    facts: Facts,
    as_of: int,
    steps: Records,
    loans: Records,
    kept: Records,
    positions: Positions,
    pauses: Records,
    shown: Records,
    pair: Records,
) -> int:
    # As duly.engine.fold.fold_loan; returns how many steps were kept. `steps`, `loans`, `kept` hold zeros.
    terms = contracts.terms[contracts.term[0]]
    work = Work(np.zeros(len(shown), INSTALLMENT_DTYPE), pauses, contracts.closed_days)
    copy = Work(shown, pauses, contracts.closed_days)
    # A record does not keep its array alive: the caller does.
    loan, copied = pair[0], pair[1:]
    taken_back = np.zeros(len(facts.kind), np.bool_)
    begin_loan(contracts, 0, loan)
    write_schedule(terms, loan, work.rows, work.closed_days)
    if terms.daily:
        begin_daily(loan, work)
    if mark_taken_back(facts, 0, len(facts.kind), as_of, taken_back):
        find_pauses(facts, 0, len(facts.kind), as_of, taken_back, pauses, loan)
    at = _keep(terms, loan, work, copied, copy, loan.day, BEGUN, NONE, steps, loans, kept, positions, 0)
    for fact in range(len(facts.kind)):
        day = facts.value_date[fact]
        if day > as_of:
            break
        if not taken_back[fact] and facts.kind[fact] != REVERSED:
            if day > loan.day:
                at = _pass(terms, loan, work, copied, copy, day, False, steps, loans, kept, positions, at)
            take_in(terms, loan, work, facts, fact, day)
            at = _keep(terms, loan, work, copied, copy, day, TOOK, fact, steps, loans, kept, positions, at)
    at = _pass(terms, loan, work, copied, copy, as_of, True, steps, loans, kept, positions, at)
    judge_accrual(terms, loan, work, as_of)
    return _keep(terms, loan, work, copied, copy, as_of, ASKED, NONE, steps, loans, kept, positions, at)


@kernel()
def _pass(
    terms: Record,
    loan: Record,
    work: Work,
    copied: Records,
    copy: Work,
    day: int,
    reading: bool,
    steps: Records,
    loans: Records,
    kept: Records,
    positions: Positions,
    at: int,
) -> int:
    # As pass_days, one thing that a day brings after the other.
    glanced = loan.day
    while loan.status == OPEN:
        brought = NO_DATE
        if terms.days_bring:
            brought = next_day(terms, loan, work, day)
        until = day if brought == NO_DATE else brought
        due_on = until
        for index in range(loan.count):
            if glanced < work.rows[index].due_on < due_on:
                due_on = work.rows[index].due_on
        if due_on < until:
            glanced = due_on
            _copy(loan, work, copied, copy)
            pass_days(terms, copied[0], copy, due_on, True)
            write_position(terms, copied[0], copy, at, due_on, positions)
            steps[at].day, steps[at].what, steps[at].fact = due_on, GLANCED, NONE
            loans[at] = loan
            for index in range(loan.count):
                kept[at, index] = work.rows[index]
            at += 1
        elif brought != NO_DATE:
            glanced = brought
            bring(terms, loan, work, brought, reading or brought < day)
            at = _keep(terms, loan, work, copied, copy, brought, BROUGHT, NONE, steps, loans, kept, positions, at)
        else:
            break
    pass_days(terms, loan, work, day, reading)
    return _keep(terms, loan, work, copied, copy, day, PASSED, NONE, steps, loans, kept, positions, at)


@kernel()
def _copy(loan: Record, work: Work, copied: Records, copy: Work) -> None:
    copied[0] = loan
    for index in range(loan.count):
        copy.rows[index] = work.rows[index]


@kernel()
def _keep(
    terms: Record,
    loan: Record,
    work: Work,
    copied: Records,
    copy: Work,
    day: int,
    what: int,
    fact: int,
    steps: Records,
    loans: Records,
    kept: Records,
    positions: Positions,
    at: int,
) -> int:
    # The copy is what the position is written from, which plans the rows to come into it.
    steps[at].day, steps[at].what, steps[at].fact = day, what, fact
    loans[at] = loan
    for index in range(loan.count):
        kept[at, index] = work.rows[index]
    _copy(loan, work, copied, copy)
    write_position(terms, copied[0], copy, at, day, positions)
    return at + 1
