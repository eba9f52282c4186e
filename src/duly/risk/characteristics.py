"""Characteristics of a card holder, worked out from six months of statements as a credit bureau reports them.

Months are numbered back from the latest: bill_1 is the latest statement, paid_1 what was paid in that month (towards
bill_2, the statement before), late_1 how many months the payment was behind. Amounts may be in any one unit, since
only ratios leave this file: of the limit, of the bill, or of `wage`, the average monthly wage of the time and place,
which lets a scorecard from one market be used in another. Ratios are millionths, rounded down.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from duly.engine.errors import InputError
from duly.engine.money import MILLION
from duly.risk.columns import Int64

MONTHS = 6
# A payment beyond the bill tells no more than that the bill was paid.
_ALL_OF_IT = MILLION
_PART = 20  # a twentieth of the bill: about the least payment that card issuers ask for


@dataclass(frozen=True)
class CardMonths:
    """Six months of n cards: `limit` (n,), above 0; `bill`, `paid`, `late` (6, n), the latest month first.

    A bill may be below 0: money that the holder has to their credit. `wage` is one figure, in the unit of the amounts.
    """

    limit: Int64
    bill: Int64
    paid: Int64
    late: Int64
    wage: int

    def __post_init__(self) -> None:
        shapes = {part: getattr(self, part).shape for part in ("bill", "paid", "late")}
        if set(shapes.values()) != {(MONTHS, len(self.limit))}:
            raise InputError(f"the months are of shapes {shapes}", "", f"give {MONTHS} months for every limit")
        for name, wrong in (("limit", self.limit < 1), ("paid", self.paid.min(0) < 0), ("late", self.late.min(0) < 0)):
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                raise InputError(f"{name} is too small", f"/{name}/{row}", "limits are above 0, the others not below 0")
        if self.wage < 1:
            raise InputError("the wage is nothing", "/wage", "give the average monthly wage of the time and place")


def months_late_now(card: CardMonths) -> Int64:
    """late_1: how many months the latest payment was behind."""
    return card.late[0]


def worst_months_late(card: CardMonths) -> Int64:
    """The greatest of late_1 … late_6."""
    worst: Int64 = card.late.max(axis=0)
    return worst


def months_late(card: CardMonths) -> Int64:
    """How many of the six months were behind at all."""
    return _count(card.late > 0)


def months_seriously_late(card: CardMonths) -> Int64:
    """How many of the six months were two or more months behind."""
    return _count(card.late >= 2)


def recent_lateness(card: CardMonths) -> Int64:
    """6 late_1 + 5 late_2 + … + 1 late_6: lateness, the recent counting more."""
    weights = np.arange(MONTHS, 0, -1)[:, None]
    total: Int64 = (card.late * weights).sum(axis=0)
    return total


def months_without_payment(card: CardMonths) -> Int64:
    """How many of the six months nothing was paid in."""
    return _count(card.paid == 0)


def months_paid_in_part(card: CardMonths) -> Int64:
    """In how many of the five latest months a twentieth of the bill before was paid, or there was no bill."""
    return _count(card.paid[:-1] * _PART >= np.maximum(card.bill[1:], 0))


def months_carried_in_order(card: CardMonths) -> Int64:
    """How many of the five latest months had a bill that was paid in part and on time: late_k is 0, paid_k below
    bill_(k+1)."""
    return _count((card.late[:-1] == 0) & (card.bill[1:] > card.paid[:-1]) & (card.paid[:-1] > 0))


def least_payment_ratio(card: CardMonths) -> Int64:
    """The least of paid_k / bill_(k+1) over the five latest months, at most 1; a month with no bill counts as 1."""
    least: Int64 = _ratio_paid(card.paid[:-1], card.bill[1:]).min(axis=0)
    return least


def payment_ratio(card: CardMonths) -> Int64:
    """(paid_1 + … + paid_5) / (bill_2 + … + bill_6), bills below 0 as 0, at most 1; with nothing billed it is 1."""
    return _ratio_paid(card.paid[:-1].sum(axis=0), np.maximum(card.bill[1:], 0).sum(axis=0))


def payment_to_wage(card: CardMonths) -> Int64:
    """The average of paid_1 … paid_6, in wages."""
    return _ratio(card.paid.sum(axis=0), MONTHS * card.wage)


def limit_to_wage(card: CardMonths) -> Int64:
    """The limit, in wages."""
    return _ratio(card.limit, card.wage)


def headroom_to_wage(card: CardMonths) -> Int64:
    """The limit less the greatest bill, in wages; below 0 where the limit was passed."""
    return _ratio(card.limit - card.bill.max(axis=0), card.wage)


def utilisation(card: CardMonths) -> Int64:
    """bill_1 as a share of the limit."""
    return _ratio(card.bill[0], card.limit)


def mean_utilisation(card: CardMonths) -> Int64:
    """The average bill as a share of the limit."""
    return _ratio(card.bill.sum(axis=0), MONTHS * card.limit)


def utilisation_change(card: CardMonths) -> Int64:
    """(bill_1 − bill_6) / limit: how far use has grown."""
    return _ratio(card.bill[0] - card.bill[-1], card.limit)


def spending_to_limit(card: CardMonths) -> Int64:
    """(bill_1 − bill_6 + paid_1 + … + paid_5) / 5 as a share of the limit: new charges a month."""
    return _ratio(card.bill[0] - card.bill[-1] + card.paid[:-1].sum(axis=0), (MONTHS - 1) * card.limit)


FORMULAS: dict[str, Callable[[CardMonths], Int64]] = {
    formula.__name__: formula
    for formula in (
        months_late_now, worst_months_late, months_late, months_seriously_late, recent_lateness, months_without_payment,
        months_paid_in_part, months_carried_in_order, least_payment_ratio, payment_ratio, payment_to_wage,
        limit_to_wage, headroom_to_wage, utilisation, mean_utilisation, utilisation_change, spending_to_limit,
    )
}  # fmt: skip


def characteristics_of(card: CardMonths) -> dict[str, Int64]:
    """Every characteristic by name, (n,) each, ready for `review_many`."""
    return {name: formula(card) for name, formula in FORMULAS.items()}


def _count(where: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Int64:
    counted: Int64 = where.sum(axis=0, dtype=np.int64)
    return counted


def _ratio(amount: Int64, of: Int64 | int) -> Int64:
    ratio: Int64 = amount * MILLION // of
    return ratio


def _ratio_paid(paid: Int64, bill: Int64) -> Int64:
    owed = bill > 0
    return np.where(owed, np.minimum(_ratio(paid, np.where(owed, bill, 1)), _ALL_OF_IT), _ALL_OF_IT)
