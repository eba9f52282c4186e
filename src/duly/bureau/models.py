"""What was reported of each loan for each month, what was held back, and what borrowers object to. Only ever added."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.lending.models import Loan
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Layout(models.TextChoices):
    """In which layout, so to which bureau, a month is reported."""

    METRO2 = "metro2"
    CN = "cn"


class Report(models.Model):
    """One month as it was reported, once a layout. Written again it has the same bytes: `files` are their SHA-256.

    `month` is its last day, `facts_through` the last fact that was known, `reported_at` the instant that stands in the
    files. `held_back` counts the loans that are not in it, by reason.
    """

    layout = models.CharField(max_length=16, choices=Layout.choices)
    form = models.CharField(max_length=16)
    month = models.DateField()
    facts_through = models.BigIntegerField()
    reported_at = models.DateTimeField()
    loans = models.BigIntegerField()
    corrections = models.BigIntegerField()
    held_back = models.JSONField()
    files = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layout", "month"], name="month_reported_once")]

    def __str__(self) -> str:
        return f"{self.layout} {self.month:%Y-%m}"


class Line(models.Model):
    """What one report said of one loan in one month: its own, or an earlier one, said late or put right.

    Columns as in duly.bureau.standing: `status` and `risk_class` are codes; money in minor units of the loan's
    currency. The last line of a loan and month counts.
    """

    class Kind(models.IntegerChoices):
        OF_THE_MONTH = 0
        CORRECTION = 1
        LATE = 2

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="lines", db_index=False)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="reported_lines", db_index=False)
    month = models.DateField()
    kind = models.SmallIntegerField(choices=Kind.choices)
    status = models.SmallIntegerField()
    days_past_due = models.IntegerField()
    balance = models.BigIntegerField()
    past_due = models.BigIntegerField()
    risk_class = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "loan", "month"], name="line_once_a_report")]
        indexes = [models.Index(fields=["loan", "month"])]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.month:%Y-%m}"


class HeldBack(models.Model):
    """A loan's month that was not reported because the borrower had not been told in time. Only ever added."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="told_too_late")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="months_held_back")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "loan"], name="held_back_once")]

    def __str__(self) -> str:
        return f"{self.loan_id} in {self.report_id}"


class Objection(models.Model):
    """A borrower's objection to what was reported of one loan for one month, and how it was decided.

    `clock` is the key of the duties' event. Decided `withdrawn`, the month is taken out of the record with the next
    report; `corrected`, the loan's facts have been put right and the next report says so.
    """

    class Decision(models.TextChoices):
        CORRECTED = "corrected"
        WITHDRAWN = "withdrawn"
        REFUSED = "refused"

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="objections")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="record_objections")
    reason = EncryptedTextField()
    made_at = models.DateTimeField()
    clock = models.CharField(max_length=160, unique=True)
    decision = models.CharField(max_length=16, choices=Decision.choices, blank=True, default="")
    why = EncryptedTextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="objections_decided"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(decision="") & Q(decided_at=None) & Q(decided_by=None))
                | (~Q(decision="") & Q(decided_at__isnull=False) & Q(decided_by__isnull=False)),
                name="objection_decided_by_somebody",
            ),
            models.UniqueConstraint(fields=["line"], condition=Q(decision=""), name="one_open_objection_a_line"),
        ]
        indexes = [models.Index(fields=["decision", "made_at"])]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What the borrower and the lender call it."""
        return f"R{self.pk:06d}"
