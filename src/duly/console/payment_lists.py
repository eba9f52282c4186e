"""What the pages of payments show: a day's money, what waits, and one payment with everything that became of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum

from duly.console.payment_words import (
    ENTRY_KINDS,
    PURPOSES,
    method_words,
    of_incoming,
    of_outgoing,
    outcome_words,
    reason_words,
)
from duly.lending.models import Fact
from duly.payments.incoming import Whereabouts, standing_facts, whereabouts
from duly.payments.models import BankEntry, IncomingPayment, Outcome, OutgoingPayment, PaymentDetails, Suspense
from duly.payments.payer_accounts import masked_account
from duly.payments.reconciliation import unexplained_entries
from duly.payments.suspense import Candidate, candidates
from duly.people.approvals import waiting_for
from duly.people.masks import masked
from duly.people.models import Approval
from duly.screens.standing import Standing

KINDS = (
    "refund_suspense",
    "refund_credit",
    "staff_payment",
    "own_transfer",
    "undo_posting",
    "outgoing_came_back",
    "entry_explanation",
)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    """One payment that came, with its standing and the way it came."""

    payment: IncomingPayment
    standing: Standing
    method: str
    loan: str


@dataclass(frozen=True)
class Day:
    """One day's money by currency: what came, what waits, how much is to leave; and the payments, newest first."""

    on: datetime.date
    came: Sequence[tuple[str, int, int]]
    waiting: Sequence[tuple[str, int, int]]
    approvals: int
    to_send: int
    rows: Sequence[Row]
    page: Page


def day_of_payments(on: datetime.date, user: User, page: str) -> Day:
    """What came with the value date `on`. Seven queries."""
    came = IncomingPayment.objects.filter(value_date=on)
    shown = Paginator(came.select_related("fact__loan", "suspense").order_by("-pk"), PAGE_SIZE).get_page(page)
    return Day(
        on=on,
        came=_by_currency(came.values_list("currency")),
        waiting=_by_currency(Suspense.objects.values_list("payment__currency")),
        approvals=waiting_approvals(user).count(),
        to_send=OutgoingPayment.objects.filter(state=OutgoingPayment.State.APPROVED).count(),
        rows=[_row(one) for one in shown],
        page=shown,
    )


def _by_currency(rows) -> list[tuple[str, int, int]]:
    return list(rows.annotate(number=Count("pk"), sum=Sum("amount")).order_by())


def _row(payment: IncomingPayment) -> Row:
    waiting = getattr(payment, "suspense", None)
    loan = payment.fact.loan.reference if payment.fact else ""
    return Row(payment, of_incoming(waiting.amount if waiting else 0), method_words(payment), loan)


@dataclass(frozen=True)
class WaitingRow:
    """Money that waits: why, and what was told with it."""

    waiting: Suspense
    reason: str
    method: str
    text: str


def waiting_list(page: str) -> tuple[list[WaitingRow], Page, list[tuple[str, int, int]]]:
    """What waits, the longest first, a page of it, and the sums. Four queries."""
    found = Suspense.objects.select_related("payment__details").order_by("since", "pk")
    shown = Paginator(found, PAGE_SIZE).get_page(page)
    rows = []
    for one in shown:
        details = getattr(one.payment, "details", None)
        text = details.remittance[:80] if details else ""
        rows.append(WaitingRow(one, reason_words(one), method_words(one.payment), text))
    return rows, shown, _by_currency(Suspense.objects.values_list("payment__currency"))


def entries_to_explain(page: str) -> tuple[list[tuple[BankEntry, str, bool]], Page]:
    """Entries of the bank that nobody has explained, the oldest first: kind in words, and whether one waits for a
    second person. Three queries."""
    found = unexplained_entries().order_by("booked_on", "pk")
    shown = Paginator(found, PAGE_SIZE).get_page(page)
    asked = Approval.objects.filter(kind="entry_explanation", state=Approval.State.WAITING)
    waiting = {one["entry"] for one in asked.values_list("content", flat=True)}
    return [(one, str(ENTRY_KINDS[one.kind]), one.pk in waiting) for one in shown], shown


@dataclass(frozen=True)
class Event:
    """One thing that became of a payment."""

    outcome: Outcome
    words: str


@dataclass(frozen=True)
class PaymentPage:
    """One payment: what was told with it (masked), where its money is, what became of it, whose it may be."""

    payment: IncomingPayment
    standing: Standing
    method: str
    payer: str
    account: str
    text: str
    order: str
    reason: str
    where: Whereabouts
    facts: Sequence[Fact]
    events: Sequence[Event]
    candidates: Sequence[Candidate]
    approvals: Sequence[Approval]
    refunds: Sequence[tuple[OutgoingPayment, Standing]]


def payment_page(payment: IncomingPayment) -> PaymentPage:
    """Everything about one payment. A dozen queries."""
    details = PaymentDetails.objects.select_related("order").filter(payment=payment).first()
    where = whereabouts(payment)
    waiting = Suspense.objects.filter(payment=payment).first()
    events = payment.outcomes.select_related("fact__loan", "outgoing", "by").order_by("-pk")
    asked = Approval.objects.filter(about=payment.about, kind__in=KINDS, state=Approval.State.WAITING).select_related(
        "asked_by"
    )
    return PaymentPage(
        payment=payment,
        standing=of_incoming(where.waiting),
        method=method_words(payment),
        payer=masked("name", details.payer_name) if details else "",
        account=masked_account(details.payer_account) if details else "",
        text=details.remittance if details else "",
        order=details.order.number if details and details.order else "",
        reason=reason_words(waiting) if waiting else "",
        where=where,
        facts=standing_facts(payment),
        events=[Event(one, outcome_words(one)) for one in events],
        candidates=candidates(payment) if waiting else [],
        approvals=list(asked),
        refunds=[(one, of_outgoing(one)) for one in payment.refunds.order_by("-pk")],
    )


def waiting_approvals(user: User):
    """What of payments waits for a decision that `user` may make."""
    return waiting_for(user).filter(kind__in=KINDS)


def outgoing_list(state: str, page: str) -> tuple[list[tuple[OutgoingPayment, Standing, str]], Page]:
    """Money that goes out, newest first, of one state if given. Two queries."""
    found = OutgoingPayment.objects.select_related("loan", "borrower").order_by("-pk")
    if state:
        found = found.filter(state=state)
    shown = Paginator(found, PAGE_SIZE).get_page(page)
    return [(one, of_outgoing(one), str(PURPOSES[one.purpose])) for one in shown], shown
