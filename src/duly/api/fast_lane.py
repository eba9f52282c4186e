"""POST /api/v1/payments answered without the layers of a page: requests that come together are posted together.

While one batch is being written the next gathers, so a commit is shared by as many as came meanwhile and nobody waits
for a clock. What is asked and answered is the same as by the operation in payments.py, which describes it: the same
sign-in, rate, shape and reply (`posting.post_batch`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from ninja.errors import AuthenticationError, AuthorizationError
from oauth2_provider.models import get_access_token_model
from pydantic import TypeAdapter, ValidationError

from duly.api.access import Caller, caller_of, check_scope, checksum
from duly.api.answering import common_headers, request_id
from duly.api.idempotency import Key, bare
from duly.api.payment_shapes import PaymentToPost
from duly.api.posting import Answer, Posting, post_batch, problem_answer
from duly.api.problems import MEDIA_TYPE, faults_of_schema
from duly.api.rates import Allowance
from duly.api.reading import NOT_JSON, read_json

logger = logging.getLogger("django.request")

ADDRESS = "/api/v1/payments"
SCOPE = "payments:write"
LARGEST_BODY = 64 * 1024
LARGEST_BATCH = 256
_KEY = TypeAdapter(Key)

Message = dict[str, Any]


@dataclass
class Request:
    """One request as read, before anything is looked up; `payment` is None where `faults` say why."""

    token: str | None
    key: str
    request_id: str
    payment: PaymentToPost | None
    malformed: bool = False
    faults: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Answered:
    """The answer to a request, and what is left of the caller's rate where one was recognised."""

    answer: Answer
    allowance: Allowance | None = None


class FastLane:
    """Gathers requests on the event loop and works them in batches on one thread, which has the database to itself."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Request, asyncio.Future[Answered]]] = []
        self._work: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "fast-lane")

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer one request to post a payment (an ASGI application)."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        name = request_id(headers.get("x-request-id", ""))
        body = await _read(receive)
        told = Answered(problem_answer("too_large", name)) if body is None else self._refuse(headers, name)
        if told is None:
            told = await self.post(_request(headers, body or b"", name))
        await _send(send, told, name)

    async def post(self, request: Request) -> Answered:
        """Post one payment together with whatever else is waiting."""
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._work is None:
            self._work = asyncio.create_task(self._work_all())
        return await future

    async def _work_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                answers = await loop.run_in_executor(self._thread, work, [request for request, _ in batch])
                for (_, future), answered in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answered)
        finally:
            self._work = None

    @staticmethod
    def _refuse(headers: Mapping[str, str], name: str) -> Answered | None:
        media_type = headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type not in ("application/json", ""):
            return Answered(problem_answer("unsupported_media_type", name))
        return None


def work(requests: Sequence[Request]) -> list[Answered]:
    """Answer a batch. Should it fail as a whole, each request is tried alone: one cannot spoil the others."""
    try:
        return _answer(requests)
    except Exception:
        # The database may have been started anew since the last batch: another connection, and once more.
        connections.close_all()
    return [_alone(one) for one in requests]


def _alone(one: Request) -> Answered:
    try:
        return _answer([one])[0]
    except Exception as error:
        connections.close_all()
        logger.error("the API failed at %s (request %s)", ADDRESS, one.request_id, exc_info=error)
        return Answered(problem_answer("failed", one.request_id))


def _answer(requests: Sequence[Request]) -> list[Answered]:
    callers = _callers({one.token for one in requests})
    answered: list[Answered | None] = [None] * len(requests)
    places, postings = [], []
    for place, one in enumerate(requests):
        caller = callers[one.token]
        if isinstance(caller, AuthenticationError):
            detail = "" if caller.message == "Unauthorized" else caller.message
            answered[place] = Answered(problem_answer("not_signed_in", one.request_id, detail))
            continue
        told = answered[place] = Answered(Answer(0, ""), caller.spend())
        if told.allowance and told.allowance.wait:
            told.answer = problem_answer("too_many_requests", one.request_id)
            continue
        try:
            check_scope(caller, SCOPE)
        except AuthorizationError as error:
            told.answer = problem_answer("not_allowed", one.request_id, error.message)
            continue
        if one.payment is None or one.faults:
            told.answer = _not_understood(one)
            continue
        places.append(place)
        postings.append(Posting(caller, one.key, one.request_id, one.payment))
    for place, answer in zip(places, post_batch(postings) if postings else [], strict=True):
        answered[place].answer = answer  # type: ignore[union-attr]
    return answered  # type: ignore[return-value]


def _callers(tokens: set[str | None]) -> dict[str | None, Caller | AuthenticationError]:
    """Who is behind each token; asked of the database for every batch, so that a token revoked opens nothing."""
    sums = {checksum(token): token for token in tokens if token is not None}
    rows = get_access_token_model().objects.select_related("application__user").filter(token_checksum__in=list(sums))
    found = {row.token_checksum: row for row in rows}
    callers: dict[str | None, Caller | AuthenticationError] = {None: AuthenticationError()}
    for digest, token in sums.items():
        try:
            callers[token] = caller_of(found.get(digest))
        except AuthenticationError as error:
            callers[token] = error
    return callers


def _request(headers: Mapping[str, str], body: bytes, name: str) -> Request:
    kind, _, token = headers.get("authorization", "").partition(" ")
    faults: list[dict[str, str]] = []
    key, payment = headers.get("idempotency-key"), None
    try:
        key = _KEY.validate_python(key)
    except ValidationError as error:
        faults += [_in_header(one, missing=key is None) for one in error.errors()]
    malformed = False
    try:
        payment = PaymentToPost.model_validate(read_json(body))
    except ValidationError as error:
        faults += faults_of_schema([{**one, "loc": ("body", "body", *one["loc"])} for one in error.errors()])
    except ValueError:
        malformed = True
    return Request(
        token=token if kind.lower() == "bearer" else None,
        key=bare(key or ""),
        request_id=name,
        payment=payment,
        malformed=malformed,
        faults=faults,
    )


def _in_header(error: Mapping[str, Any], *, missing: bool) -> dict[str, str]:
    told = {"type": "missing", "msg": "Field required"} if missing else error
    return faults_of_schema([{**told, "loc": ("header", "Idempotency-Key")}])[0]


def _not_understood(one: Request) -> Answer:
    if one.malformed:
        return problem_answer("malformed", one.request_id, NOT_JSON)
    if any(fault["where"] == "header" for fault in one.faults):
        return problem_answer("key_missing", one.request_id, faults=one.faults)
    detail = one.faults[0]["detail"] if len(one.faults) == 1 else f"{len(one.faults)} things in the request are wrong."
    return problem_answer("invalid", one.request_id, detail, one.faults)


async def _read(receive: Callable[[], Awaitable[Message]]) -> bytes | None:
    """The body, None when it is too large."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= LARGEST_BODY else None


async def _send(send: Callable[[Message], Awaitable[None]], told: Answered, name: str) -> None:
    answer = told.answer
    headers = common_headers(name, told.allowance)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Type"] = MEDIA_TYPE if answer.status >= 400 else "application/json"
    if answer.location:
        headers["Location"] = answer.location
    if answer.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = answer.body.encode()
    headers["Content-Length"] = str(len(body))
    encoded = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
