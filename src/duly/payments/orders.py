"""Orders: an amount that a borrower is about to pay on a loan, and how one stands."""

import datetime
import secrets
from typing import Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY
from duly.engine.position import Position
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.payments.models import PaymentDetails, PaymentOrder

GOOD_FOR = datetime.timedelta(minutes=30)
# Without letters and digits that are mistaken for each other on the telephone.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"

Standing = Literal["open", "paid", "expired"]


def open_order(
    loan: str, amount: int | None, purpose: str, key: str, now: datetime.datetime | None = None
) -> PaymentOrder:
    """An order to pay `amount` (minor units) on loan `loan` (its reference); the same key again is the same order.

    `purpose`: "due" (what has fallen due; the amount may be left out), "part" (any amount of it), "prepay" (more than
    is due, which reduces the principal), "settle" (the payoff of today, to the minor unit; may be left out). An order
    to settle is good until the end of the day, for tomorrow's payoff is another. Raises InputError for a loan on which
    nothing is owed, an amount that does not fit, and a key that is on record with another order.
    """
    now = now or timezone.now()
    if not 1 <= len(key) <= 128:
        raise InputError(f"{key[:80]!r} will not do", "/key", "give 1 to 128 characters")
    if purpose not in PaymentOrder.Purpose.values:
        raise InputError(f"{purpose!r} is not a purpose", "/purpose", f"use {', '.join(PaymentOrder.Purpose.values)}")
    there = PaymentOrder.objects.select_related("loan").filter(key=key).first()
    if there is not None:
        return _same(there, loan, amount, purpose)
    of = Loan.objects.select_related("product").filter(reference=loan).first()
    if of is None:
        raise InputError(f"there is no loan {loan!r}", "/loan", "name the reference of a loan on record")
    amount = _amount(position_on(of, timezone.localdate(now)), amount, purpose)
    with transaction.atomic():
        made, fresh = PaymentOrder.objects.get_or_create(
            key=key,
            defaults={
                "number": new_number(now),
                "loan": of,
                "purpose": purpose,
                "amount": amount,
                "currency": of.product.currency,
                "expires_at": _expiry(now, purpose),
            },
        )
    return made if fresh else _same(made, loan, amount, purpose)


def new_number(now: datetime.datetime) -> str:
    """A number for an order: its day, and so many letters and digits that nobody guesses it."""
    return f"{timezone.localdate(now):%Y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(20))


def payment_of(order: PaymentOrder) -> PaymentDetails | None:
    """The details of the payment that was posted for `order`; None when it is not paid."""
    return order.payments.filter(payment__fact__isnull=False).first()


def standing(order: PaymentOrder, now: datetime.datetime) -> Standing:
    """How an order stands at `now`: open, paid or expired."""
    if payment_of(order) is not None:
        return "paid"
    return "open" if now < order.expires_at else "expired"


def owes_nothing(position: Position) -> bool:
    """Whether nothing at all is owed on a loan any more, now or later."""
    return position.status != "written_off" and not any(position.outstanding.values())


def _same(there: PaymentOrder, loan: str, amount: int | None, purpose: str) -> PaymentOrder:
    if (there.loan.reference, there.purpose) != (loan, purpose) or amount not in (None, there.amount):
        raise InputError(
            f"the key {there.key!r} is on record with another order", "/key", "give each order its own key"
        )
    return there


def _expiry(now: datetime.datetime, purpose: str) -> datetime.datetime:
    if purpose != PaymentOrder.Purpose.SETTLE:
        return now + GOOD_FOR
    tomorrow = timezone.localdate(now) + datetime.timedelta(days=1)
    return min(now + GOOD_FOR, timezone.make_aware(datetime.datetime.combine(tomorrow, datetime.time())))


def _amount(position: Position, amount: int | None, purpose: str) -> int:
    if owes_nothing(position):
        raise InputError(gettext("Nothing is owed on this loan."), "/loan", gettext("There is nothing to pay."))
    due = sum(position.due.values())
    asked = {"due": due, "settle": position.payoff}.get(purpose)
    if amount is None:
        amount = asked
    if amount is None or amount < 1 or amount > MAX_MONEY:
        raise InputError(
            gettext("This is not an amount that can be paid."), "/amount", gettext("Write what you want to pay.")
        )
    if asked is not None and amount != asked:
        raise InputError(
            gettext("This is not what is asked today."), "/amount", gettext("Look again at the amount of today.")
        )
    if amount > position.payoff:
        raise InputError(gettext("This is more than what settles the loan."), "/amount", gettext("Pay that, or less."))
    return amount
