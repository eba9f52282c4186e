"""Settlement for less: asked for, agreed by a second person, kept by the payment, lapsed by its day.

What the borrower paid counts by its value date, so money that was in time is in time however late it is recorded. The
rest is waived on the day of the payment that reached the amount; if that payment bounces, the waiver is taken back.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.words import money_words
from duly.collection import timeline
from duly.collection.legal.models import Settlement
from duly.collection.services import hold
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Fact, Loan
from duly.lending.positions import position_on
from duly.lending.services import reverse_fact, waive
from duly.people import approvals
from duly.people.models import Approval, Borrower
from duly.people.roles import Role

KIND = "settle_for_less"
State = Settlement.State
# A payment may come back for so long after it was made, by the rules of the schemes that lenders collect through.
MAY_COME_BACK = datetime.timedelta(days=400)


@transaction.atomic
def ask_to_settle(loan: Loan, amount: int, pay_by: datetime.date, by: User, now: datetime.datetime) -> Settlement:
    """Ask for an offer to take `amount` (minor units) for all that `loan` owes if it is paid by `pay_by`.

    It waits for a second person and only then is an offer. Raises InputError.
    """
    on = lender_date(now)
    standing = position_on(loan, on)
    owed = sum(standing.outstanding.values()) if standing.status == "open" else 0
    if not 0 < amount < owed:
        raise InputError(
            gettext("A settlement is for less than what is owed, and for something."),
            "/amount",
            gettext("Give an amount above zero and below %(owed)s.")
            % {"owed": money_words(owed, loan.product.currency)},
        )
    if pay_by < on:
        raise InputError(gettext("That day is over."), "/pay_by", gettext("Give today or a later day."))
    try:
        with transaction.atomic():
            asked = Settlement.objects.create(
                loan=loan, amount=amount, owed=owed, pay_by=pay_by, asked_by=by.get_username(), asked_at=now
            )
    except IntegrityError:
        raise InputError(
            gettext("An offer for this loan is open already."), "/loan", gettext("Withdraw that one first.")
        ) from None
    asked.approval = approvals.ask(KIND, {"settlement": asked.pk}, by, loan.reference)
    asked.save(update_fields=["approval"])
    return asked


def withdraw_settlement(settlement: Settlement, by: str, now: datetime.datetime) -> None:
    """Take back an offer that still waits for its second person; one that was made stands until its day."""
    if not Settlement.objects.filter(pk=settlement.pk, state=State.WAITING).update(state=State.WITHDRAWN):
        raise InputError(
            gettext("This offer was made: the borrower may rely on it."),
            "/settlement",
            gettext("It lapses by its day."),
        )
    timeline.note(settlement.loan.borrower, "settlement", f"withdrawn by {by}", now)


def open_settlement(loan_ids: Collection[int], on: datetime.date) -> dict[int, Settlement]:
    """The offers that a borrower may take on `on`, by loan. One query."""
    found = Settlement.objects.filter(loan_id__in=loan_ids, state=State.OFFERED, pay_by__gte=on)
    return {one.loan_id: one for one in found.select_related("loan__product")}


def borrowers_stopped(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Who has an offer that runs: nobody is chased while they may take it. One query."""
    found = Settlement.objects.filter(loan__borrower_id__in=borrower_ids, state=State.OFFERED, pay_by__gte=on)
    rows = found.values_list("loan__borrower_id", "pay_by")
    return {borrower_id: f"settlement offered until {pay_by}" for borrower_id, pay_by in rows}


def settle_what_was_paid(loan_ids: Collection[int], **_: object) -> int:
    """Waive the rest of the loans whose settlement is paid; how many there were. Heard on `money_arrived`.

    One query where no offer is open.
    """
    offered = Settlement.objects.filter(state=State.OFFERED)
    if len(loan_ids) <= 500:
        offered = offered.filter(loan_id__in=loan_ids)
    ids = [pk for pk, loan_id in offered.values_list("pk", "loan_id") if loan_id in loan_ids]
    return sum(_settle(pk) for pk in ids)


def settlements_after_close(day: datetime.date, now: datetime.datetime) -> None:
    """Let lapse what was not paid by its day, settle what a late record shows as paid, undo what came back."""
    offered = Settlement.objects.filter(state=State.OFFERED, pay_by__lte=day)
    for pk in list(offered.values_list("pk", flat=True)):
        _settle(pk)
    lapsed = Settlement.objects.filter(state=State.OFFERED, pay_by__lt=day)
    for one in list(lapsed.select_related("loan__borrower")):
        Settlement.objects.filter(pk=one.pk).update(state=State.LAPSED)
        timeline.note(one.loan.borrower, "settlement", f"lapsed: not paid by {one.pay_by}", now)
    came_back = Fact.objects.filter(
        reverses__kind="paid",
        value_date__gte=day - MAY_COME_BACK,
        loan__settlements__state=State.KEPT,
        reverses__value_date__gte=F("loan__settlements__offered_on"),
        reverses__value_date__lte=F("loan__settlements__pay_by"),
    )
    for pk in set(came_back.values_list("loan__settlements__pk", flat=True)):
        _undo(pk, day, now)


def paid_towards(settlement: Settlement) -> tuple[int, datetime.date | None]:
    """What was paid on the settlement's days and not taken back, and the value date on which it reached the amount."""
    assert settlement.offered_on is not None
    facts = Fact.objects.filter(
        loan_id=settlement.loan_id,
        kind__in=("paid", "recovered"),
        value_date__gte=settlement.offered_on,
        value_date__lte=settlement.pay_by,
        reversed_by=None,
    )
    total, reached = 0, None
    for amount, value_date in facts.order_by("value_date", "pk").values_list("amount", "value_date"):
        total += amount
        if reached is None and total >= settlement.amount:
            reached = value_date
    return total, reached


@transaction.atomic
def _settle(pk: int) -> bool:
    held = (
        Settlement.objects.select_for_update(of=("self",)).select_related("loan__product", "loan__borrower").get(pk=pk)
    )
    if held.state != State.OFFERED:
        return False
    _, reached = paid_towards(held)
    if reached is None:
        return False
    if any(position_on(held.loan, reached).outstanding.values()):
        held.fact = waive(held.loan.reference, "all", None, reached, key=f"settlement/{pk}", source=f"settlement {pk}")
    held.state, held.kept_on = State.KEPT, reached
    held.save(update_fields=["state", "kept_on", "fact"])
    timeline.note(held.loan.borrower, "settlement", "paid: the rest is waived", timezone.now())
    return True


@transaction.atomic
def _undo(pk: int, day: datetime.date, now: datetime.datetime) -> None:
    held = Settlement.objects.select_for_update(of=("self",)).select_related("loan__borrower", "fact").get(pk=pk)
    if held.state != State.KEPT or paid_towards(held)[1] is not None:
        return
    if held.fact is not None:
        key = held.fact.idempotency_key
        reverse_fact(key, held.fact.value_date, key=f"{key}/undone", source="the payment came back")
    held.state = State.UNDONE
    held.save(update_fields=["state"])
    timeline.note(held.loan.borrower, "settlement", "undone: the payment came back", now)


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    one = Settlement.objects.select_related("loan__product").get(pk=content["settlement"])
    currency = one.loan.product.currency
    return [
        (gettext("Loan"), one.loan.reference),
        (gettext("Owed in all when asked"), money_words(one.owed, currency)),
        (gettext("To be paid"), money_words(one.amount, currency)),
        (gettext("Given up"), money_words(one.owed - one.amount, currency)),
        (gettext("Until"), one.pay_by.isoformat()),
    ]


@approvals.carries_out(
    KIND, title=gettext_lazy("Offer to settle for less"), approvers=[Role.FINANCE, Role.COMPLIANCE], shown=_shown
)
def offer(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: the offer stands from today, and the playbook rests while it does."""
    now = timezone.now()
    held = (
        Settlement.objects.select_for_update(of=("self",))
        .select_related("loan__borrower")
        .get(pk=content["settlement"])
    )
    on = lender_date(now)
    if held.state != State.WAITING or held.pay_by < on:
        raise InputError(gettext("The day of this offer is over, or it was withdrawn"), "/pay_by", gettext("ask anew"))
    held.state, held.offered_on = State.OFFERED, on
    held.save(update_fields=["state", "offered_on"])
    borrower: Borrower = held.loan.borrower
    hold([borrower.pk], f"settlement offered until {held.pay_by}", now)
    timeline.note(borrower, "settlement", f"offered until {held.pay_by}", now)
    return held.loan.reference
