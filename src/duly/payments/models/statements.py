"""What the bank says: files read, the statements in them, and each entry on the lender's own accounts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.payments.models.incoming import IncomingPayment


class StatementFile(models.Model):
    """A file from a bank, read once by its SHA-256. Only ever added."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    form = models.CharField(max_length=40)  # camt.053.001.02, …, or the name of a CSV mapping
    read_at = models.DateTimeField(db_default=Now())


class BankStatement(models.Model):
    """One account over some days as a file tells it; balances in minor units, null where it tells none."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    number = models.CharField(max_length=64)
    account = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    from_date = models.DateField(null=True, blank=True)
    to_date = models.DateField(null=True, blank=True)
    opening = models.BigIntegerField(null=True, blank=True)
    closing = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "currency", "to_date"], name="bank_statement_latest")]


class BankEntry(models.Model):
    """One movement of a bank account, once by the account and the bank's reference. Only ever added.

    `amount` in minor units, above zero for money in. A credit became `payment`; a debit is explained by what names the
    entry: an outgoing payment's step, a payment taken back, a debit that failed, or a person (`EntryExplanation`).
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment"
        RETURN = "return"
        CHARGE = "charge"

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=64)
    reference = models.CharField(max_length=128)
    # Of the whole booking that it is a part of: a notice and a statement may tell the same booking.
    booking = models.CharField(max_length=128, blank=True, default="", db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    value_date = models.DateField()
    end_to_end = models.CharField(max_length=64, blank=True, default="", db_index=True)
    mandate = models.CharField(max_length=64, blank=True, default="")
    code = models.CharField(max_length=8, blank=True, default="")
    payment = models.OneToOneField(
        IncomingPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="entry"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="bank_entry_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_entry_not_zero"),
        ]
        indexes = [models.Index(fields=["account", "currency", "booked_on"], name="bank_entry_by_day")]


class EntryExplanation(models.Model):
    """What a person says that an entry was for, where nothing on record explains it."""

    entry = models.OneToOneField(BankEntry, on_delete=models.PROTECT, primary_key=True, related_name="explanation")
    why = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
