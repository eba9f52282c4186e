"""The loans behind a journal entry: computed when asked for, as the difference of two folds."""

import datetime
from dataclasses import dataclass

import numpy as np

from duly.close.book import Book
from duly.close.errors import CloseError
from duly.close.models import Close
from duly.close.reading import reading
from duly.ledger.accounts import MOVEMENTS
from duly.ledger.posting import running_total


@dataclass(frozen=True)
class LoanMovement:
    """What one loan adds to an entry: minor units of `currency`, below zero where its running total shrank."""

    loan_id: int
    reference: str
    product_code: str
    currency: str
    amount: int


def movement_detail(business_date: datetime.date, movement: str) -> list[LoanMovement]:
    """The loans behind the entries of `movement` that the close of `business_date` posted, by loan.

    Folds the day and the close before it, each with the facts that its close saw; the amounts of a product and
    currency add up to its entry (negative: the entry with its accounts swapped). Raises CloseError when the day is
    not closed, ValueError for a movement that the chart does not have.
    """
    if movement not in MOVEMENTS:
        raise ValueError(f"there is no movement {movement!r}; use one of: {', '.join(MOVEMENTS)}")
    closes = list(Close.objects.filter(business_date__lte=business_date).order_by("-business_date")[:2])
    if not closes or closes[0].business_date != business_date:
        raise CloseError(f"{business_date} is not closed, so nothing is posted for it; close it first")
    with reading() as connection:
        book = Book()
        book.read_through(connection, closes[0].facts_through)
    change = running_total(book.fold(business_date), movement)
    if len(closes) > 1:
        before = book.fold(closes[1].business_date, through=closes[1].facts_through)
        change = change - running_total(before, movement)
    rows = np.flatnonzero(change)
    groups = [book.groups.keys[index] for index in book.groups.of_loan[rows]]
    return [
        LoanMovement(int(loan_id), reference, group.product_code, group.currency, int(amount))
        for loan_id, reference, group, amount in zip(
            book.loan_ids[rows], book.references(rows), groups, change[rows], strict=True
        )
    ]
