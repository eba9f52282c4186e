"""Decisions on applications: the answer and its reasons, never changed; and the papers that it was made on."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.borrowing.models.applications import Application
from duly.borrowing.models.kept import KeptText
from duly.people.encryption import EncryptedJSONField


class Decision(models.Model):
    """One answer to an application. Only ever added; a later one takes its place.

    `limit` is in minor units of the product's currency, `annual_rate` in millionths. `decided_by` is empty where the
    policy decided by itself, else the user name of who did, and `approved_by` that of the second person where one was
    needed. `reasons` are [{"code", "en", "zh", "points_lost"}], the weightiest first. An approval holds through
    `expires_on`.
    """

    class Outcome(models.TextChoices):
        APPROVED = "approved"
        REFUSED = "refused"
        REFERRED = "referred"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    limit = models.BigIntegerField(default=0)
    annual_rate = models.BigIntegerField(default=0)
    grade = models.CharField(max_length=16, blank=True, default="")
    score = models.IntegerField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    policy = models.ForeignKey(KeptText, on_delete=models.PROTECT, related_name="+")
    scorecard = models.ForeignKey(KeptText, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    against_policy = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    approved_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(outcome="approved") & Q(limit__gt=0) & Q(expires_on__isnull=False))
                | (~Q(outcome="approved") & Q(limit=0) & Q(expires_on__isnull=True)),
                name="decision_approves_a_limit",
            ),
            models.CheckConstraint(condition=Q(annual_rate__gte=0), name="decision_rate_not_negative"),
            models.CheckConstraint(
                condition=Q(approved_by="") | (~Q(decided_by="") & ~Q(approved_by=models.F("decided_by"))),
                name="decision_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=Q(against_policy=False) | ~Q(approved_by=""), name="decision_against_policy_has_second_person"
            ),
        ]
        indexes = [models.Index(fields=["application", "decided_at"])]

    def __str__(self) -> str:
        return f"{self.outcome} {self.application_id}"


class DecisionPapers(models.Model):
    """What a decision was made on, as JSON, encrypted: {"application", "review", "note"}.

    Apart from the decision because these are personal: their encryption is renewed when keys change, and the law may
    let go of them before it lets go of the decision.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="papers")
    content = EncryptedJSONField()

    class Meta:
        verbose_name_plural = "decision papers"
