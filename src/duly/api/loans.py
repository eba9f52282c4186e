"""/loans: contracts made, the schedule that each was made with, and a loan that was paid out put on record."""

import datetime
from typing import Annotated
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from duly.api.access import client_with, reader_with
from duly.api.idempotency import Key, once
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.shapes import (
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
from duly.engine.contract import MAX_INSTALLMENTS
from duly.engine.errors import InputError
from duly.engine.money import decimals, format_rate, parse_money, parse_rate
from duly.engine.schedule import full_schedule
from duly.lending.models import Loan as Contract
from duly.lending.models import Product
from duly.lending.on_record import contract_of
from duly.lending.services import disburse_loan

router = Router(tags=["loans"])


class Loan(Schema):
    """The contract of one loan. It never changes."""

    reference: Reference
    borrower: Reference
    product: Reference
    product_version: Count
    currency: Currency
    principal: Money
    annual_rate: Rate
    service_fee: Money = Field(description="Falls due with the installments.")
    upfront_fee: Money = Field(description="Taken out of what is paid out.")
    balloon: Money = Field(description="Principal left for the last installment.")
    disbursed_on: datetime.date
    first_due_on: datetime.date
    installments: Count
    installment_amount: Money = Field(description="The level installment; 0 where the method has none.")
    recorded_at: datetime.datetime


class LoanPaidOut(Body):
    """A loan that the lender has paid out. What is left out is as the product says."""

    reference: Reference
    borrower: Reference
    product: Reference
    product_version: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = Field(
        None, description="The last one if null."
    )
    currency: Currency
    principal: Amount
    annual_rate: Rate = "0"
    service_fee: Amount = "0"
    upfront_fee: Amount = "0"
    balloon: Amount = "0"
    disbursed_on: Day
    first_due_on: Day | None = Field(None, description="One period after it was paid out if null.")
    installments: Annotated[int, Field(ge=1, le=MAX_INSTALLMENTS, strict=True)]


class Installment(Schema):
    """One dated amount due, by the contract alone."""

    number: Count
    due_on: datetime.date
    principal: Money
    interest: Money
    fee: Money
    total: Money
    balance_after: Money = Field(description="The principal still to fall due.")


class LoanSchedule(Schema):
    """What falls due when, by the contract alone: what happened since is in the position."""

    loan: Reference
    currency: Currency
    installments: list[Installment]
    total_interest: Money
    upfront_fee: Money


def _shape(loan: Contract) -> Loan:
    currency = loan.product.currency
    return Loan(
        reference=loan.reference,
        borrower=loan.borrower.reference,
        product=loan.product.code,
        product_version=loan.product.version,
        currency=currency,
        principal=money(loan.principal, currency),
        annual_rate=format_rate(loan.annual_rate),
        service_fee=money(loan.service_fee, currency),
        upfront_fee=money(loan.upfront_fee, currency),
        balloon=money(loan.balloon, currency),
        disbursed_on=loan.disbursed_on,
        first_due_on=loan.first_due_on,
        installments=loan.installments,
        installment_amount=money(loan.installment_amount, currency),
        recorded_at=loan.recorded_at,
    )


@router.get("/loans", auth=reader_with("loans:read"), response=answers(200, Page[Loan]))
def list_loans(request: HttpRequest, borrower: BorrowerAsked = "", cursor: Cursor = "", limit: Limit = 100) -> Page:
    """The loans that are the caller's to see, in the order in which they were recorded."""
    loans = request.auth.loans()
    if borrower:
        loans = loans.filter(borrower__reference=borrower)
    rows, following = page_of(loans, cursor, limit, "loans")
    return Page[Loan](items=[_shape(one) for one in rows], next=following)


@router.post("/loans", auth=client_with("loans:write"), response=answers_to_post(201, Loan))
@once
def record_loan(request: HttpRequest, body: LoanPaidOut, key: Key) -> HttpResponse:
    """Put a loan on record that the lender has paid out, of a product on offer."""
    the_one(request.auth.borrowers(), reference=body.borrower)
    _check_currency(body)
    exponent = decimals(body.currency)
    loan = disburse_loan(
        body.reference,
        borrower=body.borrower,
        product=body.product,
        version=body.product_version,
        principal=parse_money(body.principal, exponent, "/principal"),
        annual_rate=parse_rate(body.annual_rate, "/annual_rate"),
        service_fee=parse_money(body.service_fee, exponent, "/service_fee"),
        upfront_fee=parse_money(body.upfront_fee, exponent, "/upfront_fee"),
        balloon=parse_money(body.balloon, exponent, "/balloon"),
        disbursed_on=body.disbursed_on,
        first_due_on=body.first_due_on,
        installments=body.installments,
        key=key,
        source=f"api {request.auth.client.name}",
    )
    loan.refresh_from_db()
    return told(201, _shape(loan), f"/api/v1/loans/{quote(loan.reference)}")


@router.get("/loans/{reference}", auth=reader_with("loans:read"), response=answers(200, Loan))
def read_loan(request: HttpRequest, reference: ReferenceInPath) -> Loan:
    """One loan's contract."""
    return _shape(the_one(request.auth.loans(), reference=reference))


@router.get("/loans/{reference}/schedule", auth=reader_with("loans:read"), response=answers(200, LoanSchedule))
def read_schedule(request: HttpRequest, reference: ReferenceInPath) -> LoanSchedule:
    """The installments that the contract was made with."""
    loan = the_one(request.auth.loans(), reference=reference)
    currency = loan.product.currency
    planned = full_schedule(contract_of(loan))
    return LoanSchedule(
        loan=loan.reference,
        currency=currency,
        installments=[
            Installment(
                number=one.number,
                due_on=one.due_on,
                principal=money(one.principal, currency),
                interest=money(one.interest, currency),
                fee=money(one.fee, currency),
                total=money(one.total, currency),
                balance_after=money(one.balance_after, currency),
            )
            for one in planned.installments
        ],
        total_interest=money(planned.total_interest, currency),
        upfront_fee=money(planned.upfront_fee, currency),
    )


def _check_currency(body: LoanPaidOut) -> None:
    # The product says what money it is in; an amount in other money would be recorded as another amount.
    named = Product.objects.filter(code=body.product)
    if body.product_version is not None:
        named = named.filter(version=body.product_version)
    product = named.order_by("version").last()
    if product is not None and product.currency != body.currency:
        raise InputError(f"the product is in {product.currency}", "/currency", "state the amounts in that currency")
