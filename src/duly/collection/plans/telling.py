"""The borrower is told what became of a plan: that it is agreed, with its first payment; that it ended, and why."""

import datetime
from collections.abc import Sequence

from django.utils.translation import gettext_lazy, override

from duly.borrowing.words import money_words
from duly.collection.plans.models import Plan
from duly.contact.services import Proposal, plan_contacts
from duly.people.languages import date_in_words, in_django, language_of
from duly.people.models import Borrower

KEEPS = datetime.timedelta(days=7)
WHY = {
    Plan.State.BROKEN: gettext_lazy("an installment stayed unpaid for too long"),
    Plan.State.LAPSED: gettext_lazy("the first payment did not come"),
}


def tell_agreed(plans: Sequence[Plan], now: datetime.datetime) -> None:
    """Plan a message with what was agreed, one for each plan; the gate says when it leaves."""
    plan_contacts([_proposal(one, "plan_agreed", _agreed(one), now) for one in plans], now)


def tell_ended(plans: Sequence[Plan], state: str, now: datetime.datetime) -> None:
    """Plan a message that each of these plans has ended, and why. Done ones are told on their page alone."""
    if state in WHY:
        plan_contacts([_proposal(one, "plan_ended", {"why": _why(one, state)}, now) for one in plans], now)


def _proposal(plan: Plan, template: str, words: dict[str, str], now: datetime.datetime) -> Proposal:
    return Proposal(
        idempotency_key=f"{template}:{plan.offer.reference}",
        borrower_id=plan.loan.borrower_id,
        loan_ids=[],
        template=template,
        planned_for=now,
        expires_at=now + KEEPS,
        days_past_due=0,
        words=words,
    )


def _agreed(plan: Plan) -> dict[str, str]:
    offer, language = plan.offer, language_of(_of(plan).language)
    currency = plan.loan.product.currency

    def line(day: datetime.date, amount: int) -> str:
        return f"{date_in_words(day, language)}  {money_words(amount, currency)}"

    dues = [(datetime.date.fromisoformat(day), amount) for day, amount in offer.dues]
    if plan.first_payment_by is not None:
        dues.insert(0, (plan.first_payment_by, offer.down_payment))
    first_on, first_amount = dues[0]
    return {
        "plan": "\n".join(line(*one) for one in dues),
        "first_amount": money_words(first_amount, currency),
        "first_due_on": date_in_words(first_on, language),
    }


def _why(plan: Plan, state: str) -> str:
    with override(in_django(_of(plan).language)):
        return str(WHY[Plan.State(state)])


def _of(plan: Plan) -> Borrower:
    return plan.loan.borrower
