"""A legal question, of a borrower or of a colleague, and its answer."""

from django.db import models
from django.db.models import F, Q

from duly.lending.models import Loan
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Consultation(models.Model):
    """A question to the legal department and what was answered, both encrypted.

    `borrower` is who asks, or whom a colleague asks about; none for a question of principle. `by_borrower` tells the
    two apart: only what a borrower asked is answered to them. `article` is the one of the knowledge base that the
    answer rests on.
    """

    borrower = models.ForeignKey(
        Borrower, on_delete=models.PROTECT, null=True, blank=True, related_name="consultations"
    )
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="consultations")
    idempotency_key = models.CharField(max_length=160, unique=True)
    by_borrower = models.BooleanField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    language = models.CharField(max_length=8)
    question = EncryptedTextField()
    answer = EncryptedTextField(blank=True, default="")
    article = models.CharField(max_length=64, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by="")
                | (Q(answered_at__gte=F("asked_at")) & ~Q(answered_by="")),
                name="consultation_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(by_borrower=False) | Q(borrower__isnull=False), name="consultation_of_a_borrower_has_one"
            ),
        ]
        indexes = [models.Index(fields=["answered_at", "due_on"])]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What who asked and staff call it by."""
        return f"Q{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.answered_at is None
