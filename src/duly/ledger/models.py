"""Accounts and journal entries. An entry moves one amount from one account to another, so it always balances."""

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """One account of the general ledger."""

    class Kind(models.TextChoices):
        ASSET = "asset"
        LIABILITY = "liability"
        INCOME = "income"
        EXPENSE = "expense"

    code = models.CharField(max_length=8, primary_key=True)
    name_en = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=Kind.choices)

    def __str__(self) -> str:
        return f"{self.code} {self.name_en}"


class JournalEntry(models.Model):
    """Debit one account, credit another, by `amount` minor units of `currency`, for a business date.

    `movement` says what moved (principal_disbursed, interest_earned, …). Only ever added.
    """

    business_date = models.DateField()
    product_code = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    movement = models.CharField(max_length=32)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="entry_moves_between_accounts"),
        ]
        indexes = [models.Index(fields=["business_date"])]
