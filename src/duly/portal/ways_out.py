"""What is agreed with a borrower, or open to them, as a part of their first page: plans, promises, relief, offers."""

import datetime
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from duly.collection.hardship.models import HardshipApplication
from duly.collection.plans.models import Plan
from duly.collection.plans.offering import ONE_DAY, offers_waiting, policy_of, policy_text
from duly.collection.promises.services import AT_MOST_DAYS, open_promises
from duly.lending.positions import LoanOn
from duly.people.models import Borrower
from duly.screens.ways_out import of_plan

State = HardshipApplication.State


def ways_out(borrower: Borrower, on: datetime.date) -> Mapping[str, Any] | None:
    """Plans, promises, offers and relief of `borrower` on `on`; None where there are none. Four queries."""
    plans = list(
        Plan.objects.filter(loan__borrower=borrower, state__in=Plan.OPEN)
        .select_related("offer", "loan__product")
        .order_by("pk")
    )
    promises = list(open_promises(borrower))
    relief = borrower.hardship_applications.filter(
        Q(state=State.WAITING) | Q(state=State.GRANTED, until__gte=on, circumstance__until__gt=_start(on))
    ).first()
    offers = len(offers_waiting(borrower, on))
    if not (plans or promises or relief or offers):
        return None
    return {
        "plans": [(one, of_plan(one.state)) for one in plans],
        "promises": promises,
        "offers": offers,
        "relief": relief,
    }


def ways_to_ask(borrower: Borrower, loans: Sequence[LoanOn], on: datetime.date) -> Mapping[str, Any]:
    """What the page of someone who cannot pay asks with: what is overdue by currency, days to choose from, offers.

    Three queries; `loans` are the borrower's on `on`.
    """
    planned = {one.loan_id for one in Plan.objects.filter(loan__borrower=borrower, state__in=Plan.OPEN)}
    owing = [one for one in loans if one.position.status == "open"]
    currencies = sorted({one.currency for one in owing if one.loan.pk not in planned})
    overdue = {code: sum(one.overdue for one in owing if one.currency == code) for code in currencies}
    within = max((policy_of(policy_text(), code).first_due_within_days for code in currencies), default=31)
    promises, waiting = list(open_promises(borrower)), offers_waiting(borrower, on)
    return {
        "askable": overdue.items(),
        "owing": sorted({one.currency for one in owing}),
        "promises": promises,
        "waiting": {one.request.reference: one for one in waiting if one.request}.items(),
        "exceptions": [one for one in waiting if one.request is None],
        "tomorrow": on + ONE_DAY,
        "in_a_month": on + AT_MOST_DAYS * ONE_DAY,
        "latest_first": on + within * ONE_DAY,
        "key": secrets.token_urlsafe(12),
    }


def _start(on: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(on, datetime.time(), datetime.UTC)
