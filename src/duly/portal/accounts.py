"""The accounts that a borrower is paid to: added, shown by their last four, ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from duly.engine.errors import InputError
from duly.payments.accounts import accounts_in_force, add_account, end_account
from duly.payments.models import BorrowerAccount
from duly.payments.payer_accounts import masked_account
from duly.people.access import open_to
from duly.people.roles import Role
from duly.people.sign_in.recent import needs_recent_sign_in
from duly.portal.own import number_in, own_record

KINDS = {
    BorrowerAccount.Kind.BANK: gettext_lazy("Bank account"),
    BorrowerAccount.Kind.WALLET: pgettext_lazy("account", "Wallet"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
@needs_recent_sign_in("my_accounts", "my_sign_in")
def my_accounts(request: HttpRequest) -> HttpResponse:
    """The accounts; posting adds one, or ends the one that is named."""
    borrower = own_record(request)
    given, wrong = request.POST, ""
    if request.method == "POST":
        try:
            if "end" in given:
                end_account(get_object_or_404(accounts_in_force(borrower), pk=number_in(given["end"])))
            else:
                kind, bank = given.get("kind", ""), given.get("bank", "")
                # In their own name whatever is sent: nobody has their loan paid out to somebody else.
                add_account(borrower, given.get("number", ""), holder=borrower.name, kind=kind, bank=bank)
                messages.success(request, gettext("The account is on record."), extra_tags="good")
            return redirect(_back(request))
        except InputError as error:
            wrong = f"{error.what} {error.remedy}"
    context = {
        "page": "line",
        "accounts": [(one, KINDS[one.kind], masked_account(one.number)) for one in accounts_in_force(borrower)],
        "kinds": KINDS.items(),
        "given": given,
        "wrong": wrong,
        "next": request.GET.get("next", ""),
    }
    return render(request, "portal/accounts.html", context, status=422 if wrong else 200)


def _back(request: HttpRequest) -> str:
    to = request.GET.get("next", "")
    there = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return to if there else reverse("my_accounts")
