"""Products of credit lines: what a line lets its borrower draw, as versions that are never edited."""

from django.db import models
from django.db.models.functions import Now


class LineProduct(models.Model):
    """One version of a product: amounts, terms, methods, fees, days. Lines keep the version they were opened with.

    `terms` are JSON as duly.borrowing.line_terms reads them. `added_by` and `approved_by` are user names of two people.
    """

    code = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    terms = models.JSONField()
    added_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="line_product_version_once")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    def name(self, language: str) -> str:
        """What it is called in `language` (en, zh)."""
        return self.name_zh if language == "zh" else self.name_en
