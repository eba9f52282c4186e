"""Who is let in: a member of staff who is signed in, or a program whose token has the scope. Everybody else is not."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.security import HttpBearer, SessionAuthIsStaff

from duly.api.models import ApiToken
from duly.api.tokens import find_token

# The page of the documentation draws with styles of its own making; scripts come from here alone.
DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Token(HttpBearer):
    """A token in the header Authorization, as `Bearer duly_…`, with one scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The token's record. One that is unknown or revoked is refused at once: no session makes up for it."""
        found = find_token(token)
        if found is None:
            raise AuthenticationError(message="The token is unknown or was revoked.")
        if self.scope not in found.scopes.split():
            raise AuthorizationError(message=f"The token does not have the scope {self.scope}.")
        return found


def staff_or(scope: str) -> list[Callable[[HttpRequest], object]]:
    """Let in a token with `scope`, or staff."""
    return [Token(scope), SessionAuthIsStaff()]


def docs_for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The documentation for staff alone; sign-in itself is asked for by the middleware."""

    @wraps(view, updated=())
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    return page
