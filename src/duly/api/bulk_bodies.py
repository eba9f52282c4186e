"""Bulks of payments read from JSON, NDJSON, CSV or an Arrow stream into columns; each wrong row by itself.

Whatever the form, a payment is held to the shape PaymentOfBulk. The columns are checked as columns, since a bulk is
read many times faster so than row by row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from duly.api.payment_shapes import Refusal
from duly.api.problems import ProblemError
from duly.api.shapes import PRINTABLE
from duly.engine.dates import NO_DATE, date
from duly.engine.errors import InputError
from duly.engine.money import DECIMALS, parse_money
from duly.engine.sheets import Faults, Sheet
from duly.payments.arrivals import Details

LONGEST = 10_000
TEXTS = ("source_id", "loan", "amount", "currency", "value_date")
TOLD = {"payer_name": 140, "payer_account": 64, "remittance": 140, "end_to_end": 64}
COLUMNS = {**dict.fromkeys((*TEXTS, *TOLD), pa.large_string()), "prepays": pa.bool_()}
CODES = {code: number for number, code in enumerate(DECIMALS, 1)}
CODE_OF = np.array(["", *DECIMALS])
EXPONENT = np.array([0, *DECIMALS.values()], np.int64)
# Decimals short enough for Arrow's own reading; what is longer is read one by one.
SHORT_AMOUNT = r"^[0-9]{1,14}(\.[0-9]{1,5})?$"


@dataclass(frozen=True)
class Bulk:
    """A bulk as read: the payments that are right, in columns, each with the row it was; and those that are not."""

    rows: list[int]
    columns: dict[str, list[Any]]
    refused: list[Refusal]
    received: int


class _Row(TypedDict, total=False):
    # What JSON may say, by type alone; the rest is checked by the column.
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    source_id: str
    loan: str | None
    amount: str
    currency: str
    value_date: str
    prepays: bool
    payer_name: str
    payer_account: str
    remittance: str
    end_to_end: str


class _Payments(TypedDict):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    payments: Annotated[list[Any], Field(min_length=1)]


_ONE, _ALL, _DOCUMENT = TypeAdapter(_Row), TypeAdapter(list[_Row]), TypeAdapter(_Payments)


def read_bulk(media_type: str, body: bytes) -> Bulk:
    """The payments in `body`. Raises ProblemError when it is not of its type, InputError when a column cannot be."""
    table, wrong_type = READERS[media_type](body)
    if not 1 <= table.num_rows <= LONGEST:
        raise ProblemError("too_large" if table.num_rows else "invalid", f"Send 1 to {LONGEST:,} payments in a call.")
    return _checked(table, wrong_type)


def _from_json(body: bytes) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    try:
        return _from_rows(_DOCUMENT.validate_json(body)["payments"])
    except ValidationError as error:
        first = error.errors()[0]
        code = "malformed" if first["type"] == "json_invalid" else "invalid"
        raise ProblemError(code, f'The body is not {{"payments": [...]}}: {first["msg"]}.') from None


def _from_ndjson(body: bytes) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    return _from_json(b'{"payments":[' + b",".join(line for line in body.splitlines() if line.strip()) + b"]}")


def _from_rows(rows: list[Any]) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    wrong: dict[int, tuple[str, str]] = {}
    try:
        given: list[Any] = _ALL.validate_python(rows)
    except ValidationError:
        given = [_row(row, place, wrong) for place, row in enumerate(rows)]
    named = [name for name in COLUMNS if name in TEXTS or any(name in row for row in given)]
    columns = {name: pa.array([row.get(name) for row in given], COLUMNS[name]) for name in named}
    return pa.table(columns), wrong


def _row(row: Any, place: int, wrong: dict[int, tuple[str, str]]) -> Mapping[str, Any]:
    try:
        return _ONE.validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        wrong[place] = "".join(f"/{part}" for part in first["loc"]), first["msg"]
        return {}


def _from_csv(body: bytes) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    texts = pyarrow.csv.ConvertOptions(
        column_types={**COLUMNS, "prepays": pa.bool_()}, strings_can_be_null=True, null_values=[""]
    )
    try:
        return pyarrow.csv.read_csv(pa.BufferReader(body), convert_options=texts), {}
    except pa.ArrowException as error:
        raise ProblemError("malformed", f"The body is not CSV: {error}.") from None


def _from_arrow(body: bytes) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    try:
        with pa.ipc.open_stream(pa.BufferReader(body)) as stream:
            table = stream.read_all()
        table.validate(full=True)
        return table, {}
    except (pa.ArrowException, OSError) as error:
        raise ProblemError("malformed", f"The body is not an Arrow stream: {error}.") from None


READERS: dict[str, Callable[[bytes], tuple[pa.Table, dict[int, tuple[str, str]]]]] = {
    "application/json": _from_json,
    "application/x-ndjson": _from_ndjson,
    "text/csv": _from_csv,
    "application/vnd.apache.arrow.stream": _from_arrow,
}


def _checked(table: pa.Table, wrong_type: Mapping[int, tuple[str, str]]) -> Bulk:
    faults = Faults()
    for place, (pointer, what) in wrong_type.items():
        faults.add("payments", np.array([place]), pointer[1:], what, "see the description of a payment")
    table = _as_texts(table)
    sheet = Sheet("payments", table, COLUMNS, faults)
    code = sheet.choice("currency", CODES, needed=True)
    amount = _amounts(sheet, table, EXPONENT[code])
    days = sheet.day("value_date", needed=True)
    sheet.fault((amount == 0) & (code > 0), "amount", "it is zero, or cannot be read", "give an amount above zero")
    source_id = _texts(sheet, "source_id", 128, needed=True)
    loan = _texts(sheet, "loan", 64)
    told = {name: _texts(sheet, name, longest, printable=False) for name, longest in TOLD.items()}
    refused = _refusals(faults, source_id)
    right = np.ones(table.num_rows, np.bool_)
    right[[one.row for one in refused]] = False
    rows = np.flatnonzero(right)
    prepays = sheet.column("prepays")
    day_of = {day: date(day) for day in np.unique(days).tolist() if day != NO_DATE}
    columns = {
        "source_id": [source_id[row] for row in rows],
        "loan": [loan[row] or "" for row in rows] if loan else [""] * len(rows),
        "amount": amount[rows].tolist(),
        "currency": CODE_OF[code[rows]].tolist(),
        "value_date": [day_of[day] for day in days[rows].tolist()],
        "prepays": [False] * len(rows) if prepays is None else pc.fill_null(prepays, False).take(rows).to_pylist(),
        "details": _details(told, rows.tolist()),
    }
    return Bulk(rows.tolist(), columns, refused, table.num_rows)


def _as_texts(table: pa.Table) -> pa.Table:
    """A column without a single value has no type of its own: it is a column of texts."""
    for place, field in enumerate(table.schema):
        if pa.types.is_null(field.type) and field.name in COLUMNS:
            table = table.set_column(place, field.name, table.column(place).cast(COLUMNS[field.name]))
    return table


def _amounts(sheet: Sheet, table: pa.Table, exponent: Any) -> Any:
    column = sheet.column("amount", needed=True)
    if column is None or not pa.types.is_large_string(column.type):
        raise InputError("amounts are texts in major units", "/amount", 'write them as strings, such as "17.01"')
    short = pc.fill_null(pc.match_substring_regex(column, SHORT_AMOUNT), False)
    decimals = pc.if_else(short, column, None).cast(pa.decimal128(38, 5))
    quick = Sheet("payments", pa.table({"amount": decimals}), ["amount"], sheet.faults)
    amounts = quick.money("amount", exponent)
    for row in np.flatnonzero(~short.to_numpy(zero_copy_only=False)):
        try:
            amounts[row] = parse_money(column[row].as_py(), int(exponent[row]), "/amount")
        except InputError as error:
            sheet.faults.add("payments", np.array([row]), "amount", error.what, error.remedy)
    return amounts


def _texts(sheet: Sheet, name: str, longest: int, *, needed: bool = False, printable: bool = True) -> list[Any]:
    column = sheet.column(name, needed)
    if column is None:
        return []
    if not pa.types.is_large_string(column.type):
        raise InputError(f"{name} is not a column of texts", f"/{name}", "write it as strings")
    fits = pc.match_substring_regex(column, PRINTABLE if printable else r"^[^\x00]*$")
    fits = pc.and_(fits, pc.less_equal(pc.utf8_length(column), longest))
    wrong = ~pc.fill_null(fits, not needed).to_numpy(zero_copy_only=False)
    remedy = f"give 1 to {longest} printable characters" if printable else f"give up to {longest} characters"
    sheet.fault(wrong, name, f"{name} will not do", remedy)
    texts: list[Any] = column.to_pylist()
    return texts


def _refusals(faults: Faults, source_id: list[Any]) -> list[Refusal]:
    """Each wrong row once, with the first of its faults."""
    first: dict[int, Refusal] = {}
    for one in faults.listed().to_pylist():
        row, pointer = one["row"], f"/{one['column']}" if one["column"] else ""
        detail = f"{one['what']}; {one['remedy']}"
        told = Refusal(row=row, source_id=source_id[row], detail=detail, pointer=pointer)
        first.setdefault(row, told)
    return list(first.values())


def _details(told: Mapping[str, list[Any]], rows: list[int]) -> list[Details | None]:
    if not any(told.values()):
        return [None] * len(rows)
    columns = [[texts[row] or "" for row in rows] if texts else repeat("", len(rows)) for texts in told.values()]
    made = (Details(*texts) for texts in zip(*columns, strict=True))
    return [one if one.told else None for one in made]
