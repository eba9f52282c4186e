"""Batches of placements, each placement with its loans, and what an agency earns by them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from duly.agencies.models import Agency, Mandate
from duly.collection.models import Case
from duly.contact.models import PlannedContact
from duly.lending.models import Fact, Loan
from duly.people.models import Borrower


class Batch(models.Model):
    """Cases proposed for placement together. `dealt` is [[case, agency code], …]; `left_out` counts by reason.

    Nothing is placed until a second person has agreed (`placed_at`).
    """

    rules = models.TextField()
    dealt = models.JSONField()
    left_out = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(placed_by__isnull=True) | ~Q(placed_by=F("made_by")), name="batch_by_two_people"
            )
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Placement(models.Model):
    """A case with an agency, from `placed_at` until `ended_at`. One at a time a borrower.

    The agency may contact the borrower once `notice` has left and the mandate's days of notice are over.
    """

    class Ended(models.TextChoices):
        PAID = "paid", pgettext_lazy("placement ended", "paid up to date")
        CLOSED = "closed", pgettext_lazy("placement ended", "case closed")
        COMPLAINT = "complaint", pgettext_lazy("placement ended", "complaint, dispute or protection")
        EXPIRED = "expired", pgettext_lazy("placement ended", "time over")
        MANDATE = "mandate", pgettext_lazy("placement ended", "mandate over")
        BY_HAND = "by_hand", pgettext_lazy("placement ended", "taken back")

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="placements")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="placements")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="placements")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="placements")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="placements")
    notice = models.OneToOneField(PlannedContact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    placed_on = models.DateField()
    placed_at = models.DateTimeField()
    expires_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=16, choices=Ended.choices, blank=True, default="")
    because = models.CharField(max_length=300, blank=True, default="")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(ended_at__isnull=True), name="placement_one_a_borrower"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_on__isnull=True, ended="")
                | (Q(ended_at__gte=F("placed_at")) & Q(ended_on__gte=F("placed_on")) & ~Q(ended="")),
                name="placement_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["agency", "ended_at"]), models.Index(fields=["expires_on"])]

    def __str__(self) -> str:
        return f"placement {self.pk}"


class PlacedLoan(models.Model):
    """A loan of a placement. `oldest_due_on` is from when its age counts; `overdue` (minor units) as it was then."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="placed")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="placed")
    oldest_due_on = models.DateField()
    overdue = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["placement", "loan"], name="placed_loan_once")]


class CommissionLine(models.Model):
    """What one fact earned an agency, or took back. Only ever added.

    `base` is what was paid (negative: taken back), `amount` the commission on it, both in minor units of `currency`;
    `age_days` the age of the debt on the value date, `rate` in millionths. It stands on the statement of the month of
    `booked_on`. A correction names the line that it corrects, and no fact.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", pgettext_lazy("commission", "earned")
        TAKEN_BACK = "taken_back", pgettext_lazy("commission", "taken back")
        CORRECTED = "corrected", pgettext_lazy("commission", "corrected")

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="commission")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="+")
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="commission_line")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value_date = models.DateField()
    age_days = models.IntegerField()
    base = models.BigIntegerField()
    rate = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    booked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="corrected", corrects__isnull=False, fact__isnull=True)
                | (Q(corrects__isnull=True, fact__isnull=False) & ~Q(kind="corrected")),
                name="commission_has_its_source",
            ),
            models.CheckConstraint(
                condition=~Q(kind="earned") | Q(base__gt=0, amount__gte=0), name="commission_earned_is_positive"
            ),
        ]
        indexes = [models.Index(fields=["placement", "booked_on"])]


class Statement(models.Model):
    """A month of an agency as it was told: its lines can change no more. `totals` by currency. Only ever added."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField()
    issued_at = models.DateTimeField()
    totals = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "month"], name="statement_once_a_month")]


class LineDispute(models.Model):
    """An agency's objection to one line, and the lender's answer."""

    line = models.OneToOneField(CommissionLine, on_delete=models.PROTECT, related_name="dispute")
    why = models.CharField(max_length=500)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=500, blank=True, default="")
