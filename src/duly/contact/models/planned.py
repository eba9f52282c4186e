"""Messages that somebody wants to send, until they leave, are held back or cancelled."""

from django.db import models
from django.db.models.functions import Now

from duly.agencies.models import Agency, Mandate
from duly.borrowing.models import SealedFile
from duly.lending.models import Loan
from duly.people.encryption import EncryptedJSONField
from duly.people.models import Borrower


class Channel(models.TextChoices):
    """Ways to reach a person, in the words of the gate."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    VOICE = "voice"
    APP = "app"
    VISIT = "visit"
    CHAT = "chat"


class Purpose(models.TextChoices):
    """What a contact is for, in the words of the gate."""

    REMINDER = "reminder"
    NOTICE = "notice"
    LEGAL = "legal"
    LOCATE = "locate"
    REPLY = "reply"


class PlannedContact(models.Model):
    """One message that somebody wants to send, until it is sent, held back, cancelled, or has failed for good.

    `idempotency_key` names the wish: the same key a second time plans nothing. `planned_for` is the instant it is next
    tried, `expires_at` the instant from which it would come too late to be of use. `why` says why it is held,
    put off or cancelled. `agency` is who speaks where it is not the lender's own legal department, under `mandate`.
    While it is `sending` a carrier has it and has not answered yet (see outbox.py).
    `words` are figures of the template that the borrower's loans do not give; `paper` is a finished PDF that leaves
    as it is, in the place of one made from the template.
    """

    class Status(models.TextChoices):
        PLANNED = "planned"
        SENT = "sent"
        HELD = "held"
        CANCELLED = "cancelled"
        SENDING = "sending"
        FAILED = "failed"

    idempotency_key = models.CharField(max_length=160, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="planned_contacts")
    loans = models.ManyToManyField(Loan, related_name="planned_contacts")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    template = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    planned_for = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PLANNED)
    why = models.CharField(max_length=500, blank=True, default="")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="planned_contacts")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = EncryptedJSONField(null=True, blank=True)
    paper = models.ForeignKey(SealedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["status", "planned_for"]),
            models.Index(fields=["borrower", "status"]),
        ]

    def __str__(self) -> str:
        return self.idempotency_key
