"""Promises on record, and what each close found of them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.lending.models import Loan
from duly.people.models import Borrower


class Promise(models.Model):
    """A borrower's word to pay `amount` (minor units) through `due_on`, on one loan or, without one, on any of theirs.

    `by` is who took it: a user name, "the borrower" for a page, empty for the machine; `through` the door. What was
    paid since is computed from the facts: those after fact `facts_before`, valued `made_on` or later. `state` is what
    the last close found, `received` how much.
    """

    class State(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        PARTLY_KEPT = "partly_kept"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    class Through(models.TextChoices):
        PORTAL = "portal"
        DESK = "desk"
        AGENCY = "agency"
        API = "api"

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="promises")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="promises")
    key = models.CharField(max_length=128, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_on = models.DateField()
    made_at = models.DateTimeField()
    due_on = models.DateField()
    through = models.CharField(max_length=8, choices=Through.choices)
    by = models.CharField(max_length=150, blank=True, default="")
    facts_before = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    received = models.BigIntegerField(default=0)
    judged_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive"),
            models.CheckConstraint(condition=Q(due_on__gte=F("made_on")), name="promise_due_after_made"),
            models.CheckConstraint(
                condition=Q(received__gte=0) & Q(received__lte=F("amount")), name="promise_received_at_most_all"
            ),
            models.CheckConstraint(
                condition=~Q(state="kept") | Q(received=F("amount")), name="promise_kept_when_all_came"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"]), models.Index(fields=["borrower", "made_on"])]

    def __str__(self) -> str:
        return f"promise {self.pk}"


class PromiseEvent(models.Model):
    """A promise was found in another state, or taken back, and what had been paid of it. Only ever added."""

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=16, choices=Promise.State.choices)
    received = models.BigIntegerField()
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["promise", "on"])]
