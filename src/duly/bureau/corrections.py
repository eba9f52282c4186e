"""What changed since months were reported: found by folding them again, said with the next report.

Only a fact recorded since the last report, a borrower who was told since, or an objection that was upheld can have
changed what was said; so only those loans are looked at again.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from duly.bureau.models import Line, Objection, Report
from duly.bureau.months import HISTORY, Month, month_of, months_to, some_rows
from duly.bureau.reading import IS_ADVERSE, held_back, last_lines, standing_of
from duly.bureau.standing import DELETED, Int32, Int64, Standing
from duly.close.book import Book
from duly.engine.dates import NO_DATE, days
from duly.engine.fold import STATUS, fold
from duly.lending.models import Fact


@dataclass(frozen=True)
class Corrections:
    """Records of one earlier month that are to be said again, or said late: rows of the book, and what is said."""

    month: Month
    rows: Int64
    standing: Standing
    kinds: list[int]


def corrections_to(
    layout: str, book: Book, end: datetime.date, last: Report, agreed: npt.NDArray[np.bool_], told_on: Int32
) -> list[Corrections]:
    """What the report of the month that ends on `end` has to say of those before.

    `last` is the report before it; `agreed` and `told_on` are rows of the book (see reading).
    """
    since = months_to(end, HISTORY + 1)[-1]
    late = {key for key in held_back(layout, since) if key[1] < end}
    withdrawn = _withdrawn(layout)
    loans = _changed_since(last) | {loan for loan, _ in late | withdrawn}
    rows = np.searchsorted(book.loan_ids, np.array(sorted(loans), np.int64))
    rows = rows[agreed[rows]]
    loan_ids = [int(book.loan_ids[row]) for row in rows]
    said = last_lines(layout, loan_ids)
    cancelled = _cancelled(book, rows, end)
    by_month: dict[datetime.date, list[int]] = defaultdict(list)
    place_of = {loan: place for place, loan in enumerate(loan_ids)}
    for loan, month in sorted(said.keys() | late):
        if loan in place_of and since <= month < end:
            by_month[month].append(place_of[loan])
    found = []
    for month in sorted(by_month):
        places = np.array(by_month[month])
        one = _of_month(layout, book, month, rows[places], cancelled[places], said, withdrawn, told_on[rows[places]])
        if len(one.rows):
            found.append(one)
    return found


def again(book: Book, lines: Iterable[Line]) -> list[Corrections]:
    """The corrections of a report as they were said."""
    by_month: dict[datetime.date, list[Line]] = defaultdict(list)
    for line in lines:
        by_month[line.month].append(line)
    found = []
    for month, theirs in sorted(by_month.items()):
        rows = np.searchsorted(book.loan_ids, np.array([line.loan_id for line in theirs], np.int64))
        of_month = month_of(*some_rows(book.contracts, book.facts(), rows), month)
        standing = standing_of(theirs)
        found.append(Corrections(of_month, rows, standing, [line.kind for line in theirs]))
    return found


def _of_month(
    layout: str,
    book: Book,
    end: datetime.date,
    rows: Int64,
    cancelled: npt.NDArray[np.bool_],
    said: dict[tuple[int, datetime.date], Line],
    withdrawn: set[tuple[int, datetime.date]],
    told_on: Int32,
) -> Corrections:
    month = month_of(*some_rows(book.contracts, book.facts(), rows), end)
    keys = [(int(book.loan_ids[row]), end) for row in rows]
    out = cancelled | np.array([key in withdrawn for key in keys])
    now = _taken_out(month.standing, out)
    adverse = IS_ADVERSE[layout](now.status, now.days_past_due)
    told = (month.late_since != NO_DATE) & (told_on > month.late_since)
    picked, kinds = [], []
    for place, key in enumerate(keys):
        line = said.get(key)
        may_say = told[place] or not adverse[place]
        if line is None:
            if may_say and month.reportable[place] and not out[place]:
                picked.append(place)
                kinds.append(int(Line.Kind.LATE))
        elif line.status != DELETED and _differs(line, now, place):
            was_adverse = bool(IS_ADVERSE[layout](np.array([line.status]), np.array([line.days_past_due]))[0])
            if may_say or was_adverse:
                picked.append(place)
                kinds.append(int(Line.Kind.CORRECTION))
    places = np.array(picked, np.int64)
    return Corrections(month.some(places), rows[places], Standing(*(column[places] for column in now)), kinds)


def _differs(line: Line, now: Standing, place: int) -> bool:
    says = tuple(int(column[place]) for column in now)
    return (line.status, line.days_past_due, line.balance, line.past_due, line.risk_class) != says


def _taken_out(standing: Standing, out: npt.NDArray[np.bool_]) -> Standing:
    zeros = [np.where(out, 0, column).astype(column.dtype) for column in standing]
    return Standing(*zeros)._replace(status=np.where(out, DELETED, standing.status).astype(np.int8))


def _changed_since(last: Report) -> set[int]:
    """The loans with a fact recorded after `last` that counts from before the end of its month, or that ended them."""
    facts = Fact.objects.filter(pk__gt=last.facts_through)
    of_then = facts.filter(value_date__lte=last.month) | facts.filter(kind__in=["reversed", "cancelled"])
    return set(of_then.values_list("loan_id", flat=True))


def _withdrawn(layout: str) -> set[tuple[int, datetime.date]]:
    upheld = Objection.objects.filter(line__report__layout=layout, decision=Objection.Decision.WITHDRAWN)
    return set(upheld.values_list("line__loan_id", "line__month"))


def _cancelled(book: Book, rows: Int64, end: datetime.date) -> npt.NDArray[np.bool_]:
    if not len(rows):
        return np.zeros(0, np.bool_)
    contracts, facts = some_rows(book.contracts, book.facts(), rows)
    return fold(contracts, facts, days(end)).status == STATUS["cancelled"]
