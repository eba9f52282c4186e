"""Transitions: what changed in each loan's standing from one close to the next."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.close.buckets import bucket_of
from duly.engine.fold import STATUS, Positions

KINDS = ("fell_due", "became_overdue", "moved_bucket", "cured", "settled", "written_off", "cancelled")
FELL_DUE, BECAME_OVERDUE, MOVED_BUCKET, CURED, SETTLED, WRITTEN_OFF, CANCELLED = range(len(KINDS))
NO_BUCKET = -1


class Transitions(NamedTuple):
    """One row a transition, by loan and then kind. Buckets index `bucket_names()`; NO_BUCKET where there is none."""

    loan: npt.NDArray[np.int64]  # row of the positions
    kind: npt.NDArray[np.int64]  # index into KINDS
    from_bucket: npt.NDArray[np.int64]
    to_bucket: npt.NDArray[np.int64]


def transitions(before: Positions, after: Positions, day: int) -> Transitions:
    """What the close of `day` finds, `before` being the standing as the last close saw it.

    fell_due        an installment falls due on `day` that the last close, or this one, finds unpaid
    became_overdue  open and past due, and was not at the last close (it may have been settled: a payment bounced)
    moved_bucket    past due at both closes, in another bucket
    cured           was past due, is open (or its disbursement was taken back) and is not any more
    settled         everything paid or waived
    written_off     written off
    cancelled       cancelled within the cooling-off period: only principal is owed

    A loan can have several on one day, each kind once. A bucket is given where the loan was, or is, open.
    """
    was_open, is_open = before.status == STATUS["open"], after.status == STATUS["open"]
    was_overdue = was_open & (before.days_past_due > 0)
    is_overdue = is_open & (after.days_past_due > 0)
    from_bucket = np.where(was_open, bucket_of(before.days_past_due), NO_BUCKET)
    to_bucket = np.where(is_open, bucket_of(after.days_past_due), NO_BUCKET)
    owes_no_more = is_open | (after.status == STATUS["not_disbursed"])
    found = (
        (was_open & (before.next_due_on == day)) | (is_open & (after.next_due_on == day)),
        is_overdue & ~was_overdue,
        was_overdue & is_overdue & (from_bucket != to_bucket),
        was_overdue & owes_no_more & ~is_overdue,
        (after.status == STATUS["settled"]) & (before.status != after.status),
        (after.status == STATUS["written_off"]) & (before.status != after.status),
        (after.status == STATUS["cancelled"]) & (before.status != after.status),
    )
    rows = [np.flatnonzero(mask) for mask in found]
    loan = np.concatenate(rows)
    kind = np.repeat(np.arange(len(KINDS)), [len(row) for row in rows])
    order = np.lexsort((kind, loan))
    loan, kind = loan[order], kind[order]
    has_buckets = kind != FELL_DUE
    return Transitions(
        loan=loan,
        kind=kind,
        from_bucket=np.where(has_buckets, from_bucket[loan], NO_BUCKET),
        to_bucket=np.where(has_buckets, to_bucket[loan], NO_BUCKET),
    )
