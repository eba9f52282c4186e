"""What every answer of the API has in common: a name, what is left of the rate, and one form of error."""

import hashlib
import re
import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt

from duly.api.problems import problem

# What else is read, by the name of the operation.
ALSO_READ = {"post_payments": frozenset({"application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"})}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def in_one_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation that lets in whom its own `auth` lets in, and whose every error is a problem."""

    @login_not_required
    @csrf_exempt  # a session only ever reads; writing takes a token, which no browser sends by itself
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.request_id = request_id(request.headers.get("X-Request-ID", ""))
        response = _refuse_other_types(request) or view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response.headers["Allow"]
            response = problem(request, "method_not_allowed", f"This address answers {allowed}.")
            response.headers["Allow"] = allowed
        if request.method == "GET" and response.status_code == 200 and not response.streaming:
            etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
            response.headers["ETag"] = etag
            response = get_conditional_response(request, etag=etag, response=response)
        for name, value in common_headers(request.request_id, getattr(request, "allowance", None)).items():
            response.headers[name] = value
        return response

    return answer


def common_headers(name: str, allowance: object) -> dict[str, str]:
    """The headers that every answer has; `allowance` is what is left of the rate, where somebody was recognised."""
    told = {
        "X-Request-ID": name,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie, Accept-Language",
    }
    return told | (allowance.headers() if allowance is not None else {})


def request_id(given: str) -> str:
    """The name of a request: the one that the client gave, or a new one."""
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


@login_not_required
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """The answer at every address under /api/ that is none."""
    request.request_id = request_id(request.headers.get("X-Request-ID", ""))
    response = problem(request, "not_found", "There is nothing at this address. /api/v1/docs lists what there is.")
    response.headers["X-Request-ID"] = request.request_id
    return response


def _refuse_other_types(request: HttpRequest) -> HttpResponse | None:
    also = ALSO_READ.get(request.resolver_match.url_name or "", frozenset())
    if request.method not in ("POST", "PUT", "PATCH") or request.content_type in {"application/json", ""} | also:
        return None
    return problem(request, "unsupported_media_type")
