"""The shapes that all operations share: money and rates as decimal strings, names, and the answers that go wrong."""

import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Path, Query, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

from duly.api.problems import Problem, ProblemError
from duly.engine.dates import parse_date
from duly.engine.errors import InputError
from duly.engine.money import decimals, format_money

# No control characters: a database need not take them.
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
DECIMAL = r"^[0-9]+(\.[0-9]+)?$"


def _writable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("the character U+0000 is not text")
    return text


def _a_day(given: object) -> datetime.date:
    if isinstance(given, datetime.date):
        return given
    try:
        return parse_date(given, "")
    except InputError as error:
        raise ValueError(f"{error.what}; {error.remedy}") from None


def _an_instant(instant: datetime.datetime) -> datetime.datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"give an instant of the years {FIRST_YEAR} to {LAST_YEAR}")
    return instant


class Body(Schema):
    """What is sent to an operation: nothing beyond the fields that it knows."""

    model_config = ConfigDict(extra="forbid")


FIRST_YEAR, LAST_YEAR = 1900, 2200
# The pattern holds what the words say of years, for programs that read the description.
Day = Annotated[
    datetime.date,
    BeforeValidator(_a_day),
    Field(description="From 1900 to 2200.", json_schema_extra={"pattern": "^(19|20|21)[0-9]{2}-"}),
]
Instant = Annotated[
    AwareDatetime,
    AfterValidator(_an_instant),
    Field(description="With its offset from UTC.", json_schema_extra={"pattern": "^(19|20|21)[0-9]{2}-"}),
]
Amount = Annotated[
    str, Field(pattern=DECIMAL, max_length=24, description="Major units of the currency.", examples=["1250.00"])
]
Rate = Annotated[
    str, Field(pattern=DECIMAL, max_length=24, description="A year's rate: 0.07 is 7%.", examples=["0.07"])
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["CNY"])]
Reference = Annotated[str, Field(pattern=PRINTABLE, min_length=1, max_length=64, examples=["L-1001"])]
Text = Annotated[str, Field(max_length=500), AfterValidator(_writable)]
Count = Annotated[int, Field(ge=0)]
Money = Annotated[str, Field(description="Major units of the currency.", examples=["1250.00"])]

ReferenceInPath = Annotated[str, Path(pattern=PRINTABLE, min_length=1, max_length=64)]
NumberInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
BorrowerAsked = Annotated[
    str, Query(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=64, description="Only of the borrower with this reference.")
]
LoanAsked = Annotated[
    str, Query(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=64, description="Only of the loan with this reference.")
]
AsOf = Annotated[Day | None, Query(description="On this date; today when left out.")]
KnownAt = Annotated[
    Instant | None, Query(description="By what was on record at this instant; all that is when left out.")
]


def answers(status: int, shape: Any, *more: int) -> dict[int, Any]:
    """Every answer of an operation: `shape` with `status`, and the problems that any operation, or this one, tells."""
    codes = {400, 401, 403, 404, 422, 429, 500} | set(more)
    return {status: shape} | dict.fromkeys(sorted(codes), Problem)


def answers_to_post(status: int, shape: Any, *more: int) -> dict[int, Any]:
    """Every answer of an operation that writes."""
    return answers(status, shape, 409, 413, 415, *more)


def told(status: int, document: Schema, location: str = "") -> HttpResponse:
    """The answer of an operation that writes."""
    return HttpResponse(
        document.model_dump_json(),
        "application/json",
        status,
        headers={"Location": location} if location else {},
    )


def the_one(rows: QuerySet, **names: Any) -> Any:
    """The one of `rows` that these names are of. Raises ProblemError where there is none, or none to be seen."""
    found = rows.filter(**names).first()
    if found is None:
        raise ProblemError("not_found")
    return found


def money(minor: int, currency: str) -> str:
    """Minor units as a decimal string of major ones."""
    return format_money(minor, decimals(currency))
