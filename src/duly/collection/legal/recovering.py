"""Costs of a matter that the borrower has to bear: a fee of the loan only by a judgment, and with a second person."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.words import money_words
from duly.collection.legal.matters import DECIDED, GRANTED
from duly.collection.legal.models import Cost, Matter
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.lending.services import charge_fee
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "charge_matter_cost"


def may_be_charged(matter: Matter) -> bool:
    """Whether a judgment or award is there that may put costs on the borrower."""
    return bool(matter.awarded) and (matter.stage in DECIDED or matter.outcome in GRANTED)


def ask_to_charge(cost: Cost, loan: Loan, by: User) -> Approval:
    """Ask for a recoverable cost to become a fee of `loan`, one of the matter's. Raises InputError."""
    _check(cost, loan)
    return approvals.ask(KIND, {"cost": cost.pk, "loan": loan.pk}, by, cost.matter.number)


def _check(cost: Cost, loan: Loan) -> None:
    if not cost.recoverable or cost.fact_id is not None or not cost.matter.loans.filter(pk=loan.pk).exists():
        raise InputError(
            gettext("This cost cannot be charged to that loan."),
            "/cost",
            gettext("Choose a recoverable cost that was not charged, and a loan of the matter."),
        )
    if not may_be_charged(cost.matter):
        raise InputError(
            gettext("Nothing has been awarded yet."), "/cost", gettext("Costs are charged by a judgment, not before.")
        )


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    cost = Cost.objects.select_related("matter").get(pk=content["cost"])
    return [
        (gettext("Matter"), f"{cost.matter.number}, {cost.matter.forum}"),
        (gettext("Loan"), Loan.objects.get(pk=content["loan"]).reference),
        (gettext("Cost"), f"{cost.get_what_display()}: {money_words(cost.amount, cost.matter.currency)}"),
    ]


@approvals.carries_out(
    KIND,
    title=gettext_lazy("Charge the costs of a matter to the borrower"),
    approvers=[Role.FINANCE, Role.COMPLIANCE],
    shown=_shown,
)
def charge(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: the cost is a fee of the loan, due today."""
    cost = Cost.objects.select_for_update(of=("self",)).select_related("matter").get(pk=content["cost"])
    loan = Loan.objects.get(pk=content["loan"])
    _check(cost, loan)
    cost.fact = charge_fee(
        loan.reference,
        cost.amount,
        lender_date(timezone.now()),
        key=f"matter-cost/{cost.pk}",
        name=f"{cost.matter.number} {cost.what}",
        source=cost.matter.number,
    )
    cost.save(update_fields=["fact"])
    return cost.matter.number
