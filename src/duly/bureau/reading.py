"""What decides whether a loan's month may be reported: consents, notices that have gone out, objections, earlier lines.

A handful of queries, whatever the size of the book; answers are in columns, a row a loan of the book.
"""

import datetime
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.conf import settings

from duly.bureau.layouts import cn, metro2_records
from duly.bureau.layouts.people import Person
from duly.bureau.models import HeldBack, Layout, Line, Objection
from duly.bureau.standing import Int32, Int64, Standing
from duly.contact.local_time import lender_date
from duly.contact.models import Message
from duly.engine.dates import NO_DATE, days
from duly.engine.fold import STATUS
from duly.law.duties import due
from duly.law.pack import Pack
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Borrower, ConsentEvent

NOTICE = "adverse_record_notice"
CONSENT = "credit_report"
AT_ONCE = 500  # ids in one query
Mask = npt.NDArray[np.bool_]

IS_ADVERSE: dict[str, Callable[[npt.NDArray[np.integer], npt.NDArray[np.integer]], Mask]] = {
    Layout.METRO2: metro2_records.is_adverse,
    Layout.CN: cn.is_adverse,
}


def who_agreed(borrower_ids: Int64, at: datetime.datetime) -> Mask:
    """Of each row's borrower: whether their consent to be reported held at `at`. One query."""
    events = ConsentEvent.objects.filter(purpose=CONSENT, at__lte=at).order_by("at", "pk")
    last = dict(events.values_list("borrower_id", "given").iterator(chunk_size=10_000))
    agreed = np.array(sorted(borrower for borrower, given in last.items() if given), np.int64)
    return np.isin(borrower_ids, agreed)


def told_on(loan_ids: Int64, at: datetime.datetime) -> Int32:
    """The lender's date of the last notice about each loan whose waiting period was over at `at`; NO_DATE: none."""
    sent = Message.objects.filter(planned__template=NOTICE, sent_at__lte=at).order_by("sent_at")
    found = np.full(len(loan_ids), NO_DATE, np.int32)
    for loan_id, sent_at in sent.values_list("planned__loans", "sent_at").iterator(chunk_size=10_000):
        place = np.searchsorted(loan_ids, loan_id)
        if place < len(loan_ids) and loan_ids[place] == loan_id and may_report_from(sent_at) <= at:
            found[place] = days(lender_date(sent_at))
    return found


def may_report_from(sent_at: datetime.datetime) -> datetime.datetime:
    """The instant from which something adverse may be reported when its notice went out at `sent_at`."""
    return max(sent_at, _waiting_over(lender_date(sent_at), packs_in_force(), house_packs()))


@lru_cache(maxsize=4096)
def _waiting_over(day: datetime.date, packs: str, house: tuple[Pack, ...]) -> datetime.datetime:
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    duties = due("report_notice_sent", noon, packs, settings.TIME_ZONE, house)
    waits = [duty.due_at for duty in duties if duty.what == "report_not_before"]
    return max(waits, default=datetime.datetime.min.replace(tzinfo=datetime.UTC))


def reported_adverse(
    layout: str, loan_ids: Int64, months: Sequence[datetime.date], before: int | None = None
) -> list[Mask]:
    """By month of `months`: the loans of which something adverse was reported for it. One query.

    Only by reports with ids below `before`, where given.
    """
    places = {month: place for place, month in enumerate(months)}
    found = [np.zeros(len(loan_ids), np.bool_) for _ in months]
    if not months:
        return found
    lines = Line.objects.filter(report__layout=layout, month__range=(months[-1], months[0]))
    if before is not None:
        lines = lines.filter(report_id__lt=before)
    # What is good is left out, unless it took the place of something said before.
    telling = lines.exclude(kind=Line.Kind.OF_THE_MONTH, days_past_due=0, status__lte=STATUS["settled"])
    rows = list(
        telling.order_by("report_id")
        .values_list("loan_id", "month", "status", "days_past_due")
        .iterator(chunk_size=10_000)
    )
    if not rows:
        return found
    loans, ends, status, late = zip(*rows, strict=True)
    bad = IS_ADVERSE[layout](np.array(status), np.array(late))
    row = np.searchsorted(loan_ids, np.array(loans, np.int64))
    for place, end, is_bad in zip(row, ends, bad, strict=True):
        if end in places:
            found[places[end]][place] = is_bad
    return found


def objected_to(layout: str, month: datetime.date, at: datetime.datetime) -> tuple[set[int], set[int]]:
    """The loans with an objection open at `at`, and those with one answered from the month's first day until then."""
    theirs = Objection.objects.filter(line__report__layout=layout, made_at__lte=at)
    begins = datetime.datetime.combine(month.replace(day=1), datetime.time(), datetime.UTC)
    rows = list(theirs.values_list("line__loan_id", "decided_at"))
    open_ones = {loan for loan, decided_at in rows if decided_at is None or decided_at > at}
    answered = {loan for loan, decided_at in rows if decided_at is not None and begins <= decided_at <= at}
    return open_ones, answered - open_ones


def last_lines(layout: str, loan_ids: Collection[int]) -> dict[tuple[int, datetime.date], Line]:
    """What was said last of each loan and month, by both."""
    found: dict[tuple[int, datetime.date], Line] = {}
    for some in _in_batches(sorted(loan_ids)):
        lines = Line.objects.filter(report__layout=layout, loan_id__in=some).order_by("report_id")
        found.update({(line.loan_id, line.month): line for line in lines})
    return found


def held_back(layout: str, since: datetime.date) -> set[tuple[int, datetime.date]]:
    """Loans and months from `since` on that were not reported because the borrower had not been told in time."""
    rows = HeldBack.objects.filter(report__layout=layout, report__month__gte=since)
    return set(rows.values_list("loan_id", "report__month"))


def people_of(borrower_ids: Sequence[int]) -> list[Person]:
    """Who they are, one a row, in the clear; each is read once."""
    known: dict[int, Person] = {}
    fields = ("pk", "name", "id_number", "birth_date", "phone", "address")
    for some in _in_batches(sorted(set(borrower_ids))):
        rows = Borrower.objects.filter(pk__in=some).values_list(*fields)
        known.update({row[0]: Person(*row[1:]) for row in rows})
    return [known[borrower_id] for borrower_id in borrower_ids]


def standing_of(lines: Sequence[Line]) -> Standing:
    """What lines said, in columns."""
    return Standing(
        np.array([line.status for line in lines], np.int8),
        np.array([line.days_past_due for line in lines], np.int32),
        np.array([line.balance for line in lines], np.int64),
        np.array([line.past_due for line in lines], np.int64),
        np.array([line.risk_class for line in lines], np.int8),
    )


def _in_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
