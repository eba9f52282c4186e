"""Pages of money in and out for finance: the day, suspense, one payment, what waits for a second person, cash."""

import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.close.models import Close
from duly.console.payment_lists import (
    KINDS,
    day_of_payments,
    entries_to_explain,
    outgoing_list,
    payment_page,
    waiting_approvals,
    waiting_list,
)
from duly.console.payment_words import LINES, METHODS
from duly.console.views import cannot_answer
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.lending.models import Fact, Loan
from duly.payments.came_back import ask_came_back
from duly.payments.explaining import ask_explanation
from duly.payments.models import BankEntry, IncomingPayment, OutgoingPayment
from duly.payments.outgoing import decline_without_credit, mark_sent, mark_settled, stop
from duly.payments.reconciliation import reconcile
from duly.payments.refunds import ask_refund_of_credit, ask_refund_of_suspense
from duly.payments.staff_entry import METHODS as STAFF_METHODS
from duly.payments.staff_entry import ask_staff_payment
from duly.payments.suspense import Part, ask_own_transfer, ask_undo, assign
from duly.people.access import open_to
from duly.people.approvals import approve, decline, kind_of
from duly.people.models import Approval
from duly.people.roles import Role, roles_of

LOOK_AT = (Role.FINANCE, Role.COMPLIANCE)
PARTS = 3


class EntryForm(forms.Form):
    """A payment that staff took."""

    loan = forms.CharField(max_length=64)
    amount = forms.CharField(max_length=28)
    value_date = forms.DateField()
    method = forms.ChoiceField(choices=[(one, one) for one in STAFF_METHODS])
    number = forms.CharField(max_length=100)


@require_safe
@open_to(*LOOK_AT)
def payments(request: HttpRequest) -> HttpResponse:
    """The money of one day: today's unless the address names another."""
    asked = request.GET.get("on", "")
    try:
        on = datetime.date.fromisoformat(asked) if asked else timezone.localdate()
    except ValueError:
        why = gettext("“%(date)s” is not a date. Write it as 2026-03-31.") % {"date": asked}
        return cannot_answer(request, why, "payments")
    shown = day_of_payments(on, request.user, request.GET.get("page", "1"))
    return render(request, "console/payments.html", {"page": "payments", "day": shown, "may_act": may_act(request)})


@require_safe
@open_to(*LOOK_AT)
def suspense(request: HttpRequest) -> HttpResponse:
    """What waits for somebody to say whose it is."""
    rows, shown, sums = waiting_list(request.GET.get("page", "1"))
    return render(request, "console/suspense.html", {"page": "payments", "rows": rows, "shown": shown, "sums": sums})


@require_safe
@open_to(*LOOK_AT)
def payment(request: HttpRequest, number: int) -> HttpResponse:
    """One payment with everything that became of it."""
    found = get_object_or_404(IncomingPayment.objects.select_related("fact__loan"), pk=number)
    context = {
        "page": "payments",
        "shown": payment_page(found),
        "payment": found,
        "parts": range(1, PARTS + 1),
        "may_act": may_act(request),
    }
    return render(request, "console/payment.html", context)


@require_POST
@open_to(Role.FINANCE)
def assign_payment(request: HttpRequest, number: int) -> HttpResponse:
    """Post what waits of a payment to the loans that the form names."""
    found = get_object_or_404(IncomingPayment, pk=number)
    try:
        parts = [
            Part(reference, parse_money(_plain(request, f"amount_{place}"), decimals(found.currency), "/amount"))
            for place in range(1, PARTS + 1)
            if (reference := request.POST.get(f"loan_{place}", "").strip())
        ]
        assign(found, parts, request.user, remember=request.POST.get("remember") == "1")
    except InputError as error:
        return _not_done(request, error, "payment", number)
    return _done(request, gettext("Posted."), "payment", number)


@require_POST
@open_to(Role.FINANCE)
def ask_about_payment(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a refund, a transfer of one's own, or a posting taken back: a second person decides."""
    found = get_object_or_404(IncomingPayment, pk=number)
    what, why = request.POST.get("what", ""), request.POST.get("why", "").strip()
    try:
        if not why:
            raise InputError(gettext("A reason is missing"), "/why", gettext("say in a line why"))
        if what == "refund":
            amount = parse_money(_plain(request, "amount"), decimals(found.currency), "/amount")
            ask_refund_of_suspense(found, amount, request.user, why)
        elif what == "own":
            ask_own_transfer(found, request.user, why)
        elif what == "undo":
            fact = get_object_or_404(Fact.objects.select_related("loan"), pk=request.POST.get("fact") or 0)
            ask_undo(found, fact, request.user, why)
        else:
            raise InputError(gettext("The form does not say what is asked"), "/what", gettext("choose one"))
    except InputError as error:
        return _not_done(request, error, "payment", number)
    return _done(request, gettext("Asked for. It waits for a second person."), "payment", number)


@require_safe
@open_to(*LOOK_AT)
def money_out(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and the payments that go out."""
    state = request.GET.get("state", "")
    if state and state not in OutgoingPayment.State.values:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.")
        return cannot_answer(request, why % {"filter": f"state={state}"}, "payments")
    rows, shown = outgoing_list(state, request.GET.get("page", "1"))
    asked = [(one, kind_of(one)) for one in waiting_approvals(request.user)[:50]]
    context = {
        "page": "payments",
        "rows": rows,
        "shown": shown,
        "state": state,
        "asked": [(one, kind.title, kind.shown(one.content)) for one, kind in asked],
        "may_act": may_act(request),
    }
    return render(request, "console/payments_out.html", context)


@require_POST
@open_to(Role.FINANCE)
def decide_payment_approval(request: HttpRequest, number: int) -> HttpResponse:
    """Agree to what a colleague asked for about money, or refuse it."""
    asked = get_object_or_404(Approval, pk=number, kind__in=KINDS)
    try:
        if request.POST.get("answer") == "approve":
            approve(asked, request.user)
            said = gettext("Agreed, and done.")
        else:
            decline(asked, request.user, request.POST.get("why", ""))
            said = gettext("Declined.")
    except InputError as error:
        return _not_done(request, error, "money_out")
    except PermissionDenied as error:
        messages.error(request, str(error), extra_tags="late")
        return redirect("money_out")
    return _done(request, said, "money_out")


@require_POST
@open_to(Role.FINANCE)
def tell_of_outgoing(request: HttpRequest, number: int) -> HttpResponse:
    """Say by hand that a payment was sent, made or is to be stopped; that it came back takes two."""
    found = get_object_or_404(OutgoingPayment, pk=number)
    what, today = request.POST.get("what", ""), timezone.localdate()
    try:
        if what == "sent" and found.port == "hand":
            if decline_without_credit(found, today):
                raise InputError(
                    gettext("The credit balance is not there any more"), "/amount", gettext("hand nothing over")
                )
            mark_sent(found, today, reference="hand", by=request.user)
        elif what == "stop":
            stop(found, request.user, request.POST.get("why", ""))
        elif what == "settled":
            mark_settled(found, today, by=request.user)
        elif what == "returned":
            ask_came_back(found, request.user, gettext("told by staff"))
            return _done(request, gettext("Asked for. It waits for a second person."), "money_out")
        else:
            raise InputError(gettext("The form does not say what is asked"), "/what", gettext("choose one"))
    except InputError as error:
        return _not_done(request, error, "money_out")
    return _done(request, gettext("Recorded."), "money_out")


@open_to(Role.FINANCE)
def enter_payment(request: HttpRequest) -> HttpResponse:
    """The form for a payment that staff took; a second person agrees before it counts."""
    form = EntryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = Loan.objects.select_related("product").filter(reference=given["loan"]).first()
            currency = found.product.currency if found else "CNY"
            ask_staff_payment(
                given["loan"],
                parse_money(given["amount"].replace(",", ""), decimals(currency), "/amount"),
                given["value_date"],
                given["method"],
                given["number"],
                request.user,
            )
            return _done(request, gettext("Asked for. It waits for a second person."), "payments")
        except InputError as error:
            form.add_error(error.where.strip("/") if error.where.strip("/") in form.fields else None, error.what)
    context = {
        "page": "payments",
        "form": form,
        "today": timezone.localdate(),
        "methods": [(one, METHODS[one]) for one in STAFF_METHODS],
    }
    return render(request, "console/payments_enter.html", context)


@require_POST
@open_to(Role.FINANCE)
def ask_credit_refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for a loan's credit balance to be paid back."""
    found = get_object_or_404(Loan.objects.select_related("product", "borrower"), reference=reference)
    try:
        amount = parse_money(_plain(request, "amount"), decimals(found.product.currency), "/amount")
        ask_refund_of_credit(
            found, amount, request.user, request.POST.get("why", "").strip() or gettext("paid too much")
        )
    except InputError as error:
        return _not_done(request, error, "loan", reference)
    return _done(request, gettext("Asked for. It waits for a second person."), "loan", reference)


@require_safe
@open_to(*LOOK_AT)
def cash(request: HttpRequest) -> HttpResponse:
    """Cash in the book beside cash at the bank."""
    last = Close.objects.order_by("business_date").last()
    found = reconcile(last.business_date if last else None, last.facts_through if last else 0)
    shown = [(one, [(LINES[line.name], line.amount) for line in one.lines]) for one in found]
    return render(request, "console/payments_cash.html", {"page": "payments", "last": last, "currencies": shown})


@require_safe
@open_to(*LOOK_AT)
def entries(request: HttpRequest) -> HttpResponse:
    """Entries of the bank that nothing on record explains."""
    rows, shown = entries_to_explain(request.GET.get("page", "1"))
    context = {"page": "payments", "rows": rows, "shown": shown, "may_act": may_act(request)}
    return render(request, "console/payments_entries.html", context)


@require_POST
@open_to(Role.FINANCE)
def explain(request: HttpRequest, number: int) -> HttpResponse:
    """Say what an entry was for: a second person decides."""
    try:
        ask_explanation(get_object_or_404(BankEntry, pk=number), request.POST.get("why", ""), request.user)
    except InputError as error:
        return _not_done(request, error, "entries_to_explain")
    return _done(request, gettext("Asked for. It waits for a second person."), "entries_to_explain")


def may_act(request: HttpRequest) -> bool:
    """Whether whoever is signed in may do something here, or only look."""
    return Role.FINANCE in roles_of(request.user)


def _plain(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip().replace(",", "")


def _done(request: HttpRequest, said: str, page: str, *of: object) -> HttpResponse:
    messages.success(request, said)
    return redirect(reverse(page, args=of))


def _not_done(request: HttpRequest, error: InputError, page: str, *of: object) -> HttpResponse:
    messages.error(request, f"{error.what}; {error.remedy}.", extra_tags="late")
    return redirect(reverse(page, args=of))
