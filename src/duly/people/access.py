"""Who may open a page: nobody, unless it names the roles that may. Sign-in itself is asked for by the middleware."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from duly.people.roles import Role, roles_of

View = Callable[..., HttpResponse]


def open_to(*roles: Role) -> Callable[[View], View]:
    """A page for those who have one of `roles`. The page says so itself: `page.open_to` are its roles."""

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if roles_of(request.user).isdisjoint(roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        page.open_to = frozenset(roles)
        return page

    return decorate


def open_to_anyone(view: View) -> View:
    """A page that needs no sign-in. `page.open_to` is None."""
    page = login_not_required(view)
    page.open_to = None
    return page
