"""What a few loans owe on a date, folded from every fact on record: what a message may say, and whether to send it."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from duly.engine.dates import NO_DATE, date, days
from duly.engine.fold import STATUS, fold
from duly.lending.arrow import arranged
from duly.lending.some_loans import read_some

_STATUS_NAME = {code: name for name, code in STATUS.items()}


@dataclass(frozen=True)
class Owed:
    """One loan on a date. Money in minor units of `currency`; `overdue` includes penalty."""

    loan_id: int
    reference: str
    currency: str
    status: str
    days_past_due: int
    oldest_unpaid_due_on: datetime.date | None
    next_due_on: datetime.date | None
    next_due_amount: int
    overdue: int


def what_is_owed(loan_ids: Collection[int] | QuerySet[Any], on: datetime.date) -> dict[int, Owed]:
    """Each loan (ids, or a query for them) as it stands on `on`, by all facts recorded until now. Three queries."""
    loans, facts = read_some(loan_ids)
    found = fold(loans.contracts, arranged(facts, loans.id), days(on))
    overdue = found.principal_overdue + found.interest_overdue + found.penalty_overdue + found.fee_overdue
    return {
        loan_id: Owed(
            loan_id=loan_id,
            reference=reference,
            currency=loans.products[loans.product[row]][1],
            status=_STATUS_NAME[int(found.status[row])],
            days_past_due=int(found.days_past_due[row]),
            oldest_unpaid_due_on=_date_or_none(found.oldest_unpaid_due_on[row]),
            next_due_on=_date_or_none(found.next_due_on[row]),
            next_due_amount=int(found.next_due_amount[row]),
            overdue=int(overdue[row]),
        )
        for row, (loan_id, reference) in enumerate(zip(loans.id.tolist(), loans.reference.to_pylist(), strict=True))
    }


def _date_or_none(day: int) -> datetime.date | None:
    return None if day == NO_DATE else date(day)
