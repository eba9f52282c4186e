"""/loans/…/facts: what happened to a loan. Facts are only ever added; a mistake is put right by reversing it."""

import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from duly.api.access import check_scope, client_with, reader_with
from duly.api.idempotency import Key, once
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.problems import ProblemError
from duly.api.shapes import (
    Amount,
    Body,
    Count,
    Currency,
    Day,
    Money,
    Rate,
    Reference,
    ReferenceInPath,
    Text,
    answers,
    answers_to_post,
    money,
    the_one,
    told,
)
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money, parse_rate
from duly.lending import services
from duly.lending.models import Fact as Recorded
from duly.lending.models import Loan
from duly.payments.incoming import reverse_posting
from duly.payments.models.incoming import payment_id_of

router = Router(tags=["facts"])

Number = Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
Kind = Literal[
    "disbursed",
    "waived",
    "reversed",
    "written_off",
    "fee_charged",
    "rescheduled",
    "rate_changed",
    "penalty_paused",
    "penalty_resumed",
    "accelerated",
    "recovered",
    "refunded",
    "cancelled",
]
# What gives the lender's money up, or takes back what was recorded, is approved by a second person first.
FORGIVING = frozenset({"waived", "written_off", "refunded", "reversed", "rescheduled"})


class Fact(Schema):
    """Something dated that happened to a loan."""

    id: Count
    loan: Reference
    kind: str
    value_date: datetime.date = Field(description="The date it counts from.")
    recorded_at: datetime.datetime
    currency: Currency
    amount: Money | None
    component: str | None
    reverses: int | None = Field(description="The fact that it takes back.")
    details: dict[str, Any] | None = Field(description="What only some kinds say, as the doors write it.")
    source: str


class FactToRecord(Body):
    """A fact to be put on record. Payments have an address of their own: /payments.

    `amount`: disbursed (another drawdown), fee_charged, waived, recovered, refunded. `component`: waived. `reverses`:
    reversed. `terms`: rescheduled. `annual_rate` or `benchmark_rate`, `reworks`: rate_changed. `stops`: penalty_paused.
    `due_on`, `name`: fee_charged. `approved_by`: waived, written_off, refunded, reversed, rescheduled.
    """

    kind: Kind
    value_date: Day
    amount: Amount | None = None
    component: Literal["principal", "interest", "penalty", "fee", "all"] | None = None
    reverses: Number | None = None
    terms: dict[str, Any] | None = Field(None, description="As of a `rescheduled` fact in docs/doors.md.")
    annual_rate: Rate | None = None
    benchmark_rate: Rate | None = None
    reworks: Literal["installment", "term"] | None = None
    stops: list[Literal["penalty", "interest", "fee", "days"]] | None = Field(None, min_length=1, max_length=4)
    due_on: Day | None = None
    name: Text | None = None
    approved_by: Annotated[Text, Field(min_length=1, max_length=80)] | None = Field(
        None, description="Who approved it, where money is given up: somebody other than who asked for it."
    )


# What a fact of each kind says besides kind and value_date: what it must, and what it may.
SAID: dict[str, tuple[set[str], set[str]]] = {
    "disbursed": ({"amount"}, set()),
    "waived": ({"component"}, {"amount"}),
    "reversed": ({"reverses"}, set()),
    "written_off": (set(), set()),
    "fee_charged": ({"amount"}, {"due_on", "name"}),
    "rescheduled": ({"terms"}, set()),
    "rate_changed": (set(), {"annual_rate", "benchmark_rate", "reworks"}),
    "penalty_paused": (set(), {"stops"}),
    "penalty_resumed": (set(), set()),
    "accelerated": (set(), set()),
    "recovered": ({"amount"}, set()),
    "refunded": ({"amount"}, set()),
    "cancelled": (set(), set()),
}


def _shape(fact: Recorded, loan: Loan) -> Fact:
    currency = loan.product.currency
    return Fact(
        id=fact.pk,
        loan=loan.reference,
        kind=fact.kind,
        value_date=fact.value_date,
        recorded_at=fact.recorded_at,
        currency=currency,
        amount=None if fact.amount is None else money(fact.amount, currency),
        component=fact.component or None,
        reverses=fact.reverses_id,
        details=fact.details,
        source=fact.source,
    )


@router.get("/loans/{reference}/facts", auth=reader_with("loans:read"), response=answers(200, Page[Fact]))
def list_facts(request: HttpRequest, reference: ReferenceInPath, cursor: Cursor = "", limit: Limit = 100) -> Page[Fact]:
    """What happened to a loan, in order of record."""
    loan = the_one(request.auth.loans(), reference=reference)
    rows, following = page_of(loan.facts.all(), cursor, limit, f"facts of {loan.pk}")
    return Page[Fact](items=[_shape(one, loan) for one in rows], next=following)


@router.post("/loans/{reference}/facts", auth=client_with("facts:write"), response=answers_to_post(201, Fact))
@once
def record_fact(request: HttpRequest, reference: ReferenceInPath, body: FactToRecord, key: Key) -> HttpResponse:
    """Put a fact on record. What gives money up needs the scope facts:forgive as well, and says who approved it."""
    loan = the_one(request.auth.loans(), reference=reference)
    _check_said(body)
    source = f"api {request.auth.client.name}"
    if body.kind in FORGIVING:
        check_scope(request.auth, "facts:forgive")
        source += f", approved by {body.approved_by}"
    fact = _record(loan, body, key, source)
    fact.refresh_from_db()
    return told(201, _shape(fact, loan), f"/api/v1/loans/{quote(loan.reference)}/facts")


def _check_said(body: FactToRecord) -> None:
    must, may = SAID[body.kind]
    if body.kind in FORGIVING:
        must = must | {"approved_by"}
    given = body.model_fields_set - {"kind", "value_date"}
    given = {name for name in given if getattr(body, name) is not None}
    for name in sorted(must - given):
        raise InputError(f"{name} is missing", f"/{name}", f"every {body.kind} fact must state it")
    for name in sorted(given - must - may):
        raise InputError(f"a {body.kind} fact has no field {name!r}", f"/{name}", "leave it out")


def _record(loan: Loan, body: FactToRecord, key: str, source: str) -> Recorded:
    exponent = decimals(loan.product.currency)
    amount = 0 if body.amount is None else parse_money(body.amount, exponent, "/amount")
    on, of, said = body.value_date, loan.reference, {"key": key, "source": source}
    match body.kind:
        case "disbursed":
            return services.draw_more(of, amount, on, **said)
        case "fee_charged":
            return services.charge_fee(of, amount, on, due_on=body.due_on, name=body.name or "", **said)
        case "waived":
            return services.waive(of, body.component or "", None if body.amount is None else amount, on, **said)
        case "refunded":
            return services.refund(of, amount, on, **said)
        case "recovered":
            return services.record_recovery(of, amount, on, **said)
        case "rescheduled":
            return services.reschedule(of, body.terms or {}, on, **said)
        case "rate_changed":
            return services.change_rate(
                of,
                on,
                annual_rate=None if body.annual_rate is None else parse_rate(body.annual_rate, "/annual_rate"),
                benchmark_rate=None
                if body.benchmark_rate is None
                else parse_rate(body.benchmark_rate, "/benchmark_rate"),
                reworks=body.reworks or "installment",
                **said,
            )
        case "penalty_paused":
            return services.pause_penalty(of, on, stops=body.stops or ["penalty"], **said)
        case "reversed":
            return _reverse(loan, body.reverses, on, key, source)
    simple = {
        "written_off": services.write_off,
        "penalty_resumed": services.resume_penalty,
        "accelerated": services.accelerate,
        "cancelled": services.cancel,
    }
    return simple[body.kind](of, on, **said)


def _reverse(loan: Loan, number: int | None, on: datetime.date, key: str, source: str) -> Recorded:
    target = loan.facts.filter(pk=number).first()
    if target is None:
        raise ProblemError("conflict", f"This loan has no fact {number}.")
    # A payment's money has to go somewhere: only payments can take its fact off a loan.
    if payment_id_of(target.idempotency_key) is not None:
        return reverse_posting(target, on, why=source)
    return services.reverse_fact(target.idempotency_key, on, key=key, source=source)
