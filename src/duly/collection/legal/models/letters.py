"""Formal letters of demand: the very paper, who wrote it, who agreed to it, and how it left."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from duly.borrowing.models import SealedFile
from duly.collection.models import Case
from duly.contact.models import PlannedContact
from duly.lending.models import Loan


class DemandLetter(models.Model):
    """One letter of demand. `file` is the PDF as a colleague saw it and agreed to it, `sha256` its digest.

    `amount` is what it asks for, in minor units of `currency`, as it stood on `written_on`.
    """

    class State(models.TextChoices):
        WRITTEN = "written", pgettext_lazy("letter of demand", "waits for a colleague")
        APPROVED = "approved", pgettext_lazy("letter of demand", "agreed to, leaves when the law allows")
        DECLINED = "declined", pgettext_lazy("letter of demand", "not agreed to")
        SENT = "sent", pgettext_lazy("letter of demand", "sent")
        STOPPED = "stopped", pgettext_lazy("letter of demand", "did not leave")

    number = models.CharField(max_length=40, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="demand_letters")
    loans = models.ManyToManyField(Loan, related_name="demand_letters")
    language = models.CharField(max_length=8)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    written_on = models.DateField()
    pay_by = models.DateField()
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="demand_letter")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WRITTEN)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, default="")
    planned = models.OneToOneField(
        PlannedContact, on_delete=models.PROTECT, null=True, blank=True, related_name="demand_letter"
    )
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="demand_letter_asks_for_something"),
            models.CheckConstraint(condition=Q(pay_by__gt=F("written_on")), name="demand_letter_gives_time"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("written_by")), name="demand_letter_second_person"
            ),
        ]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return self.number
