"""Cases: a borrower's late loans, worked together, and the time line of each case."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.contact.models import PlannedContact
from duly.lending.models import Loan
from duly.people.models import Borrower


class Case(models.Model):
    """All late loans of one borrower, from the first that became overdue until none is. One open case a borrower.

    A case keeps the playbook version that it began with.
    """

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="cases")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    playbook = models.CharField(max_length=64)
    playbook_version = models.PositiveIntegerField()
    loans = models.ManyToManyField(Loan, through="CaseLoan", related_name="cases")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(closed_on__isnull=True), name="case_one_open_a_borrower"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="case_closes_after_it_opens",
            ),
        ]
        indexes = [models.Index(fields=["opened_on"]), models.Index(fields=["closed_on"])]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseLoan(models.Model):
    """A loan's stay in a case: from the close that found it overdue until the close that found it so no more."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stays")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="case_stays")
    joined_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(left_on__isnull=True), name="case_loan_in_one_case_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="case_loan_leaves_after_it_joins",
            ),
        ]


class CaseEvent(models.Model):
    """One line of a case's time line. `because` is in plain words; `by` is who did it, null for the machine.

    `kind` is one of these or a word of another room's (see timeline.py). Only ever added.
    """

    class Kind(models.TextChoices):
        OPENED = "opened"
        LOAN_JOINED = "loan_joined"
        LOAN_LEFT = "loan_left"
        CONTACT_PLANNED = "contact_planned"
        CONTACTS_CANCELLED = "contacts_cancelled"
        HELD = "held"
        CLOSED = "closed"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    business_date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=24)
    because = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    planned = models.ForeignKey(PlannedContact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["case", "business_date"])]


class WorkedClose(models.Model):
    """A close whose transitions have become cases and whose steps have been planned. Only ever added."""

    business_date = models.DateField(primary_key=True)
    worked_at = models.DateTimeField()
    planned = models.BooleanField()
