"""Money that came in, what was told with it, and everything that became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.lending.models import Fact
from duly.payments.payer_accounts import plain_account
from duly.people.blind_index import BlindIndexField
from duly.people.encryption import EncryptedTextField


class IncomingPayment(models.Model):
    """Money that came in, once by its source and the source's own number for it. Only ever added.

    `amount` in minor units. `fact` is what all of it became as it came; where it is null, the money waited first
    (`Suspense`) and `Outcome` tells the rest.
    """

    class Method(models.TextChoices):
        WALLET = "wallet"
        BANK = "bank"
        DEBIT = "debit"
        CASH = "cash"
        CHEQUE = "cheque"
        TRANSFER = "transfer"
        API = "api"

    source = models.CharField(max_length=64)
    source_id = models.CharField(max_length=128)
    method = models.CharField(max_length=12, choices=Method.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    value_date = models.DateField()
    received_at = models.DateTimeField(db_default=Now())
    # Facts are never deleted, and a fact's key names its payment (`payment_id_of`): a constraint or an index would not
    # add anything but the time they take in bulk.
    fact = models.ForeignKey(
        Fact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="incoming_payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="incoming_payment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.source_id}"

    @property
    def about(self) -> str:
        """What an approval about this payment is found by."""
        return f"payment {self.pk}"


def payment_id_of(fact_key: str) -> int | None:
    """The id of the payment that the fact of that key came from: "incoming/7" or, a part of it, "incoming/7/2"."""
    kind, _, rest = fact_key.partition("/")
    number = rest.partition("/")[0]
    return int(number) if kind == "incoming" and number.isdecimal() else None


class PaymentDetails(models.Model):
    """What was told with a payment: who paid, from where, the order and the words. Personal, so encrypted."""

    payment = models.OneToOneField(IncomingPayment, on_delete=models.PROTECT, primary_key=True, related_name="details")
    payer_name = EncryptedTextField(blank=True, default="")
    payer_account = EncryptedTextField(blank=True, default="")
    account_index = BlindIndexField(of="payer_account", standard=plain_account, db_index=True)
    remittance = EncryptedTextField(blank=True, default="")
    order = models.ForeignKey(
        "payments.PaymentOrder", on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    # The payer's own reference, by which their bank speaks of the payment when it takes it back.
    end_to_end = models.CharField(max_length=64, blank=True, default="", db_index=True)


class Suspense(models.Model):
    """What of a payment waits for somebody to say whose it is. The row goes when nothing waits any more."""

    class Reason(models.TextChoices):
        NO_REFERENCE = "no_reference"
        UNKNOWN_LOAN = "unknown_loan"
        AMBIGUOUS = "ambiguous"
        OTHER_CURRENCY = "other_currency"
        TOO_EARLY = "too_early"
        UNKNOWN_ORDER = "unknown_order"
        ORDER_PAID = "order_paid"
        ORDER_EXPIRED = "order_expired"
        OTHER_AMOUNT = "other_amount"
        LOAN_SETTLED = "loan_settled"
        TAKEN_BACK = "taken_back"
        REFUND_RETURNED = "refund_returned"

    payment = models.OneToOneField(IncomingPayment, on_delete=models.PROTECT, primary_key=True, related_name="suspense")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=16, choices=Reason.choices)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="suspense_positive")]
        indexes = [models.Index(fields=["since"], name="suspense_oldest")]


# What takes money out of suspense, and what brings it back there.
LEAVES = ("posted", "refunded", "returned", "own")
COMES_BACK = ("unposted", "unrefunded")


class Outcome(models.Model):
    """One thing that became of a payment, or of part of it, after it had come. Only ever added.

    posted: to a loan, as `fact`; unposted: that fact was reversed (`fact` is the reversal) and the money waits again;
    refunded: paid back by `outgoing`; unrefunded: which did not arrive; returned: the payer's bank took it back; own:
    it came from another account of the lender's and is no payment.
    """

    class Kind(models.TextChoices):
        POSTED = "posted"
        UNPOSTED = "unposted"
        REFUNDED = "refunded"
        UNREFUNDED = "unrefunded"
        RETURNED = "returned"
        OWN = "own"

    payment = models.ForeignKey(IncomingPayment, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.BigIntegerField()
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="outcome")
    outgoing = models.ForeignKey(
        "payments.OutgoingPayment", on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes"
    )
    # The bank's entry that took the money back.
    entry = models.ForeignKey(
        "payments.BankEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes"
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="outcome_positive"),
            models.CheckConstraint(
                condition=(Q(kind__in=["posted", "unposted"]) & Q(fact__isnull=False) & Q(outgoing__isnull=True))
                | (Q(kind__in=["refunded", "unrefunded"]) & Q(outgoing__isnull=False) & Q(fact__isnull=True))
                | (Q(kind__in=["returned", "own"]) & Q(fact__isnull=True) & Q(outgoing__isnull=True)),
                name="outcome_names_what_it_made",
            ),
        ]
        ordering = ["id"]
