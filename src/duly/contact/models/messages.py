"""What was handed to a carrier, and what left. The database lets nothing go without a decision."""

from django.db import models
from django.db.models import Q

from duly.contact.models.log import Decision
from duly.contact.models.planned import PlannedContact
from duly.people.encryption import EncryptedJSONField, EncryptedTextField


class Attempt(models.Model):
    """One time that a carrier beyond our own disk was asked to take a message, and what came of it.

    `handing_over` is written before the carrier can have taken it, so that whoever is killed in between leaves a
    trace: then `letter` holds what Message will, until the carrier's answer or evidence of it is there. `answer` is
    what the carrier said. The database refuses one without an allowing decision of its own.
    """

    class State(models.TextChoices):
        HANDING_OVER = "handing_over"
        TAKEN = "taken"
        NOT_TAKEN = "not_taken"
        REFUSED = "refused"

    planned = models.ForeignKey(PlannedContact, on_delete=models.PROTECT, related_name="attempts")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="attempt")
    at = models.DateTimeField()
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices)
    answer = models.CharField(max_length=300, blank=True, default="")
    letter = EncryptedJSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["planned"], condition=Q(state__in=["handing_over", "taken"]), name="attempt_taken_once"
            )
        ]
        indexes = [models.Index(fields=["state", "at"])]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.state}"


class Message(models.Model):
    """What left. The database refuses a message whose decision is not an allowing one, of the moment of sending, for
    the very same planned contact and instant. `sha256` is of the bytes that left. Only ever added."""

    planned = models.OneToOneField(PlannedContact, on_delete=models.PROTECT, related_name="message")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="message")
    sent_at = models.DateTimeField()
    file_name = models.CharField(max_length=100, unique=True)
    message_id = models.CharField(max_length=200, unique=True)
    subject = EncryptedTextField()
    body = EncryptedTextField()
    sha256 = models.CharField(max_length=64, null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_at"])]

    def __str__(self) -> str:
        return self.file_name
