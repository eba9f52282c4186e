"""Payments matched to promises, first in, first out, by value date. Pure: plain values in, figures out.

Nothing of it is stored, so nothing can drift: a payment that is reversed is not there the next time.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """A promise: `amount` (minor units) from `made_on` through `due_on`; `loan` None: on any loan of the borrower.

    Payments count that are numbered above `after`.
    """

    number: int
    borrower: int
    loan: int | None
    currency: str
    amount: int
    made_on: datetime.date
    due_on: datetime.date
    after: int


@dataclass(frozen=True)
class Paid:
    """A payment that stands, in minor units; `number` is its place in the order of record."""

    number: int
    borrower: int
    loan: int
    currency: str
    amount: int
    value_date: datetime.date


def matched(promises: Iterable[Given], payments: Iterable[Paid]) -> Mapping[int, int]:
    """What has been paid of each promise by its number, in minor units, never above its amount.

    Each payment, earliest value date first, goes to the promise that falls due first among those it can be for; what
    is over goes on to the next. A promise takes money valued from the day it was made through the day it names.
    """
    of: dict[tuple[int, str], list[Given]] = defaultdict(list)
    for one in sorted(promises, key=lambda one: (one.due_on, one.made_on, one.number)):
        of[one.borrower, one.currency].append(one)
    received = {one.number: 0 for some in of.values() for one in some}
    for payment in sorted(payments, key=lambda one: (one.value_date, one.number)):
        left = payment.amount
        for one in of.get((payment.borrower, payment.currency), ()):
            if left and _fits(one, payment):
                share = min(left, one.amount - received[one.number])
                received[one.number] += share
                left -= share
    return received


def _fits(promise: Given, payment: Paid) -> bool:
    return (
        promise.made_on <= payment.value_date <= promise.due_on
        and payment.number > promise.after
        and promise.loan in (None, payment.loan)
    )


@dataclass(frozen=True)
class Rate:
    """How the promises that one taker took have gone. Money in minor units."""

    taker: str
    promises: int
    kept: int
    partly_kept: int
    broken: int
    promised: int
    received: int

    @property
    def kept_share(self) -> int:
        """The share of the judged promises that were kept whole, in millionths, rounded down; 0 of none."""
        judged = self.kept + self.partly_kept + self.broken
        return self.kept * 1_000_000 // judged if judged else 0


def kept_rates(
    taker: Sequence[str], state: Sequence[str], amount: Sequence[int], received: Sequence[int]
) -> list[Rate]:
    """How promises went by who took them, from columns of equal length; the most promises first.

    `state` as in Promise.State; open ones count among the promises, not among the judged; withdrawn ones not at all.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    place = {"kept": 1, "partly_kept": 2, "broken": 3}
    for who, how, promised, came in zip(taker, state, amount, received, strict=True):
        if how == "withdrawn":
            continue
        row = sums[who]
        row[0] += 1
        if how in place:
            row[place[how]] += 1
        row[4] += promised
        row[5] += came
    return sorted((Rate(who, *row) for who, row in sums.items()), key=lambda one: (-one.promises, one.taker))
