"""/borrowers: the people who owe, without personal data unless it is asked for, which is logged."""

import datetime
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import available_timezones

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from duly.api.access import client_with, reader_with
from duly.api.idempotency import Key, once
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.problems import ProblemError
from duly.api.shapes import Body, Day, Reference, ReferenceInPath, Text, answers, answers_to_post, the_one, told
from duly.people.models import Borrower as Person
from duly.people.models import Reveal
from duly.people.reveal import reveal
from duly.people.services import register_borrower

router = Router(tags=["borrowers"])


def _a_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("give the IANA name of a time zone, such as Asia/Shanghai")
    return name


TimeZone = Annotated[str, Field(max_length=40, examples=["Asia/Shanghai"]), AfterValidator(_a_zone)]
PersonalText = Annotated[Text, Field(max_length=200)]


class Borrower(Schema):
    """A person who owes, without what is personal."""

    reference: Reference
    language: str
    time_zones: list[str] = Field(description="IANA names. Empty: unknown, so nobody may contact them.")
    created_at: datetime.datetime


class Personal(Schema):
    """One personal datum in the clear."""

    reference: Reference
    field: str
    value: str


class BorrowerToRegister(Body):
    """A person to be put on record. What is personal is encrypted, and no answer to a POST repeats it."""

    reference: Reference | None = Field(None, description="The lender's own; one is made if null.")
    name: PersonalText = ""
    phone: PersonalText = Field("", description="With the country's code, unless it is the lender's own.")
    email: PersonalText = ""
    id_number: PersonalText = ""
    address: PersonalText = ""
    birth_date: Day | None = None
    language: Literal["en", "zh-hans"] = "en"
    time_zones: list[TimeZone] = Field([], max_length=8, description="IANA names of all zones they may be in.")


def borrower_shape(person: Person) -> Borrower:
    """A borrower as the API tells of them."""
    zones = [zone for zone in person.time_zones.split(",") if zone]
    return Borrower(
        reference=person.reference, language=person.language, time_zones=zones, created_at=person.created_at
    )


@router.get("/borrowers", auth=reader_with("borrowers:read"), response=answers(200, Page[Borrower]))
def list_borrowers(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> Page[Borrower]:
    """The borrowers that are the caller's to see, in the order in which they were registered."""
    rows, following = page_of(request.auth.borrowers(), cursor, limit, "borrowers")
    return Page[Borrower](items=[borrower_shape(one) for one in rows], next=following)


@router.post("/borrowers", auth=client_with("borrowers:write"), response=answers_to_post(201, Borrower))
@once
def register(request: HttpRequest, body: BorrowerToRegister, key: Key) -> HttpResponse:
    """Put a person on record. A client that does not see all borrowers may not: it would not see this one."""
    if not request.auth.sees_all:
        raise ProblemError("not_allowed", "Only a client that sees all borrowers may register one.")
    person = register_borrower(
        **body.model_dump(exclude={"reference", "time_zones"}),
        reference=body.reference or "",
        time_zones=",".join(dict.fromkeys(body.time_zones)),
    )
    return told(201, borrower_shape(person), f"/api/v1/borrowers/{quote(person.reference)}")


@router.get("/borrowers/{reference}", auth=reader_with("borrowers:read"), response=answers(200, Borrower))
def read_borrower(request: HttpRequest, reference: ReferenceInPath) -> Borrower:
    """One borrower."""
    return borrower_shape(the_one(request.auth.borrowers(), reference=reference))


@router.get("/borrowers/{reference}/personal", auth=client_with("borrowers:personal"), response=answers(200, Personal))
def read_personal(
    request: HttpRequest,
    reference: ReferenceInPath,
    field: Annotated[Literal["name", "phone", "email", "id_number", "address", "birth_date"], Query()],
    why: Annotated[Reveal.Why, Query(description="Why it is needed. It goes on record, under the client's user.")],
) -> Personal:
    """One personal datum in the clear. The client needs a user of its own who may see it, and each look is logged."""
    person = the_one(request.auth.borrowers(), reference=reference)
    if request.auth.client.user is None:
        raise ProblemError("not_allowed", "Personal data is shown to a client that sees as a user.")
    try:
        value = reveal(request.auth.client.user, person, field, why)
    except PermissionDenied as refused:
        raise ProblemError("not_allowed", str(refused)) from None
    return Personal(reference=person.reference, field=field, value=value)
