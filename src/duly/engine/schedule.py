"""The schedule: what falls due when, worked out from the contract's terms alone."""

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine import dates
from duly.engine.columns import Contracts, due_date, pack_contracts, starts_regular
from duly.engine.compiled import compiled
from duly.engine.contract import BULLET, EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, Contract
from duly.engine.dates import NO_DATE, year_fraction
from duly.engine.money import MILLION, multiply_divide

Record = Any  # one row of a structured array; NumPy's types do not know its fields
Records = npt.NDArray[np.void]

# The figures of one loan's own contract, gathered from the columns.
LOAN_DTYPE = np.dtype(
    [
        ("principal", np.int64),
        ("annual_rate", np.int64),
        ("service_fee", np.int64),
        ("installment_amount", np.int64),
        ("disbursed_on", np.int32),
        ("first_due_on", np.int32),
        ("installments", np.int32),
    ],
    align=True,
)
LOAN_DTYPE = np.dtype((np.record, LOAN_DTYPE))

# One installment as the fold works on it: what falls due, and what of it is left to pay.
INSTALLMENT_DTYPE = np.dtype(
    [
        ("due_on", np.int32),
        ("paid_on", np.int32),  # when nothing was left, else NO_DATE
        ("penalty_from", np.int32),  # penalty is worked out up to here
        ("principal", np.int64),
        ("interest", np.int64),
        ("fee", np.int64),
        ("penalty", np.int64),
        ("principal_left", np.int64),
        ("interest_left", np.int64),
        ("fee_left", np.int64),
        ("penalty_left", np.int64),
        ("paid", np.int64),
    ],
    align=True,
)
INSTALLMENT_DTYPE = np.dtype((np.record, INSTALLMENT_DTYPE))


@dataclass(frozen=True)
class Installment:
    """One dated amount due. Money in minor units; `balance_after` is the principal still to fall due."""

    number: int
    due_on: datetime.date
    principal: int
    interest: int
    fee: int
    balance_after: int

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fee


def schedule(contract: Contract) -> list[Installment]:
    """The installments of `contract`; a level installment that does not cover its interest repays no principal."""
    contracts = pack_contracts([contract])
    work = np.zeros(contract.installments, INSTALLMENT_DTYPE)
    rows = work[: _write_one(contracts, work)]
    balances = contract.principal - np.cumsum(rows["principal"])
    return [
        Installment(
            number=number,
            due_on=dates.date(row["due_on"]),
            principal=int(row["principal"]),
            interest=int(row["interest"]),
            fee=int(row["fee"]),
            balance_after=int(balance),
        )
        for number, (row, balance) in enumerate(zip(rows, balances, strict=True), 1)
    ]


@compiled(inline="always")
def gather_loan(contracts: Contracts, row: int, loan: Record) -> None:
    """Copy loan `row`'s own figures from the columns into `loan` (LOAN_DTYPE)."""
    loan.principal = contracts.principal[row]
    loan.annual_rate = contracts.annual_rate[row]
    loan.service_fee = contracts.service_fee[row]
    loan.installment_amount = contracts.installment_amount[row]
    loan.disbursed_on = contracts.disbursed_on[row]
    loan.first_due_on = contracts.first_due_on[row]
    loan.installments = contracts.installments[row]


@compiled()
def _write_one(contracts: Contracts, work: Records) -> int:
    loans = np.zeros(1, LOAN_DTYPE)
    gather_loan(contracts, 0, loans[0])
    return write_schedule(contracts.terms[contracts.term[0]], loans[0], work)


@compiled()
def interest_between(terms: Record, balance: int, annual_rate: int, start: int, end: int) -> int:
    """Simple interest on `balance` from `start` to `end` in minor units, by the terms' day count, rounded once."""
    if balance <= 0 or end <= start:
        return 0
    numerator, denominator = year_fraction(start, end, terms.day_count, terms.first_day_out)
    return multiply_divide(balance, annual_rate * numerator, denominator * MILLION, terms.rounding)


@compiled()
def write_schedule(terms: Record, loan: Record, work: Records) -> int:
    """Write a loan's installments into `work` (INSTALLMENT_DTYPE), nothing of them paid; returns how many."""
    regular = starts_regular(terms, loan.disbursed_on, loan.first_due_on)
    count = 1 if terms.method == BULLET else loan.installments
    balance = loan.principal
    even_principal = even_share(balance, count, terms.installment_to, terms.rounding)
    fee_share = loan.service_fee // count
    start = loan.disbursed_on
    for number in range(1, count + 1):
        last = number == count
        period = loan.installments if last else number
        due_on = due_date(terms, loan.disbursed_on, loan.first_due_on, regular, period)
        interest = interest_between(terms, balance, loan.annual_rate, start, due_on)
        if last:
            principal = balance
        elif terms.method == EQUAL_INSTALLMENT:
            level_interest = interest
            if number == 1 and not regular:
                # A broken first period changes the first interest, not the principal that the installment repays.
                notional = due_date(terms, loan.disbursed_on, loan.first_due_on, regular, 0)
                level_interest = interest_between(terms, balance, loan.annual_rate, notional, due_on)
            principal = min(max(loan.installment_amount - level_interest, 0), balance)
        elif terms.method == EQUAL_PRINCIPAL:
            principal = min(even_principal, balance)
        else:
            principal = 0
        one = work[number - 1]
        one.due_on = due_on
        one.paid_on = NO_DATE
        one.penalty_from = due_on
        one.principal = one.principal_left = principal
        one.interest = one.interest_left = interest
        one.fee = one.fee_left = loan.service_fee - fee_share * (count - 1) if last else fee_share
        one.penalty = one.penalty_left = 0
        one.paid = 0
        balance -= principal
        start = due_on
    return count


@compiled()
def even_share(principal: int, count: int, unit: int, rounding: int) -> int:
    """`principal` / `count`, rounded to a multiple of `unit`."""
    return multiply_divide(principal, 1, count * unit, rounding) * unit
