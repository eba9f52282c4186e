"""The schedule: what falls due when, worked out from the contract's terms alone."""

import datetime
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from duly.engine import dates, money
from duly.engine.columns import Contracts, due_date, pack_contracts, starts_regular
from duly.engine.contract import BULLET, EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, Contract
from duly.engine.dates import NO_DATE, year_fraction
from duly.engine.errors import InputError
from duly.engine.money import multiply_divide

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
    """The installments of `contract`. Raises InputError where the level installment does not cover its interest."""
    contracts = pack_contracts([contract])
    work = np.zeros(contract.installments, INSTALLMENT_DTYPE)
    rows = work[: write_schedule(contracts, 0, work)]
    if (rows["principal"] < 0).any():
        raise InputError(
            "the rounded installment does not cover the interest", "/rounding", "round it to a smaller amount, or up"
        )
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


@nb.njit(cache=True)
def interest_between(
    balance: int, annual_rate: int, start: int, end: int, day_count: int, first_day_out: bool, rounding: int
) -> int:
    """Simple interest on `balance` from `start` to `end` in minor units, rounded once."""
    if balance <= 0 or end <= start:
        return 0
    numerator, denominator = year_fraction(start, end, day_count, first_day_out)
    return multiply_divide(balance, annual_rate * numerator, denominator * money.MILLION, rounding)


@nb.njit(cache=True)
def write_schedule(contracts: Contracts, row: int, work: npt.NDArray[np.void]) -> int:
    """Write loan `row`'s installments into `work` (INSTALLMENT_DTYPE), nothing of them paid; returns how many."""
    terms = contracts.terms[contracts.term[row]]
    disbursed_on, first_due_on = contracts.disbursed_on[row], contracts.first_due_on[row]
    rate, periods = contracts.annual_rate[row], contracts.installments[row]
    regular = starts_regular(terms, disbursed_on, first_due_on)
    count = 1 if terms.method == BULLET else periods
    balance = contracts.principal[row]
    level = contracts.installment_amount[row]
    even_principal = even_share(balance, count, terms.installment_to, terms.rounding)
    fee_share = contracts.service_fee[row] // count
    start = disbursed_on
    for number in range(1, count + 1):
        due_on = due_date(terms, disbursed_on, first_due_on, regular, periods if terms.method == BULLET else number)
        interest = interest_between(balance, rate, start, due_on, terms.day_count, terms.first_day_out, terms.rounding)
        if number == count:
            principal = balance
        elif terms.method == EQUAL_INSTALLMENT:
            level_interest = interest
            if number == 1 and not regular:
                # A broken first period changes the first interest, not the principal that the level installment repays.
                notional = due_date(terms, disbursed_on, first_due_on, regular, 0)
                level_interest = interest_between(
                    balance, rate, notional, due_on, terms.day_count, terms.first_day_out, terms.rounding
                )
            principal = min(level - level_interest, balance)
        elif terms.method == EQUAL_PRINCIPAL:
            principal = min(even_principal, balance)
        else:
            principal = 0
        one = work[number - 1]
        one.due_on = due_on
        one.paid_on = NO_DATE
        one.penalty_from = due_on
        one.principal = principal
        one.interest = interest
        one.fee = fee_share if number < count else contracts.service_fee[row] - fee_share * (count - 1)
        one.penalty = 0
        one.principal_left = one.principal
        one.interest_left = one.interest
        one.fee_left = one.fee
        one.penalty_left = 0
        one.paid = 0
        balance -= principal
        start = due_on
    return count


@nb.njit(cache=True)
def even_share(principal: int, count: int, unit: int, rounding: int) -> int:
    """`principal` / `count`, rounded to a multiple of `unit`."""
    return multiply_divide(principal, 1, count * unit, rounding) * unit
