"""What is on record of an agency: who it is, and the mandates under which it may act."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Agency(models.Model):
    """A collection agency. While it is suspended it may do nothing, whatever its mandates say."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    licence = models.CharField(max_length=64)
    telephone = models.CharField(max_length=32)
    email = models.EmailField()
    website = models.URLField(blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    registered_at = models.DateTimeField(db_default=Now())
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.code


class Mandate(models.Model):
    """What the lender lets an agency do, from `begins_on` through `ends_on`, until it is revoked.

    `channels` and `purposes` are lists in the words of the gate: what is not named is not permitted.
    """

    number = models.CharField(max_length=32, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="mandates")
    begins_on = models.DateField()
    ends_on = models.DateField()
    channels = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    recorded_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="mandate_ends_after_it_begins")
        ]
        indexes = [models.Index(fields=["agency", "ends_on"])]

    def __str__(self) -> str:
        return self.number
