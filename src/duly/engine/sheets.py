"""Tables read column by column: every value checked, and every wrong one listed with its row and what to do."""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from duly.engine import dates
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY, MAX_RATE, MILLION
from duly.engine.records import Int32, Int64

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.integer]

_FIRST_DATE, _LAST_DATE = dates.days(datetime.date(1900, 1, 1)), dates.days(datetime.date(2200, 12, 31))
_DATE_REMEDY = 'give a date, or text such as "2024-01-31", from 1900 to 2200'
_MONEY_REMEDY = "give whole minor units, or decimals in major units"


class Faults:
    """What is wrong with which rows of which table, in the order it was found."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Int64, str, str, str]] = []

    def add(self, table: str, rows: Rows, column: str, what: str, remedy: str) -> None:
        """Put `rows` (row numbers from 0) of `table` on the list, if there are any."""
        if len(rows):
            self._found.append((table, np.asarray(rows, np.int64), column, what, remedy))

    def rows(self, table: str) -> Int64:
        """The wrong rows of one table, each once."""
        found = [rows for name, rows, *_ in self._found if name == table]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def listed(self) -> pa.Table:
        """One row a fault: table, row, column, what, remedy; by table and row."""
        lengths = [len(rows) for _, rows, *_ in self._found]
        fields = list(zip(*self._found, strict=True)) or [(), (), (), (), ()]
        fault = pa.array(np.repeat(np.arange(len(lengths)), lengths))
        names = ("table", "column", "what", "remedy")
        columns = {
            name: pa.array(texts, pa.string()).take(fault)
            for name, texts in zip(names, (fields[0], *fields[2:]), strict=True)
        }
        row = np.concatenate(fields[1]) if lengths else np.zeros(0, np.int64)
        listed = pa.table({"table": columns.pop("table"), "row": row, **columns})
        return listed.sort_by([("table", "ascending"), ("row", "ascending")])


def arrow_table(frame: object, name: str) -> pa.Table:
    """`frame` as an Arrow table: one already, anything that hands out Arrow streams, or a mapping of columns.

    Raises InputError for what is no table.
    """
    if isinstance(frame, pa.Table):
        return frame
    try:
        if isinstance(frame, Mapping) or hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(f"the columns cannot be read: {error}", f"/{name}", "give each column one type") from None
    raise InputError(
        f"a {type(frame).__name__} is no table", f"/{name}", "give a DataFrame of Polars or pandas, or an Arrow table"
    )


class Sheet:
    """One table being read. Methods give a column's values row by row, and put what is wrong on the list of faults.

    Where a value is absent or wrong, numbers are 0 and dates NO_DATE. A column that is not there, though `needed`, or
    whose type cannot be right, raises InputError: then no row can be used.
    """

    def __init__(self, name: str, table: pa.Table, known: Iterable[str], faults: Faults) -> None:
        self.name, self.faults, self.rows = name, faults, table.num_rows
        self._table = table
        known = set(known)
        for column in table.column_names:
            if column not in known:
                raise InputError(
                    f"{name} has no column {column!r}", f"/{name}/{column}", "drop it, or see the table of columns"
                )

    def column(self, name: str, needed: bool = False) -> pa.Array | None:
        """The column as one array, views and dictionaries unfolded; None where it is not there."""
        if name not in self._table.column_names:
            if needed:
                raise InputError(
                    f"the column {name} is missing", f"/{self.name}/{name}", f"every table of {self.name} has it"
                )
            return None
        column = self._table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.large_string())
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)

    def fault(self, wrong: Flags, column: str, what: str, remedy: str) -> None:
        """Put the rows where `wrong` is true on the list."""
        self.faults.add(self.name, np.flatnonzero(wrong), column, what, remedy)

    def fault_values(self, wrong: Flags, column: str, values: npt.NDArray[Any], what: str, remedy: str) -> None:
        """As `fault`, where `what` speaks of the value as {}."""
        rows = np.flatnonzero(wrong)
        if len(rows):
            distinct, which = np.unique(values[rows], return_inverse=True)
            for index, value in enumerate(distinct):
                self.faults.add(self.name, rows[which == index], column, what.format(value), remedy)

    def _wrong_type(self, name: str, column: pa.Array, remedy: str) -> InputError:
        return InputError(f"{name} cannot be of type {column.type}", f"/{self.name}/{name}", remedy)

    def _absent(self, name: str, column: pa.Array, needed: bool) -> Flags:
        absent: Flags = column.is_null().to_numpy(zero_copy_only=False)
        if needed:
            self.fault(absent, name, f"{name} is missing", "every row must state it")
        return absent

    def whole(self, name: str, least: int, most: int, *, needed: bool = False) -> Int64:
        """Whole numbers from `least` to `most`."""
        column = self.column(name, needed)
        if column is None or pa.types.is_null(column.type):
            return self._nothing(name, column, needed)
        absent = self._absent(name, column, needed)
        if pa.types.is_integer(column.type):
            values = _int64(column)
        elif pa.types.is_floating(column.type):
            # A missing number makes floats of whole numbers in many tables.
            floats = _floats(column)
            odd = ~absent & (floats != np.floor(floats))
            odd |= ~absent & ~np.isfinite(floats)
            self.fault_values(odd, name, floats, "{} is not a whole number", f"give one from {least} to {most}")
            absent |= odd
            values = np.where(absent, 0, floats).astype(np.int64)
        else:
            raise self._wrong_type(name, column, "give whole numbers")
        wrong = ~absent & ((values < least) | (values > most))
        self.fault_values(wrong, name, values, "{} is out of range", f"give a whole number from {least} to {most}")
        return np.where(absent | wrong, 0, values)

    def _nothing(self, name: str, column: pa.Array | None, needed: bool) -> Int64:
        if column is not None:
            self._absent(name, column, needed)
        return np.zeros(self.rows, np.int64)

    def money(self, name: str, exponent: Int64, *, needed: bool = False) -> Int64:
        """Amounts in minor units, from whole numbers of them, or decimals in major units of `exponent` decimals."""
        column = self.column(name, needed)
        if column is None or pa.types.is_null(column.type):
            return self._nothing(name, column, needed)
        absent = self._absent(name, column, needed)
        fine = np.zeros(self.rows, np.bool_)
        if pa.types.is_integer(column.type):
            values = _int64(column)
        elif pa.types.is_decimal(column.type):
            values, fine, large = _scaled(column, exponent)
            self.fault(fine & ~absent, name, "it has more decimals than the currency", "round it to the minor unit")
            self.fault(large & ~absent, name, "it is too large", "amounts go up to 10^13 minor units")
            fine |= large
        elif pa.types.is_floating(column.type):
            floats = _floats(column)
            not_a_number = np.isnan(floats) & ~absent
            self.fault(not_a_number, name, "NaN is not an amount", _MONEY_REMEDY)
            self.fault(~absent & ~not_a_number, name, "a float is not exact", _MONEY_REMEDY)
            return np.zeros(self.rows, np.int64)
        else:
            raise self._wrong_type(name, column, _MONEY_REMEDY)
        counted = ~absent & ~fine
        self.fault_values(counted & (values < 0), name, values, "{} is negative", "give an amount of zero or more")
        self.fault(counted & (values > MAX_MONEY), name, "it is too large", "amounts go up to 10^13 minor units")
        return np.where(counted & (values >= 0) & (values <= MAX_MONEY), values, 0)

    def rate(self, name: str, *, needed: bool = False) -> Int64:
        """Yearly rates in millionths, from whole numbers of them, or from floats and decimals (0.07 is 7%)."""
        column = self.column(name, needed)
        if column is None or pa.types.is_null(column.type):
            return self._nothing(name, column, needed)
        absent = self._absent(name, column, needed)
        wrong = np.zeros(self.rows, np.bool_)
        if pa.types.is_integer(column.type):
            values = _int64(column)
        elif pa.types.is_decimal(column.type):
            values, wrong, large = _scaled(column, np.full(self.rows, 6))
            self.fault(wrong & ~absent, name, "it is finer than a millionth", "give at most six decimals")
            values = np.where(large, MAX_RATE + 1, values)
        elif pa.types.is_floating(column.type):
            floats = np.where(absent, 0.0, _floats(column))
            wrong = ~np.isfinite(floats)
            self.fault_values(wrong, name, floats, "{} is not a rate", "give a rate from 0 to 100 a year")
            millionths = np.clip(np.where(wrong, 0.0, floats), -1.0, 101.0) * MILLION
            values = np.rint(millionths).astype(np.int64)
            finer = np.abs(millionths - values) > 1e-3
            self.fault_values(finer & ~wrong, name, floats, "the rate {} is finer than a millionth", "round it")
            wrong |= finer
        else:
            raise self._wrong_type(name, column, "give floats, decimals, or whole millionths")
        outside = ~absent & ~wrong & ((values < 0) | (values > MAX_RATE))
        self.fault(outside, name, "the rate is out of range", "give a rate from 0 to 100 a year (0.07 is 7%)")
        return np.where(absent | wrong | outside, 0, values)

    def day(self, name: str, *, needed: bool = False) -> Int32:
        """Dates as days since 1970-01-01, from dates, timestamps at midnight, or ISO 8601 text."""
        column = self.column(name, needed)
        if column is None or pa.types.is_null(column.type):
            self._nothing(name, column, needed)
            return np.full(self.rows, NO_DATE, np.int32)
        absent = self._absent(name, column, needed)
        wrong = np.zeros(self.rows, np.bool_)
        if pa.types.is_large_string(column.type):
            values = self._parsed_days(name, column)
            wrong = ~absent & (values == NO_DATE)
        elif pa.types.is_date(column.type):
            values = _int64(column.cast(pa.date32()).cast(pa.int32()))
        elif pa.types.is_timestamp(column.type) and column.type.tz is None:
            instants = _int64(column.cast(pa.timestamp("us"), safe=False).cast(pa.int64()))
            values = instants // 86_400_000_000
            wrong = ~absent & (instants % 86_400_000_000 != 0)
            self.fault(wrong, name, "it is a time of day, not a date", _DATE_REMEDY)
        else:
            raise self._wrong_type(name, column, _DATE_REMEDY)
        outside = ~absent & ~wrong & ((values < _FIRST_DATE) | (values > _LAST_DATE))
        self.fault(outside, name, "the date is out of range", _DATE_REMEDY)
        return np.where(absent | wrong | outside, NO_DATE, values).astype(np.int32)

    def _parsed_days(self, name: str, column: pa.Array) -> Int64:
        codes, texts = encoded(column)
        parsed = np.full(len(texts) + 1, NO_DATE, np.int64)
        for code, text in enumerate(texts, 1):
            try:
                parsed[code] = dates.days(dates.parse_date(text, name))
            except InputError as error:
                self.fault(codes == code, name, error.what, _DATE_REMEDY)
        return parsed[codes]

    def instant(self, name: str) -> Int64 | None:
        """Instants as microseconds since 1970-01-01 UTC, the earliest where absent; None without the column."""
        column = self.column(name)
        if column is None or pa.types.is_null(column.type):
            return None
        if not pa.types.is_timestamp(column.type) or column.type.tz is None:
            raise self._wrong_type(name, column, "give timestamps with a time zone")
        absent = self._absent(name, column, False)
        values = _int64(column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()))
        return np.where(absent, np.iinfo(np.int64).min, values)

    def choice(self, name: str, codes: Mapping[str, int], *, needed: bool = False) -> npt.NDArray[np.uint8]:
        """Texts out of `codes`, as their codes; 0 where absent or wrong."""
        column = self.column(name, needed)
        if column is None or pa.types.is_null(column.type):
            return self._nothing(name, column, needed).astype(np.uint8)
        if not pa.types.is_large_string(column.type):
            raise self._wrong_type(name, column, "give texts")
        self._absent(name, column, needed)
        place, texts = encoded(column)
        code_of = np.zeros(len(texts) + 1, np.uint8)
        for index, text in enumerate(texts, 1):
            if text in codes:
                code_of[index] = codes[text]
            else:
                known = ", ".join(filter(None, codes))
                self.fault(place == index, name, f"{text!r} is not a {name} here", f"use {known}")
        return code_of[place]


def coded(column: pa.Array) -> tuple[Int64, pa.Array]:
    """Each row's value as a code, 1 for the first of the distinct values that are given with it; 0 where null."""
    found = column.dictionary_encode()
    return pc.fill_null(found.indices.cast(pa.int64()), -1).to_numpy() + 1, found.dictionary


def encoded(column: pa.Array) -> tuple[Int64, list[Any]]:
    """As `coded`, with the distinct values as a list: for columns of few."""
    codes, distinct = coded(column)
    return codes, distinct.to_pylist()


def grouped(columns: Sequence[Int64], rows: int) -> tuple[Int64, Int64]:
    """Rows that agree in all `columns` (codes from 0) as groups: each row's group, and a row of each group."""
    together = np.zeros(rows, np.int64)
    for codes in columns:
        # Groups stay dense, so that the product of two columns never leaves 64 bits.
        together = np.unique(together * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    if not columns:
        return together, np.zeros(min(rows, 1), np.int64)
    _, first = np.unique(together, return_index=True)
    return together, first


def money_column(values: Int64, exponent: Int64 | None) -> pa.Array:
    """Minor units as they are, or as decimals in major units where `exponent` gives the decimals of each row."""
    if exponent is None:
        return pa.array(values)
    scale = int(exponent.max(initial=0))
    wide = np.empty((len(values), 2), np.int64)
    wide[:, 0] = values * 10 ** (scale - exponent)
    wide[:, 1] = wide[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(values), [None, pa.py_buffer(wide)])


def _int64(column: pa.Array) -> Int64:
    return pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)


def _floats(column: pa.Array) -> npt.NDArray[np.float64]:
    return pc.fill_null(column.cast(pa.float64()), math.nan).to_numpy(zero_copy_only=False)


def _scaled(column: pa.Array, exponent: Int64) -> tuple[Int64, Flags, Flags]:
    # Decimals times 10^exponent: the values, where they have decimals left over, and where they leave 64 bits.
    if column.type.scale > 18:
        raise InputError(f"decimals of scale {column.type.scale} are too fine", "", "give at most 18 decimals")
    wide = column.cast(pa.decimal128(38, max(column.type.scale, 0)))
    scale = wide.type.scale
    halves = np.frombuffer(wide.buffers()[1], np.int64).reshape(-1, 2)[wide.offset : wide.offset + len(wide)]
    absent = wide.is_null().to_numpy(zero_copy_only=False)
    low, high = np.where(absent, 0, halves[:, 0]), np.where(absent, 0, halves[:, 1])
    up, down = np.int64(10) ** np.maximum(exponent - scale, 0), np.int64(10) ** np.maximum(scale - exponent, 0)
    large = (high != low >> 63) | (np.abs(low) > MAX_MONEY * down // up)
    low = np.where(large, 0, low)
    return low * up // down, low % down != 0, large
