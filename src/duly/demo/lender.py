"""The demonstration lender: its simulated life recorded as an import would, then closed day by day up to yesterday.

The last days are lived one at a time: facts arrive, the day is closed, its cases are worked, and messages leave for the
outbox folder the next morning. Started again on a later day, the same lives go on from where the book stands.
"""

import datetime
from collections.abc import Callable

from duly.borrowing.services import go_on
from duly.close.models import Close
from duly.close.services import close_day, close_through
from duly.collection.after_close import work_close
from duly.contact.local_time import lender_date, local_instant
from duly.contact.outbox import send_due
from duly.demo.answering import answer_disputes
from duly.demo.borrowing import receive_applications
from duly.demo.credit_record import borrowers_agree, report_months
from duly.demo.recording import record_through
from duly.demo.simulation import BORROWERS, Life, live
from duly.lending.models import Loan
from duly.screens.simulated import marker

ONE_DAY = datetime.timedelta(days=1)
HISTORY = datetime.timedelta(days=364)
LIVED_ONE_BY_ONE = datetime.timedelta(days=14)
DESK_OPENS, POST_LEAVES = datetime.time(9, 0), datetime.time(10, 30)
LIVING, RECORDING, CLOSING = "Simulating the lender's life", "Recording it as facts", "Closing each day"
# (what is being done, steps done, steps in all)
Progress = Callable[[str, int, int], None]


class RealBookError(Exception):
    """The book holds loans that are not simulated."""


def bring_up_to_date(now: datetime.datetime, progress: Progress) -> None:
    """Make the lender on the first call; later, live, record and close what has happened since, up to yesterday.

    Safe to call again, also after being killed. Raises RealBookError when the book holds anybody else's loans.
    """
    yesterday = lender_date(now) - ONE_DAY
    first = _first_day(yesterday)
    days = (yesterday - first).days + 1
    lived = 0

    def one_more_day() -> None:
        nonlocal lived
        lived += 1
        progress(LIVING, lived, days)

    last = Close.objects.order_by("business_date").last()
    closed_through = last.business_date if last else first - ONE_DAY
    if closed_through < yesterday:
        life = live(first, yesterday, borrowers=BORROWERS, progress=one_more_day)

        def closed(day: datetime.date) -> None:
            progress(CLOSING, (day - first).days + 1, days)

        progress(RECORDING, 0, 1)
        long_ago = yesterday - LIVED_ONE_BY_ONE
        if closed_through < long_ago:
            record_through(life, long_ago)
            borrowers_agree()
            progress(RECORDING, 1, 1)
            close_through(long_ago, progress=lambda summary: closed(summary.business_date))
            work_close(long_ago, _at(long_ago + ONE_DAY, DESK_OPENS))
            closed_through = long_ago
        for number in range((yesterday - closed_through).days):
            _live_a_day(life, closed_through + (number + 1) * ONE_DAY, now)
            progress(RECORDING, 1, 1)
            closed(closed_through + (number + 1) * ONE_DAY)
    # Also what a start that was killed has left undone.
    work_close(yesterday, now)
    report_months(now)
    send_due(now)
    answer_disputes(now)
    receive_applications(now)
    go_on(now, lender_date(now))


def _live_a_day(life: Life, day: datetime.date, now: datetime.datetime) -> None:
    record_through(life, day)
    borrowers_agree()
    close_day(day)
    # Nothing is done before its time: this morning's post waits for half past ten of this morning.
    work_close(day, min(now, _at(day + ONE_DAY, DESK_OPENS)))
    send_due(min(now, _at(day + ONE_DAY, POST_LEAVES)))


def _first_day(yesterday: datetime.date) -> datetime.date:
    if marker().exists():
        return datetime.date.fromisoformat(marker().read_text().strip())
    if Loan.objects.exists():
        raise RealBookError
    # Written before anything else, so that no page ever shows a simulated figure without saying so.
    first = yesterday - HISTORY
    marker().write_text(f"{first}\n")
    return first


def _at(day: datetime.date, time: datetime.time) -> datetime.datetime:
    return local_instant(day, time, ())
