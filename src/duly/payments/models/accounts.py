"""Where a borrower's money comes from and goes to: bank accounts and wallets, encrypted, found by a blind index."""

from django.db import models

from duly.payments.payer_accounts import plain_account
from duly.people.blind_index import BlindIndexField
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class BorrowerAccount(models.Model):
    """An account of a borrower's, from `added_at` until `ended_at`. Money that comes from it is taken to be theirs.

    `number_index` is the blind index of the number, so that an account can be found without being read.
    """

    class Kind(models.TextChoices):
        BANK = "bank"
        WALLET = "wallet"

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.BANK)
    number = EncryptedTextField()
    number_index = BlindIndexField(of="number", standard=plain_account, db_index=True)
    holder = EncryptedTextField(blank=True, default="")
    bank = models.CharField(max_length=40, blank=True, default="")
    # How it became known: "given" by the borrower, "payment" that staff assigned.
    known_by = models.CharField(max_length=16, default="given")
    added_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "number_index"],
                condition=models.Q(ended_at__isnull=True),
                name="borrower_account_once",
            )
        ]
