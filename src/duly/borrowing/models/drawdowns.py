"""Drawdowns: part of a line taken as a loan; its contract, its signature, its money, and the way back."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.borrowing.models.kept import SealedFile
from duly.borrowing.models.lines import CreditLine
from duly.lending.models import Loan, Product


class Drawdown(models.Model):
    """One drawdown. Money in minor units of the line's currency, `annual_rate` in millionths.

    `quoted_on` is the date that the contract's figures are worked out for; `key` names the request at its source, so
    that asking twice draws once. `withdrawn_on` is the day on which the borrower made use of the cooling-off, and
    `return_by` by when what was paid out has to be back.
    """

    class State(models.TextChoices):
        DRAWN = "drawn"
        SIGNED = "signed"
        SENDING = "sending"
        DISBURSED = "disbursed"
        WITHDRAWING = "withdrawing"
        WITHDRAWN = "withdrawn"
        GIVEN_UP = "given_up"
        LAPSED = "lapsed"
        FAILED = "failed"

    # These hold a part of the limit, though there is no loan yet.
    IN_PROGRESS = (State.DRAWN, State.SIGNED, State.SENDING)

    reference = models.CharField(max_length=32, unique=True)
    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="drawdowns")
    key = models.CharField(max_length=128, unique=True)
    amount = models.BigIntegerField()
    installments = models.PositiveIntegerField()
    method = models.CharField(max_length=32)
    annual_rate = models.BigIntegerField()
    upfront_fee = models.BigIntegerField(default=0)
    service_fee = models.BigIntegerField(default=0)
    terms = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="drawdowns")
    quoted_on = models.DateField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAWN)
    loan = models.OneToOneField(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="drawdown")
    tries = models.PositiveIntegerField(default=0)
    withdrawn_on = models.DateField(null=True, blank=True)
    return_by = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="drawdown_amount_positive"),
            models.CheckConstraint(condition=Q(installments__gte=1), name="drawdown_has_installments"),
            models.CheckConstraint(
                condition=Q(upfront_fee__gte=0) & Q(upfront_fee__lt=F("amount")) & Q(service_fee__gte=0),
                name="drawdown_fees_fit",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["disbursed", "withdrawing", "withdrawn"], loan__isnull=False)
                | (~Q(state__in=["disbursed", "withdrawing", "withdrawn"]) & Q(loan__isnull=True)),
                name="drawdown_has_loan_once_paid_out",
            ),
        ]
        indexes = [models.Index(fields=["line", "state"]), models.Index(fields=["state"])]

    def __str__(self) -> str:
        return self.reference

    @property
    def paid_out(self) -> int:
        """What reaches the borrower: the amount less the fee taken out of it."""
        return self.amount - self.upfront_fee


class DrawdownEvent(models.Model):
    """A line of a drawdown's story: the state it came into, when, and by whom."""

    drawdown = models.ForeignKey(Drawdown, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=16, choices=Drawdown.State.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True, default="")
    why = models.CharField(max_length=200, blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())


class Contract(models.Model):
    """The paper of one drawdown in one language, as it was shown for signature. `sha256` is of the PDF's bytes."""

    drawdown = models.ForeignKey(Drawdown, on_delete=models.PROTECT, related_name="contracts")
    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="contract")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drawdown", "language"], name="contract_once_a_language")]


class Signature(models.Model):
    """The borrower signed one contract with a one-time code that was sent for its hash.

    `code` is the id of the code's record among people's codes, `channel` how it reached them.
    """

    drawdown = models.OneToOneField(Drawdown, on_delete=models.PROTECT, related_name="signature")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="signature")
    sha256 = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    signed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())


class SettledLetter(models.Model):
    """A letter that says a loan is paid in full, issued once a language for each day it became so."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="settled_letters")
    language = models.CharField(max_length=8)
    settled_on = models.DateField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "language", "settled_on"], name="settled_letter_once_a_language")
        ]
