"""What a borrower's page of one loan shows: the bar of installments, what to pay when, and what settles it early."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from duly.engine.position import InstallmentPosition
from duly.lending.models import Loan
from duly.lending.positions import LoanOn, penalty_of_a_day, position_on
from duly.screens.standing import Standing, of_installment, of_loan


@dataclass(frozen=True)
class InstallmentRow:
    """One installment with its standing today. Money in minor units."""

    figures: InstallmentPosition
    standing: Standing

    @property
    def asked(self) -> int:
        """All that the installment asks for."""
        one = self.figures
        return one.principal + one.interest + one.fee + one.penalty


@dataclass(frozen=True)
class LoanPage:
    """One loan today; `settles` is what pays it off on `settle_on`. Money in minor units."""

    held: LoanOn
    on: datetime.date
    standing: Standing
    installments: Sequence[InstallmentRow]
    costs_a_day: int
    settle_on: datetime.date
    settles: int

    @property
    def paid_installments(self) -> int:
        """How many installments are paid."""
        return sum(row.standing.meaning == "good" for row in self.installments)

    @property
    def saved(self) -> int:
        """What settling on `settle_on` saves against paying to the end as agreed, penalty interest aside."""
        return max(0, sum(self.held.position.outstanding.values()) - self.settles)


def loan_page(loan: Loan, on: datetime.date, settle_on: datetime.date) -> LoanPage:
    """The page of `loan` on `on`, with what settles it on `settle_on`."""
    held = LoanOn(loan, position_on(loan, on))
    found = held.position
    return LoanPage(
        held=held,
        on=on,
        standing=of_loan(found.status, found.days_past_due),
        installments=[
            InstallmentRow(one, of_installment(one.due_on, one.outstanding, one.paid, on, found.status))
            for one in found.installments
        ],
        costs_a_day=penalty_of_a_day(loan, on) if held.overdue else 0,
        settle_on=settle_on,
        settles=found.payoff if settle_on == on else position_on(loan, settle_on).payoff,
    )
