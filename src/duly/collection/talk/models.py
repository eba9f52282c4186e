"""Conversations and their lines. What was said is encrypted; a line is never changed, only marked as read."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from duly.borrowing.models import SealedFile
from duly.contact.models import Call
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Conversation(models.Model):
    """All that a borrower and the lender's people have written to one another. `taken_by` is who answers now."""

    borrower = models.OneToOneField(Borrower, on_delete=models.PROTECT, related_name="conversation")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    last_at = models.DateTimeField()
    # When the borrower wrote a line that nobody has answered yet; null once it is answered.
    waits_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["waits_since"]), models.Index(fields=["last_at"])]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Line(models.Model):
    """One line: the borrower's where `by` is null, else of staff, under the contact that the gate allowed."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="lines")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    at = models.DateTimeField()
    text = EncryptedTextField(blank=True, default="")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    called = EncryptedTextField(blank=True, default="")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=True, contact__isnull=True) | Q(by__isnull=False, contact__isnull=False),
                name="talk_line_of_staff_is_a_contact",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(read_at__gte=F("at")), name="talk_line_read_after_it_was_written"
            ),
        ]
        indexes = [models.Index(fields=["conversation", "id"])]

    def __str__(self) -> str:
        return f"line {self.pk}"
