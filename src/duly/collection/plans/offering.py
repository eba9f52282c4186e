"""Offering plans: to somebody who said what they can pay, and in answer to what somebody proposes.

One function for every door: the portal, the desk and the API offer the same to the same person on the same day.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from duly.borrowing.lines import new_reference
from duly.collection.plans.models import Offer, Plan, PlanRequest, PolicyText
from duly.collection.plans.offers import Answer, Debt, Proposal, answer, debt, lightest, offers
from duly.collection.plans.offers import Plan as WorkedOut
from duly.collection.plans.policy import Band, PlanPolicy, parse_policy, standard_text
from duly.engine.errors import InputError
from duly.engine.facts import Reschedule
from duly.engine.money import MAX_MONEY, decimals, format_money, format_rate
from duly.lending.models import Loan
from duly.lending.on_record import contract_of, facts_of
from duly.lending.positions import loans_on
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Asker:
    """Who asks, by which door (portal, desk, api): a user name, or "the borrower"."""

    through: str
    by: str


@dataclass(frozen=True)
class Answered:
    """The answer to a proposal, and the offer on record that came of it: the plan proposed, or the nearest."""

    answer: Answer
    offer: Offer | None


def policy_text() -> str:
    """The policy in force, as text: the file settings.DULY_PLAN_POLICY, or the one that Duly ships."""
    path = settings.DULY_PLAN_POLICY
    return Path(path).read_text(encoding="utf-8") if path else standard_text()


@lru_cache(maxsize=256)
def policy_of(text: str, currency: str) -> PlanPolicy:
    """The policy in `text` for loans of `currency`. Raises InputError."""
    return parse_policy(text, decimals(currency))


def loans_to_plan(borrower: Borrower, currency: str, on: datetime.date) -> list[Loan]:
    """The loans of `borrower` in `currency` that a plan is sought for: those overdue, or all where none is.

    Without those that have a plan already. Three queries.
    """
    planned = set(Plan.objects.filter(loan__borrower=borrower, state__in=Plan.OPEN).values_list("loan_id", flat=True))
    held = [
        one
        for one in loans_on(borrower, on)
        if one.position.status == "open" and one.currency == currency and one.loan.pk not in planned
    ]
    return [one.loan for one in held if one.overdue] or [one.loan for one in held]


def offer_plans(
    borrower: Borrower,
    monthly: int,
    first_due_on: datetime.date,
    asker: Asker,
    *,
    currency: str,
    on: datetime.date,
    at: datetime.datetime,
    key: str,
    answers: Mapping[str, Any] | None = None,
) -> PlanRequest:
    """Offer plans to `borrower`, who can pay `monthly` (minor units, for all loans together) from `first_due_on` on.

    Each loan has its share of it, by what settles the loan; where nothing is that light, the lightest is offered.
    `answers` is what was told of their means; the same `key` again gives the first request back. Raises InputError for
    an amount that is none, and where no loan needs a plan.
    """
    if not 0 < monthly <= MAX_MONEY:
        raise InputError(
            gettext("This is not an amount that can be paid."), "/monthly", gettext("Write what you can pay a month.")
        )
    there = PlanRequest.objects.filter(key=key).first()
    if there is not None:
        return there
    loans = loans_to_plan(borrower, currency, on)
    if not loans:
        raise InputError(
            gettext("There is no loan that needs a plan."), "/borrower", gettext("Look at your loans, or call us.")
        )
    debts = [(loan, _debt(loan, on)) for loan in loans]
    text = policy_text()
    policy = policy_of(text, currency)
    with transaction.atomic():
        request = PlanRequest.objects.create(
            reference=new_reference("R"),
            key=key,
            borrower=borrower,
            currency=currency,
            monthly=monthly,
            first_due_on=first_due_on,
            answers=dict(answers or {}),
            asked_on=on,
            asked_at=at,
            through=asker.through,
            by=asker.by,
        )
        for (loan, of), share in zip(debts, _shares(monthly, [of.standing.payoff for _, of in debts]), strict=True):
            found = offers(of, policy, share, first_due_on)
            for plan in found:
                keep_offer(loan, of, plan, text, Offer.Kind.OFFERED, asker, at, request)
            least = None if found else lightest(of, policy, first_due_on)
            if least is not None:
                keep_offer(loan, of, least, text, Offer.Kind.NEAREST, asker, at, request)
    return request


def propose_plan(
    loan: Loan,
    proposal: Proposal,
    asker: Asker,
    *,
    on: datetime.date,
    at: datetime.datetime,
    request: PlanRequest | None = None,
) -> Answered:
    """Answer what somebody proposes for `loan`: the plan, if it is within the policy; else why not, and the nearest.

    What may be agreed is put on record as an offer. Raises InputError for a proposal that is none, and for a loan that
    has a plan.
    """
    if not 1 <= proposal.installments <= 600 or not 0 <= proposal.down_payment <= MAX_MONEY:
        raise InputError(
            gettext("This is not a plan that can be worked out."),
            "/installments",
            gettext("Say in how many months you would pay, and how much at once."),
        )
    if Plan.objects.filter(loan=loan, state__in=Plan.OPEN).exists():
        raise InputError(gettext("This loan has a plan."), "/loan", gettext("Keep to it, or call us."))
    of = _debt(loan, on)
    text = policy_text()
    found = answer(of, policy_of(text, loan.product.currency), proposal)
    way = found.agreed or found.nearest
    if way is None:
        return Answered(found, None)
    kind = Offer.Kind.PROPOSED if found.agreed else Offer.Kind.NEAREST
    return Answered(found, keep_offer(loan, of, way, text, kind, asker, at, request))


def keep_offer(
    loan: Loan,
    of: Debt,
    plan: WorkedOut,
    text: str,
    kind: str,
    asker: Asker,
    at: datetime.datetime,
    request: PlanRequest | None = None,
    approved_by: str = "",
    band: Band | None = None,
) -> Offer:
    """Put an offer of `plan` on record; offered twice on a day with the same figures and for the same, it is one.

    `band`: the limits it was worked out by, where they are not the policy's own.
    """
    currency = loan.product.currency
    policy = policy_of(text, currency)
    band = band or policy.band(of.standing.days_past_due, of.standing.payoff)
    assert band is not None, "what is offered is within a band, or comes with its own"
    kept, _ = PolicyText.objects.get_or_create(digest=_digest(text), defaults={"text": text})
    figures = {
        "installments": plan.proposal.installments,
        "first_due_on": plan.proposal.first_due_on.isoformat(),
        "down_payment": plan.proposal.down_payment,
        "dues": [[one.on.isoformat(), one.amount] for one in plan.dues],
        "waived": dict(plan.waived),
        "shares": dict(band.waive),
        "terms": terms_of(plan, currency),
        "offered_on": of.on.isoformat(),
    }
    digest = _digest(json.dumps({"loan": loan.reference, "policy": kept.digest, **figures}, sort_keys=True))
    there = Offer.objects.filter(loan=loan, digest=digest, request=request, kind=kind, plan=None).first()
    if there is not None:
        return there
    return Offer.objects.create(
        reference=new_reference("P"),
        loan=loan,
        request=request,
        kind=kind,
        policy=kept,
        policy_name=policy.id,
        policy_version=policy.version,
        band=band.id,
        installments=plan.proposal.installments,
        first_due_on=plan.proposal.first_due_on,
        down_payment=plan.proposal.down_payment,
        monthly=plan.monthly,
        total=plan.total,
        owed_today=plan.owed_today,
        present_value=plan.present_value,
        waived=figures["waived"],
        shares=figures["shares"],
        dues=figures["dues"],
        terms=figures["terms"],
        digest=digest,
        offered_on=of.on,
        valid_until=min(of.on + policy.valid_for_days * ONE_DAY, plan.proposal.first_due_on - ONE_DAY),
        made_at=at,
        through=asker.through,
        by=asker.by,
        approved_by=approved_by,
    )


def offers_waiting(borrower: Borrower, on: datetime.date) -> list[Offer]:
    """The offers that `borrower` may still agree to on `on`: of the last request of each loan, soonest paid off first.

    Two queries.
    """
    planned = Plan.objects.filter(loan__borrower=borrower, state__in=Plan.OPEN).values("loan")
    there = (
        Offer.objects.filter(loan__borrower=borrower, valid_until__gte=on, offered_on__lte=on, plan=None)
        .exclude(loan__in=planned)
        .select_related("loan__product", "request")
        .order_by("loan__reference", "installments", "-pk")
    )
    return list(there)


def terms_of(plan: WorkedOut, currency: str) -> dict[str, Any]:
    """The terms of the plan's `rescheduled` fact, as lending.services.reschedule takes them."""
    new = next(one.reschedule for one in plan.facts if one.reschedule is not None)
    return reschedule_terms(new, currency)


def reschedule_terms(new: Reschedule, currency: str) -> dict[str, Any]:
    """New terms as the details of a `rescheduled` fact (docs/doors.md)."""
    terms: dict[str, Any] = {"installments": new.installments, "capitalise": list(new.capitalise), "carry": new.carry}
    if new.every:
        terms["every"] = f"{new.every} {new.unit}"
    if new.first_due_on is not None:
        terms["first_due_on"] = new.first_due_on.isoformat()
    if new.annual_rate is not None:
        terms["annual_rate"] = format_rate(new.annual_rate)
    if new.method is not None:
        terms["method"] = new.method
    if new.forgive:
        places = decimals(currency)
        terms["forgive"] = {
            name: "all" if amount is None else format_money(amount, places) for name, amount in new.forgive
        }
    return terms


def _debt(loan: Loan, on: datetime.date) -> Debt:
    return debt(contract_of(loan), facts_of(loan), on)


def _shares(amount: int, weights: Sequence[int]) -> list[int]:
    # Rounded down, the rest with the first.
    whole = sum(weights)
    shares = [amount * one // whole for one in weights]
    shares[0] += amount - sum(shares)
    return shares


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
