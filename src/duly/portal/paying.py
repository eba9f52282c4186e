"""Paying: what to pay, how much, and on to the wallet."""

import datetime
import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.lending.models import Loan
from duly.lending.positions import LoanOn, loans_on, position_on
from duly.payments.models import PaymentOrder
from duly.payments.orders import open_order
from duly.payments.wallet.gateway import pay_address
from duly.people.access import open_to
from duly.people.roles import Role
from duly.portal.own import own_loan, own_record

Purpose = PaymentOrder.Purpose
# The next installment, before it is due: part of what is owed.
NEXT = "next"
PURPOSE_OF = {NEXT: Purpose.PART}


@dataclass(frozen=True)
class ToPay:
    """What can be paid on one loan today, in minor units; `next_amount` is 0 where something is due already."""

    held: LoanOn
    due: int
    next_amount: int
    next_on: datetime.date | None
    settles: int


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def my_payment(request: HttpRequest) -> HttpResponse:
    """Choose what to pay; posting opens an order and goes on to the wallet."""
    borrower = own_record(request)
    if request.method == "POST":
        try:
            return redirect(_address(own_loan(request, request.POST.get("loan", "")), request))
        except InputError as error:
            messages.error(request, f"{error.what} {error.remedy}", extra_tags="late")
            return redirect(request.get_full_path())
    named = request.GET.get("loan", "")
    held = [one for one in loans_on(borrower, timezone.localdate()) if one.position.status == "open"]
    shown = [_to_pay(one) for one in held if named in ("", one.loan.reference)]
    shown.sort(key=lambda one: -one.held.position.days_past_due)
    return render(request, "portal/pay.html", {"page": "home", "loans": shown, "key": secrets.token_urlsafe(16)})


def _to_pay(held: LoanOn) -> ToPay:
    standing, due = held.position, held.due_now
    return ToPay(
        held=held,
        due=due,
        next_amount=0 if due else standing.next_due_amount,
        next_on=None if due else standing.next_due_on,
        settles=standing.payoff,
    )


def _address(loan: Loan, request: HttpRequest) -> str:
    what, key = request.POST.get("what", ""), f"portal:{loan.reference}:{request.POST.get('key', '')[:64]}"
    on_a_phone = "Mobi" in request.headers.get("User-Agent", "")
    order = open_order(loan.reference, _amount(loan, what, request), PURPOSE_OF.get(what, what), key)
    back = request.build_absolute_uri(reverse("my_loan", args=[loan.reference]))
    return pay_address(order, phone=on_a_phone, return_url=back)


def _amount(loan: Loan, what: str, request: HttpRequest) -> int | None:
    if what == NEXT:
        return position_on(loan, timezone.localdate()).next_due_amount
    if what != Purpose.PART:
        return None
    typed = request.POST.get("amount", "").replace(",", "").strip()
    return parse_money(typed, decimals(loan.product.currency), "/amount")
