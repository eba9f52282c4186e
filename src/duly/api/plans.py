"""/plans: what can be agreed with a borrower who cannot pay as the contract says, and what is.

The very offers of the portal and the desk. Agreeing is the borrower's own, with a code that was sent to them.
"""

import datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
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
    Reference,
    ReferenceInPath,
    answers,
    answers_to_post,
    money,
    the_one,
    told,
)
from duly.collection.plans import services
from duly.collection.plans.models import Offer as Offered
from duly.collection.plans.models import Plan as Agreed
from duly.collection.plans.models import PlanRequest
from duly.collection.plans.offers import Proposal
from duly.collection.plans.offers import Reason as Found
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money

router = Router(tags=["plans"])


class PlanDue(Schema):
    """One amount of a plan on its day."""

    on: datetime.date
    amount: Money


class Offer(Schema):
    """A plan that the borrower may agree to through `valid_until`. Later than it was offered, it costs no more."""

    reference: Reference
    loan: Reference
    kind: str
    currency: Currency
    installments: Count
    first_due_on: datetime.date
    down_payment: Money = Field(description="What is paid at once: the plan begins when it has come.")
    monthly: Money = Field(description="The largest installment.")
    total: Money
    waived: dict[str, Money] = Field(description="What is let go of, by component.")
    owed_today: Money = Field(description="What would have settled the loan on the day it was offered.")
    present_value: Money
    policy: str
    policy_version: Count
    offered_on: datetime.date
    valid_until: datetime.date
    dues: list[PlanDue]


class OffersToMake(Body):
    """What the borrower can pay: `monthly` for all their loans in the currency together, from `first_due_on` on."""

    borrower: Reference
    currency: Currency
    monthly: Amount
    first_due_on: Day


class Offers(Schema):
    """The offers for a request, loan by loan, soonest paid off first; the lightest alone where none is light enough."""

    request: Reference
    offers: list[Offer]


class PlanProposal(Body):
    """A plan that somebody proposes for one loan."""

    loan: Reference
    installments: Annotated[int, Field(ge=1, le=600, strict=True)]
    first_due_on: Day
    down_payment: Amount = "0"


class PlanReason(Schema):
    """Why a proposal may not be agreed: a code, and the bound as an amount, a number or a date."""

    code: str
    bound: str


class ProposalAnswer(Schema):
    """Whether the proposal may be agreed; if not, every reason. `offer` is the plan, or the nearest that may be."""

    agreed: bool
    reasons: list[PlanReason]
    offer: Offer | None


class CodeToSend(Body):
    """The offers that the borrower wants to agree to: one for each loan, all of one borrower."""

    offers: Annotated[list[Reference], Field(min_length=1, max_length=20)]


class CodeSent(Schema):
    """The code is on its way to the borrower, and to nobody else."""

    to: str
    expires_at: datetime.datetime


class PlansToAgree(CodeToSend):
    """The offers, and the code that the borrower typed."""

    code: Annotated[str, Field(min_length=4, max_length=12)]


class Plan(Schema):
    """A plan that was agreed, and how it goes."""

    offer: Reference
    loan: Reference
    borrower: Reference
    state: str
    currency: Currency
    agreed_on: datetime.date
    first_payment: Money
    first_payment_by: datetime.date | None
    started_on: datetime.date | None
    ended_on: datetime.date | None


class Plans(Schema):
    """The plans that were agreed together."""

    plans: list[Plan]


@router.post("/plans/offers", auth=client_with("plans:write"), response=answers_to_post(201, Offers))
@once
def make_offers(request: HttpRequest, body: OffersToMake, key: Key) -> HttpResponse:
    """Offer plans to a borrower who can pay so much a month."""
    borrower = the_one(request.auth.borrowers(), reference=body.borrower)
    now = timezone.now()
    made = services.offer_plans(
        borrower,
        parse_money(body.monthly, decimals(body.currency), "/monthly"),
        body.first_due_on,
        _asker(request),
        currency=body.currency,
        on=timezone.localdate(now),
        at=now,
        key=f"api:{request.auth.client.pk}:{key}"[:128],
    )
    found = made.offers.select_related("loan__product").order_by("loan__reference", "installments")
    return told(201, Offers(request=made.reference, offers=[_offer(one) for one in found]))


@router.post("/plans/proposals", auth=client_with("plans:write"), response=answers_to_post(201, ProposalAnswer))
@once
def answer_proposal(request: HttpRequest, body: PlanProposal, key: Key) -> HttpResponse:
    """Answer a proposal: yes, or why not and the nearest that may be."""
    loan = the_one(request.auth.loans().prefetch_related("facts"), reference=body.loan)
    currency, now = loan.product.currency, timezone.now()
    down_payment = parse_money(body.down_payment, decimals(currency), "/down_payment")
    proposal = Proposal(body.installments, body.first_due_on, down_payment)
    found = services.propose_plan(loan, proposal, _asker(request), on=timezone.localdate(now), at=now)
    return told(
        201,
        ProposalAnswer(
            agreed=found.answer.agreed is not None,
            reasons=[_reason(one, currency) for one in found.answer.reasons],
            offer=_offer(found.offer) if found.offer else None,
        ),
    )


@router.post("/plans/codes", auth=client_with("plans:write"), response=answers_to_post(201, CodeSent))
@once
def send_plan_code(request: HttpRequest, body: CodeToSend, key: Key) -> HttpResponse:
    """Send the borrower a code for these very offers."""
    sent = services.ask_code(_offers(request, body.offers), timezone.localdate())
    return told(201, CodeSent(to=sent.to, expires_at=sent.expires_at))


@router.post("/plans", auth=client_with("plans:write"), response=answers_to_post(201, Plans))
def agree_to_plans(request: HttpRequest, body: PlansToAgree, key: Key) -> HttpResponse:
    """The borrower agrees, with the code that they were sent: all of the offers or none.

    What is agreed is agreed once, whatever the key; a code that is wrong counts each time.
    """
    # Not kept by its key as others are: a try must stay on record whatever becomes of the answer.
    del key
    now = timezone.now()
    made = services.agree_to_plans(_offers(request, body.offers), body.code, on=timezone.localdate(now), at=now)
    found = _plans(request).filter(pk__in=[one.pk for one in made]).order_by("pk")
    return told(201, Plans(plans=[_plan(one) for one in found]))


@router.get("/plans", auth=reader_with("plans:read"), response=answers(200, Page[Plan]))
def list_plans(request: HttpRequest, borrower: BorrowerAsked = "", cursor: Cursor = "", limit: Limit = 100) -> Page:
    """The plans that are the caller's to see, in the order in which they were agreed."""
    plans = _plans(request)
    if borrower:
        plans = plans.filter(loan__borrower__reference=borrower)
    rows, following = page_of(plans, cursor, limit, "plans")
    return Page[Plan](items=[_plan(one) for one in rows], next=following)


@router.get("/plans/{reference}", auth=reader_with("plans:read"), response=answers(200, Plan))
def read_plan(request: HttpRequest, reference: ReferenceInPath) -> Plan:
    """One plan, by the reference of its offer."""
    return _plan(the_one(_plans(request), offer__reference=reference))


def _asker(request: HttpRequest) -> services.Asker:
    return services.Asker(PlanRequest.Through.API, request.auth.client.name[:150])


def _offers(request: HttpRequest, references: list[str]) -> list[Offered]:
    seen = request.auth.of_borrowers(
        Offered.objects.select_related("loan__product", "loan__borrower", "policy"), "loan__borrower"
    )
    found = list(seen.filter(reference__in=references).order_by("loan_id", "pk"))
    if len(found) < len(set(references)):
        raise InputError("there is no such offer", "/offers", "name offers by their references")
    return found


def _plans(request: HttpRequest) -> QuerySet[Agreed]:
    plans = Agreed.objects.select_related("offer", "loan__product", "loan__borrower")
    return request.auth.of_borrowers(plans, "loan__borrower")


def _reason(one: Found, currency: str) -> PlanReason:
    if isinstance(one.bound, datetime.date):
        return PlanReason(code=one.code, bound=one.bound.isoformat())
    return PlanReason(code=one.code, bound=str(one.bound) if one.code == "installments" else money(one.bound, currency))


def _offer(one: Offered) -> Offer:
    currency = one.loan.product.currency
    sums = ("down_payment", "monthly", "total", "owed_today", "present_value")
    return Offer(
        reference=one.reference,
        loan=one.loan.reference,
        kind=one.kind,
        currency=currency,
        installments=one.installments,
        first_due_on=one.first_due_on,
        waived={name: money(amount, currency) for name, amount in one.waived.items()},
        policy=one.policy_name,
        policy_version=one.policy_version,
        offered_on=one.offered_on,
        valid_until=one.valid_until,
        dues=[PlanDue(on=day, amount=money(amount, currency)) for day, amount in one.dues],
        **{name: money(getattr(one, name), currency) for name in sums},
    )


def _plan(one: Agreed) -> Plan:
    return Plan(
        offer=one.offer.reference,
        loan=one.loan.reference,
        borrower=one.loan.borrower.reference,
        state=one.state,
        currency=one.loan.product.currency,
        agreed_on=one.agreed_on,
        first_payment=money(one.offer.down_payment, one.loan.product.currency),
        first_payment_by=one.first_payment_by,
        started_on=one.started_on,
        ended_on=one.ended_on,
    )
