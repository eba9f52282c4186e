"""Settlement for less: an amount that the lender takes for all that is owed, if it comes by a day."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from duly.lending.models import Fact, Loan
from duly.people.models import Approval


class Settlement(models.Model):
    """An offer to take `amount` (minor units of the loan's currency) for all that is owed, if paid by `pay_by`.

    What comes in on the days from `offered_on` to `pay_by`, both included, counts. `fact` is the waiver of the rest.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("settlement", "waits for a second person")
        OFFERED = "offered", pgettext_lazy("settlement", "offered")
        KEPT = "kept", pgettext_lazy("settlement", "paid, the rest is waived")
        LAPSED = "lapsed", pgettext_lazy("settlement", "lapsed")
        WITHDRAWN = "withdrawn", pgettext_lazy("settlement", "withdrawn")
        UNDONE = "undone", pgettext_lazy("settlement", "undone: the payment came back")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="settlements")
    amount = models.BigIntegerField()
    owed = models.BigIntegerField()
    pay_by = models.DateField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    approval = models.OneToOneField(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="settlement"
    )
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    offered_on = models.DateField(null=True, blank=True)
    kept_on = models.DateField(null=True, blank=True)
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="settlement")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lt=F("owed")), name="settlement_is_for_less"),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(state__in=["waiting", "offered"]), name="settlement_one_open_a_loan"
            ),
        ]
        indexes = [models.Index(fields=["state", "pay_by"])]
