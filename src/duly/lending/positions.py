"""The loans of one borrower as they stand on a date. For a book, whole columns are folded: see `duly.close`."""

import datetime
from dataclasses import dataclass

from duly.engine.position import Position, position
from duly.lending.models import Loan
from duly.lending.on_record import contract_of, facts_of
from duly.people.models import Borrower


@dataclass(frozen=True)
class LoanOn:
    """A loan with its position on a date. Money in minor units of `currency`."""

    loan: Loan
    position: Position

    @property
    def currency(self) -> str:
        """The loan's currency, by its ISO 4217 code."""
        return self.loan.product.currency

    @property
    def due_now(self) -> int:
        """All that has fallen due and is not paid, penalty interest and what falls due on the day itself included."""
        return sum(self.position.due.values())

    @property
    def overdue(self) -> int:
        """All that brings the loan up to date, penalty interest included."""
        return sum(self.position.overdue.values())


def position_on(loan: Loan, on: datetime.date) -> Position:
    """The position of `loan` on `on`, from its facts on record. InputError before it was paid out."""
    return position(contract_of(loan), facts_of(loan), on)


def loans_on(borrower: Borrower, on: datetime.date) -> list[LoanOn]:
    """The loans of `borrower` paid out by `on`, newest first. Two queries."""
    loans = borrower.loans.select_related("product").prefetch_related("facts").order_by("-disbursed_on", "-pk")
    return [LoanOn(loan, position_on(loan, on)) for loan in loans.filter(disbursed_on__lte=on)]


def penalty_of_a_day(loan: Loan, on: datetime.date) -> int:
    """The penalty interest that one more day of lateness adds, in minor units."""
    today, tomorrow = (position_on(loan, day) for day in (on, on + datetime.timedelta(days=1)))
    return _penalty(tomorrow) - _penalty(today)


def _penalty(standing: Position) -> int:
    return standing.earned["penalty"] + standing.suspended["penalty"]
