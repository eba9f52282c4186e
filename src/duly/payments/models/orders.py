"""Orders that a borrower pays in a wallet, and the wallet's messages about them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.lending.models import Loan


class PaymentOrder(models.Model):
    """An amount that the borrower of a loan is about to pay. Only ever added: paid is what a payment names.

    `number` is what the wallet knows it by, and nobody can guess it. Money in minor units.
    """

    class Purpose(models.TextChoices):
        DUE = "due"
        PART = "part"
        PREPAY = "prepay"
        SETTLE = "settle"

    number = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=128, unique=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="payment_orders")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_order_positive")]

    def __str__(self) -> str:
        return self.number


class WalletNotice(models.Model):
    """A message of the wallet's whose signature held, once by its own id, and what was made of it. Only ever added."""

    class Answer(models.TextChoices):
        PAID = "paid"
        SUSPENSE = "suspense"
        KNOWN = "known"
        NOTHING = "nothing"

    notify_id = models.CharField(max_length=128, unique=True)
    number = models.CharField(max_length=64)
    trade_no = models.CharField(max_length=64)
    trade_status = models.CharField(max_length=32)
    amount = models.CharField(max_length=32)
    answer = models.CharField(max_length=12, choices=Answer.choices)
    received_at = models.DateTimeField(db_default=Now())
