"""Automatic payment: a borrower lets what is due be collected from their bank account, by a code, and ends it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.engine.errors import InputError
from duly.payments import mandates
from duly.payments.accounts import accounts_in_force
from duly.payments.models import BorrowerAccount
from duly.payments.payer_accounts import masked_account
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.models import Borrower
from duly.people.roles import Role
from duly.people.sign_in.recent import needs_recent_sign_in
from duly.portal.own import number_in, own_record
from duly.screens.refusals import tell_refusal


@require_safe
@open_to(Role.BORROWER)
@needs_recent_sign_in("my_automatic_payment", "my_sign_in")
def automatic_payment(request: HttpRequest) -> HttpResponse:
    """Whether what is due is collected, from which account; the text to sign for the account that is chosen."""
    borrower = own_record(request)
    accounts = _bank_accounts(borrower)
    asked = request.GET.get("account", "")
    chosen = get_object_or_404(accounts, pk=number_in(asked)) if asked else None
    mandate = mandates.mandate_of(borrower)
    context = {
        "page": "home",
        "mandate": mandate,
        "collected_from": masked_account(mandate.account.number) if mandate else "",
        "accounts": [(one, masked_account(one.number)) for one in accounts],
        "chosen": chosen,
        "text": mandates.mandate_text(chosen, language_now()) if chosen else "",
        "code_sent": request.GET.get("code") == "sent",
    }
    return render(request, "portal/automatic_payment.html", context)


@require_POST
@open_to(Role.BORROWER)
def send_mandate_code(request: HttpRequest) -> HttpResponse:
    """Send the code that signs the text for the chosen account."""
    account = _chosen(request)
    try:
        mandates.ask_to_sign(account, language_now())
    except InputError as error:
        tell_refusal(request, error)
        return redirect(_page_of(account))
    return redirect(f"{_page_of(account)}&code=sent#sign")


@require_POST
@open_to(Role.BORROWER)
def sign_mandate(request: HttpRequest) -> HttpResponse:
    """Sign with the code. A wrong code leaves everything as it is."""
    account = _chosen(request)
    try:
        mandates.sign(account, language_now(), request.POST.get("code", ""))
    except InputError as error:
        tell_refusal(request, error)
        return redirect(f"{_page_of(account)}&code=sent#sign")
    messages.success(request, gettext("What falls due is collected from now on."), extra_tags="good")
    return redirect("my_automatic_payment")


@require_POST
@open_to(Role.BORROWER)
def end_mandate(request: HttpRequest) -> HttpResponse:
    """End it: nothing more is collected."""
    mandate = mandates.mandate_of(own_record(request))
    if mandate is not None:
        mandates.end(mandate, "by the borrower")
        messages.success(request, gettext("Nothing more is collected. Pay what falls due yourself."), extra_tags="good")
    return redirect("my_automatic_payment")


def _bank_accounts(borrower: Borrower):
    return accounts_in_force(borrower).filter(kind=BorrowerAccount.Kind.BANK)


def _chosen(request: HttpRequest) -> BorrowerAccount:
    return get_object_or_404(_bank_accounts(own_record(request)), pk=number_in(request.POST.get("account", "")))


def _page_of(account: BorrowerAccount) -> str:
    return f"{reverse('my_automatic_payment')}?account={account.pk}"
