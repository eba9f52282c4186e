"""Bundles of evidence as they were made."""

from django.conf import settings
from django.db import models

from duly.borrowing.models import SealedFile
from duly.people.models import Borrower


class EvidenceBundle(models.Model):
    """One bundle: the sealed archive, the digest of its bytes, and who made it when. It never changes."""

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="evidence_bundles")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="evidence_bundle")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number of the bundle."""
        return f"E{self.pk:06d}"
