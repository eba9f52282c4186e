"""Instants and places: the lender's date of an instant, and a morning where a borrower lives."""

import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

UTC = datetime.UTC


def zones_of(text: str) -> tuple[str, ...]:
    """The IANA zones in a borrower's comma-separated list; names that are not zones are left out."""
    known = available_timezones()
    return tuple(zone for zone in (part.strip() for part in text.split(",")) if zone in known)


def lender_date(instant: datetime.datetime) -> datetime.date:
    """The calendar date of `instant` where the lender is (settings.TIME_ZONE)."""
    return instant.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def local_instant(date: datetime.date, time: datetime.time, zones: tuple[str, ...]) -> datetime.datetime:
    """`time` on `date` in the first of `zones`, in UTC; in the lender's zone when none is known."""
    zone = ZoneInfo(zones[0] if zones else settings.TIME_ZONE)
    return datetime.datetime.combine(date, time, zone).astimezone(UTC)
