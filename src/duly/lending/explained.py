"""A loan on record explained: every movement of every cent by day, in the reader's language."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from duly.engine.explain import Movement, explain
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, fact_of

# What concerns the lender's books alone: earned by the calendar, not counted as income.
IN_THE_BOOKS_ALONE = frozenset({"suspended_interest", "suspended_penalty"})


@dataclass(frozen=True)
class Line:
    """One movement; `fact` is the fact on record behind it, where there is one. Money in minor units."""

    movement: Movement
    fact: Fact | None


@dataclass(frozen=True)
class Day:
    """The movements of one day, and what is owed after them: principal, interest, penalty and fees together.

    What is `to_come` with installments not yet due stands apart, after all that has happened.
    """

    date: datetime.date
    to_come: bool
    lines: Sequence[Line]
    total: int


def explained(loan: Loan, on: datetime.date, language: str) -> list[Day]:
    """Every movement of `loan` up to `on`, oldest day first, told in `language` (en or zh).

    The movements add up to the position on `on` exactly: the engine refuses to answer otherwise. Raises
    duly.engine.errors.InputError for a date before the loan was paid out.
    """
    recorded = list(loan.facts.order_by("pk"))
    currency = loan.product.currency
    movements = explain(contract_of(loan), [fact_of(one, currency) for one in recorded], on, language=language)
    lines = [Line(one, None if one.fact is None else recorded[one.fact]) for one in movements]
    days = [(key, list(of_day)) for key, of_day in groupby(lines, key=_day)]
    return [Day(date, to_come, of_day, of_day[-1].movement.total) for (date, to_come), of_day in days]


def _day(line: Line) -> tuple[datetime.date, bool]:
    return line.movement.date, line.movement.movement == "to_come"
