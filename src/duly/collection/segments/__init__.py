"""Segments: which late borrowers are alike, as a TOML file says, and what acting on one of them is worth.

Figures come as columns, one row a case; every condition is a comparison of columns.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from duly.people.languages import LANGUAGES

RANGES = ("days_late", "overdue", "outstanding", "loans", "cases_before", "score")
FLAGS = ("reachable", "scored")
MILLION = 1_000_000
_FILE = Path(__file__).parent / "standard.toml"


class SegmentError(ValueError):
    """Segments that cannot be used; the text lists every fault with its place."""


@dataclass(frozen=True)
class Segment:
    """Borrowers who are alike. `lift`, in millionths, is what one contact adds to the chance of being paid."""

    id: str
    name: Mapping[str, str]
    lift: int
    when: Mapping[str, Any]

    def holds(self) -> pl.Expr:
        """Whether a row belongs here, by its own conditions alone. A figure that is unknown fits no range."""
        fits = pl.lit(value=True)
        for figure, wanted in self.when.items():
            if figure in FLAGS:
                fits &= pl.col(figure) == wanted
                continue
            low, high = wanted[0], wanted[1] if len(wanted) > 1 else None
            fits &= pl.col(figure) >= low
            if high is not None:
                fits &= pl.col(figure) <= high
        return fits.fill_null(value=False)


@dataclass(frozen=True)
class Segments:
    """A version of the segments, in the order in which they are tried."""

    id: str
    version: int
    segments: Sequence[Segment]

    def of(self, cases: pl.DataFrame) -> pl.DataFrame:
        """`cases` with the columns `segment` and `worth`.

        Needs the columns RANGES and FLAGS. `worth` is overdue × lift, in the same minor units, rounded down; 0 where
        overdue is unknown.
        """
        place = pl.lit(len(self.segments) - 1)
        for number in range(len(self.segments) - 2, -1, -1):
            place = pl.when(self.segments[number].holds()).then(number).otherwise(place)
        ids = pl.Series([one.id for one in self.segments])
        lifts = pl.Series([one.lift for one in self.segments], dtype=pl.Int64)
        placed = cases.with_columns(place.cast(pl.Int64).alias("_place"))
        return placed.with_columns(
            segment=ids.gather(placed["_place"]),
            worth=(pl.col("overdue").fill_null(0) * lifts.gather(placed["_place"])) // MILLION,
        ).drop("_place")

    def named(self, segment_id: str, language: str) -> str:
        """A segment's name in `language` (one of LANGUAGES); an id that is no more as it is."""
        return next((one.name[language] for one in self.segments if one.id == segment_id), segment_id)


@lru_cache
def segments() -> Segments:
    """The lender's segments. Raises SegmentError naming every fault in the file."""
    return read_segments(_FILE)


def read_segments(path: Path) -> Segments:
    """The segments in a TOML file. Raises SegmentError naming every fault."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    found = document.get("segments", [])
    faults = [fault for number, one in enumerate(found, 1) for fault in _faults(one, f"segment {number}")]
    for field in ("id", "version"):
        if not document.get(field):
            faults.append(f"{field} is missing")
    ids = [one.get("id") for one in found]
    faults += [f"segment {one} is there twice" for one in sorted({str(one) for one in ids if ids.count(one) > 1})]
    if not found or found[-1].get("when"):
        faults.append("the last segment takes all that fit no other: it must have no `when`")
    faults += [
        f"segment {one.get('id')} takes all, so none after it is reached" for one in found[:-1] if not one.get("when")
    ]
    if faults:
        raise SegmentError(f"{path.name} cannot be used:\n" + "\n".join(faults))
    return Segments(
        document["id"],
        document["version"],
        [Segment(one["id"], one["name"], one["lift"], one.get("when", {})) for one in found],
    )


def _faults(one: Mapping[str, Any], where: str) -> list[str]:
    faults = []
    if not isinstance(one.get("id"), str):
        faults.append(f"{where}: id is missing")
    if set(one.get("name", {})) != set(LANGUAGES):
        faults.append(f"{where}: give its name in {', '.join(LANGUAGES)}")
    if not isinstance(one.get("lift"), int) or not 0 <= one["lift"] <= MILLION:
        faults.append(f"{where}: lift is in millionths, from 0 to {MILLION}")
    for figure, wanted in one.get("when", {}).items():
        if figure in FLAGS and isinstance(wanted, bool):
            continue
        if figure not in RANGES:
            faults.append(f"{where}: there is no figure {figure!r}; use {', '.join((*RANGES, *FLAGS))}")
        elif not (isinstance(wanted, list) and 1 <= len(wanted) <= 2 and wanted == sorted(wanted)):
            faults.append(f"{where}: {figure} is a range, as in [1, 29] or [30]")
    return faults
