"""Agreeing to plans: the borrower's one-time code, the plan's facts on record, and its first payment waited for."""

import datetime
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from duly.collection import services as cases
from duly.collection import timeline
from duly.collection.plans.models import Offer, Plan, PlanEvent, PlanFact
from duly.collection.plans.offering import ONE_DAY, policy_of, reschedule_terms
from duly.collection.plans.offers import Due, Proposal, debt, hold
from duly.collection.plans.offers import Plan as WorkedOut
from duly.collection.plans.policy import Band, PlanPolicy
from duly.collection.plans.telling import tell_agreed
from duly.engine.errors import InputError
from duly.engine.money import parse_rate
from duly.lending import services as lending
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, facts_of
from duly.lending.reversing import reverse_many
from duly.people import codes
from duly.people.models import Borrower
from duly.people.models.codes import OneTimeCode

AGREE = "agree_plan"
SOURCE = "plan"
State = Plan.State


def signed_digest(offers: Iterable[Offer]) -> str:
    """What a code for these offers is bound to: the SHA-256 over the digests of their figures."""
    return hashlib.sha256("".join(sorted(one.digest for one in offers)).encode()).hexdigest()


def ask_code(offers: Sequence[Offer], on: datetime.date) -> codes.Sent:
    """Send the borrower one code for all of `offers`, which are of one borrower, one a loan. Raises InputError."""
    borrower = _check_agreeable(offers, on)
    return codes.send_code(borrower, AGREE, signed_digest(offers))


def agree_to_plans(offers: Sequence[Offer], digits: str, *, on: datetime.date, at: datetime.datetime) -> list[Plan]:
    """The borrower agrees to `offers` with the code that was sent for their very figures; all of them or none.

    What is let go of is on record at once, and the new terms too, unless a first payment is asked for: then they wait
    for it. An offer of an earlier day is held to: nothing of it costs more than was offered. Agreed already, it gives
    the plans that are there. Raises InputError when the code is wrong, or an offer cannot be agreed to any more.
    """
    agreed = list(Plan.objects.filter(offer__in=[one.pk for one in offers]))
    if offers and len(agreed) == len(offers):
        return agreed
    borrower = _check_agreeable(offers, on)
    digest = signed_digest(offers)
    # Outside the transaction: a wrong code has to count, whatever becomes of the rest.
    used_at = codes.use_code(borrower, AGREE, digest, digits)
    code = OneTimeCode.objects.get(borrower=borrower, purpose=AGREE, about=digest, used_at=used_at)
    with transaction.atomic():
        list(Loan.objects.select_for_update().filter(pk__in=[one.loan_id for one in offers]).order_by("pk"))
        _check_agreeable(offers, on)
        plans = [_agree(offer, code, on, at) for offer in offers]
        cases.hold([borrower.pk], "a plan was agreed", at)
        timeline.note(borrower, "plan_agreed", ", ".join(one.reference for one in offers), at)
        tell_agreed(plans, at)
    return plans


def _agree(offer: Offer, code: OneTimeCode, on: datetime.date, at: datetime.datetime) -> Plan:
    policy = policy_of(offer.policy.text, offer.loan.product.currency)
    worked = _held(offer, policy, band_of(offer), offer.down_payment, on)
    waits = offer.down_payment > 0
    plan = Plan.objects.create(
        offer=offer,
        loan=offer.loan,
        state=State.WAITING if waits else State.KEPT,
        agreed_on=on,
        agreed_at=at,
        code=str(code.pk),
        channel=code.channel,
        facts_before=Fact.objects.aggregate(last=Max("pk"))["last"] or 0,
        first_payment_by=first_payment_by(offer, policy, on) if waits else None,
        started_on=None if waits else on,
    )
    for component, amount in worked.waived.items():
        fact = lending.waive(offer.loan.reference, component, amount, on, key=_key(offer, component), source=SOURCE)
        PlanFact.objects.create(plan=plan, fact=fact)
    if not waits:
        _reschedule(plan, worked, on)
    tell(plan, plan.state, on, at, "waits for the first payment" if waits else "agreed")
    return plan


def first_payment_by(offer: Offer, policy: PlanPolicy, on: datetime.date) -> datetime.date:
    """The last day for the first payment of a plan that is agreed to on `on`."""
    return min(on + policy.first_payment_within_days * ONE_DAY, offer.first_due_on - ONE_DAY)


def start_those_paid(loan_ids: Collection[int], on: datetime.date, at: datetime.datetime) -> list[Plan]:
    """Start the waiting plans of these loans whose first payment has come by `on`; those that were started.

    One query where none waits.
    """
    waiting = Plan.objects.filter(state=State.WAITING)
    if loan_ids:
        waiting = waiting.filter(loan_id__in=list(loan_ids)[:500]) if len(loan_ids) <= 500 else waiting
    found = [one for one in waiting.select_related("offer", "loan__product") if one.loan_id in loan_ids]
    received = received_since(found, on)
    return [start(one, on, at) for one in found if received.get(one.pk, 0) >= one.offer.down_payment]


def start(plan: Plan, on: datetime.date, at: datetime.datetime) -> Plan:
    """The first payment has come: record the new terms. What grew since it was agreed is let go of.

    Raises InputError when the day of the first installment has come.
    """
    with transaction.atomic():
        loan = Loan.objects.select_for_update(of=("self",)).select_related("product").get(pk=plan.loan_id)
        held = Plan.objects.select_for_update(of=("self",)).select_related("offer__policy").get(pk=plan.pk)
        if held.state != State.WAITING:
            return held
        held.offer.loan = loan
        policy = policy_of(held.offer.policy.text, loan.product.currency)
        # What it lets go of is on record already, and the money has come.
        band = replace(band_of(held.offer), waive={})
        _reschedule(held, _held(held.offer, policy, band, 0, on), on)
        held.state, held.started_on = State.KEPT, on
        held.save(update_fields=["state", "started_on"])
        tell(held, State.KEPT, on, at, "the first payment has come")
    return held


def received_since(plans: Sequence[Plan], on: datetime.date) -> dict[int, int]:
    """What was paid on the loan of each plan since it was agreed, by `on`, in minor units. One query."""
    if not plans:
        return {}
    paid = Fact.objects.filter(
        loan_id__in={one.loan_id for one in plans},
        kind=Fact.Kind.PAID,
        reversed_by=None,
        pk__gt=min(one.facts_before for one in plans),
        value_date__lte=on,
    )
    rows = list(paid.values_list("pk", "loan_id", "value_date", "amount"))
    return {
        plan.pk: sum(
            amount
            for pk, loan_id, value_date, amount in rows
            if loan_id == plan.loan_id and pk > plan.facts_before and value_date >= plan.agreed_on
        )
        for plan in plans
    }


def undo(plans: Sequence[Plan], on: datetime.date, why: str) -> None:
    """Reverse every fact that `plans` recorded: their loans stand as if there had never been a plan. A few queries."""
    facts = PlanFact.objects.filter(plan__in=plans, fact__reversed_by=None).select_related("fact").order_by("-fact_id")
    reverse_many([one.fact for one in facts], on, key="plan undone", source=why)


def band_of(offer: Offer) -> Band:
    """The limits by which `offer` was worked out, as far as they change figures."""
    rate = offer.terms.get("annual_rate")
    return Band(
        id=offer.band,
        days_past_due=(0, 0),
        owed_up_to=0,
        max_installments=offer.installments,
        least_installment=0,
        down_payment=0,
        present_value=0,
        annual_rate=None if rate is None else parse_rate(rate, "/annual_rate"),
        capitalise=tuple(offer.terms["capitalise"]),
        waive=offer.shares,
    )


def tell(plan: Plan, state: str, on: datetime.date, at: datetime.datetime, why: str) -> None:
    """Add a line to the story of a plan."""
    PlanEvent.objects.create(plan=plan, state=state, on=on, at=at, why=why)


def _held(offer: Offer, policy: PlanPolicy, band: Band, down_payment: int, on: datetime.date) -> WorkedOut:
    # The offer as of `on`: no amount of it is above what was offered.
    of = debt(contract_of(offer.loan), facts_of(fresh(offer.loan)), on)
    proposal = Proposal(offer.installments, offer.first_due_on, down_payment)
    promised = [Due(datetime.date.fromisoformat(day), amount) for day, amount in offer.dues]
    return hold(of, band, policy, proposal, promised)


def fresh(loan: Loan) -> Loan:
    """The loan with its facts as they are on record now."""
    return Loan.objects.select_related("product").prefetch_related("facts").get(pk=loan.pk)


def _reschedule(plan: Plan, worked: WorkedOut, on: datetime.date) -> None:
    offer = plan.offer
    new = next(one.reschedule for one in worked.facts if one.reschedule is not None)
    terms = reschedule_terms(new, offer.loan.product.currency)
    fact = lending.reschedule(offer.loan.reference, terms, on, key=_key(offer, "terms"), source=SOURCE)
    PlanFact.objects.create(plan=plan, fact=fact)


def _key(offer: Offer, what: str) -> str:
    return f"plan/{offer.reference}/{what}"


def _check_agreeable(offers: Sequence[Offer], on: datetime.date) -> Borrower:
    if not offers:
        raise InputError(gettext("Nothing is chosen."), "/offers", gettext("Choose a plan first."))
    borrowers = {one.loan.borrower_id for one in offers}
    if len(borrowers) > 1 or len({one.loan_id for one in offers}) < len(offers):
        raise InputError(
            gettext("These plans cannot be agreed to together."), "/offers", gettext("Choose one for each loan.")
        )
    if any(not one.offered_on <= on <= one.valid_until for one in offers):
        raise InputError(
            gettext("This offer is over."), "/offers", gettext("Ask again: you get today's offers at once.")
        )
    if Plan.objects.filter(loan__in=[one.loan_id for one in offers], state__in=Plan.OPEN).exists():
        raise InputError(gettext("This loan has a plan."), "/offers", gettext("Keep to it, or call us."))
    return offers[0].loan.borrower
