"""/applications: asking for a credit line, section by section, and the answer with its reasons."""

import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import Field

from duly.api.access import client_with, reader_with
from duly.api.idempotency import Key, once
from duly.api.lines import Line, line_shape
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import (
    Body,
    BorrowerAsked,
    Count,
    Money,
    Rate,
    Reference,
    ReferenceInPath,
    answers,
    answers_to_post,
    money,
    the_one,
    told,
)
from duly.borrowing import services
from duly.borrowing.models import Application as Asked
from duly.borrowing.models import Decision as Answer
from duly.borrowing.sections import SECTIONS
from duly.engine.money import format_rate

router = Router(tags=["applications"])

State = Literal["begun", "submitted", "referred", "approved", "refused", "withdrawn", "expired"]
Section = Literal[tuple(SECTIONS)]
ByField = dict[str, str]


class Application(Schema):
    """Somebody asks for a credit line. What they answered is personal, and is not told here."""

    reference: Reference
    borrower: Reference
    product: str
    product_version: Count
    state: State
    language: str
    begun_at: datetime.datetime
    submitted_at: datetime.datetime | None


class ApplicationInFull(Application):
    """An application with what is still to be answered."""

    missing: dict[str, ByField] = Field(description="What has to be answered before it is submitted, by section.")


class ApplicationToBegin(Body):
    """For whom, and for the last version of which product."""

    borrower: Reference
    product: Reference
    language: Literal["en", "zh-hans"] = "en"


class Saved(Schema):
    """What was kept of the answers, and why the others were not, by field."""

    section: str
    kept: list[str]
    wrong: ByField


class Reason(Schema):
    """One reason for a decision, in both languages."""

    code: str
    en: str
    zh: str
    points_lost: int | None


class Decision(Schema):
    """One answer to an application; a later one takes its place."""

    id: Count
    application: Reference
    outcome: Literal["approved", "refused", "referred"]
    limit: Money
    currency: str
    annual_rate: Rate
    grade: str
    score: int | None
    reasons: list[Reason]
    policy: str = Field(description="The digest of the policy's text.")
    scorecard: str | None = Field(description="The digest of the scorecard's text.")
    by_hand: bool
    decided_at: datetime.datetime
    expires_on: datetime.date | None


@router.get("/applications", auth=reader_with("applications:read"), response=answers(200, Page[Application]))
def list_applications(
    request: HttpRequest,
    borrower: BorrowerAsked = "",
    state: Annotated[State | None, Query(description="Every state when left out.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[Application]:
    """The applications that are the caller's to see, in the order in which they were begun."""
    asked = _seen(request)
    if borrower:
        asked = asked.filter(borrower__reference=borrower)
    if state:
        asked = asked.filter(state=state)
    rows, following = page_of(asked, cursor, limit, "applications")
    return Page[Application](items=[Application(**_told(one)) for one in rows], next=following)


@router.post("/applications", auth=client_with("applications:write"), response=answers_to_post(201, ApplicationInFull))
@once
def begin_application(request: HttpRequest, body: ApplicationToBegin, key: Key) -> HttpResponse:
    """Begin an application; the one that is open, if there is one."""
    person = the_one(request.auth.borrowers(), reference=body.borrower)
    begun = services.begin_application(person, body.product, body.language, timezone.now())
    return told(201, _shape(begun), f"/api/v1/applications/{begun.reference}")


@router.get(
    "/applications/{reference}", auth=reader_with("applications:read"), response=answers(200, ApplicationInFull)
)
def read_application(request: HttpRequest, reference: ReferenceInPath) -> ApplicationInFull:
    """One application."""
    return _shape(the_one(_seen(request), reference=reference))


@router.patch(
    "/applications/{reference}/answers/{section}",
    auth=client_with("applications:write"),
    response=answers(200, Saved, 415),
)
def save_answers(
    request: HttpRequest,
    reference: ReferenceInPath,
    section: Annotated[Section, Path()],
    body: dict[str, str | bool | None],
) -> Saved:
    """Save what was answered in a section, by field. What will not do is told by field, and the rest is kept."""
    asked = the_one(_seen(request), reference=reference)
    wrong = services.save_answers(asked, section, body, timezone.now())
    return Saved(section=section, kept=sorted(name for name in body if name not in wrong), wrong=wrong)


@router.post(
    "/applications/{reference}/submission",
    auth=client_with("applications:write"),
    response=answers_to_post(201, Decision),
)
@once
def submit_application(request: HttpRequest, reference: ReferenceInPath, key: Key) -> HttpResponse:
    """Hand an application in, and have it decided."""
    asked = the_one(_seen(request), reference=reference)
    decision = services.submit(asked, timezone.now(), timezone.localdate())
    return told(201, _decision(decision), f"/api/v1/applications/{asked.reference}/decisions")


@router.get(
    "/applications/{reference}/decisions", auth=reader_with("applications:read"), response=answers(200, Page[Decision])
)
def list_decisions_of_application(
    request: HttpRequest, reference: ReferenceInPath, cursor: Cursor = "", limit: Limit = 100
) -> Page[Decision]:
    """Every answer to an application, in order of record, with its reasons."""
    asked = the_one(_seen(request), reference=reference)
    found = asked.decisions.select_related("application__product")
    rows, following = page_of(found, cursor, limit, f"decisions on {asked.pk}")
    return Page[Decision](items=[_decision(one) for one in rows], next=following)


@router.post(
    "/applications/{reference}/line", auth=client_with("applications:write"), response=answers_to_post(201, Line)
)
@once
def open_line(request: HttpRequest, reference: ReferenceInPath, key: Key) -> HttpResponse:
    """Open the credit line that was approved; the one that is there, if it was opened before."""
    asked = the_one(_seen(request), reference=reference)
    line = services.open_line(asked, timezone.localdate())
    return told(201, line_shape(line, timezone.localdate()), f"/api/v1/lines/{line.reference}")


def _seen(request: HttpRequest) -> QuerySet[Asked]:
    return request.auth.of_borrowers(Asked.objects.select_related("borrower", "product"))


def _told(one: Asked) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "borrower": one.borrower.reference,
        "product": one.product.code,
        "product_version": one.product.version,
        "state": one.state,
        "language": one.language,
        "begun_at": one.begun_at,
        "submitted_at": one.submitted_at,
    }


def _shape(one: Asked) -> ApplicationInFull:
    missing = services.still_missing(one) if one.state == Asked.State.BEGUN else {}
    return ApplicationInFull(
        **_told(one),
        missing={section: {name: str(why) for name, why in fields.items()} for section, fields in missing.items()},
    )


def _decision(one: Answer) -> Decision:
    currency = one.application.product.currency
    return Decision(
        id=one.pk,
        application=one.application.reference,
        outcome=one.outcome,
        limit=money(one.limit, currency),
        currency=currency,
        annual_rate=format_rate(one.annual_rate),
        grade=one.grade,
        score=one.score,
        reasons=[
            Reason(code=reason["code"], en=reason["en"], zh=reason["zh"], points_lost=reason.get("points_lost"))
            for reason in one.reasons
        ],
        policy=one.policy_id,
        scorecard=one.scorecard_id,
        by_hand=bool(one.decided_by),
        decided_at=one.decided_at,
        expires_on=one.expires_on,
    )
