"""Permission to collect installments from a borrower's account, and each attempt to do so."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.lending.models import Loan
from duly.payments.models.accounts import BorrowerAccount
from duly.payments.models.incoming import IncomingPayment
from duly.people.models import Borrower


class DebitMandate(models.Model):
    """A borrower's permission, signed by a one-time code, to collect what falls due from one account.

    `text_digest` is the SHA-256 of the text that was signed. It ends when the borrower withdraws it, or when the bank
    says that the account is gone.
    """

    reference = models.CharField(max_length=35, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="debit_mandates")
    account = models.ForeignKey(BorrowerAccount, on_delete=models.PROTECT, related_name="mandates")
    text_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    signed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(ended_at__isnull=True), name="debit_mandate_one_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.reference


class Debit(models.Model):
    """One attempt to collect what was due on a loan. Money in minor units; `code` is the bank's reason for failing."""

    class State(models.TextChoices):
        SENT = "sent"
        PAID = "paid"
        RETURNED = "returned"

    mandate = models.ForeignKey(DebitMandate, on_delete=models.PROTECT, related_name="debits")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="debits")
    due_on = models.DateField()
    attempt = models.PositiveSmallIntegerField(default=1)
    collect_on = models.DateField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    end_to_end = models.CharField(max_length=35, unique=True)
    file_name = models.CharField(max_length=128)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SENT)
    payment = models.OneToOneField(
        IncomingPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="debit"
    )
    code = models.CharField(max_length=8, blank=True, default="")
    returned_on = models.DateField(null=True, blank=True)
    returned_by = models.ForeignKey(
        "payments.BankEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="debits"
    )
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "due_on", "attempt"], name="debit_attempt_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="debit_positive"),
        ]
        indexes = [models.Index(fields=["state", "collect_on"], name="debit_open")]
