"""Borrowers are told before anything adverse is reported of them for the first time: who is told, and when.

A notice is good for the delinquency that it was sent in. It is planned in the last days of a month about every loan
that would be reported as late at its end, and again as long as it has not gone out.
"""

import datetime
from collections import defaultdict

import numpy as np
from django.conf import settings

from duly.bureau.months import ONE_DAY, month_of
from duly.bureau.reading import IS_ADVERSE, NOTICE, may_report_from, told_on, who_agreed
from duly.close.models import Position
from duly.contact.local_time import local_instant, zones_of
from duly.contact.models import PlannedContact
from duly.contact.services import Proposal, plan_contacts
from duly.engine.dates import NO_DATE
from duly.lending.arrow import arranged
from duly.lending.some_loans import read_some
from duly.people.models import Borrower

LAST_DAYS = 10  # of a month, in which notices are planned; earlier by the time that packs want between both
AT = datetime.time(10, 30)
GOOD_FOR = 5 * ONE_DAY  # a notice that has not left by then is planned anew


def plan_notices(on: datetime.date, now: datetime.datetime) -> list[PlannedContact]:
    """Plan the notices due after the close of `on` about loans that would be reported as late at the month's end.

    One message a borrower, about all such loans; nobody who was told of the delinquency that stands, who has not agreed
    to be reported, or whose notice is on its way. Nothing before the month's last days.
    """
    end = _end_of_month(on)
    waiting_time = may_report_from(now) - now
    if (end - on).days >= LAST_DAYS + waiting_time.days or now > local_instant(on + 2 * ONE_DAY, AT, ()) + GOOD_FOR:
        return []
    loans = _late_and_not_told(on, end, now)
    waiting = set(
        PlannedContact.objects.filter(
            template=NOTICE, status=PlannedContact.Status.PLANNED, borrower_id__in=list(loans)
        ).values_list("borrower_id", flat=True)
    )
    borrowers = Borrower.objects.in_bulk([borrower for borrower in loans if borrower not in waiting])
    proposals = []
    for borrower_id, borrower in sorted(borrowers.items()):
        at = local_instant(on + ONE_DAY, AT, zones_of(borrower.time_zones))
        proposals.append(
            Proposal(
                idempotency_key=f"bureau:{borrower.reference}:{on}",
                borrower_id=borrower_id,
                loan_ids=[loan for loan, _ in loans[borrower_id]],
                template=NOTICE,
                planned_for=at,
                expires_at=at + GOOD_FOR,
                days_past_due=max(late for _, late in loans[borrower_id]),
            )
        )
    return plan_contacts([one for one in proposals if one.expires_at > now], now)


def _late_and_not_told(
    on: datetime.date, end: datetime.date, now: datetime.datetime
) -> dict[int, list[tuple[int, int]]]:
    """By borrower: the loans, with days late on `on`, that would be reported as late on `end` and were not told of."""
    overdue = Position.objects.filter(status=Position.Status.OPEN, oldest_unpaid_due_on__lt=on)
    loans, facts = read_some(overdue.values("loan_id"))
    month = month_of(loans.contracts, arranged(facts, loans.id), on)
    status, late = month.standing.status, month.standing.days_past_due
    at_the_end = np.where(late > 0, late + (end - on).days, 0)
    adverse = np.zeros(len(late), np.bool_)
    for layout in settings.DULY_BUREAU:
        adverse |= IS_ADVERSE[layout](status, at_the_end)
    told = (month.late_since != NO_DATE) & (told_on(loans.id, now) > month.late_since)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in np.flatnonzero(adverse & ~told & who_agreed(loans.borrower_id, now)):
        found[int(loans.borrower_id[row])].append((int(loans.id[row]), int(late[row])))
    return found


def _end_of_month(day: datetime.date) -> datetime.date:
    return (day.replace(day=1) + 31 * ONE_DAY).replace(day=1) - ONE_DAY
