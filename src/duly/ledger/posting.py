"""What is to be posted: the fold's running totals, by product and currency, less what has been posted so far."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.engine.fold import Positions
from duly.ledger.accounts import MOVEMENTS

Int64 = npt.NDArray[np.int64]


class Group(NamedTuple):
    """What entries are kept apart by."""

    product_code: str
    currency: str


class Posted(NamedTuple):
    """All the entries of one kind taken together; `amount` in minor units of the currency."""

    product_code: str
    currency: str
    movement: str
    debit: str
    credit: str
    amount: int


class Groups:
    """Which group each loan is in: `of_loan` (n rows) indexes `keys`. Sums loans' figures by group, exactly."""

    def __init__(self, keys: Sequence[Group], of_loan: npt.NDArray[np.integer]) -> None:
        self.keys = tuple(keys)
        self.of_loan = of_loan
        self._order = np.argsort(of_loan, kind="stable")
        counts = np.bincount(of_loan, minlength=len(self.keys))
        self._filled = np.flatnonzero(counts)
        self._starts = (np.cumsum(counts) - counts)[self._filled]

    def sums(self, column: Int64) -> Int64:
        """The sum of `column` (n rows) for each group, in the order of `keys`."""
        totals = np.zeros(len(self.keys), np.int64)
        if len(self._filled) == 1:
            totals[self._filled] = column.sum()
        elif len(self._filled):
            totals[self._filled] = np.add.reduceat(column[self._order], self._starts)
        return totals


def running_total(positions: Positions, movement: str) -> Int64:
    """The running total of `movement` for each loan, minor units since disbursement."""
    if movement == "interest_in_advance":
        used = positions.interest_received + positions.interest_waived + positions.interest_written_off
        return np.maximum(used + positions.interest_capitalised - positions.interest_earned, 0)
    column: Int64 = getattr(positions, movement)
    return column


def running_totals(positions: Positions, groups: Groups) -> dict[tuple[Group, str], int]:
    """The running total of each movement in each group; groups and movements with none are left out."""
    return {
        (key, movement): int(total)
        for movement in MOVEMENTS
        for key, total in zip(groups.keys, groups.sums(running_total(positions, movement)), strict=True)
        if total
    }


def posted_totals(posted: Sequence[Posted]) -> dict[tuple[Group, str], int]:
    """What has been posted of each movement in each group: debited as the movement grows, less where it shrank.

    Raises ValueError for an entry whose accounts are not the two of its movement.
    """
    totals: dict[tuple[Group, str], int] = {}
    for entry in posted:
        accounts = MOVEMENTS.get(entry.movement)
        if accounts is None or {entry.debit, entry.credit} != set(accounts):
            raise ValueError(
                f"the ledger holds {entry.movement!r} from {entry.credit} to {entry.debit}, which is not a movement of "
                "the chart; see duly.ledger.accounts.MOVEMENTS"
            )
        key = (Group(entry.product_code, entry.currency), entry.movement)
        sign = 1 if entry.debit == accounts[0] else -1
        totals[key] = totals.get(key, 0) + sign * entry.amount
    return totals


def entries_to_post(totals: Mapping[tuple[Group, str], int], posted: Mapping[tuple[Group, str], int]) -> list[Posted]:
    """The entries that bring `posted` to `totals`: one for each difference, the accounts swapped where it shrank.

    In the order of product, currency, and the chart's movements.
    """
    entries = []
    for group in sorted({group for group, _ in (*totals, *posted)}):
        for movement, (debit, credit) in MOVEMENTS.items():
            change = totals.get((group, movement), 0) - posted.get((group, movement), 0)
            if change < 0:
                debit, credit = credit, debit
            if change:
                entries.append(Posted(*group, movement, debit, credit, abs(change)))
    return entries
