"""Who is let in: a client whose token has the scope, or, to read, staff whose role has it. Everybody else is not."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.security import HttpBearer, SessionAuth
from oauth2_provider.models import AbstractAccessToken, get_access_token_model

from duly.api.models import Client
from duly.api.problems import ProblemError
from duly.api.rates import Allowance, rates
from duly.api.scopes import SCOPES
from duly.lending.models import Loan
from duly.people.models import Borrower
from duly.people.roles import STAFF, roles_of
from duly.people.visibility import limited, visible_borrowers

# The page of the documentation draws with styles of its own making; scripts come from here alone.
DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Row = TypeVar("Row", bound=Model)
UNKNOWN_TOKEN = "The token is unknown, has run out or was revoked."  # noqa: S105


@dataclass(frozen=True)
class Caller:
    """Who asks: a client, or a member of staff. `key` names them, `scopes` are what they may."""

    key: str
    scopes: frozenset[str]
    a_minute: int
    client: Client | None = None
    user: User | None = None

    @property
    def sees_all(self) -> bool:
        """Whether every borrower is theirs to see."""
        return self.client is not None and self.client.sees_all

    @property
    def eyes(self) -> User | AnonymousUser:
        """The user whose sight is theirs, where they do not see all."""
        return (self.client.user if self.client else self.user) or AnonymousUser()

    def borrowers(self) -> QuerySet[Borrower]:
        """The borrowers that are theirs to see: none by default."""
        return Borrower.objects.all() if self.sees_all else visible_borrowers(self.eyes)

    def loans(self) -> QuerySet[Loan]:
        """The loans of those borrowers, with their products."""
        return self.of_borrowers(Loan.objects.select_related("product", "borrower"))

    def of_borrowers(self, rows: QuerySet[Row], path: str = "borrower") -> QuerySet[Row]:
        """Of `rows`, which concern the borrower at `path`, those that are theirs to see."""
        return rows if self.sees_all else limited(rows, self.eyes, path)

    def spend(self) -> Allowance:
        """Count one request against their rate."""
        return rates.spend(self.key, self.a_minute)


def caller_of(token: AbstractAccessToken | None) -> Caller:
    """The client behind an access token on record. Raises AuthenticationError when it opens nothing (any more)."""
    if token is None or token.expires <= timezone.now() or token.application.revoked_at is not None:
        raise AuthenticationError(message=UNKNOWN_TOKEN)
    client = token.application
    # A scope taken from the client is taken from its tokens too.
    scopes = frozenset(token.scope.split()) & frozenset(client.scopes.split())
    return Caller(f"client {client.pk}", scopes, client.requests_a_minute or settings.DULY_API_RATE, client=client)


def checksum(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_scope(caller: Caller, scope: str) -> None:
    """Raise AuthorizationError unless `caller` has `scope`."""
    if scope not in caller.scopes:
        raise AuthorizationError(message=f"You do not have the scope {scope}.")


def admit(request: HttpRequest, caller: Caller, scope: str) -> Caller:
    """Let `caller` in, unless they lack `scope` or ask too often."""
    request.allowance = caller.spend()
    if request.allowance.wait:
        raise ProblemError("too_many_requests")
    check_scope(caller, scope)
    return caller


class OAuth2(HttpBearer):
    """An access token of a client in the header Authorization, as `Bearer …`, with one scope."""

    openapi_type = "oauth2"
    openapi_flows = {
        "clientCredentials": {
            "tokenUrl": "/api/v1/token",
            "scopes": {scope: meaning for scope, (meaning, _) in SCOPES.items()},
        }
    }

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The client. A token that is unknown or has run out is refused at once: no session makes up for it."""
        tokens = get_access_token_model().objects.select_related("application__user")
        found = tokens.filter(token_checksum=checksum(token)).first()
        return admit(request, caller_of(found), self.scope)


class StaffSession(SessionAuth):
    """Staff who are signed in, to read what their roles may."""

    def __init__(self, scope: str) -> None:
        super().__init__(csrf=False)
        self.scope = scope

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        """The member of staff; None when nobody is signed in who is one."""
        user = request.user
        roles = roles_of(user) & STAFF
        if not roles:
            return None
        scopes = frozenset(scope for scope, (_, may_read) in SCOPES.items() if roles & may_read)
        return admit(request, Caller(f"user {user.pk}", scopes, settings.DULY_API_RATE, user=user), self.scope)


def client_with(scope: str) -> list[Callable[[HttpRequest], object]]:
    """Let in a client with `scope`."""
    return [OAuth2(scope)]


def reader_with(scope: str) -> list[Callable[[HttpRequest], object]]:
    """Let in a client with `scope`, or staff whose role may read it."""
    return [OAuth2(scope), StaffSession(scope)]


def docs_for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The documentation for staff alone; sign-in itself is asked for by the middleware."""

    @wraps(view, updated=())
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if roles_of(request.user).isdisjoint(STAFF):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    page.open_to = STAFF
    return page
