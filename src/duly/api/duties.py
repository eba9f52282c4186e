"""/duties: what is late, due and done by the clock."""

import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import reader_with
from duly.api.pages import Cursor, Limit, make_cursor, read_cursor
from duly.api.shapes import Day, answers
from duly.duties.document import document, end_of
from duly.duties.services import DutyLine, duties_on

router = Router(tags=["duties"])


class RuleOfDuty(Schema):
    """The rule behind a duty. `verified`: somebody has checked its figures against the text."""

    id: str
    title: dict[str, str]
    citation: dict[str, str]
    verified: bool


class Duty(Schema):
    """Something to be done before `due_at`, or, where `ends_by_itself`, a period that runs out then."""

    event: str = Field(description="What set the clock running.")
    kind: str
    begun_at: datetime.datetime
    borrower: str | None = Field(description="The borrower's reference.")
    subject: str | None = Field(description="Who or what else it concerns.")
    duty: str
    due_at: datetime.datetime
    state: Literal["late", "due", "done"]
    ends_by_itself: bool
    days_left: int | None = Field(
        description="Whole days until it is due, rounded down, so never above zero when late; null when done."
    )
    done_at: datetime.datetime | None
    done_by: str | None = Field(description="Null where the record itself shows that it was done.")
    rule: RuleOfDuty


class Duties(Schema):
    """One page of the duties as they stand at `at`, soonest due first; `counts` is of all, by state."""

    at: datetime.datetime
    counts: dict[str, int]
    items: list[Duty]
    next: str | None = Field(description="The `cursor` of the next page; null when this is the last.")


@router.get("/duties", auth=reader_with("duties:read"), response=answers(200, Duties))
def list_duties(
    request: HttpRequest,
    state: Annotated[Literal["late", "due", "done"] | None, Query(description="Every state when left out.")] = None,
    on: Annotated[Day | None, Query(description="As at the end of that day; now when left out.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Duties:
    """What the law obliges the lender to do by when, computed from the rule packs in force."""
    at = timezone.now() if on is None else end_of(on)
    after = read_cursor(cursor, "duties")
    lines = _seen(request, duties_on(at))
    fitting = sorted((line for line in lines if state in (None, line.state)), key=_place)
    rest = [line for line in fitting if after is None or _place(line) > tuple(after)]
    return Duties(
        at=at,
        counts={one: sum(line.state == one for line in lines) for one in ("late", "due", "done")},
        items=[Duty(**document(line, at)) for line in rest[:limit]],
        next=make_cursor(_place(rest[limit - 1]), "duties") if len(rest) > limit else None,
    )


def _seen(request: HttpRequest, lines: list[DutyLine]) -> list[DutyLine]:
    """The duties towards borrowers that are the caller's to see; those that concern nobody for who sees all."""
    if request.auth.sees_all or request.auth.user is not None:
        return lines
    seen = set(request.auth.borrowers().values_list("reference", flat=True))
    return [line for line in lines if line.begun.borrower in seen]


def _place(line: DutyLine) -> tuple[str, str, str]:
    return (line.due_at.isoformat(), line.begun.key, line.what)
