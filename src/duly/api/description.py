"""The description of the API for programs (OpenAPI 3.1), with what all operations have in common."""

from typing import Any

from ninja import NinjaAPI

from duly.api.access import OAuth2
from duly.api.problems import KINDS, MEDIA_TYPE

HEADERS = {
    "X-Request-ID": ("The name of this request in the server's records; yours, if you sent one.", "string"),
    "RateLimit": ("What is left of your rate, and in how many seconds all of it is there again.", "string"),
    "RateLimit-Policy": ("Your rate.", "string"),
}
MORE_HEADERS = {
    "200": {"ETag": ("What to send as If-None-Match, to be answered 304 when nothing has changed.", "string")},
    "201": {"Location": ("The address of what was made.", "string")},
    "401": {"WWW-Authenticate": ("How to sign in.", "string")},
    "429": {"Retry-After": ("How many seconds to wait.", "integer")},
}


class DescribedAPI(NinjaAPI):
    """An API whose description names scopes, headers and the media type of problems, as they really are."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """The description, as JSON will have it."""
        document = super().get_openapi_schema(path_prefix=path_prefix, **kwargs)
        scopes = self._scopes()
        for path in document["paths"].values():
            for method, operation in path.items():
                _describe_answers(operation, method)
                for way in operation.get("security", []):
                    if "OAuth2" in way:
                        way["OAuth2"] = [scopes[operation["operationId"]]]
        document["paths"]["/api/v1/token"] = {"post": _sign_in()}
        document["tags"] = sorted({tag for one in self._operations(document) for tag in one.get("tags", [])})
        document["tags"] = [{"name": tag} for tag in document["tags"]]
        return document

    def _scopes(self) -> dict[str, str]:
        """The scope of each operation."""
        found = {}
        for router in self._get_bound_routers():
            for view in router.path_operations.values():
                for operation in view.operations:
                    name = operation.operation_id or self.get_openapi_operation_id(operation)
                    for way in operation.auth_callbacks:
                        if isinstance(way, OAuth2):
                            found[name] = way.scope
        return found

    @staticmethod
    def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
        return [operation for path in document["paths"].values() for operation in path.values()]


def _describe_answers(operation: dict[str, Any], method: str) -> None:
    answers = operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    for status, answer in answers.items():
        if int(status) >= 400:
            answer["description"] = "; ".join(one.title for one in KINDS.values() if one.status == int(status))
            answer["content"] = {MEDIA_TYPE: next(iter(answer["content"].values()))}
        named = HEADERS | MORE_HEADERS.get(status if method == "get" or status != "200" else "", {})
        answer["headers"] = {
            name: {"description": words, "schema": {"type": kind}} for name, (words, kind) in named.items()
        }
    if method == "get":
        answers["304"] = {"description": "Nothing has changed since the ETag that you sent"}


def _sign_in() -> dict[str, Any]:
    told = {"type": "object", "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}}}
    token = {
        "type": "object",
        "properties": {
            "access_token": {"type": "string"},
            "expires_in": {"type": "integer"},
            "token_type": {"type": "string"},
            "scope": {"type": "string"},
        },
        "required": ["access_token", "expires_in", "token_type", "scope"],
    }
    asked = {
        "type": "object",
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string"},
            "scope": {"type": "string", "description": "Some of the client's scopes; all of them when left out."},
        },
        "required": ["grant_type"],
    }
    return {
        "operationId": "get_token",
        "summary": "Get Token",
        "description": "Sign in with the client's credentials (RFC 6749, 4.4), in the form or as HTTP Basic.",
        "tags": ["token"],
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": asked}}},
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": token}}},
            "400": {"description": "Refused (RFC 6749, 5.2)", "content": {"application/json": {"schema": told}}},
            "401": {"description": "Unknown client", "content": {"application/json": {"schema": told}}},
            "429": {"description": KINDS["too_many_requests"].title},
        },
    }
