"""What closes leave behind: the close itself, the book by bucket, positions as last closed, and transitions."""

from django.db import models
from django.db.models import F, Q

from duly.lending.models import Loan


class Close(models.Model):
    """One closed business date. `facts_through` is the last fact it saw, so the close can be folded again exactly."""

    business_date = models.DateField(primary_key=True)
    closed_at = models.DateTimeField()
    facts_through = models.BigIntegerField()
    loans = models.BigIntegerField()
    open_loans = models.BigIntegerField()
    overdue_loans = models.BigIntegerField()
    ledger_ties = models.BooleanField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ledger_ties=True), name="close_only_a_book_that_ties")]


class Bucket(models.Model):
    """The open book of one business date in one currency, by days past due (`current` when none)."""

    business_date = models.ForeignKey(
        Close, on_delete=models.PROTECT, db_column="business_date", related_name="buckets"
    )
    currency = models.CharField(max_length=3)
    bucket = models.CharField(max_length=16)
    loans = models.BigIntegerField()
    principal_outstanding = models.BigIntegerField()
    overdue_total = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business_date", "currency", "bucket"], name="bucket_once_a_close")
        ]


class Position(models.Model):
    """A loan as its last close that changed it left it. A copy for lists and filters: the fold is the truth.

    Money in minor units. What grows by the day alone (accrued interest, days past due) is not kept here: it is
    computed from these columns or by the fold.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"
        WRITTEN_OFF = "written_off"
        CANCELLED = "cancelled"

    loan = models.OneToOneField(Loan, on_delete=models.PROTECT, primary_key=True, related_name="position")
    business_date = models.DateField()
    status = models.CharField(max_length=16, choices=Status.choices)
    oldest_unpaid_due_on = models.DateField(null=True, blank=True)
    next_due_on = models.DateField(null=True, blank=True)
    next_due_amount = models.BigIntegerField()
    principal_outstanding = models.BigIntegerField()
    total_outstanding = models.BigIntegerField()
    overdue_total = models.BigIntegerField()
    credit_balance = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["status", "oldest_unpaid_due_on"]),
            models.Index(fields=["status", "next_due_on"]),
        ]


class Transition(models.Model):
    """Something that a close found to have changed in a loan's standing. Only ever added."""

    class Kind(models.TextChoices):
        FELL_DUE = "fell_due"
        BECAME_OVERDUE = "became_overdue"
        MOVED_BUCKET = "moved_bucket"
        CURED = "cured"
        SETTLED = "settled"
        WRITTEN_OFF = "written_off"
        CANCELLED = "cancelled"

    business_date = models.ForeignKey(
        Close, on_delete=models.PROTECT, db_column="business_date", related_name="transitions"
    )
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="transitions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    from_bucket = models.CharField(max_length=16, blank=True, default="", db_default="")
    to_bucket = models.CharField(max_length=16, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="moved_bucket") | ~Q(from_bucket=F("to_bucket")), name="transition_bucket_moves"
            ),
            models.UniqueConstraint(fields=["business_date", "loan", "kind"], name="transition_once_a_close"),
        ]
        indexes = [models.Index(fields=["business_date", "kind"])]
