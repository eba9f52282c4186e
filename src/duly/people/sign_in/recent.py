"""Dangerous acts ask again who it is: they need a sign-in of the last minutes."""

import time
from collections.abc import Callable
from functools import wraps

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext

View = Callable[..., HttpResponse]


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether who is signed in showed who they are within settings.ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def needs_recent_sign_in(back: str, door: str) -> Callable[[View], View]:
    """A page for who signed in lately. Others show who they are again, and come back: to this page if they were only
    looking, else to the page named `back`.

    Who has a password or a second factor is asked for it; who has neither signs in anew by the `door`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if signed_in_recently(request):
                return view(request, *args, **kwargs)
            there = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url(back)
            if get_reauthentication_flows(request.user):
                return redirect_to_login(there, resolve_url("account_reauthenticate"))
            return sign_in_anew(request, there, door)

        return page

    return decorate


def sign_in_anew(request: HttpRequest, there: str, door: str) -> HttpResponse:
    """Sign them out, and lead them by the `door` back to the address `there`."""
    logout(request)
    messages.info(request, gettext("To be sure that it is you, sign in again. Then do it once more."))
    return redirect_to_login(there, resolve_url(door))
