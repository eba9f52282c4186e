"""Local clocks as columns: each zone's changes of offset, and the way between instants and what its clocks show."""

import datetime
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from duly.engine.compiled import compiled

Int64 = npt.NDArray[np.int64]

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


class Zones(NamedTuple):
    """Zones in a row: zone z has offset `offset[k]` from `since[k]` on, for k from start[z] to start[z + 1] - 1.

    Microseconds. The first `since` of a zone is before every instant.
    """

    start: Int64
    since: Int64
    offset: Int64


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
def zones_in_a_row(names: tuple[str, ...]) -> Zones:
    """The tables of the zones named, in order."""
    tables = [_changes(name) for name in names]
    lengths = [len(since) for since, _ in tables]
    return Zones(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([one for since, _ in tables for one in since], np.int64),
        np.array([one for _, offset in tables for one in offset], np.int64),
    )


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
def _piece(zones: Zones, zone: int, at: int) -> int:
    low, high = zones.start[zone], zones.start[zone + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if zones.since[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@compiled()
def local(zones: Zones, zone: int, at: int) -> int:
    """What the clocks of `zone` show at the instant `at`, as microseconds since 1970-01-01 00:00 there."""
    return at + zones.offset[_piece(zones, zone, at)]


@compiled()
def local_day(zones: Zones, zone: int, at: int) -> int:
    """The date in `zone` at the instant `at`, in days since 1970-01-01."""
    return local(zones, zone, at) // DAY


@compiled()
def first_showing(zones: Zones, zone: int, wall: int, earliest: int) -> int:
    """The first instant, not before `earliest`, at which the clocks of `zone` show `wall` or later."""
    piece = _piece(zones, zone, earliest)
    last = zones.start[zone + 1] - 1
    while piece < last and zones.since[piece + 1] + zones.offset[piece] <= wall:
        piece += 1
    return max(earliest, max(zones.since[piece], wall - zones.offset[piece]))


@compiled()
def day_begins(zones: Zones, zone: int, day: int) -> int:
    """The first instant of the date `day` in `zone`."""
    return first_showing(zones, zone, day * DAY, day * DAY - 26 * HOUR)
