"""Local clocks as tables say what zoneinfo says, and the way back from a wall time is to the first such instant."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duly.law.clock import (
    DAY,
    FIRST,
    LAST,
    SECOND,
    changes_of,
    day_begins,
    first_showing,
    instant,
    known_zones,
    local,
    microseconds,
)

ZONES = (
    "Asia/Shanghai", "America/New_York", "Europe/London", "Africa/Cairo", "Australia/Lord_Howe", "Africa/Casablanca",
    "Asia/Kathmandu", "America/Santiago", "Pacific/Apia", "Asia/Tehran", "America/Sao_Paulo", "Antarctica/Troll",
)  # fmt: skip
INSTANTS = st.integers(microseconds(FIRST), microseconds(LAST) - 10 * DAY).map(instant)


def shown(at: datetime.datetime, zone: str) -> datetime.datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=datetime.UTC)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS)
def test_a_clock_shows_what_zoneinfo_says(zone: str, at: datetime.datetime) -> None:
    place, change = changes_of((zone,))
    assert instant(local(change, place[0], microseconds(at))) == shown(at, zone)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS, st.integers(-3 * 86_400, 3 * 86_400))
@example("America/Sao_Paulo", datetime.datetime(2017, 10, 14, tzinfo=datetime.UTC), 2 * 86_400)
@example("Pacific/Apia", datetime.datetime(2011, 12, 29, tzinfo=datetime.UTC), 3 * 86_400)
def test_the_first_instant_that_shows_a_wall_time_or_later(zone: str, at: datetime.datetime, ahead: int) -> None:
    place, change = changes_of((zone,))
    start = microseconds(at)
    wall = local(change, place[0], start) + ahead * SECOND
    found = first_showing(change, place[0], wall, start)
    assert found >= start
    assert local(change, place[0], found) >= wall
    assert found == start or local(change, place[0], found - 1) < wall


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Asia/Shanghai", "2026-03-16", "2026-03-15T16:00:00+00:00"),
        ("America/New_York", "2026-03-09", "2026-03-09T04:00:00+00:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00+00:00"),  # clocks went from 23:59 to 01:00
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00+00:00"),  # the hour before midnight came twice
    ],
)
def test_when_a_day_begins(zone: str, day: str, begins: str) -> None:
    place, change = changes_of((zone,))
    number = (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days
    assert instant(day_begins(change, place[0], number)).isoformat() == begins


@pytest.mark.soak
@pytest.mark.parametrize("zone", sorted(known_zones()))
def test_every_zone_on_every_day(zone: str) -> None:
    place, change = changes_of((zone,))
    at = datetime.datetime(1990, 1, 1, 12, tzinfo=datetime.UTC)
    while at.year < 2070:
        assert instant(local(change, place[0], microseconds(at))) == shown(at, zone)
        at += datetime.timedelta(days=1)
