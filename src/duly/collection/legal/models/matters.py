"""Matters: a court, arbitration or mediation over a case, its steps, deadlines and costs."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from duly.collection.models import Case
from duly.lending.models import Fact, Loan
from duly.people.encryption import EncryptedTextField


class Matter(models.Model):
    """One legal proceeding on a case. Money in minor units of `currency`.

    `stage` is where it stands; the ways from stage to stage are in `legal.matters`. `forum` is the court or body,
    `forum_number` the number that it gave.
    """

    class Kind(models.TextChoices):
        COURT = "court", pgettext_lazy("kind of matter", "court")
        ARBITRATION = "arbitration", pgettext_lazy("kind of matter", "arbitration")
        MEDIATION = "mediation", pgettext_lazy("kind of matter", "mediation")

    class Stage(models.TextChoices):
        PREPARED = "prepared", pgettext_lazy("stage of a matter", "being prepared")
        FILED = "filed", pgettext_lazy("stage of a matter", "filed")
        ACCEPTED = "accepted", pgettext_lazy("stage of a matter", "accepted")
        HEARD = "heard", pgettext_lazy("stage of a matter", "heard")
        INVITED = "invited", pgettext_lazy("stage of a matter", "invited to talk")
        TALKING = "talking", pgettext_lazy("stage of a matter", "talks")
        AGREED = "agreed", pgettext_lazy("stage of a matter", "agreed")
        DECIDED = "decided", pgettext_lazy("stage of a matter", "decided")
        ENFORCING = "enforcing", pgettext_lazy("stage of a matter", "being enforced")
        CLOSED = "closed", pgettext_lazy("stage of a matter", "closed")

    class Outcome(models.TextChoices):
        WON = "won", pgettext_lazy("outcome of a matter", "claim granted")
        PARTLY_WON = "partly_won", pgettext_lazy("outcome of a matter", "claim granted in part")
        LOST = "lost", pgettext_lazy("outcome of a matter", "claim refused")
        AGREED = "agreed", pgettext_lazy("outcome of a matter", "ended by agreement")
        WITHDRAWN = "withdrawn", pgettext_lazy("outcome of a matter", "taken back")
        PAID = "paid", pgettext_lazy("outcome of a matter", "paid")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="matters")
    loans = models.ManyToManyField(Loan, related_name="matters")
    idempotency_key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.PREPARED)
    forum = models.CharField(max_length=200)
    forum_number = models.CharField(max_length=100, blank=True, default="")
    claimed = models.BigIntegerField()
    awarded = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    opened_on = models.DateField()
    opened_by = models.CharField(max_length=150)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(claimed__gt=0), name="matter_claims_something"),
            models.CheckConstraint(
                condition=Q(awarded=None) | Q(awarded__gte=0), name="matter_awards_nothing_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_on__gte=F("opened_on")) & ~Q(outcome="")
                | (~Q(stage="closed") & Q(closed_on=None)),
                name="matter_closed_with_an_outcome",
            ),
        ]
        indexes = [models.Index(fields=["stage"])]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number of the matter."""
        return f"M{self.pk:06d}"


class MatterEvent(models.Model):
    """One line of what happened in a matter. `stage` is the one that it came to, empty for a note. Only ever added."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="events")
    on = models.DateField()
    stage = models.CharField(max_length=16, choices=Matter.Stage.choices, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())


class Deadline(models.Model):
    """Something that must be done in a matter by the end of a day, and who did it when."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="deadlines")
    what = models.CharField(max_length=200)
    due_on = models.DateField()
    set_by = models.CharField(max_length=150)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["done_on", "due_on"])]


class Cost(models.Model):
    """What the lender paid for a matter. It may become a fee of the loan only by a judgment, and once: `fact`."""

    class What(models.TextChoices):
        COURT = "court", gettext_lazy("court or arbitration fee")
        LAWYER = "lawyer", gettext_lazy("lawyer")
        SERVICE = "service", gettext_lazy("serving papers, public notice")
        PRESERVATION = "preservation", gettext_lazy("preservation of property")
        ENFORCEMENT = "enforcement", gettext_lazy("enforcement")
        OTHER = "other", gettext_lazy("other")

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="costs")
    what = models.CharField(max_length=16, choices=What.choices)
    amount = models.BigIntegerField()
    paid_on = models.DateField()
    recoverable = models.BooleanField()
    recorded_by = models.CharField(max_length=150)
    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="matter_cost")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="matter_cost_positive"),
            models.CheckConstraint(
                condition=Q(fact=None) | Q(recoverable=True), name="matter_cost_charged_is_recoverable"
            ),
        ]
