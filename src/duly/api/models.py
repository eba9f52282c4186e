"""Clients of the API, the replies that must not change, and the webhooks that tell of what happened."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from oauth2_provider.models import AbstractApplication

from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Client(AbstractApplication):
    """A program that may use the API with the scopes it was given. Its secret is kept as a hash.

    It sees the whole book when `sees_all`, else what its `user` sees, else nothing. `requests_a_minute` is its rate
    limit; the setting's when null. A revoked client stays on record.
    """

    scopes = models.CharField(max_length=1000)
    sees_all = models.BooleanField(default=False)
    requests_a_minute = models.PositiveIntegerField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractApplication.Meta):
        constraints = [models.UniqueConstraint(fields=["name"], name="client_name_once")]

    def is_usable(self, request: object) -> bool:
        """Whether it may still get tokens."""
        return self.revoked_at is None


class Reply(models.Model):
    """What was answered to one request with an Idempotency-Key; the same key is answered with it again.

    `fingerprint` is the SHA-256 of the request. `status` is null while the request is being worked; `begun_at` says
    since when. Replies hold no personal data.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="replies")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    begun_at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True, default="", db_default="")
    location = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="reply_once_a_key")]
        indexes = [models.Index(fields=["begun_at"])]


class Event(models.Model):
    """Something that happened, as webhooks tell it. Written by the database in the transaction of what it tells.

    `about` is the row of the table that its `type` belongs to (see watching.py). `uid` names it to receivers.
    """

    uid = models.CharField(max_length=32, unique=True)
    type = models.CharField(max_length=40)
    about = models.BigIntegerField()
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    spread_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(spread_at__isnull=True), name="event_to_spread"),
            models.Index(fields=["at"]),
        ]


class Endpoint(models.Model):
    """Where a client wants to be told. After a rotation the old secret signs too, until `old_secret_until`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="endpoints")
    url = models.URLField(max_length=500)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)

    @property
    def types(self) -> list[str]:
        """The types of events that it is told of."""
        return sorted(one.type for one in self.subscriptions.all())


class Subscription(models.Model):
    """That an endpoint is told of events of a type. Events of a type nobody asked for are not written."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="subscriptions")
    type = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "type"], name="subscription_once")]


class Delivery(models.Model):
    """One event on its way to one endpoint: tried at `next_try_at` until it is delivered or given up as dead."""

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_tried_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once_an_endpoint")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="pending"), name="delivery_to_try"),
            models.Index(fields=["endpoint", "state"]),
        ]
