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
from duly.engine.dates import ACT_ACT, MONTH
from duly.engine.plain_days import take_in_payments
from duly.engine.plain_readout import write_plain_position
from duly.engine.plain_schedule import PLAIN_LOAN_DTYPE, PLAIN_ROW_DTYPE, write_plain_schedule
from duly.engine.readout import Positions
from duly.engine.records import DISBURSED, NONE, Contracts, Facts, Int64, Record, Records
from duly.engine.terms import EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_ONLY, TO_NEXT_DUE


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
                and write_plain_schedule(terms, loan, rows)
                and take_in_payments(
                    terms, loan, rows, facts.kind, facts.value_date, facts.amount, facts.detail, begin + 1, end, as_of
                )
            )
        if done:
            write_plain_position(terms, loan, rows, row, as_of, positions)
        else:
            others[left] = row
            left += 1
    return left


@kernel()
def _is_disbursed(loan: Record, kind: Any, value_date: Any, begin: int, end: int, as_of: int) -> bool:
    if begin == end or kind[begin] != DISBURSED:
        return False
    return value_date[begin] == loan.starts_on and loan.starts_on <= as_of
