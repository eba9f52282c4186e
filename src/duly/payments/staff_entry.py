"""Money that a member of staff says has come (cash, cheque, transfer): recorded once somebody else has agreed."""

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext

from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY
from duly.lending.models import Loan
from duly.payments.incoming import receive
from duly.payments.statements.entries import in_words
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "staff_payment"
METHODS = ("cash", "cheque", "transfer")


def ask_staff_payment(
    loan: str, amount: int, value_date: datetime.date, method: str, number: str, by: User
) -> Approval:
    """Ask for a payment to be recorded: `number` is that of the receipt, cheque or transfer, and counts once.

    Raises InputError for what could not be recorded.
    """
    if method not in METHODS:
        raise InputError(f"{method!r} is not a way to pay", "/method", f"use {', '.join(METHODS)}")
    if not 1 <= len(number.strip()) <= 100:
        raise InputError("the number of the receipt is missing", "/number", "give 1 to 100 characters")
    if not 1 <= amount <= MAX_MONEY:
        raise InputError("this is not an amount that can be paid", "/amount", "give more than nothing")
    found = Loan.objects.select_related("product").filter(reference=loan).first()
    if found is None:
        raise InputError(f"there is no loan {loan!r}", "/loan", "name the reference of a loan on record")
    if value_date < found.disbursed_on:
        raise InputError("the loan was not yet disbursed then", "/value_date", "give a later date")
    if value_date > timezone.localdate():
        raise InputError("that day is still to come", "/value_date", "give the day on which the money was taken")
    content = {
        "loan": loan,
        "amount": amount,
        "currency": found.product.currency,
        "value_date": value_date.isoformat(),
        "method": method,
        "number": number.strip(),
    }
    return approvals.ask(KIND, content, by, loan)


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (gettext("Loan"), content["loan"]),
        (gettext("Amount"), in_words(content["amount"], content["currency"])),
        (pgettext("payment", "Paid on"), content["value_date"]),
        (gettext("Way"), content["method"]),
        (gettext("Receipt"), content["number"]),
    ]


@approvals.carries_out(
    KIND, title=gettext_lazy("Record a payment taken by staff"), approvers=[Role.FINANCE], shown=_shown
)
def record_staff_payment(content: dict[str, Any], approval: Approval) -> str:
    """Record a payment that a second person agreed to."""
    receipt = receive(
        f"staff:{content['method']}",
        content["number"],
        content["amount"],
        content["currency"],
        datetime.date.fromisoformat(content["value_date"]),
        method=content["method"],
        loan=content["loan"],
        may_wait=False,
    )
    if receipt.known:
        raise InputError(f"receipt {content['number']} is on record already", "/number", "look at that payment first")
    return str(receipt.payment_id)
