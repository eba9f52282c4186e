"""Closing the book: each business date in order, all of a day in one transaction or nothing of it."""

import datetime
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

import numpy as np
from adbc_driver_manager import Error as DatabaseError
from adbc_driver_manager.dbapi import Connection
from django.db import connection as django_connection
from django.db.models import Min
from django.utils import timezone

from duly.close import writing
from duly.close.book import Book, high_water_mark
from duly.close.buckets import by_bucket
from duly.close.errors import CloseError
from duly.close.identities import broken_identities
from duly.close.models import Close
from duly.close.transitions import KINDS, transitions
from duly.engine.dates import days
from duly.engine.fold import STATUS, Positions
from duly.ledger.balances import differences
from duly.ledger.posting import entries_to_post, posted_totals, running_totals
from duly.lending.arrow import connect
from duly.lending.models import Fact

ONE_DAY = datetime.timedelta(days=1)
NAMED_AT_MOST = 5


@dataclass(frozen=True)
class CloseSummary:
    """What the close of one business date found and wrote. Loans are those disbursed by then."""

    business_date: datetime.date
    facts_through: int
    loans: int
    open_loans: int
    overdue_loans: int
    entries: int
    positions_changed: int
    transitions: dict[str, int]  # by kind, all kinds
    ledger_ties: bool


@dataclass(frozen=True)
class Standing:
    """The whole book as one close saw it. `positions` is None until it is folded."""

    business_date: datetime.date
    facts_through: int
    positions: Positions | None = None


def next_business_date() -> datetime.date | None:
    """The date to close next: the day after the last close, or that of the earliest fact; None in an empty book."""
    last = Close.objects.order_by("business_date").last()
    if last is not None:
        return last.business_date + ONE_DAY
    first: datetime.date | None = Fact.objects.aggregate(first=Min("value_date"))["first"]
    return first


def dates_to_close(through: datetime.date) -> list[datetime.date]:
    """The business dates that `close_through(through)` would close, in order; empty when there is nothing to do."""
    first = next_business_date()
    if first is None:
        return []
    return [first + number * ONE_DAY for number in range((through - first).days + 1)]


def close_through(
    through: datetime.date, *, progress: Callable[[CloseSummary], None] | None = None
) -> list[CloseSummary]:
    """Close each business date in order up to `through`; `progress` is called after each.

    Nothing to do for a date that is closed already. Raises CloseError, with nothing of that day written, for a date
    that has not come, where an identity is broken, or where the ledger would not tie. Must not be called inside a
    transaction: each day commits by itself.
    """
    _refuse_the_future(through)
    book, standing = Book(), _last_close()
    dates = dates_to_close(through)
    summaries = []
    with _connecting() as connected:
        for day in dates:
            summary, standing = _close(connected, book, day, standing)
            summaries.append(summary)
            if progress:
                progress(summary)
    return summaries


def close_day(day: datetime.date) -> CloseSummary:
    """Close one business date. Raises CloseError when it is not the next one, and as `close_through` does."""
    _refuse_the_future(day)
    expected = next_business_date()
    if expected is None:
        raise CloseError(f"{day} cannot be closed: the book has no facts yet; record or import some first")
    if day != expected:
        raise CloseError(f"{day} cannot be closed out of order: the next business date is {expected}; close that first")
    summary, _ = _close(connect, Book(), day, _last_close())
    return summary


@contextmanager
def _connecting() -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """How each day of a run gets its connection.

    On SQLite a new one, so that `progress` may use Django's between two days: ADBC brings an SQLite library of its
    own, and two libraries in one process must never have the same file open, for they do not see each other's locks.
    On PostgreSQL, where connecting takes longer than a small day, one for all.
    """
    if django_connection.vendor == "sqlite":
        yield connect
    else:
        with connect() as connection:
            yield lambda: nullcontext(connection)


def _last_close() -> Standing | None:
    last = Close.objects.order_by("business_date").last()
    return None if last is None else Standing(last.business_date, last.facts_through, None)


def _refuse_the_future(day: datetime.date) -> None:
    # A close cannot be undone, and a mistyped year would leave hundreds of them.
    today = timezone.localdate()
    if day > today:
        raise CloseError(f"{day} has not come yet: today is {today}; close through a date up to today")


def _close(
    connected: Callable[[], AbstractContextManager[Connection]], book: Book, day: datetime.date, last: Standing | None
) -> tuple[CloseSummary, Standing]:
    try:
        with connected() as connection:
            facts_through = high_water_mark(connection)
            if book.read_through(connection, facts_through) or last is None or last.positions is None:
                last = _folded_again(book, day, last)
            standing = Standing(day, facts_through, book.fold(day))
            _check_identities(book, standing)
            # What was read is read: writing begins on the newest state, whoever wrote meanwhile.
            connection.commit()
            summary = _write(connection, book, last, standing)
            connection.commit()
    except DatabaseError as error:
        if Close.objects.filter(business_date=day).exists():
            raise CloseError(f"{day} was closed by another run meanwhile; run again to go on from there") from error
        raise
    return summary, standing


def _folded_again(book: Book, day: datetime.date, last: Standing | None) -> Standing:
    # What stood at the last close is folded again from the facts that it saw; nothing that was stored is trusted.
    if last is None:
        last = Standing(day - ONE_DAY, 0)
    if last.facts_through > book.facts_through:
        raise CloseError(
            f"the close of {last.business_date} saw facts up to {last.facts_through}, but the book holds only "
            f"{book.facts_through}: facts are missing; restore the database from a backup that has them"
        )
    return replace(last, positions=book.fold(last.business_date, through=last.facts_through))


def _check_identities(book: Book, standing: Standing) -> None:
    broken = broken_identities(standing.positions)
    if not broken:
        return
    lines = []
    for one in broken:
        references = book.references(one.loans[:NAMED_AT_MOST])
        named = ", ".join(
            f"{reference} by {difference}" for reference, difference in zip(references, one.differences, strict=False)
        )
        more = len(one.loans) - len(references)
        lines.append(f"{one.identity}: does not hold for {named}" + (f" and {more} more" if more else ""))
    raise CloseError(
        f"{standing.business_date} cannot be closed, and nothing was written; these identities are broken "
        "(minor units):\n  " + "\n  ".join(lines) + "\nLook at the facts of these loans; if they are right, the fold "
        "is wrong: report it with `duly position` of one of them."
    )


def _write(connection: Connection, book: Book, before: Standing, after: Standing) -> CloseSummary:
    day, positions = after.business_date, after.positions
    is_open = positions.status == STATUS["open"]
    loans = int(np.count_nonzero(positions.status != STATUS["not_disbursed"]))
    open_loans = int(np.count_nonzero(is_open))
    overdue_loans = int(np.count_nonzero(is_open & (positions.days_past_due > 0)))
    with connection.cursor() as cursor:
        writing.insert_close(cursor, day, after.facts_through, loans, open_loans, overdue_loans)
        posted = posted_totals(writing.posted_through(cursor, day))
        entries = entries_to_post(running_totals(positions, book.groups), posted)
        writing.insert_entries(cursor, day, entries)
        untied = differences(writing.posted_through(cursor, day), positions, book.groups)
        if untied:
            raise CloseError(
                f"{day} cannot be closed, and nothing was written; the ledger does not tie to the loans:\n  "
                + "\n  ".join(untied)
            )
        writing.insert_buckets(cursor, day, by_bucket(positions, book.currency, book.currencies))
        changed = writing.write_positions(cursor, day, before.positions, positions, book.loan_ids)
        found = transitions(before.positions, positions, days(day))
        writing.insert_transitions(cursor, day, found, book.loan_ids)
    counts = np.bincount(found.kind, minlength=len(KINDS))
    return CloseSummary(
        business_date=day,
        facts_through=after.facts_through,
        loans=loans,
        open_loans=open_loans,
        overdue_loans=overdue_loans,
        entries=len(entries),
        positions_changed=changed,
        transitions={kind: int(count) for kind, count in zip(KINDS, counts, strict=True)},
        ledger_ties=True,
    )
