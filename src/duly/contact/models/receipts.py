"""What became of what left, and addresses that reach nobody."""

import re

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.contact.models.messages import Message
from duly.people.blind_index import BlindIndexField, standard_email, standard_phone
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


def standard_anywhere(text: str) -> str:
    """An e-mail address, telephone number or postal address in its standard form."""
    if "@" in text:
        return standard_email(text)
    if re.fullmatch(r"[\d+() .-]+", text):
        return standard_phone(text)
    return re.sub(r"\s", "", text).casefold()


class Receipt(models.Model):
    """What somebody told of a message that left: it arrived, was read, or did not arrive. Only ever added.

    `code` and `detail` are the sender's own words (a status code of RFC 3463, a gateway's error); `key` is the sender's
    number for the receipt: told twice, it is kept once.
    """

    class Kind(models.TextChoices):
        DELIVERED = "delivered"
        READ = "read"
        UNDELIVERED = "undelivered"
        DELAYED = "delayed"

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    code = models.CharField(max_length=32, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    key = models.CharField(max_length=200, unique=True)

    class Meta:
        indexes = [models.Index(fields=["message", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message_id}"


class UnreachableAddress(models.Model):
    """An e-mail address, telephone number or postal address of a borrower that does not reach them, until confirmed.

    A borrower who gives another address is reachable by it at once: what counts is the address that is on record now.
    """

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="unreachable_addresses")
    address = EncryptedTextField()
    address_index = BlindIndexField("address", standard_anywhere)
    since = models.DateTimeField()
    because = models.CharField(max_length=300)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "address_index"],
                condition=Q(confirmed_at__isnull=True),
                name="unreachable_address_once",
            )
        ]

    def __str__(self) -> str:
        return f"address of {self.borrower_id}"
