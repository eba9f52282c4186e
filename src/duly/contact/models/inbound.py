"""What people write to the lender."""

from django.db import models
from django.db.models.functions import Now

from duly.contact.models.messages import Message
from duly.contact.models.planned import Channel
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Inbound(models.Model):
    """A message from a person: a mail, a text message, something sent from their own pages. Only ever added.

    `borrower` is whom it is from, null where nobody could tell; `answers` the message of ours that it answers. `key`
    is the digest of the sender's own number for it: arrived twice, it is kept once. `refuses` says that it asks for no
    more messages of its channel.
    """

    borrower = models.ForeignKey(
        Borrower, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound_messages"
    )
    channel = models.CharField(max_length=16, choices=Channel.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    sender = EncryptedTextField(blank=True, default="")
    subject = EncryptedTextField(blank=True, default="")
    body = EncryptedTextField(blank=True, default="")
    answers = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    refuses = models.BooleanField(default=False)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["borrower", "at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
