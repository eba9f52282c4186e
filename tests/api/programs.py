"""Programs that ask the API: clients with scopes, tokens got as quickly as a test may, and problems looked at."""

import datetime
import secrets

from django.test import Client as Browser
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, set_token_value

from duly.api.models import Client
from duly.api.scopes import SCOPES


def make_client(name: str = "reports", scopes: str = " ".join(SCOPES), **fields: object) -> Client:
    """A client on record that sees everybody unless said otherwise. It has no secret that opens anything."""
    return Client.objects.create(
        name=name,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
        client_secret="pbkdf2_sha256$1$none$none",
        scopes=scopes,
        **{"sees_all": True, **fields},
    )


def make_token(client: Client, scopes: str | None = None, seconds: int = 3600) -> str:
    """An access token of a client, as the sign-in makes them."""
    text = secrets.token_urlsafe(24)
    token = get_access_token_model()(
        application=client,
        expires=timezone.now() + datetime.timedelta(seconds=seconds),
        scope=client.scopes if scopes is None else scopes,
    )
    set_token_value(token, text)
    token.save()
    return text


class Program:
    """A program with a token. Every POST has an Idempotency-Key of its own unless one is given."""

    def __init__(self, client: Client, **token: object) -> None:
        self.client = client
        self.token = make_token(client, **token)
        self.browser = Browser(raise_request_exception=False)

    def get(self, address: str, headers: dict[str, str] | None = None, **asked: object):
        return self.browser.get(f"/api/v1{address}", asked, headers=self._headers(headers))

    def post(self, address: str, body: object, key: str | None = None, headers: dict[str, str] | None = None):
        with_key = {"Idempotency-Key": key or secrets.token_hex(8)} | (headers or {})
        return self.browser.post(
            f"/api/v1{address}", body, content_type="application/json", headers=self._headers(with_key)
        )

    def send(self, method: str, address: str, body: object = None, headers: dict[str, str] | None = None):
        ask = getattr(self.browser, method)
        return ask(f"/api/v1{address}", body, content_type="application/json", headers=self._headers(headers))

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **(more or {})}


def problem(answer) -> tuple[int, str]:
    """A problem's status and code; it is a problem in every respect."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "request_id", "errors"}
    assert body["status"] == answer.status_code
    assert body["type"] == f"/api/v1/problems/{body['code']}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body["status"], body["code"]


def pointers(answer) -> list[str]:
    """Where a problem says that something is wrong."""
    return [one["where"] + one["pointer"] for one in answer.json()["errors"]]
