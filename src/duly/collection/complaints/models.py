"""A complaint or dispute as it was received and as it was answered, and each step between the two."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from duly.lending.models import Loan
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower, Circumstance


class Complaint(models.Model):
    """What a borrower objects to, and what was answered. The words of both are encrypted.

    `circumstance` is what the gate knows of it while it is open. `agency` is the code of the agency whose conduct it
    is about, empty for the lender's own. `idempotency_key` names the form or call by which it came: twice is once.
    """

    class About(models.TextChoices):
        CONDUCT = "conduct", gettext_lazy("how somebody behaved")
        AMOUNT = "amount", gettext_lazy("the amount")
        IDENTITY = "identity", gettext_lazy("a loan that is not the person's own")
        CREDIT_RECORD = "credit_record", gettext_lazy("the credit record")

    class Channel(models.TextChoices):
        PORTAL = "portal", gettext_lazy("own pages")
        VOICE = "voice", pgettext_lazy("channel of a complaint", "telephone")
        EMAIL = "email", pgettext_lazy("channel of a complaint", "e-mail")
        SMS = "sms", pgettext_lazy("channel of a complaint", "text message")
        LETTER = "letter", pgettext_lazy("channel of a complaint", "letter")
        CHAT = "chat", pgettext_lazy("channel of a complaint", "chat")
        VISIT = "visit", pgettext_lazy("channel of a complaint", "in person")
        AUTHORITY = "authority", gettext_lazy("through an authority")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", pgettext_lazy("outcome of a complaint", "right in full")
        PARTLY = "partly", pgettext_lazy("outcome of a complaint", "right in part")
        NOT_UPHELD = "not_upheld", pgettext_lazy("outcome of a complaint", "not right")
        WITHDRAWN = "withdrawn", pgettext_lazy("outcome of a complaint", "taken back")

    class Cause(models.TextChoices):
        RUDENESS = "rudeness", gettext_lazy("rude or threatening words")
        TIME = "time", gettext_lazy("contact at a wrong hour")
        FREQUENCY = "frequency", gettext_lazy("too many contacts")
        THIRD_PERSON = "third_person", gettext_lazy("a third person was told")
        PRIVACY = "privacy", gettext_lazy("personal data handled wrongly")
        PAYMENT = "payment", gettext_lazy("a payment posted late or wrongly")
        CHARGE = "charge", gettext_lazy("a wrong charge")
        TERMS = "terms", gettext_lazy("terms not made clear")
        FRAUD = "fraud", gettext_lazy("borrowed by somebody else")
        REPORT = "report", gettext_lazy("a wrong report to the credit record")
        SERVICE = "service", gettext_lazy("slow or missing answers")
        NONE = "none", gettext_lazy("no fault found")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="complaints")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints")
    circumstance = models.OneToOneField(Circumstance, on_delete=models.PROTECT, related_name="complaint")
    idempotency_key = models.CharField(max_length=160, unique=True)
    about = models.CharField(max_length=16, choices=About.choices)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    agency = models.CharField(max_length=64, blank=True, default="")
    text = EncryptedTextField()
    wish = EncryptedTextField(blank=True, default="")
    received_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    hard_since = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    cause = models.CharField(max_length=16, choices=Cause.choices, blank=True, default="")
    reasons = EncryptedTextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")
    # Fixed when it is answered, so that a rule put right later does not rewrite who was late.
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, outcome="", cause="")
                | (Q(answered_at__isnull=False) & ~Q(outcome="") & ~Q(cause="")),
                name="complaint_answered_with_outcome_and_cause",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=models.F("received_at")),
                name="complaint_answered_after_it_came",
            ),
        ]
        indexes = [
            models.Index(fields=["answered_at", "received_at"]),
            models.Index(fields=["borrower", "answered_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What the borrower and staff call it by."""
        return f"C{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.answered_at is None


class Step(models.Model):
    """One thing that happened to a complaint. Only ever added."""

    class Kind(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("step of a complaint", "received")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("step of a complaint", "receipt confirmed")
        FOUND_HARD = "found_hard", pgettext_lazy("step of a complaint", "needs longer")
        NOTED = "noted", pgettext_lazy("step of a complaint", "looked into")
        CORRECTION_ASKED = "correction_asked", pgettext_lazy("step of a complaint", "correction asked for")
        CORRECTED = "corrected", pgettext_lazy("step of a complaint", "put right")
        ANSWERED = "answered", pgettext_lazy("step of a complaint", "answered")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    note = EncryptedTextField(blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} of {self.complaint_id}"
