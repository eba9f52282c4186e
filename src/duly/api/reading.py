"""Bodies read as JSON, strictly: no numbers that JSON does not have, and no half of a character."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic_core import from_json

from duly.api.problems import ProblemError


class StrictParser(Parser):
    """Reads the body of a request. Raises ProblemError when it is not JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values."""
        return read_json(request.body)


def read_json(body: bytes) -> Any:
    """What `body` says in JSON. Raises ProblemError."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ProblemError("malformed", f"The body is not JSON: {error}.") from None
