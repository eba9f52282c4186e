"""Texts kept once by their digest, and files kept sealed outside the database."""

from django.db import models
from django.db.models.functions import Now

from duly.people.encryption import EncryptedTextField

# Who did something, where it was not a member of staff: no user name has a space in it.
BY_DULY, BY_BORROWER = "", "the borrower"


class KeptText(models.Model):
    """A policy or scorecard that something was decided by, word for word, once however often it was used.

    `digest` is the text's SHA-256, in hexadecimal.
    """

    class Kind(models.TextChoices):
        POLICY = "policy"
        SCORECARD = "scorecard"

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    kept_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"


class SealedFile(models.Model):
    """A file in settings.DULY_SEALED, encrypted under a key of its own.

    `name` is random and says nothing of what is in it; `key` opens it, and without the key nobody can. `sha256` and
    `size` (bytes) are of what was sealed.
    """

    name = models.CharField(max_length=64, unique=True)
    key = EncryptedTextField()
    media_type = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
