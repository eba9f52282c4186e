"""GET /api/duties: what is late, due and done by the clock."""

import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import staff_or
from duly.api.errors import Error
from duly.duties.document import document, end_of
from duly.duties.services import duties_on

router = Router(tags=["duties"])


class Rule(Schema):
    """The rule behind a duty. `verified`: somebody has checked its figures against the text."""

    id: str
    title: dict[str, str]
    citation: str
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
    rule: Rule


class Duties(Schema):
    """Duties as they stand at `at`, soonest due first. `count` is of all that fit, `counts` of each state."""

    at: datetime.datetime
    counts: dict[str, int]
    count: int
    duties: list[Duty]


@router.get("/duties", auth=staff_or("duties"), response={200: Duties, 401: Error, 403: Error, 422: Error})
def list_duties(
    request: HttpRequest,
    state: Annotated[Literal["late", "due", "done"] | None, Query(description="Every state when left out.")] = None,
    on: Annotated[datetime.date | None, Query(description="As at the end of that day; now when left out.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> dict[str, Any]:
    """What the law obliges the lender to do by when, computed from the rule packs in force."""
    at = timezone.now() if on is None else end_of(on)
    lines = duties_on(at)
    fitting = [line for line in lines if state is None or line.state == state]
    return {
        "at": at,
        "counts": {one: sum(line.state == one for line in lines) for one in ("late", "due", "done")},
        "count": len(fitting),
        "duties": [document(line, at) for line in fitting[offset : offset + limit]],
    }
