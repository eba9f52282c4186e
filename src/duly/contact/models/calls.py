"""Calls and visits: contacts that a person makes, each allowed by the gate in the instant in which it begins."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from duly.agencies.models import Agency, Mandate
from duly.contact.models.log import Decision
from duly.contact.models.planned import Purpose
from duly.people.encryption import EncryptedTextField
from duly.people.models import Borrower


class Outcome(models.TextChoices):
    """What came of a call or a visit."""

    REACHED = "reached", pgettext_lazy("outcome of a call", "spoke with the person")
    PROMISED = "promised", pgettext_lazy("outcome of a call", "the person promised to pay")
    CALL_BACK = "call_back", pgettext_lazy("outcome of a call", "to call again at another time")
    REFUSED_TO_TALK = "refused_to_talk", pgettext_lazy("outcome of a call", "did not want to talk")
    LEFT_MESSAGE = "left_message", pgettext_lazy("outcome of a call", "left a message")
    NO_ANSWER = "no_answer", pgettext_lazy("outcome of a call", "no answer")
    BUSY = "busy", pgettext_lazy("outcome of a call", "busy, or no connection")
    THIRD_PERSON = "third_person", pgettext_lazy("outcome of a call", "somebody else answered")
    WRONG_NUMBER = "wrong_number", pgettext_lazy("outcome of a call", "wrong number or address")


class Call(models.Model):
    """A call or a visit, from the instant in which the gate allowed it. `by` is who made it, for the lender's legal
    department or, under a mandate, for an agency. Without an outcome it is still going on.

    The database refuses one without an allowing decision of its own about that very instant, and any change once its
    outcome is on record. Never deleted.
    """

    class Channel(models.TextChoices):
        VOICE = "voice", pgettext_lazy("channel", "call")
        VISIT = "visit", pgettext_lazy("channel", "visit")
        CHAT = "chat", pgettext_lazy("channel", "chat")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="calls")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="call")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls_made")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.VOICE)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__gte=F("begun_at")) & ~Q(outcome="")),
                name="call_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=True, mandate__isnull=True) | Q(agency__isnull=False, mandate__isnull=False),
                name="call_of_an_agency_has_a_mandate",
            ),
        ]
        indexes = [models.Index(fields=["borrower", "begun_at"]), models.Index(fields=["begun_at"])]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
