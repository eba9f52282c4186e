"""Webhooks: where clients want to be told, of which types of events; secrets that turn, and events sent again."""

import base64
import datetime
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from duly.api.models import Client, Delivery, Endpoint, Event, Subscription
from duly.api.outward import check_address
from duly.engine.errors import InputError

# Each type of event, and what its data names. Written by the database: see telling.py.
TYPES = {
    "fact.recorded": "Something happened to a loan: loan, fact, kind.",
    "payment.received": "Money came in: payment, source_id, state, loan.",
    "loan.standing_changed": "A close found a loan's standing changed: loan, business_date, kind, from, to.",
    "case.changed": "Something happened in a collection case: case, event, kind, loan.",
    "contact.sent": "A message left: contact, channel, purpose.",
    "application.decided": "An application was answered: application, decision, outcome.",
    "drawdown.moved": "A drawdown came into another state: drawdown, state.",
}
OLD_SECRET_SIGNS = datetime.timedelta(hours=24)
MOST_ENDPOINTS = 20


def add_endpoint(client: Client, url: str, types: Sequence[str]) -> Endpoint:
    """Let `client` be told at `url` of events of `types`. Raises InputError for an address that may not be."""
    check_address(url)
    if len(url) > 500:
        raise InputError("the address is too long", "/url", "give up to 500 characters")
    with transaction.atomic():
        there = Client.objects.select_for_update().get(pk=client.pk).endpoints.filter(removed_at=None)
        if there.count() >= MOST_ENDPOINTS:
            raise InputError(f"you have {MOST_ENDPOINTS} endpoints", "", "remove one first")
        endpoint = Endpoint.objects.create(client=client, url=url, secret=new_secret())
        _subscribe(endpoint, types)
    return endpoint


def change_endpoint(
    endpoint: Endpoint, now: datetime.datetime, *, types: Sequence[str] | None, enabled: bool | None
) -> None:
    """Tell it of other types, switch it off, or on again: what was given up meanwhile is there to be replayed."""
    with transaction.atomic():
        if types is not None:
            endpoint.subscriptions.all().delete()
            _subscribe(endpoint, types)
        if enabled is not None:
            endpoint.disabled_at = None if enabled else now
            endpoint.disabled_because = "" if enabled else "its owner switched it off"
            endpoint.save(update_fields=["disabled_at", "disabled_because"])


def turn_secret(endpoint: Endpoint, now: datetime.datetime) -> str:
    """A new secret; for a day the old one signs too, so that the receiver has time to change over."""
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + OLD_SECRET_SIGNS
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return endpoint.secret


def remove_endpoint(endpoint: Endpoint, now: datetime.datetime) -> None:
    """Tell it nothing any more; what was delivered stays on record."""
    with transaction.atomic():
        endpoint.removed_at = endpoint.disabled_at = now
        endpoint.disabled_because = "its owner removed it"
        endpoint.save(update_fields=["removed_at", "disabled_at", "disabled_because"])
        endpoint.subscriptions.all().delete()
        give_up(endpoint.deliveries.filter(state="pending"), "the endpoint was removed")


def replay(deliveries: QuerySet[Delivery], now: datetime.datetime) -> int:
    """Try these deliveries again from the start, delivered ones too; how many there are. Receivers know the ids."""
    return deliveries.update(state=Delivery.State.PENDING, tries=0, next_try_at=now, outcome="")


def give_up(deliveries: QuerySet[Delivery], why: str) -> int:
    """Try these no more; they are dead letters until they are replayed."""
    return deliveries.update(state=Delivery.State.DEAD, outcome=why)


def forget_old_events(before: datetime.datetime) -> int:
    """Delete events that happened before an instant and wait for no delivery; how many there were."""
    pending = Delivery.objects.filter(state="pending").values("event")
    old = Event.objects.filter(at__lt=before, spread_at__isnull=False).exclude(pk__in=pending)
    return old.delete()[1].get("api.Event", 0)


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _subscribe(endpoint: Endpoint, types: Sequence[str]) -> None:
    wanted = dict.fromkeys(types)
    unknown = [one for one in wanted if one not in TYPES]
    if unknown or not wanted:
        what = f"there is no type {unknown[0]!r}" if unknown else "no type is named"
        raise InputError(what, "/types", f"use {', '.join(TYPES)}")
    Subscription.objects.bulk_create(Subscription(endpoint=endpoint, type=one) for one in wanted)
