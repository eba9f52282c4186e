"""Who looked at which personal datum, and why."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from duly.people.models.borrowers import Borrower


class Reveal(models.Model):
    """One personal datum that a member of staff asked to see in the clear. Only ever added; holds no personal data."""

    class Why(models.TextChoices):
        CALL = "call", gettext_lazy("to reach the person")
        IDENTITY = "identity", gettext_lazy("to make sure who it is")
        LETTER = "letter", gettext_lazy("to write a letter or a document")
        REVIEW = "review", gettext_lazy("to review an application")
        OBJECTION = "objection", gettext_lazy("to answer a complaint or a dispute")
        LEGAL = "legal", gettext_lazy("for a court or an authority")
        AUDIT = "audit", gettext_lazy("to audit")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reveals")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="reveals")
    field = models.CharField(max_length=32)
    why = models.CharField(max_length=16, choices=Why.choices)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["at"]), models.Index(fields=["user", "at"])]

    def __str__(self) -> str:
        return f"{self.field} of {self.borrower_id}"
