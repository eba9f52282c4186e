"""/loans/…/position, payoff and explain: what is owed on a date, as known at an instant, and why, cent by cent."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from duly.api.access import reader_with
from duly.api.shapes import (
    AsOf,
    Count,
    Currency,
    Day,
    KnownAt,
    Money,
    Reference,
    ReferenceInPath,
    answers,
    money,
    the_one,
)
from duly.engine.explain import explain
from duly.engine.position import Position, position
from duly.lending.models import Loan
from duly.lending.on_record import contract_of, facts_of

router = Router(tags=["loans"])


class NextDue(Schema):
    """What falls due next."""

    on: datetime.date
    amount: Money


class InstallmentNow(Schema):
    """One installment as it stands."""

    number: Count
    due_on: datetime.date
    paid_on: datetime.date | None
    principal: Money
    interest: Money
    penalty: Money = Field(description="What has accrued on it.")
    fee: Money
    paid: Money
    outstanding: Money


class LoanPosition(Schema):
    """One loan on a date. Amounts by component: principal, interest, penalty, fee, and their total."""

    loan: Reference
    currency: Currency
    as_of: datetime.date
    known_at: datetime.datetime | None
    status: Literal["open", "settled", "written_off", "cancelled"]
    days_past_due: Count
    oldest_unpaid_due_on: datetime.date | None
    next_due: NextDue | None
    outstanding: dict[str, Money]
    due: dict[str, Money]
    overdue: dict[str, Money]
    credit_balance: Money
    payoff: Money = Field(description="What settles the loan on `as_of`.")
    accrued_interest: Money
    received: Money
    refunded: Money
    recovered: Money
    disbursed: Money
    settled_on: datetime.date | None
    earned: dict[str, Money]
    suspended: dict[str, Money]
    waived: dict[str, Money]
    written_off: dict[str, Money]
    capitalised: dict[str, Money]
    installments: list[InstallmentNow]


class Payoff(Schema):
    """What settles a loan when it arrives on `on`."""

    loan: Reference
    currency: Currency
    on: datetime.date
    amount: Money
    of_which: dict[str, Money] = Field(
        description="What is outstanding, by component; a fee for paying early is on top."
    )
    credit_balance: Money


class Movement(Schema):
    """One movement of money: above zero where more is owed, or held."""

    date: datetime.date
    component: str
    movement: str
    amount: str
    because: str = Field(description="The formula with its numbers, in words.")
    fact: int | None = Field(description="The number of the fact behind it.")
    installment: int | None
    due_on: datetime.date | None
    balance: str = Field(description="Of the component, after the movement.")
    total: str = Field(description="Of all four components owed, after the movement.")


class Explanation(Schema):
    """Every movement of every cent. The rows add up to the position exactly."""

    loan: Reference
    currency: Currency
    as_of: datetime.date
    rows: list[Movement]


@router.get("/loans/{reference}/position", auth=reader_with("loans:read"), response=answers(200, LoanPosition))
def read_position(
    request: HttpRequest, reference: ReferenceInPath, as_of: AsOf = None, known_at: KnownAt = None
) -> LoanPosition:
    """What one loan owes on a date, by what was known at an instant."""
    loan = the_one(request.auth.loans(), reference=reference)
    found = position(contract_of(loan), facts_of(loan), as_of or timezone.localdate(), known_at)
    return _shape(loan, found, known_at)


@router.get("/loans/{reference}/payoff", auth=reader_with("loans:read"), response=answers(200, Payoff))
def read_payoff(
    request: HttpRequest,
    reference: ReferenceInPath,
    on: Annotated[Day | None, Query(description="The day on which the money arrives; today when left out.")] = None,
) -> Payoff:
    """What settles one loan on a date, if nothing else happens until then."""
    loan = the_one(request.auth.loans(), reference=reference)
    day = on or timezone.localdate()
    found = position(contract_of(loan), facts_of(loan), day)
    currency = loan.product.currency
    return Payoff(
        loan=loan.reference,
        currency=currency,
        on=day,
        amount=money(found.payoff, currency),
        of_which=_by_component(found.outstanding, currency, total=True),
        credit_balance=money(found.credit_balance, currency),
    )


@router.get("/loans/{reference}/explain", auth=reader_with("loans:read"), response=answers(200, Explanation))
def read_explanation(
    request: HttpRequest,
    reference: ReferenceInPath,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    lang: Annotated[Literal["en", "zh"], Query(description="The language of the reasons.")] = "en",
) -> Explanation:
    """Why one loan owes what it owes: every movement of every cent, in order."""
    loan = the_one(request.auth.loans(), reference=reference)
    day, facts, currency = as_of or timezone.localdate(), facts_of(loan), loan.product.currency
    rows = [
        Movement(
            date=one.date,
            component=one.component,
            movement=one.movement,
            amount=money(one.amount, currency),
            because=one.because,
            fact=None if one.fact is None else int(facts[one.fact].id),
            installment=one.installment,
            due_on=one.due_on,
            balance=money(one.balance, currency),
            total=money(one.total, currency),
        )
        for one in explain(contract_of(loan), facts, day, known_at, lang)
    ]
    return Explanation(loan=loan.reference, currency=currency, as_of=day, rows=rows)


def _by_component(amounts: Mapping[str, int], currency: str, total: bool = False) -> dict[str, str]:
    told = {component: money(amount, currency) for component, amount in amounts.items()}
    return told | ({"total": money(sum(amounts.values()), currency)} if total else {})


def _shape(loan: Loan, found: Position, known_at: datetime.datetime | None) -> LoanPosition:
    currency = loan.product.currency
    sums = ("credit_balance", "payoff", "accrued_interest", "received", "refunded", "recovered", "disbursed")
    kept = ("earned", "suspended", "waived", "written_off", "capitalised")
    next_due = found.next_due_on and NextDue(on=found.next_due_on, amount=money(found.next_due_amount, currency))
    return LoanPosition(
        loan=loan.reference,
        currency=currency,
        as_of=found.as_of,
        known_at=known_at,
        status=found.status,
        days_past_due=found.days_past_due,
        oldest_unpaid_due_on=found.oldest_unpaid_due_on,
        next_due=next_due,
        settled_on=found.settled_on,
        **{
            name: _by_component(getattr(found, name), currency, total=True)
            for name in ("outstanding", "due", "overdue")
        },
        **{name: money(getattr(found, name), currency) for name in sums},
        **{name: _by_component(getattr(found, name), currency) for name in kept},
        installments=[
            InstallmentNow(
                number=one.number,
                due_on=one.due_on,
                paid_on=one.paid_on,
                **{
                    name: money(getattr(one, name), currency)
                    for name in ("principal", "interest", "penalty", "fee", "paid", "outstanding")
                },
            )
            for one in found.installments
        ],
    )
