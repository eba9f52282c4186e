"""One-time codes: what a borrower signs and confirms with."""

from django.db import models
from django.db.models import Q

from duly.people.models.borrowers import Borrower


class OneTimeCode(models.Model):
    """A code that was sent to a borrower for one purpose, about one thing. The code itself is not kept.

    `about` is the digest of what is signed, `proof` the keyed hash of the digits with this very row's `salt`. It is
    good until `expires_at`, for a few tries, once; a newer one for the same purpose takes its place.
    """

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="codes")
    purpose = models.CharField(max_length=64)
    about = models.CharField(max_length=128)
    channel = models.CharField(max_length=8, choices=[("sms", "sms"), ("email", "email")])
    salt = models.CharField(max_length=32)
    proof = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    replaced = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lt=models.F("expires_at")), name="code_used_in_time"
            )
        ]
        indexes = [models.Index(fields=["borrower", "purpose", "sent_at"])]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.borrower_id}"
