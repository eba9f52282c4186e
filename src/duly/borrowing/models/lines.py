"""Credit lines: an approved limit that revolves, and every change of it as a dated event."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.borrowing.models.decisions import Decision
from duly.borrowing.models.products import LineProduct
from duly.people.models import Borrower


class CreditLine(models.Model):
    """One line: what never changes about it. Its limit and state are what its last event says.

    `annual_rate` is in millionths: that of the grade it was approved with. It can be drawn through `expires_on`.
    """

    class State(models.TextChoices):
        OPEN = "open"
        FROZEN = "frozen"
        CLOSED = "closed"

    reference = models.CharField(max_length=32, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="credit_lines")
    product = models.ForeignKey(LineProduct, on_delete=models.PROTECT, related_name="lines")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="line")
    annual_rate = models.BigIntegerField()
    grade = models.CharField(max_length=16, blank=True, default="")
    opened_on = models.DateField()
    expires_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(annual_rate__gte=0), name="line_rate_not_negative"),
            models.CheckConstraint(condition=Q(expires_on__gt=F("opened_on")), name="line_expires_after_it_opened"),
        ]

    def __str__(self) -> str:
        return self.reference


class LineEvent(models.Model):
    """What the limit and the state are from `on` on, and why. Only ever added.

    `limit` is in minor units. `reason` is a code of duly.borrowing.reasons; `by` and `approved_by` are user names,
    "the borrower", or empty for Duly itself.
    """

    class Kind(models.TextChoices):
        OPENED = "opened"
        LIMIT_CHANGED = "limit_changed"
        FROZEN = "frozen"
        THAWED = "thawed"
        CLOSED = "closed"

    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    on = models.DateField()
    limit = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=CreditLine.State.choices)
    reason = models.CharField(max_length=64)
    by = models.CharField(max_length=150, blank=True, default="")
    approved_by = models.CharField(max_length=150, blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(limit__gte=0), name="line_limit_not_negative")]
        indexes = [models.Index(fields=["line", "on", "id"])]
