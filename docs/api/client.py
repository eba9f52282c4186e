"""A typed client of Duly's API, to copy and to change: signs in, pages, sends again safely, and verifies webhooks."""

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import httpx
from standardwebhooks import Webhook

TRIES = 5


class Loan(TypedDict):
    """The contract of one loan, as far as this program needs it."""

    reference: str
    borrower: str
    currency: str
    principal: str


class Posted(TypedDict):
    """What became of a payment."""

    id: int
    state: str
    loan: str | None
    fact: int | None


class ProblemError(Exception):
    """What the server refused: its code is for the program, its detail for people, its errors name each fault."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(f"{document['title']}: {document['detail']} (request {document['request_id']})")
        self.code: str = document["code"]
        self.errors: list[dict[str, str]] = document["errors"]


@dataclass
class Duly:
    """One program's way to one server. `http` may be any httpx client whose base URL is the server's."""

    http: httpx.Client
    client_id: str
    client_secret: str
    _token: str = field(default="", init=False, repr=False)
    _good_until: float = field(default=0.0, init=False, repr=False)

    def loans(self, borrower: str = "") -> Iterator[Loan]:
        """Every loan, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.ask("GET", "/loans", params={"borrower": borrower, "cursor": cursor})
            yield from page["items"]
            cursor = page["next"]

    def position(self, loan: str, as_of: str) -> dict[str, Any]:
        """What a loan owes on a date."""
        position: dict[str, Any] = self.ask("GET", f"/loans/{loan}/position", params={"as_of": as_of})
        return position

    def post_payment(self, number: str, loan: str, amount: str, currency: str, value_date: str) -> Posted:
        """Post a payment. `number` is our own for it: however often it is sent, it counts once."""
        body = {"loan": loan, "amount": amount, "currency": currency, "value_date": value_date}
        posted: Posted = self.ask("POST", "/payments", key=number, json=body)
        return posted

    def listen(self, url: str, types: list[str]) -> str:
        """Be told at `url` of events of `types`; gives the secret that they are signed with."""
        endpoint = self.ask("POST", "/webhooks/endpoints", json={"url": url, "types": types})
        secret: str = self.ask("GET", f"/webhooks/endpoints/{endpoint['id']}/secret")["secret"]
        return secret

    def ask(self, method: str, path: str, *, key: str = "", **more: Any) -> Any:
        """One operation's answer. Where no answer came, or the server was busy, the very same request is sent again.

        Raises ProblemError for what is refused.
        """
        headers = {"Idempotency-Key": key or uuid.uuid4().hex} if method == "POST" else {}
        for tries in range(1, TRIES + 1):
            try:
                headers["Authorization"] = f"Bearer {self._signed_in()}"
                answer = self.http.request(method, f"/api/v1{path}", headers=headers, **more)
            except httpx.TransportError:
                if tries == TRIES:
                    raise
                time.sleep(0.1 * 2**tries)
                continue
            if answer.status_code in (409, 429, 500) and tries < TRIES and _worth_another_try(answer):
                time.sleep(float(answer.headers.get("Retry-After", 0.1 * 2**tries)))
                continue
            if answer.is_success:
                return answer.json() if answer.content else None
            raise ProblemError(answer.json())
        raise AssertionError("the last try returns or raises")

    def _signed_in(self) -> str:
        if time.monotonic() > self._good_until:
            answer = self.http.post(
                "/api/v1/token", data={"grant_type": "client_credentials"}, auth=(self.client_id, self.client_secret)
            )
            answer.raise_for_status()
            told = answer.json()
            self._token, self._good_until = told["access_token"], time.monotonic() + told["expires_in"] - 60
        return self._token


def _worth_another_try(answer: httpx.Response) -> bool:
    return answer.json()["code"] in ("key_in_use", "too_many_requests", "failed")


def event_in(body: bytes, headers: Mapping[str, str], secret: str) -> dict[str, Any]:
    """The event that a webhook tells of. Raises WebhookVerificationError for one that is not Duly's."""
    event: dict[str, Any] = Webhook(secret).verify(body, dict(headers))
    return event
