"""Cases: a borrower's late loans, worked together; their time lines, tasks, and the playbooks drawn for them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from duly.contact.models import Channel, PlannedContact, Purpose
from duly.lending.models import Loan
from duly.people.models import Borrower


class Case(models.Model):
    """All late loans of one borrower, from the first that became overdue until none is. One open case a borrower.

    A case keeps the playbook version that it began with, unless it is moved. How an open one stands is in its
    CaseStanding.
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


class CaseStanding(models.Model):
    """How an open case stands: what the last close found, and who has it on their desk. Gone when the case closes.

    `oldest_due_on` is the due date of its oldest unpaid installment; `overdue` all that is overdue, in minor units of
    the base currency (null when a currency has no exchange rate); `worth` what acting is expected to bring in, in the
    same units; `act_by` when its first task must be done. `taken_by` has it on their desk until `taken_until`, so that
    no two people work it at once. A pause without `paused_until` lasts until somebody ends it.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    stage = models.CharField(max_length=16)
    segment = models.CharField(max_length=64, blank=True, default="")
    oldest_due_on = models.DateField(null=True, blank=True)
    overdue = models.BigIntegerField(null=True, blank=True)
    worth = models.BigIntegerField(default=0)
    act_by = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_until = models.DateTimeField(null=True, blank=True)
    paused_on = models.DateField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    paused_because = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        # The queue: what must be done first, then what is worth most. Its filters keep the order.
        indexes = [
            models.Index(fields=["act_by", "-worth", "case"], name="case_queue"),
            models.Index(fields=["segment", "act_by", "-worth", "case"], name="case_queue_of_segment"),
            models.Index(fields=["stage", "act_by", "-worth", "case"], name="case_queue_of_stage"),
            models.Index(fields=["paused_on"], name="case_paused", condition=Q(paused_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"standing of case {self.pk}"


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
        SEGMENT_MOVED = "segment_moved"
        STAGE_MOVED = "stage_moved"
        PLAYBOOK_MOVED = "playbook_moved"
        PAUSED = "paused"
        RESUMED = "resumed"
        STEP_SKIPPED = "step_skipped"
        TASK_SET = "task_set"
        TASK_DONE = "task_done"
        TASK_CANCELLED = "task_cancelled"
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


class Task(models.Model):
    """A step of the playbook that a person does: a call, a visit, or a letter or message to approve.

    `due_from` and `due_by` are the instants between which it is to be done; one that is not done by then is late, and
    stays until it is done or cancelled. `outcome` is what came of it. A supervisor reviews a sample of what was done:
    `review` says what they thought, `well_done` whether it was as it should be.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        CANCELLED = "cancelled"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    step = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    template = models.CharField(max_length=64)
    business_date = models.DateField()
    due_from = models.DateTimeField()
    due_by = models.DateTimeField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    outcome = models.CharField(max_length=32, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    well_done = models.BooleanField(null=True, blank=True)
    review = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "step", "business_date"], name="task_once_a_step_and_day"),
            models.CheckConstraint(condition=Q(due_by__gt=F("due_from")), name="task_due_after_it_begins"),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("done_by")), name="task_reviewed_by_another"
            ),
        ]
        indexes = [models.Index(fields=["status", "due_by"]), models.Index(fields=["status", "done_at"])]

    def __str__(self) -> str:
        return f"{self.step} of case {self.case_id}"


class Assignment(models.Model):
    """The playbook that an experiment drew for a borrower's case, with the probability that it had. Only ever added.

    `probability` and `draw` are millionths: the arm's share, and the borrower's place between 0 and one million.
    A borrower's later cases get the arm of the first, each with a line of its own.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="assignment")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="assignments")
    experiment = models.CharField(max_length=64)
    experiment_version = models.PositiveIntegerField()
    playbook = models.CharField(max_length=64)
    playbook_version = models.PositiveIntegerField()
    probability = models.PositiveIntegerField()
    draw = models.PositiveIntegerField()
    assigned_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1_000_000, draw__lt=1_000_000),
                name="assignment_probability_is_one",
            )
        ]
        indexes = [models.Index(fields=["experiment", "playbook"]), models.Index(fields=["borrower", "experiment"])]

    def __str__(self) -> str:
        return f"{self.playbook} for case {self.case_id}"


class WorkedClose(models.Model):
    """A close whose transitions have become cases and whose steps have been planned. Only ever added."""

    business_date = models.DateField(primary_key=True)
    worked_at = models.DateTimeField()
    planned = models.BooleanField()
