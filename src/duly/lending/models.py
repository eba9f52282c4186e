"""Products, loans and facts: the record that everything else is computed from."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.people.models import Borrower


class Product(models.Model):
    """Terms a lender offers, as one version that is never edited: loans keep the terms they were made with.

    `terms` holds every field of a contract (see docs/contract.md) that is the same for all loans of the version.
    """

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3)
    terms = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="product_version_once")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Loan(models.Model):
    """The contract of one loan: the product's terms and the figures of its own. It never changes.

    Money is in minor units; `annual_rate` is in millionths a year; `installment_amount` is the level installment as
    the contract states it (0 where the method has none). `service_fee` falls due with the installments, `upfront_fee`
    is taken out of what is paid out, `balloon` is the principal left for the last installment.
    """

    reference = models.CharField(max_length=64, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="loans")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="loans")
    principal = models.BigIntegerField()
    annual_rate = models.BigIntegerField()
    service_fee = models.BigIntegerField(default=0)
    upfront_fee = models.BigIntegerField(default=0, db_default=0)
    balloon = models.BigIntegerField(default=0, db_default=0)
    disbursed_on = models.DateField()
    first_due_on = models.DateField()
    installments = models.PositiveIntegerField()
    installment_amount = models.BigIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(principal__gt=0), name="loan_principal_positive"),
            models.CheckConstraint(condition=Q(annual_rate__gte=0), name="loan_rate_not_negative"),
            models.CheckConstraint(condition=Q(service_fee__gte=0), name="loan_fee_not_negative"),
            models.CheckConstraint(
                condition=Q(upfront_fee__gte=0) & Q(upfront_fee__lte=F("principal")), name="loan_upfront_fee_fits"
            ),
            models.CheckConstraint(
                condition=Q(balloon__gte=0) & Q(balloon__lt=F("principal")), name="loan_balloon_below_principal"
            ),
            models.CheckConstraint(condition=Q(installments__gte=1), name="loan_has_installments"),
            models.CheckConstraint(condition=Q(first_due_on__gte=F("disbursed_on")), name="loan_due_after_disbursed"),
        ]

    def __str__(self) -> str:
        return self.reference


# Kinds of fact by what they say; together they are all that the database takes.
WITH_AMOUNT = ["disbursed", "paid", "waived", "fee_charged", "recovered", "refunded"]
WITHOUT_AMOUNT = [
    "reversed",
    "written_off",
    "rescheduled",
    "rate_changed",
    "penalty_paused",
    "penalty_resumed",
    "accelerated",
    "cancelled",
]
ALWAYS_DETAILED = ["rescheduled", "rate_changed"]
SOMETIMES_DETAILED = ["paid", "fee_charged", "penalty_paused"]


class Fact(models.Model):
    """Something dated that happened to a loan. Only ever added; a mistake is put right by a `reversed` fact.

    `value_date` is the date it counts from, `recorded_at` when it became known. `idempotency_key` names the event at
    its source: the same key a second time records nothing. `details` holds what only some kinds say, as the doors
    write it (docs/doors.md): the terms of a reschedule, the rate of a rate change, what a pause stops, …
    """

    class Kind(models.TextChoices):
        DISBURSED = "disbursed"
        PAID = "paid"
        REVERSED = "reversed"
        WAIVED = "waived"
        WRITTEN_OFF = "written_off"
        FEE_CHARGED = "fee_charged"
        RESCHEDULED = "rescheduled"
        RATE_CHANGED = "rate_changed"
        PENALTY_PAUSED = "penalty_paused"
        PENALTY_RESUMED = "penalty_resumed"
        ACCELERATED = "accelerated"
        RECOVERED = "recovered"
        REFUNDED = "refunded"
        CANCELLED = "cancelled"

    class Component(models.TextChoices):
        PRINCIPAL = "principal"
        INTEREST = "interest"
        PENALTY = "penalty"
        FEE = "fee"
        ALL = "all"

    # The index of loan and value date serves alone.
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="facts", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value_date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    amount = models.BigIntegerField(null=True, blank=True)
    component = models.CharField(max_length=16, choices=Component.choices, blank=True, default="", db_default="")
    details = models.JSONField(null=True, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    idempotency_key = models.CharField(max_length=128, unique=True)
    source = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind__in=WITH_AMOUNT) & ~Q(component="all") & Q(amount__isnull=False) & Q(amount__gt=0))
                | (Q(kind__in=WITHOUT_AMOUNT) & Q(amount__isnull=True))
                | (Q(kind="waived") & Q(component="all") & Q(amount__isnull=True)),
                name="fact_amount_fits_kind",
            ),
            models.CheckConstraint(
                condition=(Q(kind="reversed") & Q(reverses__isnull=False))
                | (~Q(kind="reversed") & Q(reverses__isnull=True)),
                name="fact_reversal_names_its_fact",
            ),
            models.CheckConstraint(
                condition=(Q(kind="waived") & ~Q(component="")) | (~Q(kind="waived") & Q(component="")),
                name="fact_waiver_names_its_component",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=ALWAYS_DETAILED) & Q(details__isnull=False))
                | (Q(kind__in=SOMETIMES_DETAILED))
                | (~Q(kind__in=[*ALWAYS_DETAILED, *SOMETIMES_DETAILED]) & Q(details__isnull=True)),
                name="fact_details_fit_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["loan", "value_date"]),
            # Whoever posts payments in bulk asks of each loan whether it is written off.
            models.Index(fields=["loan"], condition=Q(kind="written_off"), name="fact_written_off"),
        ]
