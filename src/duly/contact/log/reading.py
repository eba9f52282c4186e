"""Reading one range of the log and checking it. Without Django, for it runs in processes of its own, through ADBC:
two SQLite libraries in one process would not see each other's locks."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import numpy as np
import pyarrow as pa
from adbc_driver_manager.dbapi import Connection

from duly.contact.log.record import digest, odd_types_in_sqlite, record_in_sql

MOST_FAULTS = 100


class Fault(NamedTuple):
    """What is wrong at a number of the log (0: with the texts that decisions refer to)."""

    number: int
    what: str


class Part(NamedTuple):
    """One range as a process found it: its first record's `previous`, its last hash, the sheets it names."""

    first: int
    rows: int
    last: int
    previous: str
    head: str
    sheets: frozenset[str]
    faults: list[Fault]


def missing(first: int, last: int) -> Fault:
    """The fault of numbers that are not there."""
    return Fault(first, "was removed" if first == last else f"and all up to {last} were removed")


def unlinked(number: int) -> Fault:
    """The fault of a record that does not name the hash of the one before."""
    if number == 1:
        return Fault(1, "is not the first that was written: it names one before it")
    return Fault(number, f"does not follow {number - 1}: one of the two was rewritten, put in or moved")


def read_range(source: tuple[str, str], first: int, last: int) -> Part:
    """Check the decisions numbered `first` to `last`; runs in a process of its own."""
    vendor, address = source
    odd = odd_types_in_sqlite() if vendor == "sqlite" else "false"
    cast = "CAST({} AS TEXT)" if vendor == "sqlite" else "{}::text"
    columns = [cast.format(name) for name in ("previous", "hash", "sheet_id")]
    sql = (
        f"SELECT id, {', '.join(columns)}, {record_in_sql(vendor)}, CAST({odd} AS INTEGER) "  # noqa: S608
        f"FROM contact_decision WHERE id BETWEEN {int(first)} AND {int(last)} ORDER BY id"
    )
    rows, expected, previous, head = 0, 0, "", ""
    sheets: set[str] = set()
    faults: list[Fault] = []
    start = first
    with _connect(vendor, address) as database, database.cursor() as cursor:
        cursor.adbc_statement.set_options(**_options(vendor))
        cursor.execute(sql)
        for batch in cursor.fetch_record_batch():
            if not batch.num_rows:
                continue
            numbers = batch.column(0).to_numpy()
            if not rows:
                start, previous = int(numbers[0]), batch.column(1)[0].as_py() or ""
                expected, head = start, previous
            faults += _faults_of_batch(batch, numbers, expected, head)
            rows += batch.num_rows
            sheets.update(batch.column(3).unique().to_pylist())
            expected, head = int(numbers[-1]) + 1, batch.column(2)[-1].as_py() or ""
            del faults[MOST_FAULTS:]
    return Part(start, rows, expected - 1, previous, head, frozenset(sheets), faults)


def _connect(vendor: str, address: str) -> Connection:
    if vendor == "sqlite":
        return adbc_driver_sqlite.dbapi.connect(f"file:{quote(address)}?mode=ro", autocommit=True)
    return adbc_driver_postgresql.dbapi.connect(address)


def _options(vendor: str) -> dict[str, str]:
    return {"adbc.sqlite.query.batch_rows": "8192"} if vendor == "sqlite" else {}


def _faults_of_batch(batch: pa.RecordBatch, numbers: np.ndarray, expected: int, head: str) -> Iterator[Fault]:
    """The faults of consecutive rows, of which the first should be numbered `expected` and follow `head`.

    Whole columns are compared at once; the rows are looked at one by one only where that finds a difference.
    """
    hashed = "".join(_hashes(batch.column(4))).encode()
    previous, hashes = _characters(batch.column(1)), _characters(batch.column(2))
    consecutive = np.array_equal(numbers, np.arange(expected, expected + len(numbers)))
    odd = batch.column(5).to_numpy(zero_copy_only=False)
    if consecutive and hashed == hashes and previous == head.encode() + hashes[:-64] and not odd.any():
        return
    for number, before, said, truth, strange in zip(
        numbers.tolist(),
        batch.column(1).to_pylist(),
        batch.column(2).to_pylist(),
        _hashes(batch.column(4)),
        odd.tolist(),
        strict=True,
    ):
        if number > expected:
            yield missing(expected, number - 1)
        if number < 1:
            yield Fault(number, "was put in: the log begins at 1")
        elif number == expected and before != head:
            yield unlinked(number)
        if said != truth:
            yield Fault(number, "was changed: its record does not give its hash")
        if strange:
            yield Fault(number, "was changed: a value has another type than its column")
        expected, head = number + 1, said


def _hashes(records: pa.Array) -> list[str]:
    """The SHA-256 of each text in lower-case hex, without making Python strings of them."""
    if records.null_count:
        return ["" if one is None else digest(one) for one in records.to_pylist()]
    wide = records.cast(pa.large_string())
    _, offsets, data = wide.buffers()
    at = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1].tolist()
    view, sha256 = memoryview(data or b""), hashlib.sha256
    return [sha256(view[a:b]).hexdigest() for a, b in pairwise(at)]


def _characters(column: pa.Array) -> bytes:
    """The texts of a column one after the other; something that no hash equals where one is not 64 bytes long."""
    wide = column.cast(pa.large_string())
    _, offsets, data = wide.buffers()
    at = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    if column.null_count or (np.diff(at) != 64).any():
        return b"?"
    return bytes(memoryview(data)[at[0] : at[-1]])
