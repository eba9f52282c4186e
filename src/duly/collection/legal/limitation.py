"""The limitation of action on a loan: when it began, what made it begin anew, and until when one may sue.

The clock is a duty of the packs (`limitation_began` → `sue`), one for each loan: the event's subject is the loan's
reference. The earliest unpaid due date begins it, which is the stricter reading where a loan is paid in installments.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils import timezone

from duly.contact.owed import what_is_owed
from duly.duties.models import Event
from duly.duties.services import BEGINS_ANEW, clock_of, record_event
from duly.engine.errors import InputError
from duly.lending.models import Loan

SUE = "sue"
# What makes the period begin anew (Civil Code of China, art. 195), by the word that the record keeps.
BECAUSE = ("due", "demand", "acknowledgement", "payment", "suit", "mediation")
NOON = datetime.time(12)


@dataclass(frozen=True)
class Limitation:
    """The limitation of one loan. `until` is the first instant at which it is too late; None where no pack sets one."""

    loan: str
    began_at: datetime.datetime
    because: str
    until: datetime.datetime | None

    @property
    def last_day(self) -> datetime.date | None:
        """The last day on which one may sue, in the lender's zone."""
        return timezone.localdate(self.until - datetime.timedelta(microseconds=1)) if self.until else None


def begin_anew(loan: Loan, because: str, at: datetime.datetime, by: str, key: str) -> None:
    """The period of `loan` begins anew at `at`, `because` of one of BECAUSE; the same `key` again changes nothing.

    What happened before the period began, or after it had run out, interrupts nothing and is not recorded. Raises
    InputError.
    """
    if because not in BECAUSE:
        raise InputError(f"{because!r} interrupts nothing", "/because", f"use one of {', '.join(BECAUSE)}")
    known = limitations([loan]).get(loan.pk)
    if known is not None and (at <= known.began_at or (known.until is not None and at >= known.until)):
        return
    record_event(BEGINS_ANEW, at, key, by, loan.borrower, subject=loan.reference, note=because)


def begin_where_late(loans: Collection[Loan], on: datetime.date, by: str) -> None:
    """Let the period of each of `loans` that is late and has none begin with its oldest unpaid due date."""
    known = limitations(loans)
    fresh = [loan for loan in loans if loan.pk not in known]
    owed = what_is_owed([loan.pk for loan in fresh], on) if fresh else {}
    for loan in fresh:
        due_on = owed[loan.pk].oldest_unpaid_due_on
        if due_on is not None and due_on < on:
            begin_anew(loan, "due", _noon(due_on), by, f"limitation/{loan.reference}/{due_on}")


def limitations(loans: Collection[Loan]) -> dict[int, Limitation]:
    """The limitation of each of `loans` (their borrowers read along) that has one, by the loan's id. One query."""
    events = Event.objects.filter(kind=BEGINS_ANEW, subject__in=[loan.reference for loan in loans])
    latest = {(event.borrower_id, event.subject): event for event in events.order_by("at", "pk")}
    found: dict[int, Limitation] = {}
    for loan in loans:
        event = latest.get((loan.borrower_id, loan.reference))
        if event is not None:
            until = _until(event.at, loan.borrower.time_zones)
            found[loan.pk] = Limitation(loan.reference, event.at, event.note, until)
    return found


def soonest(found: Mapping[int, Limitation], loan_ids: Collection[int]) -> Limitation | None:
    """The limitation that runs out first among these loans."""
    own = [found[one] for one in loan_ids if one in found and found[one].until is not None]
    return min(own, key=lambda one: one.until, default=None)


def _until(at: datetime.datetime, zones: str) -> datetime.datetime | None:
    duty = clock_of(BEGINS_ANEW, at, zones).get(SUE)
    return duty.due_at if duty else None


def _noon(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, NOON))
