"""What every request passes: the door that fits the page, the second factor of staff, the headers of every answer.

And where somebody asks too often, the page that says so.
"""

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import RateLimited, respond_429
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import patch_vary_headers

from duly.people.roles import STAFF, Role, roles_of

# Everything a page needs comes from here; nothing inline, nothing from elsewhere.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Django's admin is unfold's: its pages have scripts and styles of their own, inline. Administrators alone see them.
ADMIN_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Whose pages begin so, and the door that leads to them; all others are the staff's.
DOORS = {"/my/": "my_sign_in", "/agency/": "agency_sign_in"}
# Who works with other people's data needs a second factor: the lender's staff, and agencies'.
WITH_SECOND_FACTOR = STAFF | {Role.AGENCY}
# Pages by which a member of staff gets a second factor, or goes.
WITHOUT_SECOND_FACTOR = ("mfa_", "account_", "logout", "language", "set_language")


class PageHeaders:
    """Middleware: every answer has a strict content policy and is kept by nobody, unless its view says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = ADMIN_POLICY if request.path.startswith("/admin/") else CONTENT_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.headers["Cache-Control"] == "no-store":
            patch_vary_headers(response, ["Cookie"])
        return response


class Doors(LoginRequiredMiddleware):
    """Who is not signed in is led to the door of the page: borrowers' and agencies' are their own, all else staff's."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponse | None:
        if request.user.is_authenticated or not getattr(view_func, "login_required", True):
            return None
        door = next((door for start, door in DOORS.items() if request.path.startswith(start)), "login")
        return redirect_to_login(request.get_full_path(), resolve_url(door))


class SecondFactor:
    """Middleware: staff without a second factor get no further than the pages on which they set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponse | None:
        if not settings.DULY_STAFF_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name or ""
        if name.startswith(WITHOUT_SECOND_FACTOR) or getattr(view_func, "open_to", True) is None:
            return None
        is_staff = request.user.is_staff or not WITH_SECOND_FACTOR.isdisjoint(roles_of(request.user))
        if not is_staff or is_mfa_enabled(request.user):
            return None
        return redirect("mfa_index")


class AskedTooOften:
    """Middleware: who asks for codes too often is told to wait, on whichever page it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return respond_429(request) if isinstance(exception, RateLimited) else None
