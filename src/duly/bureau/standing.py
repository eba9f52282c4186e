"""What the record says of each loan at a month's end, in columns: standing, days late, what is owed, risk class.

A position says all of it; what each layout makes of these figures is in duly.bureau.layouts.
"""

import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.close.buckets import overdue_total
from duly.engine.dates import NO_DATE
from duly.engine.fold import STATUS, Positions
from duly.law.caps import risk_class
from duly.law.pack import Pack
from duly.people.house import house_packs, packs_in_force

Int8, Int32, Int64 = npt.NDArray[np.int8], npt.NDArray[np.int32], npt.NDArray[np.int64]

NORMAL, SPECIAL_MENTION = "normal", "special_mention"
RISK_CLASSES = (NORMAL, SPECIAL_MENTION, "substandard", "doubtful", "loss")
# Besides the engine's statuses: what was reported once is to be taken out of the record.
DELETED = -1


class Standing(NamedTuple):
    """One row a loan at the end of a month. Money in minor units; the figures that are reported and compared."""

    status: Int8  # STATUS, or DELETED
    days_past_due: Int32
    balance: Int64  # principal left, and what has fallen due of interest, penalty and fees; what was written off
    past_due: Int64  # all that fell due before the day and is unpaid; all that was written off
    risk_class: Int8  # index into RISK_CLASSES


class Lateness(NamedTuple):
    """How each loan stands at a month's end, as far as the months after it need to know."""

    status: Int8
    days_past_due: Int32
    oldest_unpaid_due_on: Int32
    settled_on: Int32


def standing(positions: Positions, on: datetime.date) -> Standing:
    """What the record says of every loan whose position on `on` these are."""
    written_off = _written_off_balance(positions)
    is_written_off = positions.status == STATUS["written_off"]
    days_past_due = np.where(positions.status == STATUS["open"], positions.days_past_due, 0).astype(np.int32)
    risk = np.where(is_written_off, RISK_CLASSES.index("loss"), risk_classes(days_past_due, on))
    due = positions.interest_due + positions.penalty_due + positions.fee_due
    return Standing(
        status=positions.status.astype(np.int8),
        days_past_due=days_past_due,
        balance=np.where(is_written_off, written_off, positions.principal_outstanding + due),
        past_due=np.where(is_written_off, written_off, overdue_total(positions)),
        risk_class=risk.astype(np.int8),
    )


def lateness(positions: Positions) -> Lateness:
    """The part of the positions that the history of payment is read from."""
    is_open = positions.status == STATUS["open"]
    return Lateness(
        positions.status.astype(np.int8),
        np.where(is_open, positions.days_past_due, 0).astype(np.int32),
        np.where(is_open, positions.oldest_unpaid_due_on, NO_DATE).astype(np.int32),
        positions.settled_on,
    )


def original_write_off(positions: Positions) -> Int64:
    """All that was written off of each loan, whatever came in later."""
    written_off: Int64 = (
        positions.principal_written_off
        + positions.interest_written_off
        + positions.penalty_written_off
        + positions.fee_written_off
    )
    return written_off


def risk_classes(days_past_due: Int32, on: datetime.date) -> Int8:
    """The risk class of each loan on `on` by the packs in force, as an index into RISK_CLASSES.

    A pack names the classes from substandard on. Before its first line a loan with anything overdue is of special
    mention, all others normal (Rules on risk classification of financial assets, 2023, art. 8).
    """
    found, place = np.unique(days_past_due, return_inverse=True)
    packs, house = packs_in_force(), house_packs()
    classes = np.array([_class_of(int(late), on, packs, house) for late in found] or [0], np.int8)
    return classes[place]


@lru_cache(maxsize=100_000)
def _class_of(days_past_due: int, on: datetime.date, packs: str, house: tuple[Pack, ...]) -> int:
    named = risk_class(days_past_due, on, packs, house)
    if named in RISK_CLASSES and named != NORMAL:
        return RISK_CLASSES.index(named)
    return RISK_CLASSES.index(SPECIAL_MENTION if days_past_due > 0 else NORMAL)


def _written_off_balance(positions: Positions) -> Int64:
    return np.maximum(original_write_off(positions) - positions.recovered, 0)
