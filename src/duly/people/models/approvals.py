"""What waits for a second person, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.people.encryption import EncryptedJSONField, EncryptedTextField


class Approval(models.Model):
    """Something that one person asked to be done and another must agree to before it is.

    `kind` says what, `content` with which figures (a JSON document that a room carries out), `about` what it concerns
    as a person reads it (a reference, no personal data), `digest` is the SHA-256 of the content. `outcome` is what
    carrying it out gave. Nobody decides what they asked for: the database refuses.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    kind = models.CharField(max_length=64)
    about = models.CharField(max_length=200)
    content = EncryptedJSONField()
    digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals_asked")
    asked_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    why = EncryptedTextField(blank=True, default="")
    outcome = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=F("asked_by")),
                name="approval_by_another_person",
            ),
            models.CheckConstraint(
                condition=(Q(state="waiting") & Q(decided_by__isnull=True) & Q(decided_at__isnull=True))
                | (~Q(state="waiting") & Q(decided_by__isnull=False) & Q(decided_at__isnull=False)),
                name="approval_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["kind", "digest"], condition=Q(state="waiting"), name="approval_waits_once"
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}"
