"""JSON read strictly, no numbers that JSON does not have and no half of a character, and written to the microsecond."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import from_json, to_json

# As django-ninja says it.
NOT_JSON = "Cannot parse request body"


class StrictParser(Parser):
    """Reads the body of a request."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values. Raises ValueError when it is not JSON."""
        return read_json(request.body)


class ExactRenderer(BaseRenderer):
    """Writes an answer as `Schema.model_dump_json` does: an instant keeps its microseconds."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The answer as JSON."""
        return to_json(data)


def read_json(body: bytes) -> Any:
    """What `body` says in JSON. Raises ValueError."""
    return from_json(body, allow_inf_nan=False)
