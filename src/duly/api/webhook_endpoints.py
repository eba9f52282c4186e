"""/webhooks: a client's own endpoints, their secrets, and what was delivered to them or given up."""

import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import Field

from duly.api import webhooks
from duly.api.access import client_with
from duly.api.idempotency import Key, once
from duly.api.models import Delivery as Sent
from duly.api.models import Endpoint as Address
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import Body, Count, Instant, answers, answers_to_post, the_one, told

router = Router(tags=["webhooks"])

Type = Literal[tuple(webhooks.TYPES)]
Types = Annotated[list[Type], Field(min_length=1, max_length=len(webhooks.TYPES))]
Url = Annotated[
    str,
    Field(min_length=1, max_length=500, pattern=r"^https?://[!-~]+$", examples=["https://program.example/duly"]),
]
State = Literal["pending", "delivered", "dead"]
Uid = Annotated[UUID, Path()]


class Endpoint(Schema):
    """Where the client is told of what happens."""

    id: UUID
    url: str
    types: list[str]
    enabled: bool
    disabled_because: str
    created_at: datetime.datetime
    old_secret_signs_until: datetime.datetime | None


class EndpointToAdd(Body):
    """An address of https that all the world may reach, and what it is to be told of."""

    url: Url
    types: Types


class EndpointChange(Body):
    """What is to change; what is left out stays."""

    types: Types | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None


class Secret(Schema):
    """What deliveries are signed with, as Standard Webhooks writes it."""

    secret: str


class ToReplay(Body):
    """Which deliveries are to be tried again from the start."""

    since: Instant = Field(description="Of events from this instant on.")
    until: Instant | None = Field(None, description="And before this one.")
    states: Annotated[list[State], Field(min_length=1, max_length=3)] = ["dead"]


class Replayed(Schema):
    """How many deliveries will be tried again."""

    deliveries: Count


class Delivery(Schema):
    """One event on its way to one endpoint."""

    event: str = Field(description="The header webhook-id.")
    type: str
    at: datetime.datetime
    state: State
    tries: Count
    next_try_at: datetime.datetime | None
    last_tried_at: datetime.datetime | None
    outcome: str


@router.get("/webhooks/endpoints", auth=client_with("webhooks"), response=answers(200, Page[Endpoint]))
def list_endpoints(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> Page[Endpoint]:
    """The client's endpoints, in the order in which they were added."""
    rows, following = page_of(_own(request), cursor, limit, "endpoints")
    return Page[Endpoint](items=[_shape(one) for one in rows], next=following)


@router.post("/webhooks/endpoints", auth=client_with("webhooks"), response=answers_to_post(201, Endpoint))
@once
def add_endpoint(request: HttpRequest, body: EndpointToAdd, key: Key) -> HttpResponse:
    """Be told at an address. Its secret is at …/secret."""
    endpoint = webhooks.add_endpoint(request.auth.client, body.url, body.types)
    endpoint.refresh_from_db()
    return told(201, _shape(endpoint), f"/api/v1/webhooks/endpoints/{endpoint.uid}")


@router.get("/webhooks/endpoints/{uid}", auth=client_with("webhooks"), response=answers(200, Endpoint))
def read_endpoint(request: HttpRequest, uid: Uid) -> Endpoint:
    """One endpoint."""
    return _shape(the_one(_own(request), uid=uid))


@router.patch("/webhooks/endpoints/{uid}", auth=client_with("webhooks"), response=answers(200, Endpoint, 415))
def change_endpoint(request: HttpRequest, uid: Uid, body: EndpointChange) -> Endpoint:
    """Be told of other types, switch it off, or on again after it answered 410."""
    endpoint = the_one(_own(request), uid=uid)
    webhooks.change_endpoint(endpoint, timezone.now(), types=body.types, enabled=body.enabled)
    return _shape(the_one(_own(request), uid=uid))


@router.delete("/webhooks/endpoints/{uid}", auth=client_with("webhooks"), response=answers(204, None))
def remove_endpoint(request: HttpRequest, uid: Uid) -> HttpResponse:
    """Be told nothing there any more."""
    webhooks.remove_endpoint(the_one(_own(request), uid=uid), timezone.now())
    return HttpResponse(status=204)


@router.get("/webhooks/endpoints/{uid}/secret", auth=client_with("webhooks"), response=answers(200, Secret))
def read_secret(request: HttpRequest, uid: Uid) -> Secret:
    """What deliveries to the endpoint are signed with."""
    return Secret(secret=the_one(_own(request), uid=uid).secret)


@router.post("/webhooks/endpoints/{uid}/secret", auth=client_with("webhooks"), response=answers_to_post(200, Endpoint))
@once
def turn_secret(request: HttpRequest, uid: Uid, key: Key) -> HttpResponse:
    """Have a new secret. For a day both sign: read the new one, change over, and nothing is lost."""
    endpoint = the_one(_own(request), uid=uid)
    webhooks.turn_secret(endpoint, timezone.now())
    return told(200, _shape(endpoint))


@router.get("/webhooks/endpoints/{uid}/deliveries", auth=client_with("webhooks"), response=answers(200, Page[Delivery]))
def list_deliveries(
    request: HttpRequest,
    uid: Uid,
    state: Annotated[State | None, Query(description="Every state when left out.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[Delivery]:
    """What was sent to the endpoint, waits to be, or was given up."""
    deliveries = the_one(_own(request), uid=uid).deliveries.select_related("event")
    if state:
        deliveries = deliveries.filter(state=state)
    rows, following = page_of(deliveries, cursor, limit, f"deliveries {uid}")
    return Page[Delivery](items=[_delivery(one) for one in rows], next=following)


@router.post("/webhooks/endpoints/{uid}/replay", auth=client_with("webhooks"), response=answers_to_post(200, Replayed))
@once
def replay(request: HttpRequest, uid: Uid, body: ToReplay, key: Key) -> HttpResponse:
    """Have events delivered again: those given up, unless other states are named. They keep their ids."""
    deliveries = the_one(_own(request), uid=uid).deliveries.filter(event__at__gte=body.since, state__in=body.states)
    if body.until is not None:
        deliveries = deliveries.filter(event__at__lt=body.until)
    return told(200, Replayed(deliveries=webhooks.replay(deliveries, timezone.now())))


def _own(request: HttpRequest) -> QuerySet[Address]:
    return request.auth.client.endpoints.filter(removed_at=None).prefetch_related("subscriptions")


def _shape(endpoint: Address) -> Endpoint:
    return Endpoint(
        id=endpoint.uid,
        url=endpoint.url,
        types=endpoint.types,
        enabled=endpoint.disabled_at is None,
        disabled_because=endpoint.disabled_because,
        created_at=endpoint.created_at,
        old_secret_signs_until=endpoint.old_secret_until,
    )


def _delivery(one: Sent) -> Delivery:
    return Delivery(
        event=f"evt_{one.event.uid}",
        type=one.event.type,
        at=one.event.at,
        state=one.state,
        tries=one.tries,
        next_try_at=one.next_try_at if one.state == "pending" else None,
        last_tried_at=one.last_tried_at,
        outcome=one.outcome,
    )
