"""What is on record of an agency: who it is, its people, the mandates under which it may act, how it was judged."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Agency(models.Model):
    """A collection agency. While it is suspended it may do nothing, whatever its mandates say.

    `services` (words of its own) and `countries` (ISO 3166-1 alpha-2) are lists. `exchange_key` is the Ed25519 public
    key, in hexadecimal, by which files that it hands in are verified.
    """

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    licence = models.CharField(max_length=64)
    telephone = models.CharField(max_length=32)
    email = models.EmailField()
    website = models.URLField(blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    services = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    exchange_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    registered_at = models.DateTimeField(db_default=Now())
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.code


class Mandate(models.Model):
    """What the lender lets an agency do, from `begins_on` through `ends_on`, until it is revoked.

    `channels` and `purposes` are lists in the words of the gate: what is not named is not permitted. `data` names the
    fields of a borrower that the agency may ask to see. `commission` are its terms (see commission_terms.py).
    `notice_days` is how many days after the notice to the borrower the agency may first contact them.
    """

    number = models.CharField(max_length=32, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="mandates")
    begins_on = models.DateField()
    ends_on = models.DateField()
    channels = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    data = models.JSONField(default=list)
    data_terms = models.TextField(blank=True, default="")
    commission = models.JSONField(default=dict)
    notice_days = models.PositiveSmallIntegerField(default=3, db_default=3)
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


class AgencyStaff(models.Model):
    """Somebody who works for one agency, and signs in for it until `left_at`. One agency a person, once and for all."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="staff")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="agency_staff")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} of {self.agency_id}"


class Evaluation(models.Model):
    """How the lender judged an agency: marks from 1 (bad) to 5 (good) and what was found. Only ever added."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="evaluations")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    conduct = models.PositiveSmallIntegerField()
    results = models.PositiveSmallIntegerField()
    security = models.PositiveSmallIntegerField()
    complaints = models.PositiveSmallIntegerField()
    found = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    conduct__range=(1, 5), results__range=(1, 5), security__range=(1, 5), complaints__range=(1, 5)
                ),
                name="evaluation_marks_from_1_to_5",
            )
        ]
        indexes = [models.Index(fields=["agency", "at"])]


class AgencyEvent(models.Model):
    """One thing that happened to an agency: registered, mandated, suspended and so on. Only ever added."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    because = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["agency", "at"])]
