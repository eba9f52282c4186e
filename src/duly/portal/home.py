"""What a borrower's first page says: what is owed next, what lateness costs, what is left of the line, the loans."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from duly.lending.positions import LoanOn, loans_on, penalty_of_a_day
from duly.people.models import Borrower
from duly.screens.standing import Standing, of_loan

OPEN = "open"


@dataclass(frozen=True)
class OwnLoan:
    """One loan as its line on the page. Money in minor units."""

    held: LoanOn
    standing: Standing

    @property
    def is_open(self) -> bool:
        """Whether anything of it is still to be paid."""
        return self.held.position.status == OPEN

    @property
    def paid_installments(self) -> int:
        """How many installments ask for nothing more."""
        return sum(one.outstanding <= 0 for one in self.held.position.installments)


@dataclass(frozen=True)
class Owed:
    """What is owed next in one currency: by when, and, if late, how much and what a day costs. In minor units."""

    currency: str
    overdue: int
    costs_a_day: int
    next_on: datetime.date | None
    next_amount: int


@dataclass(frozen=True)
class Home:
    """The first page: what is owed by currency, and the loans, those that are late first."""

    on: datetime.date
    owed: Sequence[Owed]
    loans: Sequence[OwnLoan]

    @property
    def is_late(self) -> bool:
        """Whether anything is overdue."""
        return any(one.overdue for one in self.owed)

    @property
    def open_loans(self) -> list[OwnLoan]:
        """The loans that are still to be paid."""
        return [one for one in self.loans if one.is_open]

    @property
    def ended_loans(self) -> list[OwnLoan]:
        """The loans that are settled, cancelled or written off."""
        return [one for one in self.loans if not one.is_open]


def home(borrower: Borrower, on: datetime.date) -> Home:
    """The first page of `borrower` on `on`."""
    held = loans_on(borrower, on)
    loans = [OwnLoan(one, of_loan(one.position.status, one.position.days_past_due)) for one in held]
    loans.sort(key=lambda one: (not one.is_open, -one.held.position.days_past_due))
    still_open = [one.held for one in loans if one.is_open]
    currencies = sorted({one.currency for one in still_open})
    return Home(on, [_owed([one for one in still_open if one.currency == code], on) for code in currencies], loans)


def _owed(held: Sequence[LoanOn], on: datetime.date) -> Owed:
    coming = [one.position for one in held if one.position.next_due_on is not None]
    next_on = min((one.next_due_on for one in coming if one.next_due_on), default=None)
    return Owed(
        currency=held[0].currency,
        overdue=sum(one.overdue for one in held),
        costs_a_day=sum(penalty_of_a_day(one.loan, on) for one in held if one.overdue),
        next_on=next_on,
        next_amount=sum(one.next_due_amount for one in coming if one.next_due_on == next_on),
    )
