"""Plans beyond the policy: one person works it out, another agrees, and only then is it offered to the borrower."""

import datetime
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.words import money_words
from duly.collection.plans.models import Offer, Plan
from duly.collection.plans.offering import Asker, keep_offer, policy_of, policy_text
from duly.collection.plans.offers import Debt, Proposal, debt, work_out
from duly.collection.plans.offers import Plan as WorkedOut
from duly.collection.plans.policy import MAX_INSTALLMENTS, MILLION, Band
from duly.engine.errors import InputError
from duly.engine.position import COMPONENTS
from duly.lending.models import Loan
from duly.lending.on_record import contract_of, facts_of
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "offer_plan_beyond_policy"


@dataclass(frozen=True)
class Exceptional:
    """A plan beyond the policy: the proposal, the shares (millionths) of each component let go of, and its rate.

    `annual_rate` in millionths; None: the contract's stays.
    """

    proposal: Proposal
    waive: dict[str, int]
    annual_rate: int | None
    why: str


def ask_for_exception(loan: Loan, asked: Exceptional, by: User, on: datetime.date) -> Approval:
    """Ask a second person for a plan beyond the policy. Raises InputError for what is none, or without a reason."""
    worked_out(loan, asked, on)
    content = {
        "loan": loan.reference,
        "installments": asked.proposal.installments,
        "first_due_on": asked.proposal.first_due_on.isoformat(),
        "down_payment": asked.proposal.down_payment,
        "waive": dict(asked.waive),
        "annual_rate": asked.annual_rate,
        "why": asked.why.strip(),
    }
    return approvals.ask(KIND, content, by, loan.reference)


def worked_out(loan: Loan, asked: Exceptional, on: datetime.date) -> tuple[Debt, Band, WorkedOut]:
    """What such a plan comes to on `on`, with its limits. Raises InputError."""
    proposal = asked.proposal
    if not asked.why.strip():
        raise InputError(gettext("A plan beyond the policy needs a reason."), "/why", gettext("Say in a line why."))
    if not 1 <= proposal.installments <= MAX_INSTALLMENTS or proposal.first_due_on <= on:
        raise InputError(
            gettext("This is not a plan that can be worked out."),
            "/installments",
            gettext("Give 1 to %(most)s installments, the first after today.") % {"most": MAX_INSTALLMENTS},
        )
    if any(name not in COMPONENTS or not 0 <= share <= MILLION for name, share in asked.waive.items()):
        raise InputError(
            gettext("This is not a share."), "/waive", gettext("Give shares from 0 to 100 per cent of what is owed.")
        )
    of = debt(contract_of(loan), facts_of(loan), on)
    if not 0 <= proposal.down_payment < of.standing.payoff:
        raise InputError(
            gettext("This is more than what settles the loan."), "/down_payment", gettext("Give less, or nothing.")
        )
    band = Band(
        id="",
        days_past_due=(0, 0),
        owed_up_to=0,
        max_installments=proposal.installments,
        least_installment=0,
        down_payment=0,
        present_value=0,
        annual_rate=asked.annual_rate,
        capitalise=("interest", "fee"),
        waive={name: share for name, share in asked.waive.items() if share},
    )
    return of, band, work_out(of, band, policy_of(policy_text(), loan.product.currency), proposal)


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    loan, asked = _asked(content)
    currency = loan.product.currency
    lines = [(gettext("Loan"), loan.reference)]
    try:
        plan = worked_out(loan, asked, timezone.localdate())[2]
        lines += [
            (gettext("Installments"), f"{plan.proposal.installments} × {money_words(plan.monthly, currency)}"),
            (gettext("Let go of today"), money_words(sum(plan.waived.values()), currency)),
            (gettext("Worth today"), money_words(plan.present_value, currency)),
            (gettext("Would settle it today"), money_words(plan.owed_today, currency)),
        ]
    except InputError as error:
        lines.append((gettext("Not possible any more"), error.what))
    return [*lines, (gettext("Why"), asked.why)]


@approvals.carries_out(
    KIND,
    title=gettext_lazy("Offer a plan beyond the policy"),
    approvers=[Role.LEGAL, Role.FINANCE, Role.COMPLIANCE],
    shown=_shown,
)
def _carry_out(content: dict[str, Any], approval: Approval) -> str:
    loan, asked = _asked(content)
    if Plan.objects.filter(loan=loan, state__in=Plan.OPEN).exists():
        raise InputError(gettext("This loan has a plan."), "/loan", gettext("Keep to it, or call us."))
    now = timezone.now()
    of, band, plan = worked_out(loan, asked, timezone.localdate(now))
    offer = keep_offer(
        loan,
        of,
        plan,
        policy_text(),
        Offer.Kind.EXCEPTION,
        Asker("desk", approval.asked_by.get_username()),
        now,
        approved_by=approval.decided_by.get_username() if approval.decided_by else "",
        band=replace(band, id=""),
    )
    return f"offer {offer.reference}"


def _asked(content: dict[str, Any]) -> tuple[Loan, Exceptional]:
    loan = Loan.objects.select_related("product").prefetch_related("facts").get(reference=content["loan"])
    first = datetime.date.fromisoformat(content["first_due_on"])
    proposal = Proposal(content["installments"], first, content["down_payment"])
    return loan, Exceptional(proposal, content["waive"], content["annual_rate"], content["why"])
