"""The keys that sign, the codes that were issued, and the tries to check one."""

from django.db import models
from django.db.models.functions import Now

from duly.agencies.models import Agency, Mandate
from duly.people.blind_index import BlindIndexField
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class SigningKey(models.Model):
    """A pair of Ed25519 keys (RFC 8032), 32 bytes each in hexadecimal; the newest that is not retired signs.

    A retired key signs nothing more; what it signed stays genuine. A compromised one makes all that it signed void.
    """

    key_id = models.CharField(max_length=8, unique=True)
    public_key = models.CharField(max_length=64)
    private_key = EncryptedTextField(blank=True, default="")
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)
    compromised_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key_id


class IssuedCode(models.Model):
    """A code that went out with one contact. `code_index` finds it; `proof` is of the code and the digits that
    whoever got it must give. `agency` is null for the lender's own department."""

    code = EncryptedTextField()
    code_index = BlindIndexField(of="code", standard=str)
    proof = models.CharField(max_length=32)
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="codes")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="identity_codes")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="codes")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="codes")
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code_index"], name="issued_code_once")]
        indexes = [
            models.Index(fields=["borrower", "agency"]),
            models.Index(fields=["agency", "revoked_at"]),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"


class Try(models.Model):
    """Somebody tried to check a code. `from_index` is a keyed hash of where they asked from; no digits are kept."""

    at = models.DateTimeField()
    from_index = models.CharField(max_length=64)
    code_index = models.CharField(max_length=64, blank=True, default="")
    genuine = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["from_index", "at"]), models.Index(fields=["code_index", "at"])]
