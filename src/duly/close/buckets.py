"""Buckets: the open book by days past due, as the lender draws the lines (settings.DULY_BUCKETS)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.conf import settings

from duly.engine.fold import STATUS, Positions

CURRENT = "current"


class BucketFigures(NamedTuple):
    """The open loans of one currency in one bucket. Money in minor units."""

    currency: str
    bucket: str
    loans: int
    principal_outstanding: int
    overdue_total: int


def bucket_names() -> list[str]:
    """The buckets from `current` on: first days 1, 31, 61 give current, 1-30, 31-60, 61+."""
    firsts: Sequence[int] = settings.DULY_BUCKETS
    late = [f"{first}-{after - 1}" for first, after in pairwise(firsts)]
    return [CURRENT, *late, f"{firsts[-1]}+"]


def bucket_of(days_past_due: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Each loan's bucket as an index into `bucket_names()`."""
    return np.searchsorted(np.array(settings.DULY_BUCKETS), days_past_due, side="right")


def overdue_total(positions: Positions) -> npt.NDArray[np.int64]:
    """All that fell due before the day and is unpaid, with its penalty, for each loan."""
    total: npt.NDArray[np.int64] = (
        positions.principal_overdue + positions.interest_overdue + positions.penalty_overdue + positions.fee_overdue
    )
    return total


def by_bucket(
    positions: Positions, currency: npt.NDArray[np.integer], currencies: Sequence[str]
) -> list[BucketFigures]:
    """The open book by currency and bucket, empty buckets too. `currency` (n rows) indexes `currencies`."""
    names = bucket_names()
    is_open = positions.status == STATUS["open"]
    cell = (currency * len(names) + bucket_of(positions.days_past_due))[is_open]
    cells = len(currencies) * len(names)
    figures = [
        np.bincount(cell, minlength=cells),
        _exact_sums(cell, positions.principal_outstanding[is_open], cells),
        _exact_sums(cell, overdue_total(positions)[is_open], cells),
    ]
    return [
        BucketFigures(code, name, *(int(figure[index * len(names) + place]) for figure in figures))
        for index, code in enumerate(currencies)
        for place, name in enumerate(names)
    ]


def _exact_sums(cell: npt.NDArray[np.integer], amounts: npt.NDArray[np.int64], cells: int) -> npt.NDArray[np.int64]:
    # bincount adds in float64, which is exact only below 2^53.
    sums = np.zeros(cells, np.int64)
    np.add.at(sums, cell, amounts)
    return sums
