"""The line and what is drawn from it: what is left, what a drawdown would cost, its contract, its signature."""

import datetime
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.borrowing.drawing import (
    ask_to_sign,
    contract_document,
    draw,
    give_up,
    quote_of_drawdown,
    sign,
)
from duly.borrowing.line_terms import LineTerms, parse_line_terms
from duly.borrowing.lines import LineStanding, not_drawable, standing_on
from duly.borrowing.models import CreditLine, Drawdown
from duly.borrowing.paying_out import disburse
from duly.borrowing.quoting import Quote, method_words, quote
from duly.engine.errors import InputError
from duly.payments.accounts import accounts_to_pay
from duly.people.access import open_to
from duly.people.consents import give, missing_for, text_of
from duly.people.languages import language_now
from duly.people.roles import Role
from duly.portal.amounts import typed_amount, typed_number
from duly.portal.own import open_line_of, own_drawdown, own_record
from duly.screens.papers import attachment
from duly.screens.refusals import tell_refusal


@dataclass(frozen=True)
class Choice:
    """One way to draw that is being looked at, as it was asked for, with its quote or why there is none.

    `suffix` tells its fields from those of the other choice; `amount` is in minor units.
    """

    suffix: str
    amount: int
    installments: int
    method: str
    quote: Quote | None
    why_not: str


@dataclass(frozen=True)
class Calculator:
    """What can be chosen on a line: amounts by the slider's bounds, terms, methods. Money in minor units."""

    standing: LineStanding
    terms: LineTerms
    most: int
    choices: list[Choice]

    @property
    def methods(self) -> list[tuple[str, str]]:
        """The ways of paying back, by code and in words."""
        return [(one, method_words(one)) for one in self.terms.methods]


@require_safe
@open_to(Role.BORROWER)
def my_line(request: HttpRequest) -> HttpResponse:
    """The open line with its calculator; without one, the way to apply."""
    borrower = own_record(request)
    today = timezone.localdate()
    line = open_line_of(borrower)
    if line is None:
        return render(request, "portal/no_line.html", {"page": "line"})
    standing = standing_on(line, today)
    context = {
        "page": "line",
        "line": line,
        "standing": standing,
        "under_way": line.drawdowns.filter(state__in=Drawdown.IN_PROGRESS).order_by("-pk"),
        "calculator": calculator(standing, request.GET, today),
        "key": secrets.token_urlsafe(16),
        "can_draw": not_drawable(standing) is None,
    }
    template = "portal/choices.html" if request.htmx else "portal/line.html"
    return render(request, template, context)


def calculator(standing: LineStanding, asked: Mapping[str, str], on: datetime.date) -> Calculator:
    """The choices that the address asks for, each worked out; a middling one where it asks for none."""
    terms = parse_line_terms(standing.line.product.terms)
    most = min(terms.amount_most, standing.left)
    most -= (most - terms.amount_least) % terms.amount_step
    choices = [_choice(standing.line, terms, most, asked, "", on)]
    if asked.get("compare") or asked.get("amount_2"):
        choices.append(_choice(standing.line, terms, most, asked, "_2", on))
    return Calculator(standing, terms, most, choices)


def _choice(
    line: CreditLine, terms: LineTerms, most: int, asked: Mapping[str, str], suffix: str, on: datetime.date
) -> Choice:
    amount_text = asked.get(f"amount{suffix}") or asked.get("amount", "")
    installments_text = asked.get(f"installments{suffix}") or ""
    method = asked.get(f"method{suffix}") or asked.get("method") or terms.methods[0]
    installments = terms.installments[len(terms.installments) // 2]
    found, why_not = None, ""
    wish = line.decision.application.amount or most
    amount = max(min(wish, most), 0)
    try:
        if installments_text:
            installments = typed_number(installments_text, "/installments")
        if amount_text:
            amount = typed_amount(amount_text, terms.currency)
        found = quote(line, amount, installments, method, on)
    except InputError as error:
        why_not = f"{error.what} {error.remedy}"
    return Choice(suffix, amount, installments, method, found, why_not)


@require_POST
@open_to(Role.BORROWER)
def draw_now(request: HttpRequest) -> HttpResponse:
    """Set aside what was chosen, and go on to its contract. The form's key makes a second press draw nothing more."""
    borrower = own_record(request)
    line = open_line_of(borrower)
    if line is None:
        raise Http404
    if not accounts_to_pay(borrower).exists():
        messages.info(request, gettext("First say where we shall pay you."), extra_tags="attention")
        return redirect(f"{reverse('my_accounts')}?next={reverse('my_line')}")
    now = timezone.now()
    try:
        amount = typed_amount(request.POST.get("amount", ""), line.product.currency)
        installments = typed_number(request.POST.get("installments", ""), "/installments")
        method = request.POST.get("method", "")
        key = f"portal:{line.reference}:{request.POST.get('key', '')[:64]}"
        made = draw(line, amount, installments, method, key=key, at=now, on=timezone.localdate(now))
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_line")
    return redirect("my_drawdown", made.reference)


@require_safe
@open_to(Role.BORROWER)
def my_drawdown(request: HttpRequest, reference: str) -> HttpResponse:
    """One drawdown: its key facts and its contract to read and sign; later, what became of it."""
    own = own_drawdown(request, reference)
    context = {
        "page": "line",
        "drawdown": own,
        "quote": quote_of_drawdown(own),
        "to_agree": [text_of(one, language_now()) for one in missing_for(own.line.borrower, "drawdown")],
        "code_sent": request.GET.get("code") == "sent",
    }
    return render(request, "portal/drawdown.html", context)


@require_safe
@open_to(Role.BORROWER)
def my_contract(request: HttpRequest, reference: str) -> HttpResponse:
    """The contract as PDF, in the language of the page; once it is signed, the one that was signed."""
    own = own_drawdown(request, reference)
    try:
        paper = contract_document(own, language_now())
    except InputError as error:
        raise Http404 from error
    return attachment(paper, "application/pdf", f"contract-{own.reference}.pdf")


@require_POST
@open_to(Role.BORROWER)
def send_signing_code(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the code that signs the contract in the language of the page."""
    own = own_drawdown(request, reference)
    try:
        for purpose in missing_for(own.line.borrower, "drawdown"):
            if purpose in request.POST.getlist("agree"):
                give(own.line.borrower, purpose, language_now())
        ask_to_sign(own, language_now(), timezone.now())
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_drawdown", reference)
    return redirect(f"{reverse('my_drawdown', args=[reference])}?code=sent#sign")


@require_POST
@open_to(Role.BORROWER)
def sign_contract(request: HttpRequest, reference: str) -> HttpResponse:
    """Sign with the code. A wrong code leaves everything as it is."""
    own = own_drawdown(request, reference)
    now = timezone.now()
    try:
        sign(own, language_now(), request.POST.get("code", ""), now)
    except InputError as error:
        tell_refusal(request, error)
        return redirect(f"{reverse('my_drawdown', args=[reference])}?code=sent#sign")
    try:
        disburse(own, now, timezone.localdate(now))
    except InputError as error:
        # It is signed all the same; it is paid out once what stands in the way is gone.
        messages.warning(request, f"{error.what} {error.remedy}", extra_tags="attention")
    return redirect("my_drawdown", reference)


@require_POST
@open_to(Role.BORROWER)
def give_up_drawdown(request: HttpRequest, reference: str) -> HttpResponse:
    """Not taken after all, before it is signed."""
    own = own_drawdown(request, reference)
    try:
        give_up(own, timezone.now())
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_drawdown", reference)
    return redirect("my_line")
