"""Plans on record: what was asked for, what was offered with its figures, what was agreed, and how it went."""

import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.lending.models import Fact, Loan
from duly.people.encryption import EncryptedJSONField
from duly.people.models import Borrower


class PolicyText(models.Model):
    """A policy that offers were made by, word for word, once however many they were. `digest`: SHA-256, hexadecimal."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    kept_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest[:12]


class PlanRequest(models.Model):
    """Somebody said what the borrower can pay: `monthly` (minor units) from `first_due_on` on, for all their loans.

    `answers` is what they told of their means, if they did. `through` is the door that it came by, `by` the user name
    of staff or of a program, "the borrower" for themselves. `key` names the request at its source.
    """

    class Through(models.TextChoices):
        PORTAL = "portal"
        DESK = "desk"
        API = "api"

    reference = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=128, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="plan_requests")
    currency = models.CharField(max_length=3)
    monthly = models.BigIntegerField()
    first_due_on = models.DateField()
    answers = EncryptedJSONField(default=dict)
    asked_on = models.DateField()
    asked_at = models.DateTimeField()
    through = models.CharField(max_length=8, choices=Through.choices)
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(monthly__gt=0), name="plan_request_monthly_positive")]
        indexes = [models.Index(fields=["borrower", "asked_at"])]

    def __str__(self) -> str:
        return self.reference


class Offer(models.Model):
    """A plan that was offered, with its figures as they were shown. Money in minor units. Only ever added.

    `dues` are pairs of date and amount; `waived` is by component, `shares` the shares (millionths) of what is owed of
    each that it lets go of; `terms` are those of the `rescheduled` fact that makes it so. `digest` is the SHA-256 of
    all that the borrower signs. It may be agreed through `valid_until`.
    `approved_by` is the second person behind an offer beyond the policy.
    """

    class Kind(models.TextChoices):
        OFFERED = "offered"  # for what the borrower can pay
        PROPOSED = "proposed"  # what somebody proposed, within the policy
        NEAREST = "nearest"  # the nearest that may be, to what somebody proposed
        EXCEPTION = "exception"  # beyond the policy, by two people

    reference = models.CharField(max_length=32, unique=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="plan_offers")
    request = models.ForeignKey(PlanRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="offers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    policy = models.ForeignKey(PolicyText, on_delete=models.PROTECT, related_name="offers")
    policy_name = models.CharField(max_length=64)
    policy_version = models.PositiveIntegerField()
    band = models.CharField(max_length=64, blank=True, default="")
    installments = models.PositiveIntegerField()
    first_due_on = models.DateField()
    down_payment = models.BigIntegerField()
    monthly = models.BigIntegerField()
    total = models.BigIntegerField()
    owed_today = models.BigIntegerField()
    present_value = models.BigIntegerField()
    waived = models.JSONField()
    shares = models.JSONField()
    dues = models.JSONField()
    terms = models.JSONField()
    digest = models.CharField(max_length=64)
    offered_on = models.DateField()
    valid_until = models.DateField()
    made_at = models.DateTimeField()
    through = models.CharField(max_length=8, choices=PlanRequest.Through.choices)
    by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(installments__gte=1) & Q(installments__lte=60), name="plan_offer_installments_in_range"
            ),
            models.CheckConstraint(
                condition=Q(down_payment__gte=0) & Q(monthly__gte=0) & Q(total__gte=F("down_payment")),
                name="plan_offer_money_not_negative",
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("offered_on")), name="plan_offer_valid_for_a_time"),
            models.CheckConstraint(
                condition=~Q(kind="exception") | ~Q(approved_by=""), name="plan_exception_by_two_people"
            ),
        ]
        indexes = [models.Index(fields=["loan", "valid_until"])]

    def __str__(self) -> str:
        return self.reference

    @property
    def waived_in_all(self) -> int:
        """All that is let go of when it is agreed, in minor units."""
        return sum(self.waived.values())

    @property
    def last_due_on(self) -> datetime.date:
        """The day on which the plan ends."""
        return datetime.date.fromisoformat(self.dues[-1][0])


class Plan(models.Model):
    """An offer that the borrower has agreed to with a one-time code.

    It waits for its first payment, where it has one, until `first_payment_by`; is in force from `started_on`; and ends
    on `ended_on`: done, broken or lapsed. `code` is the id of the one-time code, `facts_before` the last fact on record
    when it was agreed: what is paid afterwards counts.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        KEPT = "kept"
        AT_RISK = "at_risk"
        BROKEN = "broken"
        DONE = "done"
        LAPSED = "lapsed"

    OPEN = (State.WAITING, State.KEPT, State.AT_RISK)
    IN_FORCE = (State.KEPT, State.AT_RISK)

    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="plan")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="plans")
    state = models.CharField(max_length=16, choices=State.choices)
    agreed_on = models.DateField()
    agreed_at = models.DateTimeField()
    code = models.CharField(max_length=32)
    channel = models.CharField(max_length=8)
    facts_before = models.BigIntegerField()
    first_payment_by = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(state__in=["waiting", "kept", "at_risk"]), name="plan_one_open_a_loan"
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["broken", "done", "lapsed"]) & Q(ended_on__isnull=False))
                | (Q(state__in=["waiting", "kept", "at_risk"]) & Q(ended_on__isnull=True)),
                name="plan_ends_with_its_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "lapsed"]) | Q(started_on__isnull=False),
                name="plan_in_force_has_started",
            ),
        ]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return f"plan {self.offer.reference}"


class PlanFact(models.Model):
    """A fact that a plan recorded; reversing every one of them takes the plan back. Only ever added."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="facts")
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, related_name="of_plan")


class PlanEvent(models.Model):
    """A plan came into a state on a business date, and why. Only ever added."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=16, choices=Plan.State.choices)
    on = models.DateField()
    at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["plan", "on"])]
