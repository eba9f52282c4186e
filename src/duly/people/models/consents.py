"""What borrowers have agreed to, and the words that they agreed to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from duly.people.models.borrowers import Borrower


class ConsentText(models.Model):
    """A text that somebody agreed to, word for word, once however many did. Only ever added.

    `digest` is the SHA-256 of title and text.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version} ({self.language})"


class ConsentEvent(models.Model):
    """A consent given or withdrawn, with the text that stood on the screen, when and how. Only ever added.

    The last event of a purpose says whether the consent holds. `channel` is where it was said: portal, phone, letter,
    import; `by` is the member of staff who wrote it down, where it was not the borrower's own doing.
    """

    class Channel(models.TextChoices):
        PORTAL = "portal"
        PHONE = "phone"
        LETTER = "letter"
        IMPORT = "import"

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="consent_events")
    purpose = models.CharField(max_length=32)
    given = models.BooleanField()
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.PORTAL)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="consents_recorded"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["borrower", "purpose", "at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.given else 'withdrawn'}"
