"""What was erased of a person, what was kept, and why."""

from django.db import models
from django.db.models.functions import Now

from duly.people.models.approvals import Approval
from duly.people.models.borrowers import Borrower


class Erasure(models.Model):
    """The certificate of one erasure. Only ever added; it holds no personal data.

    `lines` is a list of {"what", "rows", "erased", "why", "until"}; `digest` the SHA-256 of it, as canonical JSON.
    """

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="erasures")
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField(db_default=Now())
    lines = models.JSONField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"erasure of {self.borrower_id}"
