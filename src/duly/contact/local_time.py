"""Instants and places: the lender's date of an instant, and a morning where a borrower lives."""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

UTC = datetime.UTC


def zones_of(text: str) -> tuple[str, ...]:
    """The IANA zones in a borrower's comma-separated list; none when any of them is not a zone.

    A person who may be in a place that we cannot read the clock of is a person whose hour we do not know.
    """
    zones = tuple(part.strip() for part in text.split(",") if part.strip())
    return zones if _known_zones().issuperset(zones) else ()


@lru_cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def lender_date(instant: datetime.datetime) -> datetime.date:
    """The calendar date of `instant` where the lender is (settings.TIME_ZONE)."""
    return instant.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def local_instant(date: datetime.date, time: datetime.time, zones: tuple[str, ...]) -> datetime.datetime:
    """`time` on `date` in the first of `zones`, in UTC; in the lender's zone when none is known."""
    zone = ZoneInfo(zones[0] if zones else settings.TIME_ZONE)
    return datetime.datetime.combine(date, time, zone).astimezone(UTC)
