"""Writing one closed day: all of it in one transaction, or nothing."""

import datetime
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from adbc_driver_manager.dbapi import Cursor

from duly.close.buckets import BucketFigures, bucket_names, overdue_total
from duly.close.transitions import KINDS, Transitions
from duly.engine.dates import NO_DATE, days
from duly.engine.fold import STATUS, Positions
from duly.ledger.posting import Posted

STAGED = "close_position_staged"
DATE_COLUMNS = ("oldest_unpaid_due_on", "next_due_on")
MONEY_COLUMNS = (
    "next_due_amount",
    "principal_outstanding",
    "total_outstanding",
    "overdue_total",
    "credit_balance",
)

INSERT_CLOSE = """
INSERT INTO close_close (
    business_date, closed_at, facts_through, loans, open_loans, overdue_loans, ledger_ties
) VALUES ($1, CURRENT_TIMESTAMP, $2, $3, $4, $5, $6)
"""

UPSERT_POSITIONS = """
INSERT INTO close_position (
    loan_id, business_date, status, oldest_unpaid_due_on, next_due_on,
    next_due_amount, principal_outstanding, total_outstanding, overdue_total, credit_balance
)
SELECT
    loan_id, business_date, status, oldest_unpaid_due_on, next_due_on,
    next_due_amount, principal_outstanding, total_outstanding, overdue_total, credit_balance
FROM close_position_staged
WHERE true
ON CONFLICT (loan_id) DO UPDATE SET
    business_date = excluded.business_date,
    status = excluded.status,
    oldest_unpaid_due_on = excluded.oldest_unpaid_due_on,
    next_due_on = excluded.next_due_on,
    next_due_amount = excluded.next_due_amount,
    principal_outstanding = excluded.principal_outstanding,
    total_outstanding = excluded.total_outstanding,
    overdue_total = excluded.overdue_total,
    credit_balance = excluded.credit_balance
"""

SELECT_POSTED = """
SELECT
    product_code, currency, movement, debit_id, credit_id, CAST(sum(amount) AS bigint) AS amount
FROM ledger_journalentry
WHERE business_date <= $1
GROUP BY product_code, currency, movement, debit_id, credit_id
"""


def insert_close(
    cursor: Cursor, day: datetime.date, facts_through: int, loans: int, open_loans: int, overdue_loans: int
) -> None:
    """The close itself, the first row of the transaction: its primary key keeps a second close of the day out."""
    cursor.execute(INSERT_CLOSE, (day, facts_through, loans, open_loans, overdue_loans, True))


def posted_through(cursor: Cursor, day: datetime.date) -> list[Posted]:
    """All that is posted up to `day`, added up by product, currency, movement and accounts."""
    cursor.execute(SELECT_POSTED, (day,))
    return [Posted(*row) for row in cursor.fetchall()]


def insert_entries(cursor: Cursor, day: datetime.date, entries: Sequence[Posted]) -> None:
    """The day's journal entries."""
    if entries:
        columns = dict(zip(Posted._fields, map(list, zip(*entries, strict=True)), strict=True))
        columns["debit_id"], columns["credit_id"] = columns.pop("debit"), columns.pop("credit")
        _append(cursor, "ledger_journalentry", day, columns)


def insert_buckets(cursor: Cursor, day: datetime.date, figures: Sequence[BucketFigures]) -> None:
    """The open book by currency and bucket."""
    if figures:
        columns = zip(BucketFigures._fields, map(list, zip(*figures, strict=True)), strict=True)
        _append(cursor, "close_bucket", day, dict(columns))


def insert_transitions(cursor: Cursor, day: datetime.date, found: Transitions, loan_ids: npt.NDArray[np.int64]) -> None:
    """The day's transitions; `loan_ids` are the database's ids of the positions' rows."""
    if len(found.loan):
        buckets = [*bucket_names(), ""]
        columns = {
            "loan_id": loan_ids[found.loan],
            "kind": _named(found.kind, KINDS),
            "from_bucket": _named(found.from_bucket % len(buckets), buckets),
            "to_bucket": _named(found.to_bucket % len(buckets), buckets),
        }
        _append(cursor, "close_transition", day, columns)


def kept_columns(positions: Positions) -> dict[str, npt.NDArray[np.integer]]:
    """The figures of a position that are kept, by their names in the database."""
    return {
        "status": positions.status,
        **{name: getattr(positions, name) for name in (*DATE_COLUMNS, *MONEY_COLUMNS) if name in Positions._fields},
        "total_outstanding": positions.principal_outstanding
        + positions.interest_outstanding
        + positions.penalty_outstanding
        + positions.fee_outstanding,
        "overdue_total": overdue_total(positions),
    }


def write_positions(
    cursor: Cursor, day: datetime.date, before: Positions, after: Positions, loan_ids: npt.NDArray[np.int64]
) -> int:
    """Bring the kept positions from `before` to `after`; only rows that differ are touched. Returns how many."""
    old, new = kept_columns(before), kept_columns(after)
    differs = np.zeros(len(loan_ids), np.bool_)
    for name, column in new.items():
        differs |= column != old[name]
    stands = after.status != STATUS["not_disbursed"]
    changed = np.flatnonzero(differs & stands)
    if len(changed):
        columns: dict[str, object] = {"loan_id": loan_ids[changed], "status": _named(new["status"][changed], STATUS)}
        columns |= {name: _dates(new[name][changed]) for name in DATE_COLUMNS}
        columns |= {name: new[name][changed] for name in MONEY_COLUMNS}
        cursor.adbc_ingest(STAGED, _table(day, columns), mode="create", temporary=True)
        cursor.execute(UPSERT_POSITIONS)
        cursor.execute("DROP TABLE close_position_staged")
    # A disbursement that was taken back leaves no position.
    gone = np.flatnonzero(differs & ~stands)
    if len(gone):
        cursor.executemany("DELETE FROM close_position WHERE loan_id = $1", pa.table({"loan_id": loan_ids[gone]}))
    return len(changed) + len(gone)


def _append(cursor: Cursor, table: str, day: datetime.date, columns: dict[str, object]) -> None:
    cursor.adbc_ingest(table, _table(day, columns), mode="append")


def _table(day: datetime.date, columns: dict[str, object]) -> pa.Table:
    rows = pa.table(columns)
    return rows.append_column("business_date", pa.repeat(pa.scalar(days(day), pa.date32()), len(rows)))


def _named(codes: npt.NDArray[np.integer], names: Sequence[str] | dict[str, int]) -> pa.Array:
    return pa.array(list(names)).take(pa.array(codes))


def _dates(column: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(column, pa.int32(), mask=column == NO_DATE).cast(pa.date32())
