"""Borrowers, and the circumstances that change what may be done."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models

from duly.people.blind_index import BlindIndexField, standard_email, standard_id_number, standard_phone
from duly.people.encryption import EncryptedDateField, EncryptedTextField


class Borrower(models.Model):
    """A person who owes, or asks to. `reference` is the lender's own number for them; the rest is personal, encrypted.

    `user` is the account by which they sign in, if they have one. The blind indexes follow their fields when a row is
    saved or created in bulk; `update()` does not know them.
    """

    reference = models.CharField(max_length=64, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="borrower"
    )
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    email = EncryptedTextField(blank=True, default="")
    id_number = EncryptedTextField(blank=True, default="", db_default="")
    address = EncryptedTextField(blank=True, default="", db_default="")
    birth_date = EncryptedDateField(null=True, blank=True)
    phone_index = BlindIndexField("phone", standard_phone, db_index=True)
    email_index = BlindIndexField("email", standard_email, db_index=True)
    id_number_index = BlindIndexField("id_number", standard_id_number, db_index=True)
    language = models.CharField(max_length=8, default="en")
    # IANA names, comma-separated: all the zones the person may be in. Empty: unknown, so no contact is allowed.
    time_zones = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: object, update_fields: Iterable[str] | None = None, **options: object) -> None:
        """Save the row; where only some fields are saved, their blind indexes with them."""
        if update_fields is not None:
            named = set(update_fields)
            indexes = [field for field in self._meta.local_fields if isinstance(field, BlindIndexField)]
            update_fields = named | {field.name for field in indexes if field.of in named}
        super().save(*args, update_fields=update_fields, **options)


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
        BREATHING_SPACE = "breathing_space"
        VULNERABLE = "vulnerable"

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
