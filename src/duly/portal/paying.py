"""Paying: what to pay, how much, and on to the wallet."""

import datetime
import secrets
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.lending.positions import LoanOn, loans_on, position_on
from duly.payments.models import PaymentOrder
from duly.payments.orders import open_order, standing
from duly.payments.wallet.gateway import pay_address
from duly.people.access import open_to
from duly.people.roles import Role
from duly.portal.amounts import typed_amount
from duly.portal.own import own_loan, own_record
from duly.screens.refusals import tell_refusal

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
    """Choose what to pay; posting opens an order."""
    borrower = own_record(request)
    if request.method == "POST":
        try:
            order = _order(own_loan(request, request.POST.get("loan", "")), request)
            return redirect("my_order", order.number)
        except InputError as error:
            tell_refusal(request, error)
            return redirect(request.get_full_path())
    named = request.GET.get("loan", "")
    held = [one for one in loans_on(borrower, timezone.localdate()) if one.position.status == "open"]
    shown = [_to_pay(one) for one in held if named in ("", one.loan.reference)]
    shown.sort(key=lambda one: -one.held.position.days_past_due)
    return render(request, "portal/pay.html", {"page": "home", "loans": shown, "key": secrets.token_urlsafe(16)})


@require_safe
@open_to(Role.BORROWER)
def my_order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: on to the wallet by a link (a form may not lead to another site), and afterwards how it stands."""
    order = (
        PaymentOrder.objects.select_related("loan__product")
        .filter(number=number, loan__borrower=own_record(request))
        .first()
    )
    if order is None:
        raise Http404
    context = {"page": "home", "order": order, "standing": standing(order, timezone.now())}
    if context["standing"] == "open":
        on_a_phone = "Mobi" in request.headers.get("User-Agent", "")
        try:
            context["wallet"] = pay_address(order, phone=on_a_phone, return_url=request.build_absolute_uri())
        except InputError as error:
            context["why_not"] = f"{error.what}; {error.remedy}"
    return render(request, "portal/order.html", context)


def _to_pay(held: LoanOn) -> ToPay:
    standing, due = held.position, held.due_now
    return ToPay(
        held=held,
        due=due,
        next_amount=0 if due else standing.next_due_amount,
        next_on=None if due else standing.next_due_on,
        settles=standing.payoff,
    )


def _order(loan: Loan, request: HttpRequest) -> PaymentOrder:
    what, key = request.POST.get("what", ""), f"portal:{loan.reference}:{request.POST.get('key', '')[:64]}"
    return open_order(loan.reference, _amount(loan, what, request), PURPOSE_OF.get(what, what), key)


def _amount(loan: Loan, what: str, request: HttpRequest) -> int | None:
    if what == NEXT:
        return position_on(loan, timezone.localdate()).next_due_amount
    if what != Purpose.PART:
        return None
    return typed_amount(request.POST.get("amount", ""), loan.product.currency)
