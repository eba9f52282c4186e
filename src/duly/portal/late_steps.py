"""What happens when a loan is paid late, step by step: dates and amounts of that very loan, by the playbook."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from duly.collection.playbook import newest
from duly.collection.playbook_parts import Step
from duly.lending.models import Loan
from duly.lending.positions import LoanOn, position_on

_STAGES = {
    "reminder": gettext_lazy("We remind you."),
    "notice": gettext_lazy("We send you a formal notice, in writing."),
    "legal": gettext_lazy("Our legal department looks into legal action, and tells you first."),
}


@dataclass(frozen=True)
class LateStep:
    """One step on `on`; if nothing is paid by then, `owed` brings the loan up to date. Money in minor units."""

    on: datetime.date
    step: Step
    owed: int
    over: bool

    @property
    def words(self) -> str:
        """What the lender does, in the reader's language."""
        return stage_words(self.step)


def stage_words(step: Step) -> str:
    """What the lender does in a step, in the reader's language."""
    return str(_STAGES[step.stage])


def late_steps(loan: Loan, today: datetime.date) -> Sequence[LateStep]:
    """The steps for the oldest installment of `loan` that is not paid; none where nothing is to be paid any more."""
    standing = position_on(loan, today)
    due_on = standing.oldest_unpaid_due_on or standing.next_due_on
    if due_on is None or standing.status != "open":
        return []

    def at(step: Step) -> LateStep:
        on = due_on + datetime.timedelta(days=step.day)
        return LateStep(on, step, LoanOn(loan, position_on(loan, on)).overdue, on <= today)

    return [at(step) for step in newest().late_steps]
