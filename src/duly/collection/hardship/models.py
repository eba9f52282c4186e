"""Hardship on record: what was asked for and shown, how it was decided, and which loans rest because of what."""

from django.db import models
from django.db.models import F, Q

from duly.borrowing.models import SealedFile
from duly.lending.models import Fact, Loan
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower, Circumstance


class HardshipApplication(models.Model):
    """A borrower asks for relief: why, in a word and in their own, and what became of it.

    `by` is who entered it: "the borrower" or a user name. `until` is the last day of what was granted; `decided_by` and
    `approved_by` are user names, the second where a second person was needed.
    """

    class Reason(models.TextChoices):
        ILLNESS = "illness"
        LOST_WORK = "lost_work"
        LESS_INCOME = "less_income"
        FAMILY = "family"
        DISASTER = "disaster"
        OTHER = "other"

    class State(models.TextChoices):
        WAITING = "waiting"
        GRANTED = "granted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    reference = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=128, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="hardship_applications")
    reason = models.CharField(max_length=16, choices=Reason.choices)
    words = EncryptedTextField(blank=True, default="")
    asked_on = models.DateField()
    asked_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    until = models.DateField(null=True, blank=True)
    circumstance = models.OneToOneField(
        Circumstance, on_delete=models.PROTECT, null=True, blank=True, related_name="hardship_application"
    )
    decided_by = models.CharField(max_length=150, blank=True, default="")
    approved_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    why = EncryptedTextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(state="waiting"), name="hardship_one_waiting_a_borrower"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(until__gte=F("asked_on"), circumstance__isnull=False),
                name="hardship_granted_until",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "declined"])
                | (~Q(decided_by="") & Q(decided_at__isnull=False) & ~Q(approved_by=F("decided_by"))),
                name="hardship_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_on"])]

    def __str__(self) -> str:
        return self.reference


class HardshipPaper(models.Model):
    """A paper shown with an application, sealed. `called` is the file's name as the person has it."""

    application = models.ForeignKey(HardshipApplication, on_delete=models.PROTECT, related_name="papers")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="+")
    called = EncryptedTextField(blank=True, default="")
    uploaded_at = models.DateTimeField()


class Pause(models.Model):
    """A loan rests because of a circumstance: the fact that paused it, and the one that let it go on."""

    circumstance = models.ForeignKey(Circumstance, on_delete=models.PROTECT, related_name="pauses")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="pauses")
    paused = models.OneToOneField(Fact, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["circumstance", "loan"], name="pause_once_a_loan"),
        ]
        indexes = [models.Index(fields=["loan"], condition=Q(ended_on=None), name="pause_open")]
