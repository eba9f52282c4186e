"""Local clocks as columns: each zone's changes of offset, and the way between instants and what its clocks show."""

import datetime
from collections.abc import Sequence
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from duly.engine.compiled import compiled
from duly.law.columns import CHANGE, ZONE, Records, Row

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
# Instants from 1990 to 2069 have an exact local time; a question about another is refused at the door.
FIRST = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC)
LAST = datetime.datetime(2070, 1, 1, tzinfo=datetime.UTC)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
# No zone has ever changed its offset there and back within less.
_STEP = datetime.timedelta(days=6)
_MICROSECOND = datetime.timedelta(microseconds=1)


def microseconds(instant: datetime.datetime) -> int:
    """An aware `instant` as microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime.datetime:
    """The instant `at` microseconds after 1970-01-01, in UTC."""
    return _EPOCH + datetime.timedelta(microseconds=int(at))


@lru_cache
def known_zones() -> frozenset[str]:
    """The IANA names of the zones whose clocks can be read."""
    return frozenset(available_timezones())


@lru_cache(maxsize=4096)
def changes_of(names: tuple[str, ...]) -> tuple[Records, Records]:
    """Where each of the zones named has its changes of offset (ZONE), and the changes themselves (CHANGE)."""
    tables = [_changes(name) for name in names]
    ends = np.cumsum([len(since) for since, _ in tables], dtype=np.int64)
    zone = np.zeros(len(names), ZONE)
    zone["first"][1:], zone["last"] = ends[:-1], ends
    change = np.zeros(int(ends[-1]) if names else 0, CHANGE)
    change["since"] = [one for since, _ in tables for one in since]
    change["offset"] = [one for _, offsets in tables for one in offsets]
    return zone, change


@cache
def _changes(name: str) -> tuple[Sequence[int], Sequence[int]]:
    """The instants from which a zone has each offset, found by halving between days that differ."""
    zone = ZoneInfo(name)

    def offset_at(moment: datetime.datetime) -> datetime.timedelta:
        found = moment.astimezone(zone).utcoffset()
        assert found is not None
        return found

    since, offsets = [-(2**62)], [offset_at(FIRST) // _MICROSECOND]
    before, offset = FIRST, offset_at(FIRST)
    while before < LAST:
        after = before + _STEP
        if offset_at(after) == offset:
            before = after
            continue
        low, high = microseconds(before) // SECOND, microseconds(after) // SECOND
        while high - low > 1:
            middle = (low + high) // 2
            if offset_at(instant(middle * SECOND)) == offset:
                low = middle
            else:
                high = middle
        before = instant(high * SECOND)
        offset = offset_at(before)
        since.append(high * SECOND)
        offsets.append(offset // _MICROSECOND)
    return since, offsets


@compiled()
def _piece(change: Records, zone: Row, at: int) -> int:
    low, high = zone["first"], zone["last"]
    while high - low > 1:
        middle = (low + high) // 2
        if change[middle]["since"] <= at:
            low = middle
        else:
            high = middle
    return low


@compiled()
def local(change: Records, zone: Row, at: int) -> int:
    """What the clocks of `zone` show at the instant `at`, as microseconds since 1970-01-01 00:00 there."""
    return at + change[_piece(change, zone, at)]["offset"]


@compiled()
def local_day(change: Records, zone: Row, at: int) -> int:
    """The date in `zone` at the instant `at`, in days since 1970-01-01."""
    return local(change, zone, at) // DAY


@compiled()
def first_showing(change: Records, zone: Row, wall: int, earliest: int) -> int:
    """The first instant, not before `earliest`, at which the clocks of `zone` show `wall` or later."""
    piece = _piece(change, zone, earliest)
    last = zone["last"] - 1
    while piece < last and change[piece + 1]["since"] + change[piece]["offset"] <= wall:
        piece += 1
    return max(earliest, max(change[piece]["since"], wall - change[piece]["offset"]))


@compiled()
def day_begins(change: Records, zone: Row, day: int) -> int:
    """The first instant of the date `day` in `zone`."""
    return first_showing(change, zone, day * DAY, day * DAY - 26 * HOUR)
