"""Events on their way out: spread over the endpoints that asked for them, sent, tried again, or given up.

At least once: a delivery is claimed for a few minutes before it is sent, so that one whose sender is killed is sent
again. The waits between tries grow fourfold up to a day, each by half more or less, so that receivers who fail
together are not asked together again.
"""

import datetime
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpcore
from django.db import connection, transaction
from django.db.models import Q
from standardwebhooks import Webhook

from duly.api.event_documents import documents_of
from duly.api.models import Delivery, Endpoint, Event
from duly.api.outward import post
from duly.api.webhooks import give_up
from duly.people.visibility import visible_borrowers

BATCH, AT_ONCE = 200, 16
CLAIM = datetime.timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=10), datetime.timedelta(days=1)
MOST_TRIES = 12
GONE = 410


@dataclass(frozen=True)
class Sent:
    """What one run did."""

    delivered: int = 0
    put_off: int = 0
    given_up: int = 0


def send_due(now: datetime.datetime) -> Sent:
    """Spread new events over endpoints, and try every delivery that is due at `now` once. Again is safe."""
    while spread(now):
        pass
    counts: Counter[str] = Counter()
    while claimed := _claim(now):
        counts += _send(claimed, now)
    return Sent(counts["delivered"], counts["put_off"], counts["given_up"])


def spread(now: datetime.datetime) -> int:
    """Make a delivery of each new event for each endpoint that asked for its type and may see its borrower."""
    with transaction.atomic():
        events = list(_locked(Event.objects.filter(spread_at=None).order_by("pk"))[:BATCH])
        live = Endpoint.objects.filter(disabled_at=None, client__revoked_at=None)
        for endpoint in live.select_related("client__user").prefetch_related("subscriptions"):
            Delivery.objects.bulk_create(
                [
                    Delivery(event=event, endpoint=endpoint, next_try_at=now)
                    for event in _seen(endpoint, [one for one in events if one.type in endpoint.types])
                ],
                ignore_conflicts=True,
            )
        Event.objects.filter(pk__in=[one.pk for one in events]).update(spread_at=now)
    return len(events)


def _seen(endpoint: Endpoint, events: list[Event]) -> list[Event]:
    client = endpoint.client
    if client.sees_all or not events:
        return events
    if client.user is None:
        return []
    theirs = visible_borrowers(client.user).filter(pk__in={one.borrower_id for one in events})
    seen = set(theirs.values_list("pk", flat=True))
    return [one for one in events if one.borrower_id in seen]


def _claim(now: datetime.datetime) -> list[Delivery]:
    with transaction.atomic():
        due = Delivery.objects.filter(state="pending", next_try_at__lte=now, endpoint__disabled_at=None)
        claimed = list(_locked(due.select_related("event", "endpoint").order_by("next_try_at", "pk"))[:BATCH])
        for one in claimed:
            one.tries += 1
            one.last_tried_at, one.next_try_at = now, now + CLAIM
        Delivery.objects.bulk_update(claimed, ["tries", "last_tried_at", "next_try_at"])
    return claimed


def _locked(rows):
    """Rows that no other sender holds: several may run side by side on PostgreSQL; on SQLite there is one writer."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def _send(deliveries: Sequence[Delivery], now: datetime.datetime) -> Counter[str]:
    bodies = documents_of([one.event for one in deliveries])
    # No thread touches the database.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda one: _try(one, bodies[one.event_id], now), deliveries))
    counts: Counter[str] = Counter()
    for one, (status, outcome) in zip(deliveries, outcomes, strict=True):
        counts[_settle(one, status, outcome, now)] += 1
    return counts


def _try(delivery: Delivery, body: str, now: datetime.datetime) -> tuple[int, str]:
    """The status that the receiver answered with, 0 for none, and the outcome in words."""
    endpoint = delivery.endpoint
    old_signs = endpoint.old_secret and endpoint.old_secret_until and now < endpoint.old_secret_until
    secrets = [endpoint.secret, *([endpoint.old_secret] if old_signs else [])]
    uid, sent_at = f"evt_{delivery.event.uid}", datetime.datetime.now(datetime.UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Duly-Webhooks",
        "webhook-id": uid,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(uid, sent_at, body) for secret in secrets),
    }
    try:
        status = post(endpoint.url, headers, body.encode())
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
        return 0, f"no answer: {error or type(error).__name__}"[:200]
    return status, f"answered {status}"


def _settle(delivery: Delivery, status: int, outcome: str, now: datetime.datetime) -> str:
    """Keep what became of a delivery; the name of a count in Sent."""
    delivery.outcome = outcome
    if 200 <= status < 300:
        delivery.state, told = Delivery.State.DELIVERED, "delivered"
    elif status == GONE or delivery.tries >= MOST_TRIES:
        delivery.state, told = Delivery.State.DEAD, "given_up"
    else:
        delivery.next_try_at, told = now + wait_after(delivery.tries), "put_off"
    with transaction.atomic():
        # A replay asked for meanwhile stands.
        mine = Delivery.objects.filter(pk=delivery.pk, tries=delivery.tries, state="pending")
        mine.update(state=delivery.state, next_try_at=delivery.next_try_at, outcome=outcome)
        if status == GONE:
            _disable(delivery.endpoint, now)
    return told


def _disable(endpoint: Endpoint, now: datetime.datetime) -> None:
    why = "it answered 410 Gone"
    Endpoint.objects.filter(pk=endpoint.pk, disabled_at=None).update(disabled_at=now, disabled_because=why)
    give_up(Delivery.objects.filter(Q(endpoint=endpoint, state="pending")), why)


def wait_after(tries: int) -> datetime.timedelta:
    """How long to wait after so many tries: fourfold each time, half more or less."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 4 ** min(tries - 1, 12))
    return longest * random.uniform(0.5, 1.5)  # noqa: S311  spreads load; nobody gains by guessing it
