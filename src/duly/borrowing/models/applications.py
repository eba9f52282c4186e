"""Applications: somebody asks for a credit line; what they answered, what they showed, and what became of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from duly.borrowing.models.kept import SealedFile
from duly.borrowing.models.products import LineProduct
from duly.people.encryption import EncryptedJSONField, EncryptedTextField
from duly.people.models import Borrower


class Application(models.Model):
    """One application of one person for one product.

    `amount` (minor units of the product's currency) and `installments` are what they would like to draw first, known
    once the purpose is answered. `waiting_since` is since when somebody has to look at it, `taken_by` the user name of
    who does.
    """

    class State(models.TextChoices):
        BEGUN = "begun"
        SUBMITTED = "submitted"
        REFERRED = "referred"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    reference = models.CharField(max_length=32, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="applications")
    product = models.ForeignKey(LineProduct, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=16, choices=State.choices, default=State.BEGUN)
    language = models.CharField(max_length=8)
    amount = models.BigIntegerField(null=True, blank=True)
    installments = models.PositiveIntegerField(null=True, blank=True)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["begun", "withdrawn", "expired"]) | Q(submitted_at__isnull=False),
                name="application_submitted_before_answered",
            ),
            models.CheckConstraint(
                condition=Q(state="referred", waiting_since__isnull=False)
                | (~Q(state="referred") & Q(waiting_since__isnull=True)),
                name="application_waits_when_referred",
            ),
            # One at a time: two open applications of one person would be judged without knowing of each other.
            models.UniqueConstraint(
                fields=["borrower", "product"],
                condition=Q(state__in=["begun", "submitted", "referred"]),
                name="application_open_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "waiting_since"]), models.Index(fields=["borrower"])]

    def __str__(self) -> str:
        return self.reference


class Answers(models.Model):
    """What was answered in one section, as JSON, kept encrypted."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="answers")
    section = models.CharField(max_length=16)
    content = EncryptedJSONField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "answers"
        constraints = [models.UniqueConstraint(fields=["application", "section"], name="answers_of_section_once")]


class Document(models.Model):
    """A paper that the person showed. The file's name as they called it is personal too."""

    class Kind(models.TextChoices):
        IDENTITY = "identity"
        INCOME = "income"
        STATEMENT = "statement"
        OTHER = "other"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="document")
    called = EncryptedTextField(blank=True, default="")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"


class ApplicationEvent(models.Model):
    """A line of an application's story. `by` is a user name, "the borrower", or empty for Duly itself."""

    class Kind(models.TextChoices):
        BEGUN = "begun"
        SUBMITTED = "submitted"
        DECIDED = "decided"
        REFERRED = "referred"
        TAKEN = "taken"
        PUT_BACK = "put_back"
        SECOND_PERSON_ASKED = "second_person_asked"
        REVIEW_ASKED = "review_asked"
        DOCUMENT_ADDED = "document_added"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=32, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["application", "at"])]
