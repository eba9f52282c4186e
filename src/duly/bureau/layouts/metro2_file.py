"""A file in Metro 2: header, base segments and trailer put together, in one of three forms, and read again.

fixed      records of 426 bytes, one after the other
variable   the same, each after a block descriptor and on a line of its own
packed     records of 366 bytes: binary lengths, dates and amounts in half bytes
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from duly.bureau.layouts import metro2
from duly.bureau.layouts.fields import Bytes, Columns, Layout, one_record, read_one, write
from duly.bureau.layouts.said import Reporter
from duly.engine.dates import NO_DATE, days

FIXED, VARIABLE, PACKED = "fixed", "variable", "packed"
FORMS = (FIXED, VARIABLE, PACKED)
DESCRIPTOR = 4


@dataclass
class Metro2Writer:
    """Writes a file record by record into `out`; `end` writes the trailer with the totals of what went before."""

    out: BinaryIO
    form: str = FIXED
    totals: Counter[str] = field(default_factory=Counter)

    def begin(self, reporter: Reporter, activity_date: int) -> None:
        """The header. `activity_date` is in days since 1970-01-01."""
        layout = metro2.PACKED_HEADER if self.form == PACKED else metro2.HEADER
        header = {
            "record_identifier": "HEADER",
            "activity_date": activity_date,
            "date_created": days(reporter.reported_at.date()),
            "reporter_name": reporter.name[:40],
            "reporter_address": reporter.address[:96],
            "reporter_telephone_number": int(reporter.phone or 0),
            "software_vendor_name": "DULY",
            "software_version_number": reporter.version[:5],
        }
        self._put(layout, header, 1)

    def add(self, columns: Columns, rows: int) -> None:
        """Base segments, from the columns that metro2_records gives."""
        if not rows:
            return
        self._put(metro2.PACKED_BASE if self.form == PACKED else metro2.BASE, columns, rows)
        statuses = Counter(np.broadcast_to(columns["account_status"], (rows,)).tolist())
        self.totals.update({f"total_status_code_{code.lower()}": count for code, count in statuses.items()})
        counted = {
            "total_base_records": rows,
            "total_social_numbers": int(np.count_nonzero(columns["social_security_number"])),
            "total_dates_birth": int(np.count_nonzero(np.asarray(columns["date_birth"]) != NO_DATE)),
            "total_telephone_numbers": int(np.count_nonzero(columns["telephone_number"])),
        }
        self.totals.update(counted)

    def end(self) -> None:
        """The trailer."""
        totals = {name: count for name, count in self.totals.items() if name.startswith("total_status_code")}
        for name in ("social_numbers", "dates_birth"):
            totals[f"total_{name}_all_segments"] = totals[f"total_{name}_base_segments"] = self.totals[f"total_{name}"]
        totals |= {
            "total_base_records": self.totals["total_base_records"],
            "total_telephone_numbers_all_segments": self.totals["total_telephone_numbers"],
            "block_count": self.totals["total_base_records"] + 2,
        }
        layout = metro2.PACKED_TRAILER if self.form == PACKED else metro2.TRAILER
        self._put(layout, {"record_identifier": "TRAILER", **totals}, 1)

    def _put(self, layout: Layout, columns: Columns, rows: int) -> None:
        records = write(layout, {**columns, "record_descriptor_word": layout.length}, rows)
        self.out.write((_with_block_descriptors(records) if self.form == VARIABLE else records).tobytes())


def _with_block_descriptors(records: Bytes) -> Bytes:
    rows, length = records.shape
    block = np.frombuffer(f"{length + DESCRIPTOR:04d}".encode(), np.uint8)
    lines = np.empty((rows, length + DESCRIPTOR + 1), np.uint8)
    lines[:, :DESCRIPTOR], lines[:, DESCRIPTOR:-1], lines[:, -1] = block, records, ord("\n")
    return lines


@dataclass(frozen=True)
class Account:
    """One record as read: the base segment, and the segments appended to it, each with its identifier."""

    base: dict[str, Any]
    segments: list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Metro2File:
    """A file as read."""

    header: dict[str, Any]
    accounts: list[Account]
    trailer: dict[str, Any]


def read_file(content: bytes, form: str) -> Metro2File:
    """Read a whole file of one of FORMS, record by record. Raises ValueError where it is not in that layout."""
    layouts = (metro2.HEADER, metro2.BASE, metro2.TRAILER)
    if form == PACKED:
        layouts = (metro2.PACKED_HEADER, metro2.PACKED_BASE, metro2.PACKED_TRAILER)
    header, base, trailer = layouts
    first, *between, last = _lines(content) if form == VARIABLE else _records(content, form)
    found_header, found_trailer = read_one(header, first[: header.length]), read_one(trailer, last[: trailer.length])
    if (found_header["record_identifier"], found_trailer["record_identifier"]) != ("HEADER", "TRAILER"):
        raise ValueError("a file begins with a header and ends with a trailer")
    accounts = [Account(read_one(base, one[: base.length]), _segments(one[base.length :])) for one in between]
    return Metro2File(found_header, accounts, found_trailer)


def _records(content: bytes, form: str) -> list[bytes]:
    found, place = [], 0
    while place < len(content):
        word = content[place : place + DESCRIPTOR]
        length = int.from_bytes(word[:2], "big") if form == PACKED else int(word)
        if not length or place + length > len(content):
            raise ValueError(f"the record at byte {place} says that it has {length} bytes")
        found.append(content[place : place + length])
        place += length
    return found


def _lines(content: bytes) -> list[bytes]:
    # A block descriptor stands before the record descriptor; some writers leave it away before a trailer.
    lines = [line for line in content.split(b"\n") if line]
    return [line[DESCRIPTOR:] if line[DESCRIPTOR : 2 * DESCRIPTOR].isdigit() else line for line in lines]


def _segments(rest: bytes) -> list[tuple[str, dict[str, Any]]]:
    found = []
    while rest.strip():
        layout = metro2.SEGMENTS.get(rest[:2].decode("ascii", "replace"))
        if layout is None or len(rest) < layout.length:
            raise ValueError(f"{rest[:2]!r} begins no segment")
        found.append((rest[:2].decode(), read_one(layout, rest[: layout.length])))
        rest = rest[layout.length :]
    return found


def segment(identifier: str, values: Columns) -> bytes:
    """A segment to be appended to a base segment."""
    return one_record(metro2.SEGMENTS[identifier], {"segment_identifier": identifier, **values})
