"""The schedule: what falls due when, worked out from the contract's terms alone."""

import datetime
from dataclasses import dataclass

import numpy as np

from duly.engine import dates
from duly.engine.columns import pack_contracts
from duly.engine.contract import Contract
from duly.engine.planning import plan_one
from duly.engine.records import INSTALLMENT_DTYPE, LOAN_DTYPE, Records
from duly.engine.reworking import charge_dated_fees


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


@dataclass(frozen=True)
class Schedule:
    """The installments of a contract, and what is taken out of what is paid out. Money in minor units."""

    installments: list[Installment]
    upfront_fee: int
    total_interest: int  # with what joins the principal on the way


def schedule(contract: Contract) -> list[Installment]:
    """The installments of `contract`."""
    return full_schedule(contract).installments


def full_schedule(contract: Contract) -> Schedule:
    """The installments of `contract`, its fee at disbursement, and all interest together."""
    rows: Records = np.zeros(contract.installments + len(contract.dated_fees), INSTALLMENT_DTYPE)
    loans: Records = np.zeros(1, LOAN_DTYPE)
    packed = pack_contracts([contract])
    plan_one(packed, rows, loans)
    if contract.dated_fees:
        fees = np.array([(dates.days(day), amount) for day, amount in contract.dated_fees], np.int64)
        charge_dated_fees(packed, rows, loans, fees[:, 0].copy(), fees[:, 1].copy())
    rows = rows[: int(loans[0].count)]
    installments = []
    balance = contract.principal
    for number, row in enumerate(rows, 1):
        balance += int(row.own_interest) * bool(row.capitalising) - int(row.principal)
        installments.append(
            Installment(
                number=number,
                due_on=dates.date(row.due_on),
                principal=int(row.principal),
                interest=int(row.interest),
                fee=int(row.fee),
                balance_after=balance,
            )
        )
    paid = sum(one.principal + one.interest for one in installments)
    return Schedule(installments, int(loans[0].upfront_fee), paid - contract.principal)
