"""Fixed-width records as a table of fields: the same table writes whole columns into bytes and reads them back.

A record is a row of bytes; many records are a matrix, written field by field, so a million of them take a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.dates import NO_DATE

Bytes = npt.NDArray[np.uint8]
Columns = Mapping[str, Any]
EPOCH = np.datetime64("1970-01-01", "D")
ZERO, BLANK = ord("0"), ord(" ")
POSITIVE = 0xC  # the sign of a packed number


class Kind(StrEnum):
    """How a field is written."""

    TEXT = "text"  # left-justified, blank filled
    NUMBER = "number"  # whole, right-justified, zero filled
    DATE = "date"  # MMDDYYYY; zeros when there is none
    STAMP = "stamp"  # MMDDYYYYHHMMSS; zeros when there is none
    PACKED = "packed number"  # two digits a byte, the last half byte the sign
    PACKED_DATE = "packed date"  # 0MMDDYYYY and a sign
    PACKED_STAMP = "packed stamp"  # 0MMDDYYYYHHMMSS and a sign
    LENGTH = "binary length"  # two bytes, high first, then two of zero


DATES = (Kind.DATE, Kind.PACKED_DATE)
STAMPS = (Kind.STAMP, Kind.PACKED_STAMP)
PACKED_KINDS = (Kind.PACKED, Kind.PACKED_DATE, Kind.PACKED_STAMP)


@dataclass(frozen=True)
class Field:
    """One field: bytes from `start` (the first is 1), `source` says where its content comes from."""

    name: str
    start: int
    length: int
    kind: Kind
    source: str = ""

    @property
    def digits(self) -> int:
        """The decimal digits that fit."""
        return 2 * self.length - 1 if self.kind in PACKED_KINDS else self.length

    @property
    def bytes(self) -> slice:
        """Its place in a record."""
        return slice(self.start - 1, self.start - 1 + self.length)


@dataclass(frozen=True)
class Layout:
    """A record or segment of `length` bytes; what no field names is blank."""

    name: str
    length: int
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        end = 0
        for field in self.fields:
            if field.start != end + 1:
                raise ValueError(f"{self.name}: {field.name} begins at {field.start}, not {end + 1}")
            end += field.length
        if end != self.length:
            raise ValueError(f"{self.name}: its fields take {end} bytes, not {self.length}")


def layout(name: str, *parts: tuple[str, int, Kind, str] | tuple[str, int, Kind]) -> Layout:
    """A layout from its fields in order, each with name, length, kind and source; positions follow."""
    fields, start = [], 1
    for field_name, length, kind, *source in parts:
        fields.append(Field(field_name, start, length, kind, *source))
        start += length
    return Layout(name, start - 1, tuple(fields))


def write(of: Layout, columns: Columns, rows: int) -> Bytes:
    """`rows` records of `of` from `columns` by field name: arrays of that length, or one value for all.

    Numbers are whole and not below zero; dates are days since 1970-01-01, or NO_DATE; stamps are seconds since then,
    none when below zero; texts are ASCII strings. A field that is left out is blank or zero. Raises ValueError for a
    name that the layout lacks and for what does not fit its field.
    """
    unknown = columns.keys() - {field.name for field in of.fields}
    if unknown:
        raise ValueError(f"{of.name} has no field {', '.join(sorted(unknown))}")
    out = np.full((rows, of.length), BLANK, np.uint8)
    for field in of.fields:
        value = columns.get(field.name, "" if field.kind == Kind.TEXT else None)
        out[:, field.bytes] = _written(field, value, rows)
    return out


def read(of: Layout, records: Bytes) -> dict[str, npt.NDArray[Any]]:
    """The columns of `records` (rows of `of.length` bytes), as `write` takes them, texts without trailing blanks.

    Raises ValueError where a number or a date is none.
    """
    if records.ndim != 2 or records.shape[1] != of.length:
        raise ValueError(f"{of.name} takes records of {of.length} bytes")
    return {field.name: _read(field, np.ascontiguousarray(records[:, field.bytes])) for field in of.fields}


def one_record(of: Layout, values: Columns) -> bytes:
    """A single record from its values."""
    return write(of, values, 1).tobytes()


def read_one(of: Layout, record: bytes) -> dict[str, Any]:
    """The values of a single record."""
    columns = read(of, np.frombuffer(record, np.uint8)[np.newaxis])
    return {name: column[0].item() if hasattr(column[0], "item") else column[0] for name, column in columns.items()}


def _written(field: Field, value: Any, rows: int) -> Bytes:
    if field.kind == Kind.TEXT:
        return _text(field, value, rows)
    if field.kind == Kind.LENGTH:
        length = _whole(0 if value is None else value, rows)
        return np.stack([length >> 8, length & 255, 0 * length, 0 * length], axis=1).astype(np.uint8)
    if field.kind in DATES:
        number = _date_number(_whole(NO_DATE if value is None else value, rows))
    elif field.kind in STAMPS:
        number = _stamp_number(_whole(-1 if value is None else value, rows))
    else:
        number = _whole(0 if value is None else value, rows)
    if len(number) and (number.min() < 0 or (field.digits < 18 and number.max() >= 10**field.digits)):
        raise ValueError(f"{field.name} takes whole numbers of up to {field.digits} digits")
    if field.kind in (Kind.NUMBER, Kind.DATE, Kind.STAMP):
        return _digits(number, field.length) + np.uint8(ZERO)
    digits = _digits(number, 2 * field.length - 1)
    halves = np.concatenate([digits, np.full((rows, 1), POSITIVE, np.uint8)], axis=1)
    return halves[:, 0::2] << 4 | halves[:, 1::2]


def _read(field: Field, piece: Bytes) -> npt.NDArray[Any]:
    if field.kind == Kind.TEXT:
        text = np.char.rstrip(piece.view(f"S{field.length}")[:, 0], b" ")
        return np.char.decode(text, "ascii")
    if field.kind == Kind.LENGTH:
        return piece[:, 0].astype(np.int64) << 8 | piece[:, 1]
    if field.kind in (Kind.NUMBER, Kind.DATE, Kind.STAMP):
        digits = piece - np.uint8(ZERO)
    else:
        halves = np.stack([piece >> 4, piece & 15], axis=2).reshape(len(piece), -1)
        digits = halves[:, :-1]
    if len(digits) and digits.max() > 9:
        raise ValueError(f"{field.name} holds something that is not a digit")
    number = np.zeros(len(piece), np.int64)
    for place in range(digits.shape[1]):
        number = number * 10 + digits[:, place]
    if field.kind in DATES:
        return _days(number)
    return _seconds(number) if field.kind in STAMPS else number


def _whole(value: Any, rows: int) -> npt.NDArray[np.int64]:
    return np.broadcast_to(np.asarray(value, np.int64), (rows,))


def _text(field: Field, value: Any, rows: int) -> Bytes:
    try:
        text = np.asarray(value).astype("S")
    except UnicodeEncodeError:
        raise ValueError(f"{field.name} takes ASCII only") from None
    if text.dtype.itemsize > field.length and np.char.str_len(text).max(initial=0) > field.length:
        raise ValueError(f"{field.name} takes texts of up to {field.length} characters")
    cells = np.ascontiguousarray(np.broadcast_to(text.astype(f"S{field.length}"), (rows,)))
    piece = cells.view(np.uint8).reshape(rows, field.length).copy()
    piece[piece == 0] = BLANK
    return piece


def _digits(number: npt.NDArray[np.int64], length: int) -> Bytes:
    digits = np.empty((len(number), length), np.uint8)
    rest = number
    for place in range(length - 1, -1, -1):
        rest, digits[:, place] = np.divmod(rest, 10)
    return digits


def _date_number(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    day = EPOCH + np.where(days == NO_DATE, 0, days)
    month = day.astype("datetime64[M]")
    year = day.astype("datetime64[Y]")
    month_number = (month - year).astype(np.int64) + 1
    day_number = (day - month).astype(np.int64) + 1
    number = month_number * 1_000_000 + day_number * 10_000 + year.astype(np.int64) + 1970
    return np.where(days == NO_DATE, 0, number)


def _stamp_number(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    days, second = np.divmod(np.maximum(seconds, 0), 86_400)
    clock = second // 3600 * 10_000 + second // 60 % 60 * 100 + second % 60
    return np.where(seconds < 0, 0, _date_number(days) * 1_000_000 + clock)


def _days(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    year, month, day = number % 10_000, number // 1_000_000, number // 10_000 % 100
    given = number > 0
    if not np.all(~given | ((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1))):
        raise ValueError("a date is none")
    months = np.where(given, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    found = (months.astype("datetime64[D]") - EPOCH).astype(np.int64) + np.maximum(day, 1) - 1
    found = np.where(given, found, NO_DATE)
    if not np.array_equal(_date_number(found), number):
        raise ValueError("a date is none")
    return found


def _seconds(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    days, clock = _days(number // 1_000_000), number % 1_000_000
    seconds = clock // 10_000 * 3600 + clock // 100 % 100 * 60 + clock % 100
    return np.where(number > 0, days * 86_400 + seconds, -1)


def packed(of: Layout, name: str, length: int, lengths: Mapping[Kind, int] | None = None) -> Layout:
    """The packed form of a layout, filled up with blanks to `length`: a binary length, packed dates and numbers.

    A number keeps its digits in half bytes with a sign: nine digits take five bytes, ten take six. Numbers of less
    than nine digits stay as they are. `lengths` names kinds to leave alone with their length.
    """
    parts: list[tuple[str, int, Kind, str]] = []
    keep = lengths or {}
    for field in of.fields:
        if field.kind in keep:
            parts.append((field.name, field.length, field.kind, field.source))
        elif field.name == "record_descriptor_word":
            parts.append((field.name, 4, Kind.LENGTH, field.source))
        elif field.kind == Kind.DATE:
            parts.append((field.name, 5, Kind.PACKED_DATE, field.source))
        elif field.kind == Kind.STAMP:
            parts.append((field.name, 8, Kind.PACKED_STAMP, field.source))
        elif field.kind == Kind.NUMBER and field.length >= 9:
            parts.append((field.name, field.length // 2 + 1, Kind.PACKED, field.source))
        else:
            parts.append((field.name, field.length, field.kind, field.source))
    return layout(name, *_filled(parts, length))


def _filled(parts: Sequence[tuple[str, int, Kind, str]], length: int) -> list[tuple[str, int, Kind, str]]:
    left = length - sum(part[1] for part in parts)
    *front, last = parts
    if left and last[0].startswith("reserved"):
        return [*front, (last[0], last[1] + left, last[2], last[3])]
    return [*parts, ("reserved_end", left, Kind.TEXT, "blank")] if left else list(parts)
