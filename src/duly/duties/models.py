"""What happened that set a clock running, and what was done about it. Due instants are computed, never kept."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Event(models.Model):
    """Something that the record cannot know by itself and that obliges the lender. Only ever added.

    `kind` is one of `law.duties.events()`. It concerns a borrower, or somebody or something named in `subject` (an
    agency, a line of a credit report), or both. The same `idempotency_key` a second time adds nothing.
    """

    idempotency_key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, null=True, blank=True, related_name="duty_events")
    subject = models.CharField(max_length=120, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(borrower__isnull=False) | ~Q(subject=""), name="duty_event_concerns_somebody"
            )
        ]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M} UTC"


class Mark(models.Model):
    """Somebody's word that a duty was done at `at`, or, to put such a word right, that it was not. Only ever added.

    `event` is the key of what set the clock running (see begun.py), `duty` what was to be done. The latest mark on a
    duty counts. `answer` is what was answered or done.
    """

    event = models.CharField(max_length=160)
    duty = models.CharField(max_length=64)
    done = models.BooleanField()
    at = models.DateTimeField()
    answer = EncryptedTextField(blank=True, default="")
    by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["event", "duty"])]

    def __str__(self) -> str:
        return f"{self.duty} of {self.event}: {'done' if self.done else 'not done'}"
