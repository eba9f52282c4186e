"""Problems: every error of the API in the one form of RFC 9457, with each fault and where it is."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from pydantic import Field

from duly.engine.errors import InputError

logger = logging.getLogger("django.request")

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/v1/problems"


class Kind(NamedTuple):
    """A sort of problem: the status it is told with, its title, and what to do about it."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(400, "The request cannot be read", "Send what the description of the operation says."),
    "key_missing": Kind(400, "A POST needs an Idempotency-Key", "Send the header with a new key for each wish."),
    "not_signed_in": Kind(401, "You are not signed in", "Get a token at /api/v1/token and send it as Bearer."),
    "not_allowed": Kind(403, "You may not do this", "Ask the lender for a client with the scope that is named."),
    "not_found": Kind(404, "There is no such thing", "Check the address. What you may not see is not there either."),
    "method_not_allowed": Kind(405, "The address does not answer this method", "Use one that the header Allow names."),
    "conflict": Kind(409, "This does not fit what is on record", "Read what is there, then ask again."),
    "key_in_use": Kind(409, "A request with this key is being worked", "Wait, then send the same request again."),
    "too_large": Kind(413, "The request is too large", "Send it in parts."),
    "unsupported_media_type": Kind(415, "The body is of a type that is not read here", "Send application/json."),
    "invalid": Kind(422, "Something in the request is wrong", "Put right what `errors` names."),
    "key_reused": Kind(422, "The key was used for another request", "Send another wish with a key of its own."),
    "too_many_requests": Kind(429, "Too many requests", "Wait as many seconds as the header Retry-After says."),
    "failed": Kind(500, "The server failed", "It is on record. Send the same request, with the same key, later."),
}
BY_STATUS = {404: "not_found", 403: "not_allowed", 405: "method_not_allowed", 409: "conflict", 413: "too_large"}


class Fault(Schema):
    """One thing that is wrong with the request."""

    detail: str = Field(description="What is wrong, and what to do.")
    where: str = Field(description="body, query, path or header")
    pointer: str = Field(description="A JSON pointer to it; empty for all of it.")
    code: str = Field(description="A word that programs may rely on.")


class Problem(Schema):
    """What went wrong, as RFC 9457 has it. `type` leads to a description."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong in this case.")
    code: str = Field(description="The last part of `type`: a word that programs may rely on.")
    request_id: str = Field(description="The name of this request in the server's records.")
    errors: list[Fault] = Field(description="Each fault that was found.")


class ProblemError(Exception):
    """A problem to be told, of one of KINDS."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or KINDS[code].title)
        self.code = code
        self.detail = detail


def problem_document(
    code: str, detail: str = "", faults: Sequence[Mapping[str, str]] = (), request_id: str = ""
) -> dict[str, Any]:
    """The problem `code` in words."""
    kind = KINDS[code]
    return {
        "type": f"{ADDRESS}/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.remedy,
        "code": code,
        "request_id": request_id,
        "errors": list(faults),
    }


def problem(
    request: HttpRequest, code: str, detail: str = "", faults: Sequence[Mapping[str, str]] = ()
) -> HttpResponse:
    """The answer that tells the problem `code`."""
    document = problem_document(code, detail, faults, getattr(request, "request_id", ""))
    response = HttpResponse(json.dumps(document, ensure_ascii=False), MEDIA_TYPE, document["status"])
    if document["status"] == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def fault(error: InputError, place: str = "body") -> dict[str, str]:
    """A wrong input as one fault of a problem."""
    return {"detail": f"{error.what}; {error.remedy}", "where": place, "pointer": error.where, "code": "invalid"}


def wrong_input(request: HttpRequest, error: InputError) -> HttpResponse:
    """The answer to an input that a room below refused."""
    place = "query" if request.method == "GET" else "body"
    return problem(request, "invalid", f"{error.what}; {error.remedy}", [fault(error, place)])


def faults_of_schema(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What pydantic found wrong, each with its place. `loc` is (place, name of the parameter if a body, path …)."""
    faults = []
    for one in errors:
        place, *path = [str(part) for part in one["loc"]] or ["body"]
        if place == "body":
            path = path[1:]
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        faults.append({"detail": str(one["msg"]), "where": place, "pointer": pointer, "code": str(one["type"])})
    return faults


def not_understood(request: HttpRequest, faults: list[dict[str, str]]) -> HttpResponse:
    """The answer to a request that does not fit the schema."""
    if any(one["where"] == "header" and one["pointer"].lower().endswith("idempotency-key") for one in faults):
        return problem(request, "key_missing", faults=faults)
    detail = faults[0]["detail"] if len(faults) == 1 else f"{len(faults)} things in the request are wrong."
    return problem(request, "invalid", detail, faults)


def answer_problems(api: NinjaAPI) -> None:
    """Let `api` tell every error as a problem."""

    def not_signed_in(request: HttpRequest, raised: AuthenticationError) -> HttpResponse:
        return problem(request, "not_signed_in", "" if raised.message == "Unauthorized" else raised.message)

    def not_allowed(request: HttpRequest, raised: AuthorizationError) -> HttpResponse:
        return problem(request, "not_allowed", raised.message)

    def refused(request: HttpRequest, raised: HttpError) -> HttpResponse:
        return problem(request, BY_STATUS.get(raised.status_code, "malformed"), raised.message)

    def told(request: HttpRequest, raised: ProblemError) -> HttpResponse:
        return problem(request, raised.code, raised.detail)

    def invalid(request: HttpRequest, raised: ValidationError) -> HttpResponse:
        return not_understood(request, faults_of_schema(raised.errors))

    def too_large(request: HttpRequest, raised: RequestDataTooBig) -> HttpResponse:
        return problem(request, "too_large")

    def failed(request: HttpRequest, raised: Exception) -> HttpResponse:
        logger.error("the API failed at %s (request %s)", request.path, request.request_id, exc_info=raised)
        return problem(request, "failed")

    api.add_exception_handler(AuthenticationError, not_signed_in)
    api.add_exception_handler(AuthorizationError, not_allowed)
    api.add_exception_handler(HttpError, refused)
    api.add_exception_handler(ProblemError, told)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(InputError, wrong_input)
    api.add_exception_handler(RequestDataTooBig, too_large)
    api.add_exception_handler(Exception, failed)
