"""Months closed and reported in a test's own book, and what came of them."""

import csv
import datetime
from pathlib import Path

from django.utils import timezone

from duly.bureau.layouts.metro2_file import Metro2File, read_file
from duly.bureau.models import Line
from duly.bureau.months import month_end
from duly.bureau.reporting import Reported, report_month
from duly.close.services import close_through
from duly.contact import outbox
from duly.people import consents
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)


def everybody_agrees(at: datetime.datetime | None = None) -> None:
    """Consent of every borrower on record, by default long ago."""
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    for borrower in Borrower.objects.all():
        consents.give(borrower, "credit_report", "en", at=at or long_ago)


def noon_after(text: str, days: int = 5) -> datetime.datetime:
    """Noon UTC, some days after the month's end."""
    on = month_end(text) + days * ONE_DAY
    return datetime.datetime.combine(on, datetime.time(12), datetime.UTC)


def report(
    text: str, folder: Path, layout: str = "metro2", now: datetime.datetime | None = None, form: str = ""
) -> Reported:
    """Close the month and report it, five days after its end unless told otherwise."""
    close_through(month_end(text))
    return report_month(month_end(text), layout, folder, now or noon_after(text), form)


def metro2(folder: Path, text: str, what: str = "") -> Metro2File:
    return read_file((folder / f"metro2-{text}{what}.dat").read_bytes(), "fixed")


def rows(folder: Path, text: str, what: str = "") -> list[dict[str, str]]:
    with (folder / f"cn-{text}{what}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines_of(reference: str) -> list[tuple[str, str, int, int]]:
    """What was said of a loan, in order: month, kind, days late, status."""
    said = Line.objects.filter(loan__reference=reference).order_by("report_id", "month")
    return [(f"{one.month:%Y-%m}", one.get_kind_display(), one.days_past_due, one.status) for one in said]


def send(now: datetime.datetime) -> outbox.OutboxSummary:
    return outbox.send_due(now)


__all__ = ["everybody_agrees", "lines_of", "metro2", "noon_after", "report", "rows", "send", "timezone"]
