"""The addresses of the API, under /api/v1/."""

from collections.abc import Iterator

from django.urls import URLPattern, path, re_path

from duly import __version__
from duly.api import (
    applications,
    borrowers,
    cases,
    contacts,
    duties,
    facts,
    lines,
    loans,
    payments,
    plans,
    positions,
    products,
    webhook_endpoints,
)
from duly.api.access import docs_for_staff
from duly.api.answering import in_one_form, nothing_here
from duly.api.description import DescribedAPI
from duly.api.problem_pages import problem_page
from duly.api.problems import answer_problems
from duly.api.reading import ExactRenderer, StrictParser
from duly.api.token import token

api = DescribedAPI(
    title="Duly",
    version=__version__,
    description="Consumer credit, for programs. Money and rates are decimal strings, dates ISO 8601.",
    urls_namespace="api",
    docs_decorator=docs_for_staff,
    parser=StrictParser(),
    renderer=ExactRenderer(),
)
answer_problems(api)
ROOMS = (
    borrowers,
    applications,
    lines,
    products,
    loans,
    facts,
    positions,
    payments,
    plans,
    cases,
    contacts,
    duties,
    webhook_endpoints,
)
for room in ROOMS:
    api.add_router("", room.router)


def _patterns() -> Iterator[URLPattern]:
    documentation = {"openapi-json", "openapi-view"}
    for one in api.urls[0]:
        if one.name in documentation:
            yield one
        elif one.name != "api-root":
            yield URLPattern(one.pattern, in_one_form(one.callback), one.default_args, one.name)


app_name = "api"
urlpatterns = [
    path("token", token, name="token"),
    path("problems/<slug:code>", problem_page, name="problem"),
    *_patterns(),
    re_path("", nothing_here, name="api-root"),
]
