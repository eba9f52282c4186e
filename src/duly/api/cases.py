"""/cases: a borrower's late loans, worked together, and what happened in each case."""

import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import reader_with
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import BorrowerAsked, Count, NumberInPath, Reference, answers, the_one
from duly.collection.models import Case as Worked

router = Router(tags=["cases"])


class Case(Schema):
    """All late loans of one borrower, from the first that became overdue until none is."""

    id: Count
    borrower: Reference
    opened_on: datetime.date
    closed_on: datetime.date | None
    playbook: str
    playbook_version: Count
    loans: list[str] = Field(description="The loans that are in the case now, or were when it closed.")


class CaseEvent(Schema):
    """One line of a case's time line."""

    id: Count
    business_date: datetime.date
    recorded_at: datetime.datetime
    kind: str
    because: str
    loan: str | None


def _shape(case: Worked) -> Case:
    stays = case.stays.all()
    return Case(
        id=case.pk,
        borrower=case.borrower.reference,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        playbook=case.playbook,
        playbook_version=case.playbook_version,
        loans=[stay.loan.reference for stay in stays if stay.left_on is None or stay.left_on == case.closed_on],
    )


@router.get("/cases", auth=reader_with("cases:read"), response=answers(200, Page[Case]))
def list_cases(
    request: HttpRequest,
    borrower: BorrowerAsked = "",
    state: Annotated[Literal["open", "closed"] | None, Query(description="Both when left out.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[Case]:
    """The cases that are the caller's to see, in the order in which they were opened."""
    cases = _seen(request)
    if borrower:
        cases = cases.filter(borrower__reference=borrower)
    if state:
        cases = cases.filter(closed_on__isnull=state == "open")
    rows, following = page_of(cases, cursor, limit, "cases")
    return Page[Case](items=[_shape(one) for one in rows], next=following)


@router.get("/cases/{number}", auth=reader_with("cases:read"), response=answers(200, Case))
def read_case(request: HttpRequest, number: NumberInPath) -> Case:
    """One case."""
    return _shape(the_one(_seen(request), pk=number))


@router.get("/cases/{number}/events", auth=reader_with("cases:read"), response=answers(200, Page[CaseEvent]))
def list_case_events(
    request: HttpRequest, number: NumberInPath, cursor: Cursor = "", limit: Limit = 100
) -> Page[CaseEvent]:
    """What happened in a case, in order of record."""
    case = the_one(_seen(request), pk=number)
    rows, following = page_of(case.events.select_related("loan"), cursor, limit, f"events of case {case.pk}")
    items = [
        CaseEvent(
            id=one.pk,
            business_date=one.business_date,
            recorded_at=one.recorded_at,
            kind=one.kind,
            because=one.because,
            loan=one.loan.reference if one.loan else None,
        )
        for one in rows
    ]
    return Page[CaseEvent](items=items, next=following)


def _seen(request: HttpRequest):
    return request.auth.of_borrowers(Worked.objects.select_related("borrower").prefetch_related("stays__loan"))
