"""What the desk shows: the worklist, and one case with what may be done now."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Max, Sum

from duly.agencies.models import Agency
from duly.collection.placement.models import CommissionLine, PlacedLoan, Placement
from duly.collection.placement.services import borrowers_refused, contact_from, placed_now
from duly.collection.promises.models import Promise
from duly.collection.promises.services import open_promises
from duly.contact.allowed_now import ChannelNow, allowed_now
from duly.contact.calls import going_on
from duly.contact.composing import script
from duly.contact.local_time import lender_date
from duly.contact.models import Call, Purpose
from duly.contact.owed import Owed, what_is_owed
from duly.contact.reachability import unreachable
from duly.contact.wording import templates
from duly.identity.calling import spoken_number
from duly.people.reveal import masked_field

PAGE_SIZE = 50
CALLS_SHOWN = 20
SCRIPT = "agency_call"


@dataclass(frozen=True)
class Row:
    """One case of the worklist. Money in minor units, one amount a currency; `opens` is when contact may begin."""

    placement: Placement
    name: str
    days_late: int
    overdue: Sequence[tuple[str, int]]
    opens: datetime.datetime | None
    last_call: datetime.datetime | None


@dataclass(frozen=True)
class CasePage:
    """One case as the agency sees it. `refused` says why the agency may not contact the borrower at all, if so."""

    placement: Placement
    masked: Sequence[tuple[str, str]]
    owed: Sequence[Owed]
    overdue: Sequence[tuple[str, int]]
    channels: Sequence[ChannelNow]
    opens: datetime.datetime | None
    refused: str
    call: Call | None
    other_call: bool
    spoken: str
    script: str
    calls: Sequence[Call]
    lost: Sequence[str]
    promises: Sequence[Promise]
    earned: Sequence[tuple[str, int]]


def worklist(agency: Agency, now: datetime.datetime, number: str) -> tuple[Sequence[Row], Page]:
    """A page of the cases that `agency` has now: those that may be contacted first, then the latest. Six queries."""
    rows = placed_now(agency).select_related("borrower", "mandate", "notice__message")
    rows = rows.annotate(last_call=Max("borrower__calls__begun_at")).order_by("notice__message__sent_at", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(number)
    loans = list(PlacedLoan.objects.filter(placement__in=[one.pk for one in page]).values_list("placement", "loan"))
    owed = what_is_owed([loan for _, loan in loans], lender_date(now)) if loans else {}
    of = {one.pk: [owed[loan] for placement, loan in loans if placement == one.pk] for one in page}
    return [
        Row(
            placement=one,
            name=masked_field(one.borrower, "name"),
            days_late=max((loan.days_past_due for loan in of[one.pk]), default=0),
            overdue=_by_currency(of[one.pk]),
            opens=_opens(one),
            last_call=one.last_call,
        )
        for one in page
    ], page


def case_page(placement: Placement, user: User, agency: Agency, now: datetime.datetime, language: str) -> CasePage:
    """All that the page of one case shows; about fifteen queries."""
    borrower, mandate = placement.borrower, placement.mandate
    owed = list(what_is_owed(placement.placed.values_list("loan", flat=True), lender_date(now)).values())
    late = max((one.days_past_due for one in owed), default=0)
    channels = allowed_now(borrower, now, language, agency=agency, purpose=Purpose.REMINDER, days_past_due=late)
    call = going_on(user)
    mine = call if call is not None and call.borrower_id == borrower.pk else None
    template = templates()[SCRIPT]
    about = [one for one in owed if one.overdue > 0]
    spoken = spoken_number(mine.pk, mine.begun_at) if mine else ""
    calls = Call.objects.filter(borrower=borrower, agency=agency)
    earned = CommissionLine.objects.filter(placement=placement).order_by().values_list("currency")
    return CasePage(
        placement=placement,
        masked=[(field, masked_field(borrower, field)) for field in mandate.data],
        owed=owed,
        overdue=_by_currency(owed),
        channels=[one for one in channels if one.channel in mandate.channels],
        opens=_opens(placement),
        refused=borrowers_refused(agency.pk, [borrower.pk], now).get(borrower.pk, ""),
        call=mine,
        other_call=call is not None and mine is None,
        spoken=spoken,
        script=script(borrower, template, about, spoken, agency) if mine and about else "",
        calls=list(calls.exclude(ended_at=None).order_by("-begun_at")[:CALLS_SHOWN]),
        lost=sorted(unreachable([borrower.pk]).get(borrower.pk, ())),
        promises=list(open_promises(borrower)),
        earned=list(earned.annotate(amount=Sum("amount")).order_by("currency")),
    )


def _opens(placement: Placement) -> datetime.datetime | None:
    message = getattr(placement.notice, "message", None) if placement.notice else None
    return contact_from(message.sent_at if message else None, placement.mandate.notice_days)


def _by_currency(owed: Sequence[Owed]) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for one in owed:
        sums[one.currency] = sums.get(one.currency, 0) + one.overdue
    return sorted(sums.items())
