"""/lines and /drawdowns: what can be drawn, what that would cost in full, and a part set aside for signing.

Signing is the borrower's own, with a code that was sent to them: no program does it for them.
"""

import datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import client_with, reader_with
from duly.api.idempotency import Key, once
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import (
    DECIMAL,
    Amount,
    Body,
    BorrowerAsked,
    Count,
    Currency,
    Day,
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
from duly.borrowing.lines import LineStanding, standings_on
from duly.borrowing.models import CreditLine
from duly.borrowing.models import Drawdown as Drawn
from duly.engine.contract import MAX_INSTALLMENTS
from duly.engine.money import decimals, format_rate, parse_money

router = Router(tags=["lines"])


class Line(Schema):
    """A credit line as it stands today."""

    reference: Reference
    borrower: Reference
    product: str
    product_version: Count
    currency: Currency
    annual_rate: Rate
    grade: str
    state: str
    limit: Money
    left: Money = Field(description="What can be drawn.")
    opened_on: datetime.date
    expires_on: datetime.date


class QuotedInstallment(Schema):
    """One dated amount due."""

    number: Count
    due_on: datetime.date
    principal: Money
    interest: Money
    fee: Money
    total: Money


class Quote(Schema):
    """What a drawdown would cost, in full. Nothing is set aside by asking."""

    line: Reference
    currency: Currency
    amount: Money
    method: str
    on: datetime.date
    annual_rate: Rate
    paid_out: Money
    upfront_fee: Money
    service_fee: Money
    interest: Money
    total: Money = Field(description="All that is paid back.")
    cost: Money = Field(description="What of it is above what is paid out.")
    apr: Rate = Field(description="The yearly rate with every cost in it, by the country's rule.")
    apr_method: str
    cap: Rate | None = Field(description="The highest that the law allows; null where it has none.")
    rounding: str
    installments: list[QuotedInstallment]


class DrawdownToMake(Body):
    """What the borrower wants to draw."""

    amount: Amount
    installments: Annotated[int, Field(ge=1, le=MAX_INSTALLMENTS, strict=True)]
    method: Reference


class Drawdown(Schema):
    """A part of a line taken as a loan, from being set aside to being paid out."""

    reference: Reference
    line: Reference
    borrower: Reference
    state: str
    currency: Currency
    amount: Money
    paid_out: Money
    upfront_fee: Money
    service_fee: Money
    annual_rate: Rate
    installments: Count
    method: str
    quoted_on: datetime.date
    loan: str | None
    made_at: datetime.datetime


@router.get("/lines", auth=reader_with("lines:read"), response=answers(200, Page[Line]))
def list_lines(request: HttpRequest, borrower: BorrowerAsked = "", cursor: Cursor = "", limit: Limit = 100) -> Page:
    """The credit lines that are the caller's to see, in the order in which they were opened."""
    lines = _lines(request)
    if borrower:
        lines = lines.filter(borrower__reference=borrower)
    rows, following = page_of(lines, cursor, limit, "lines")
    standings = standings_on(rows, timezone.localdate())
    return Page[Line](items=[_line(one.line, one) for one in standings], next=following)


@router.get("/lines/{reference}", auth=reader_with("lines:read"), response=answers(200, Line))
def read_line(request: HttpRequest, reference: ReferenceInPath) -> Line:
    """One credit line."""
    return line_shape(the_one(_lines(request), reference=reference), timezone.localdate())


@router.get("/lines/{reference}/quote", auth=reader_with("lines:read"), response=answers(200, Quote))
def quote_drawdown(
    request: HttpRequest,
    reference: ReferenceInPath,
    amount: Annotated[str, Query(pattern=DECIMAL, max_length=24, description="Major units.")],
    installments: Annotated[int, Query(ge=1, le=MAX_INSTALLMENTS)],
    method: Annotated[str, Query(min_length=1, max_length=32)],
    on: Annotated[Day | None, Query(description="The day on which the money leaves; today when left out.")] = None,
) -> Quote:
    """What drawing an amount would cost: every installment, every fee, and the yearly rate."""
    line = the_one(_lines(request), reference=reference)
    currency = line.product.currency
    minor = parse_money(amount, decimals(currency), "/amount")
    found = services.quote(line, minor, installments, method, on or timezone.localdate())
    sums = ("amount", "paid_out", "upfront_fee", "service_fee", "interest", "total", "cost")
    return Quote(
        line=line.reference,
        currency=currency,
        method=found.method,
        on=found.on,
        annual_rate=format_rate(found.annual_rate),
        apr=format_rate(found.apr),
        apr_method=found.apr_method,
        cap=None if found.cap is None else format_rate(found.cap),
        rounding=found.rounding,
        **{name: money(getattr(found, name), currency) for name in sums},
        installments=[
            QuotedInstallment(
                number=one.number,
                due_on=one.due_on,
                **{name: money(getattr(one, name), currency) for name in ("principal", "interest", "fee", "total")},
            )
            for one in found.installments
        ],
    )


@router.post("/lines/{reference}/drawdowns", auth=client_with("lines:write"), response=answers_to_post(201, Drawdown))
@once
def make_drawdown(request: HttpRequest, reference: ReferenceInPath, body: DrawdownToMake, key: Key) -> HttpResponse:
    """Set an amount of the line aside; it waits for the borrower's signature."""
    line = the_one(_lines(request), reference=reference)
    minor = parse_money(body.amount, decimals(line.product.currency), "/amount")
    made = services.draw(
        line, minor, body.installments, body.method, key=key, at=timezone.now(), on=timezone.localdate()
    )
    return told(201, _drawdown(made), f"/api/v1/drawdowns/{made.reference}")


@router.get("/drawdowns", auth=reader_with("lines:read"), response=answers(200, Page[Drawdown]))
def list_drawdowns(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> Page[Drawdown]:
    """The drawdowns that are the caller's to see, in the order in which they were made."""
    rows, following = page_of(_drawdowns(request), cursor, limit, "drawdowns")
    return Page[Drawdown](items=[_drawdown(one) for one in rows], next=following)


@router.get("/drawdowns/{reference}", auth=reader_with("lines:read"), response=answers(200, Drawdown))
def read_drawdown(request: HttpRequest, reference: ReferenceInPath) -> Drawdown:
    """One drawdown."""
    return _drawdown(the_one(_drawdowns(request), reference=reference))


def line_shape(line: CreditLine, on: datetime.date) -> Line:
    """A line as the API tells of it."""
    return _line(line, services.standing_on(line, on))


def _lines(request: HttpRequest) -> QuerySet[CreditLine]:
    return request.auth.of_borrowers(CreditLine.objects.select_related("borrower", "product"))


def _drawdowns(request: HttpRequest) -> QuerySet[Drawn]:
    drawn = Drawn.objects.select_related("line__borrower", "line__product", "loan")
    return request.auth.of_borrowers(drawn, "line__borrower")


def _line(line: CreditLine, standing: LineStanding) -> Line:
    currency = line.product.currency
    return Line(
        reference=line.reference,
        borrower=line.borrower.reference,
        product=line.product.code,
        product_version=line.product.version,
        currency=currency,
        annual_rate=format_rate(line.annual_rate),
        grade=line.grade,
        state=standing.state,
        limit=money(standing.limit, currency),
        left=money(standing.left, currency),
        opened_on=line.opened_on,
        expires_on=line.expires_on,
    )


def _drawdown(one: Drawn) -> Drawdown:
    currency = one.line.product.currency
    return Drawdown(
        reference=one.reference,
        line=one.line.reference,
        borrower=one.line.borrower.reference,
        state=one.state,
        currency=currency,
        **{name: money(getattr(one, name), currency) for name in ("amount", "paid_out", "upfront_fee", "service_fee")},
        annual_rate=format_rate(one.annual_rate),
        installments=one.installments,
        method=one.method,
        quoted_on=one.quoted_on,
        loan=one.loan.reference if one.loan else None,
        made_at=one.made_at,
    )
