"""Tokens by which programs are let in."""

from django.db import models
from django.db.models.functions import Now


class ApiToken(models.Model):
    """A program's way in. Only the SHA-256 of the token is kept: whoever reads this table cannot use it.

    `scopes` are words separated by spaces. A revoked token stays on record.
    """

    name = models.CharField(max_length=80, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
