"""A POST sent twice happens once: its reply is kept under the client's Idempotency-Key and given again.

The key is taken first, in a transaction of its own; then the request is worked and its reply kept in one transaction,
so that neither is ever there without the other. Who is killed in between has done nothing, and the key is free again
when the lease is over. See draft-ietf-httpapi-idempotency-key-header.
"""

import datetime
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header

from duly.api.models import Reply
from duly.api.problems import MEDIA_TYPE, ProblemError, problem, wrong_input
from duly.engine.errors import InputError

LEASE = datetime.timedelta(minutes=2)
KEPT = datetime.timedelta(hours=48)

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=90,
        pattern=r"^[!-~]+$",
        description="Names this wish. The same key with the same request is answered as before, and nothing is done "
        "twice; kept for 48 hours at least.",
    ),
]


def once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation whose parameter `key` is the Idempotency-Key: `view` runs at most once for a key, in a transaction.

    What it refuses is kept too; where the server fails, the key is free again.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, key: str, **kwargs: Any) -> HttpResponse:
        key = bare(key)
        taken = _take(request, key)
        if isinstance(taken, HttpResponse):
            return taken
        try:
            with transaction.atomic():
                response = view(request, *args, key=f"{request.auth.key}:{key}".replace(" ", "-"), **kwargs)
                _keep(taken, response)
        except (InputError, ProblemError) as error:
            response = (
                wrong_input(request, error)
                if isinstance(error, InputError)
                else problem(request, error.code, error.detail)
            )
            _keep(taken, response)
        except BaseException:
            Reply.objects.filter(pk=taken.pk, begun_at=taken.begun_at, status=None).delete()
            raise
        return response

    return answer


def bare(key: str) -> str:
    """The key without the quotation marks that the draft puts around it."""
    return key.strip('"') or key


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def forget_old_replies(now: datetime.datetime) -> int:
    """Delete the replies that need not be kept any longer; how many there were."""
    return Reply.objects.filter(begun_at__lt=now - KEPT).delete()[0]


def _take(request: HttpRequest, key: str) -> Reply | HttpResponse:
    """The key, taken for this request, or what it was answered with before."""
    now = timezone.now()
    wanted = fingerprint(request.method or "", request.get_full_path(), request.body)
    with transaction.atomic():
        Reply.objects.bulk_create(
            [Reply(client=request.auth.client, key=key, fingerprint=wanted, begun_at=now)], ignore_conflicts=True
        )
        there = Reply.objects.select_for_update().get(client=request.auth.client, key=key)
        if there.begun_at == now and there.status is None and there.fingerprint == wanted:
            return there
        if there.fingerprint != wanted:
            raise ProblemError("key_reused")
        if there.status is None:
            if there.begun_at > now - LEASE:
                raise ProblemError("key_in_use")
            there.begun_at = now
            there.save(update_fields=["begun_at"])
            return there
    return reply(there.status, there.body, there.location)


def reply(status: int, body: str, location: str = "") -> HttpResponse:
    """The answer that was kept."""
    media_type = MEDIA_TYPE if status >= 400 else "application/json"
    return HttpResponse(body, media_type, status, headers={"Location": location} if location else {})


def _keep(taken: Reply, response: HttpResponse) -> None:
    mine = Reply.objects.filter(pk=taken.pk, begun_at=taken.begun_at, status=None)
    kept = mine.update(
        status=response.status_code,
        body=response.content.decode(),
        location=response.headers.get("Location", ""),
    )
    if not kept:
        # The lease was over and another request has the key now: whatever was done here is taken back.
        raise ProblemError("key_in_use")
