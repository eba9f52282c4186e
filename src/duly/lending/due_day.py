"""Another day of the month to pay on: worked out by the fold before it is agreed, then recorded as new terms."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.engine.facts import Fact as EngineFact
from duly.engine.facts import Reschedule
from duly.engine.position import InstallmentPosition, Position, position
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, facts_of
from duly.lending.services import reschedule

# The first installment on the new day is at most this long after the one that it takes the place of.
MOVES_BY = datetime.timedelta(days=31)


@dataclass(frozen=True)
class NewDays:
    """What is left of a loan on its new days, and what the change costs in interest. Money in minor units.

    `terms` are those of the `rescheduled` fact that makes it so.
    """

    terms: Mapping[str, Any]
    installments: list[InstallmentPosition]
    costs: int


def range_of_first_due_on(standing: Position, on: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The earliest and the latest first due date that may be asked for on `on`. InputError where none may."""
    if standing.status != "open" or standing.next_due_on is None:
        raise InputError(
            gettext("Nothing is left to be paid on another day."), "/loan", gettext("Only an open loan has a day.")
        )
    if sum(standing.overdue.values()):
        raise InputError(
            gettext("Something is overdue."),
            "/loan",
            gettext("Bring the loan up to date first, or ask for a plan if you cannot."),
        )
    return on + datetime.timedelta(days=1), standing.next_due_on + MOVES_BY


def new_days(loan: Loan, first_due_on: datetime.date, on: datetime.date) -> NewDays:
    """The installments of `loan` if its next is due on `first_due_on`, as asked on `on`. Nothing is recorded.

    Raises InputError when something is overdue, or for a day out of range.
    """
    contract, facts = contract_of(loan), facts_of(loan)
    before = position(contract, facts, on)
    earliest, latest = range_of_first_due_on(before, on)
    if not earliest <= first_due_on <= latest:
        raise InputError(
            gettext("That day is too early or too late."),
            "/first_due_on",
            gettext("Choose one from %(earliest)s to %(latest)s.") % {"earliest": earliest, "latest": latest},
        )
    left = sum(one.outstanding > 0 for one in before.installments)
    fact = EngineFact("rescheduled", on, reschedule=Reschedule(installments=left, first_due_on=first_due_on))
    after = position(contract, [*facts, fact], on)
    costs = sum(after.outstanding.values()) - sum(before.outstanding.values())
    terms = {"installments": left, "first_due_on": first_due_on.isoformat()}
    return NewDays(terms, [one for one in after.installments if one.outstanding > 0], costs)


def change_due_day(loan: Loan, first_due_on: datetime.date, on: datetime.date, *, key: str, source: str = "") -> Fact:
    """Let the next installment of `loan` be due on `first_due_on`, and those after it on that day of their months.

    Raises InputError as `new_days` does; the same `key` a second time records nothing.
    """
    there = Fact.objects.filter(idempotency_key=key, loan=loan).first()
    if there is not None:
        return there
    asked = new_days(loan, first_due_on, on)
    return reschedule(loan.reference, asked.terms, on, key=key, source=source)
