"""Errors of the API, all in one form: of what type, which one, in words, and where in the question."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from duly.engine.errors import InputError

logger = logging.getLogger("django.request")

# By status: the type, and the code unless a more exact one is known.
KINDS = {
    400: ("input", "malformed"),
    401: ("authentication", "not_signed_in"),
    403: ("permission", "not_allowed"),
    404: ("not_found", "no_such_address"),
    405: ("method", "method_not_allowed"),
    422: ("input", "invalid"),
    500: ("server", "failed"),
}


class Error(Schema):
    """What went wrong."""

    type: str = Field(description="authentication, permission, input, not_found, method or server")
    code: str = Field(description="A word that programs may rely on.")
    message: str = Field(description="What is wrong, and what to do, in English.")
    where: str = Field(description="A JSON pointer to the part of the question that is wrong; empty for all of it.")


def error(status: int, message: str, where: str = "", code: str = "") -> HttpResponse:
    """The answer with `status` that tells of an error."""
    kind, usual = KINDS[status]
    return JsonResponse(
        {"type": kind, "code": code or usual, "message": message, "where": where},
        status=status,
        headers={"WWW-Authenticate": "Bearer"} if status == 401 else {},
    )


def answer_errors(api: NinjaAPI) -> None:
    """Let `api` tell every error in the one form."""

    def not_signed_in(request: HttpRequest, raised: AuthenticationError) -> HttpResponse:
        known = raised.message != "Unauthorized"
        return error(401, raised.message if known else "Sign in as staff, or send a token: Authorization: Bearer …")

    def refused(request: HttpRequest, raised: HttpError) -> HttpResponse:
        return error(raised.status_code if raised.status_code in KINDS else 400, raised.message)

    def not_understood(request: HttpRequest, raised: ValidationError) -> HttpResponse:
        first = raised.errors[0]
        where = "".join(f"/{part}" for part in first["loc"])
        return error(422, first["msg"], where, first["type"])

    def wrong_input(request: HttpRequest, raised: InputError) -> HttpResponse:
        return error(422, f"{raised.what}; {raised.remedy}", f"/query{raised.where}")

    def failed(request: HttpRequest, raised: Exception) -> HttpResponse:
        logger.error("the API failed at %s", request.path, exc_info=raised)
        return error(500, "The server failed. It is on record; try again later.")

    api.add_exception_handler(AuthenticationError, not_signed_in)
    api.add_exception_handler(HttpError, refused)
    api.add_exception_handler(ValidationError, not_understood)
    api.add_exception_handler(InputError, wrong_input)
    api.add_exception_handler(Exception, failed)
