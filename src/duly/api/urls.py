"""The addresses of the API, under /api/."""

from collections.abc import Callable, Iterator
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from duly import __version__
from duly.api import duties
from duly.api.access import docs_for_staff
from duly.api.errors import answer_errors, error

api = NinjaAPI(
    title="Duly",
    version=__version__,
    urls_namespace="api",
    docs_decorator=docs_for_staff,
)
answer_errors(api)
api.add_router("", duties.router)


def _in_one_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation that lets in whom its own `auth` lets in, not the sign-in page, and whose every error is JSON."""

    @login_not_required
    @csrf_exempt  # who is let in by a session is checked by the operation's own `auth`
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response.headers["Allow"]
            response = error(405, f"This address answers {allowed}.")
            response.headers["Allow"] = allowed
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


@login_not_required
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """The answer at every address under /api/ that is none."""
    return error(404, "There is nothing at this address. /api/docs lists what there is.")


def _patterns() -> Iterator[URLPattern]:
    documentation = {"openapi-json", "openapi-view"}
    for one in api.urls[0]:
        if one.name in documentation:
            yield one
        elif one.name != "api-root":
            yield URLPattern(one.pattern, _in_one_form(one.callback), one.default_args, one.name)


app_name = "api"
urlpatterns = [*_patterns(), re_path("", nothing_here, name="api-root")]
