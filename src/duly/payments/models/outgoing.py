"""Money that goes out: disbursements and refunds, asked, approved, sent, settled, and sometimes returned."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.lending.models import Fact, Loan
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class OutgoingPayment(models.Model):
    """An amount to pay to a borrower, once by its key. Money in minor units.

    `end_to_end` is the number that travels with the money and comes back on the statement. `state` is where it stands;
    each step is an OutgoingEvent. A refund of a loan's credit balance is recorded as `fact` when it leaves.
    """

    class Purpose(models.TextChoices):
        DISBURSEMENT = "disbursement"
        REFUND = "refund"

    class State(models.TextChoices):
        ASKED = "asked"
        APPROVED = "approved"
        SENT = "sent"
        SETTLED = "settled"
        RETURNED = "returned"
        DECLINED = "declined"

    key = models.CharField(max_length=128, unique=True)
    end_to_end = models.CharField(max_length=35, unique=True)
    borrower = models.ForeignKey(
        Borrower, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing_payments"
    )
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing_payments")
    # The payment whose money goes back, and by the way that it came.
    refunds = models.ForeignKey(
        "payments.IncomingPayment", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    port = models.CharField(max_length=16)
    account = EncryptedTextField(blank=True, default="")
    holder = EncryptedTextField(blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="outgoing_payment_positive")]
        indexes = [models.Index(fields=["state", "port"], name="outgoing_payment_waiting")]

    def __str__(self) -> str:
        return self.end_to_end


class OutgoingEvent(models.Model):
    """One step of an outgoing payment. Only ever added. `reference` is a file's name or the other side's number."""

    outgoing = models.ForeignKey(OutgoingPayment, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=12, choices=OutgoingPayment.State.choices)
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entry = models.ForeignKey(
        "payments.BankEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing_events"
    )
    reference = models.CharField(max_length=128, blank=True, default="")
    why = models.CharField(max_length=200, blank=True, default="")
