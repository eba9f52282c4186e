"""Contracts and facts as columns: one row a loan, one row a fact, and each distinct set of terms kept once."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from duly.engine import dates, money
from duly.engine.compiled import compiled
from duly.engine.contract import COMPONENT, EQUAL_INSTALLMENT, METHOD, PAYOFF_INTEREST, Contract, Terms
from duly.engine.dates import add_periods, year_fraction

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

KIND = {"disbursed": 1, "paid": 2, "reversed": 3, "waived": 4, "written_off": 5}
DISBURSED, PAID, REVERSED, WAIVED, WRITTEN_OFF = KIND.values()

TERMS_DTYPE = np.dtype(
    [
        ("method", np.int8),
        ("day_count", np.int8),
        ("every", np.int32),
        ("unit", np.int8),
        ("rounding", np.int8),
        ("installment_to", np.int64),
        ("penalty_rate", np.int64),
        ("penalty_grace_days", np.int32),
        ("penalty_day_count", np.int8),
        ("allocation_order", np.int32),  # four COMPONENT codes, four bits each, the first lowest
        ("first_day_out", np.bool_),
        ("month_end", np.int8),
        ("dpd_on_due_day", np.int8),
        ("payoff_interest", np.int8),
    ]
)
# A record's fields read as attributes, compiled or not.
TERMS_DTYPE = np.dtype((np.record, TERMS_DTYPE))


class Contracts(NamedTuple):
    """One row a loan, n rows. Money in minor units, rates in millionths a year, dates in days since 1970-01-01."""

    terms: npt.NDArray[np.void]  # TERMS_DTYPE, each distinct set once
    term: Int32  # index into `terms`
    principal: Int64
    annual_rate: Int64
    service_fee: Int64
    disbursed_on: Int32
    first_due_on: Int32
    installments: Int32
    installment_amount: Int64  # the level installment as the contract states it; 0 where the method has none


class Facts(NamedTuple):
    """One row a fact, by loan, then value date, then order of record; loan i has rows start[i] to start[i + 1]."""

    start: Int64  # n + 1 offsets
    kind: npt.NDArray[np.uint8]  # KIND
    value_date: Int32
    amount: Int64  # minor units; 0 where the kind has none
    component: npt.NDArray[np.uint8]  # COMPONENT; 0 where the kind has none
    reverses: Int64  # row of the fact that a reversal takes back, else -1


def pack_terms(terms: Sequence[Terms]) -> npt.NDArray[np.void]:
    """`terms` as rows of TERMS_DTYPE, in the same order."""
    packed = np.zeros(len(terms), TERMS_DTYPE)
    for row, one in zip(packed, terms, strict=True):
        row["method"] = METHOD[one.method]
        row["day_count"] = dates.DAY_COUNT[one.day_count]
        row["every"] = one.every
        row["unit"] = dates.UNIT[one.unit]
        row["rounding"] = money.ROUNDING[one.rounding]
        row["installment_to"] = one.installment_to
        row["penalty_rate"] = one.penalty_rate
        row["penalty_grace_days"] = one.penalty_grace_days
        row["penalty_day_count"] = dates.DAY_COUNT[one.penalty_day_count]
        row["allocation_order"] = sum(COMPONENT[name] << 4 * place for place, name in enumerate(one.allocation_order))
        row["first_day_out"] = one.days == "(start,end]"
        row["month_end"] = dates.MONTH_END[one.month_end]
        row["dpd_on_due_day"] = one.dpd_on_due_day
        row["payoff_interest"] = PAYOFF_INTEREST[one.payoff_interest]
    return packed


def pack_contracts(contracts: Sequence[Contract]) -> Contracts:
    """`contracts` as columns, in the same order, with their level installments worked out."""
    distinct = {terms: index for index, terms in enumerate(dict.fromkeys(one.terms for one in contracts))}
    packed = Contracts(
        terms=pack_terms(list(distinct)),
        term=np.array([distinct[one.terms] for one in contracts], np.int32),
        principal=np.array([one.principal for one in contracts], np.int64),
        annual_rate=np.array([one.annual_rate for one in contracts], np.int64),
        service_fee=np.array([one.service_fee for one in contracts], np.int64),
        disbursed_on=np.array([dates.days(one.disbursed_on) for one in contracts], np.int32),
        first_due_on=np.array([dates.days(one.first_due_on) for one in contracts], np.int32),
        installments=np.array([one.installments for one in contracts], np.int32),
        installment_amount=np.zeros(len(contracts), np.int64),
    )
    return packed._replace(installment_amount=installment_amounts(packed))


def default_first_due_on(contracts: Contracts) -> Int32:
    """One period after disbursement, for each loan."""
    first = np.empty(len(contracts.principal), np.int32)
    _fill_first_due_on(contracts, first)
    return first


def installment_amounts(contracts: Contracts) -> Int64:
    """The level installment of each loan in minor units, exactly rounded; 0 where the method has none.

    A = P · Π g / Σ_j Π_{k>j} g_k with g_k = 1 + rate × (fraction of a year of period k), over regular periods: the
    annuity formula, for periods of unequal length. Worked in float64 with its error bounded; where the bound leaves
    the rounding in doubt it is worked again in exact fractions.
    """
    amounts = np.zeros(len(contracts.principal), np.int64)
    in_doubt = np.zeros(len(amounts), np.bool_)
    _fill_installment_amounts(contracts, amounts, in_doubt)
    for row in np.flatnonzero(in_doubt):
        amounts[row] = _exact_installment(contracts, int(row))
    return amounts


@compiled()
def starts_regular(terms: npt.NDArray[np.void], disbursed_on: int, first_due_on: int) -> bool:
    """Whether the first due date is one whole period after disbursement."""
    return first_due_on == add_periods(disbursed_on, 1, terms.every, terms.unit, terms.month_end)  # type: ignore[attr-defined]


@compiled()
def due_date(terms: npt.NDArray[np.void], disbursed_on: int, first_due_on: int, regular: bool, number: int) -> int:
    """The due date of installment `number` (from 1; 0 is the start of a regular first period).

    Counted from the disbursement day where the first period is regular, so that a 31st comes back after February;
    else from the first due date.
    """
    if regular:
        return add_periods(disbursed_on, number, terms.every, terms.unit, terms.month_end)  # type: ignore[attr-defined]
    return add_periods(first_due_on, number - 1, terms.every, terms.unit, terms.month_end)  # type: ignore[attr-defined]


@compiled()
def _fill_first_due_on(contracts: Contracts, first: Int32) -> None:
    for row in range(len(first)):
        terms = contracts.terms[contracts.term[row]]
        first[row] = add_periods(contracts.disbursed_on[row], 1, terms.every, terms.unit, terms.month_end)


@compiled(parallel=True)
def _fill_installment_amounts(contracts: Contracts, amounts: Int64, in_doubt: npt.NDArray[np.bool_]) -> None:
    for row in nb.prange(len(amounts)):
        terms = contracts.terms[contracts.term[row]]
        if terms.method != EQUAL_INSTALLMENT:
            continue
        disbursed_on, first_due_on = contracts.disbursed_on[row], contracts.first_due_on[row]
        regular = starts_regular(terms, disbursed_on, first_due_on)
        count = contracts.installments[row]
        growth, total = 1.0, 0.0
        start = due_date(terms, disbursed_on, first_due_on, regular, 0)
        for number in range(1, count + 1):
            end = due_date(terms, disbursed_on, first_due_on, regular, number)
            numerator, denominator = year_fraction(start, end, terms.day_count, terms.first_day_out)
            factor = 1.0 + contracts.annual_rate[row] * numerator / (denominator * 1e6)
            total = total * factor + 1.0
            growth *= factor
            start = end
        units = contracts.principal[row] * growth / total / terms.installment_to
        whole = np.floor(units)
        rest = units - whole
        error = units * (8 * count + 32) * 1.2e-16 + 1e-300
        doubt_whole = rest <= error or rest >= 1.0 - error
        if doubt_whole or abs(rest - 0.5) <= error or not np.isfinite(units):  # growth beyond what a float holds
            in_doubt[row] = True
        elif terms.rounding == money.UP or (terms.rounding != money.DOWN and rest > 0.5):
            amounts[row] = (np.int64(whole) + 1) * terms.installment_to
        else:
            amounts[row] = np.int64(whole) * terms.installment_to


def _exact_installment(contracts: Contracts, row: int) -> int:
    terms = contracts.terms[contracts.term[row]]
    unit = int(terms["installment_to"])
    disbursed_on, first_due_on = int(contracts.disbursed_on[row]), int(contracts.first_due_on[row])
    terms_record = contracts.terms.view(np.recarray)[contracts.term[row]]
    regular = starts_regular(terms_record, disbursed_on, first_due_on)
    growth, total, scale = 1, 0, 1
    start = due_date(terms_record, disbursed_on, first_due_on, regular, 0)
    for number in range(1, int(contracts.installments[row]) + 1):
        end = due_date(terms_record, disbursed_on, first_due_on, regular, number)
        numerator, denominator = year_fraction(start, end, int(terms["day_count"]), bool(terms["first_day_out"]))
        divisor = int(denominator) * money.MILLION
        factor = divisor + int(contracts.annual_rate[row]) * int(numerator)
        scale *= divisor
        growth *= factor
        total = total * factor + scale
        start = end
    units = Fraction(int(contracts.principal[row]) * growth, total * unit)
    quotient, remainder = divmod(units.numerator, units.denominator)
    mode = int(terms["rounding"])
    twice = 2 * remainder
    up = remainder > 0 and (
        mode == money.UP
        or (mode != money.DOWN and twice > units.denominator)
        or (twice == units.denominator and (mode == money.HALF_UP or (mode == money.HALF_EVEN and quotient % 2 == 1)))
    )
    return (quotient + up) * unit


def arrange_facts(
    loans: int,
    loan: npt.NDArray[np.integer],
    kind: npt.NDArray[np.integer],
    value_date: npt.NDArray[np.integer],
    amount: npt.NDArray[np.integer],
    component: npt.NDArray[np.integer],
    reverses: npt.NDArray[np.integer],
) -> Facts:
    """Rows in order of record, arranged as Facts. `loan` is 0 … `loans` - 1; `reverses` is a row number, or -1.

    Linear in the number of facts where they came nearly in order of date, as they do in life.
    Raises ValueError when a row names a loan or a fact that is not there.
    """
    rows = len(loan)
    if rows and not 0 <= int(loan.min()) <= int(loan.max()) < loans:
        raise ValueError(f"a fact names a loan outside 0 to {loans - 1}")
    if rows and int(reverses.max()) >= rows:
        raise ValueError(f"a fact reverses row {int(reverses.max())}, but there are only {rows} rows")
    start = np.zeros(loans + 1, np.int64)
    np.cumsum(np.bincount(loan, minlength=loans), out=start[1:])
    order = np.empty(rows, np.int64)
    dates_ = np.ascontiguousarray(value_date, np.int32)
    _order_by_loan_and_date(np.ascontiguousarray(loan, np.int64), dates_, start, order)
    place = np.empty(rows, np.int64)
    place[order] = np.arange(rows)
    back = np.asarray(reverses, np.int64)[order]
    return Facts(
        start=start,
        kind=np.asarray(kind, np.uint8)[order],
        value_date=dates_[order],
        amount=np.asarray(amount, np.int64)[order],
        component=np.asarray(component, np.uint8)[order],
        reverses=np.where(back >= 0, place[back], -1) if rows else back,
    )


@compiled()
def _order_by_loan_and_date(loan: Int64, value_date: Int32, start: Int64, order: Int64) -> None:
    # A counting sort by loan, then an insertion sort by date inside each loan; both keep the order of record.
    place = start[:-1].copy()
    for row in range(len(loan)):
        order[place[loan[row]]] = row
        place[loan[row]] += 1
    for one in range(len(start) - 1):
        for here in range(start[one] + 1, start[one + 1]):
            row = order[here]
            before = here - 1
            while before >= start[one] and value_date[order[before]] > value_date[row]:
                order[before + 1] = order[before]
                before -= 1
            order[before + 1] = row
