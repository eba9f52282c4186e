"""What the gate decided: the decision log and the texts that it refers to. Only ever added to."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from duly.contact.log.record import canonical
from duly.contact.models.planned import Channel, PlannedContact
from duly.people.models import Borrower


class PackText(models.Model):
    """A rule pack as it was, word for word, under the SHA-256 of its text. Only ever added."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest


class RuleSheet(models.Model):
    """What many answers of the gate have in common, kept once under the SHA-256 of its text. Only ever added.

    `text` is JSON: `packs` (each pack's version and digest), `must_include`, and `rules` in order, each with id, title,
    result, citation and verified; a rule that was not the contact's case has its reason there too.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest

    @cached_property
    def content(self) -> dict[str, Any]:
        """The sheet, read."""
        read: dict[str, Any] = json.loads(self.text)
        return read


class CanonicalJSONField(models.TextField):
    """JSON kept as the very text that the log's hash is taken of."""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return value if value is None else json.loads(value)

    def get_prep_value(self, value: object) -> str:
        return canonical(value)


class Decision(models.Model):
    """One answer of the gate, with all that it was asked: `inputs` given to `duly decide` again gives it again.

    `id` is its number in the log: 1, 2, 3 and so on without a gap. `hash` is of the decision's record, `previous` the
    hash of the one before (see log/record.py). `decided_at` is when it was asked, `contact_at` the instant that it was
    asked about: the same in the moment of sending. `debt` is what the gate counted the contact against (see gate.py).
    `because` holds, in order, the reasons of the rules that passed or failed; the rest is on `sheet`. Only ever added,
    by log/append.py; the database refuses one that does not follow the last.
    """

    class Moment(models.TextChoices):
        PLAN = "plan"
        SEND = "send"

    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    contact_at = models.DateTimeField()
    moment = models.CharField(max_length=8, choices=Moment.choices)
    planned = models.ForeignKey(
        PlannedContact, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="decisions")
    debt = models.CharField(max_length=80)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    template = models.CharField(max_length=64, blank=True, default="")
    allowed = models.BooleanField()
    next_allowed_at = models.DateTimeField(null=True, blank=True)
    sheet = models.ForeignKey(RuleSheet, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    because = CanonicalJSONField()
    inputs = CanonicalJSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(moment__in=["plan", "send"]), name="decision_moment_known"),
            models.CheckConstraint(
                condition=Q(moment="plan") | Q(decided_at=models.F("contact_at")), name="decision_send_is_about_now"
            ),
        ]
        indexes = [models.Index(fields=["contact_at"]), models.Index(fields=["borrower", "decided_at"])]

    def __str__(self) -> str:
        return f"{'allowed' if self.allowed else 'forbidden'} at {self.contact_at:%Y-%m-%d %H:%M} UTC"

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Every rule's id, title, result, because, citation and verified, in the gate's order."""
        reasons = iter(self.because)
        return [
            rule if "because" in rule else {**rule, "because": next(reasons)} for rule in self.sheet.content["rules"]
        ]

    @property
    def packs(self) -> dict[str, Any]:
        """The version and digest of each pack in force."""
        packs: dict[str, Any] = self.sheet.content["packs"]
        return packs

    @property
    def must_include(self) -> list[str]:
        """What the message had to say."""
        items: list[str] = self.sheet.content["must_include"]
        return items
