"""Borrowers, and the circumstances that change what may be done."""

from django.db import models

from duly.people.encryption import EncryptedTextField


class Borrower(models.Model):
    """A person who owes. `reference` is the lender's own number for them; the rest is personal and encrypted."""

    reference = models.CharField(max_length=64, unique=True)
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    email = EncryptedTextField(blank=True, default="")
    language = models.CharField(max_length=8, default="en")
    # IANA names, comma-separated: all the zones the person may be in. Empty: unknown, so no contact is allowed.
    time_zones = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference


class Circumstance(models.Model):
    """Something about a borrower that the gate must know, from `since` until `until` (open when null)."""

    class Kind(models.TextChoices):
        CEASE_REQUESTED = "cease_requested"
        REPRESENTED = "represented"
        DISPUTED = "disputed"
        COMPLAINT_OPEN = "complaint_open"
        BANKRUPT = "bankrupt"
        DECEASED = "deceased"
        INCAPACITATED = "incapacitated"
        HARDSHIP = "hardship"
        MINOR = "minor"

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="circumstances")
    kind = models.CharField(max_length=32, choices=Kind.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    note = EncryptedTextField(blank=True, default="")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="circumstance_ends_after_it_began",
            )
        ]
        indexes = [models.Index(fields=["borrower", "until"])]
