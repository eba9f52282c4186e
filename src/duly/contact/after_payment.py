"""Contacts about a debt that had been paid by then: counted by a fold of their own, for they must be none."""

import datetime
from collections import defaultdict
from collections.abc import Sequence

from duly.contact.local_time import lender_date
from duly.contact.models import Call, Message, Purpose
from duly.contact.owed import what_is_owed
from duly.contact.wording import templates
from duly.lending.models import Fact, Loan

# (what it was, the borrower's reference, when)
AfterPayment = tuple[str, str, datetime.datetime]


def contacts_after_payment(now: datetime.datetime, days: int = 30) -> Sequence[AfterPayment]:
    """Messages about overdue loans, and calls to remind, of the last `days` days, at whose instant nothing of it was
    overdue by what was on record then. Five queries for each day that has any, and two for each that is found.
    """
    since = now - datetime.timedelta(days=days)
    by_day: dict[datetime.date, list[tuple[AfterPayment, list[int]]]] = defaultdict(list)
    for contact, loans in [*_messages(since), *_calls(since)]:
        by_day[lender_date(contact[2])].append((contact, loans))
    found = []
    for day, contacts in sorted(by_day.items()):
        owed = what_is_owed({loan for _, loans in contacts for loan in loans}, day)
        for contact, loans in contacts:
            if loans and all(owed[loan].overdue == 0 for loan in loans) and not _told_later(loans, day, contact[2]):
                found.append(contact)
    return found


def _messages(since: datetime.datetime) -> list[tuple[AfterPayment, list[int]]]:
    overdue = [template.id for template in templates().values() if template.about == "overdue"]
    rows = Message.objects.filter(sent_at__gte=since, planned__template__in=overdue).select_related("planned__borrower")
    return [
        (
            (f"message {one.pk}", one.planned.borrower.reference, one.sent_at),
            [loan.pk for loan in one.planned.loans.all()],
        )
        for one in rows.prefetch_related("planned__loans")
    ]


def _calls(since: datetime.datetime) -> list[tuple[AfterPayment, list[int]]]:
    calls = Call.objects.filter(begun_at__gte=since).exclude(purpose=Purpose.REPLY).select_related("borrower")
    loans: dict[int, list[int]] = defaultdict(list)
    borrowers = calls.order_by().values("borrower_id")
    for borrower_id, loan_id in Loan.objects.filter(borrower_id__in=borrowers).values_list("borrower_id", "pk"):
        loans[borrower_id].append(loan_id)
    return [((f"call {one.pk}", one.borrower.reference, one.begun_at), loans[one.borrower_id]) for one in calls]


def _told_later(loans: Sequence[int], day: datetime.date, at: datetime.datetime) -> bool:
    """Whether something that counts from before was only put on record after the contact: nobody knew of it then."""
    return Fact.objects.filter(loan_id__in=loans, value_date__lte=day, recorded_at__gt=at).exists()
