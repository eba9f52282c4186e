"""What was wrong is put right: a fact taken back or an amount given up, when a second person agrees."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.words import money_words
from duly.collection.complaints.models import Complaint, Step
from duly.collection.complaints.services import add_step
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Fact, Loan
from duly.lending.services import reverse_fact, waive
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "correct_after_complaint"
MAY_TAKE_BACK = (Fact.Kind.FEE_CHARGED, Fact.Kind.WRITTEN_OFF, Fact.Kind.RATE_CHANGED, Fact.Kind.ACCELERATED)
COMPONENTS = ("interest", "penalty", "fee", "principal")


def ask_to_take_back(complaint: Complaint, fact_id: int, by: User) -> Approval:
    """Ask for a fact of the complaint's loan, such as a fee, to be taken back. Raises InputError."""
    loan = _loan_of(complaint)
    fact = loan.facts.filter(pk=fact_id, kind__in=MAY_TAKE_BACK, reversed_by=None).first()
    if fact is None:
        raise InputError(
            gettext("This cannot be taken back here."), "/fact", gettext("Choose an entry of the loan's list.")
        )
    return _ask(complaint, {"does": "take_back", "fact": fact.pk, "what": fact.kind, "amount": fact.amount}, by)


def ask_to_give_up(complaint: Complaint, component: str, amount: int, by: User) -> Approval:
    """Ask for `amount` (minor units) of a `component` of the complaint's loan to be given up. Raises InputError."""
    _loan_of(complaint)
    if component not in COMPONENTS or amount <= 0:
        raise InputError(
            gettext("It is not clear what is given up."), "/amount", gettext("Name the part and an amount above zero.")
        )
    return _ask(complaint, {"does": "give_up", "component": component, "amount": amount}, by)


def _loan_of(complaint: Complaint) -> Loan:
    if complaint.loan is None:
        raise InputError(gettext("This complaint is about no loan."), "/loan", gettext("There is nothing to correct."))
    return complaint.loan


def _ask(complaint: Complaint, what: dict[str, Any], by: User) -> Approval:
    add_step(complaint, Step.Kind.CORRECTION_ASKED, timezone.now(), by.get_username(), what["does"])
    return approvals.ask(KIND, {"complaint": complaint.pk, **what}, by, complaint.number)


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    complaint = Complaint.objects.select_related("loan__product").get(pk=content["complaint"])
    assert complaint.loan is not None
    amount = content.get("amount")
    does = gettext("take back") if content["does"] == "take_back" else gettext("give up")
    return [
        (gettext("Complaint"), complaint.number),
        (gettext("Loan"), complaint.loan.reference),
        (gettext("What is done"), f"{does}: {content.get('what') or content.get('component')}"),
        (gettext("Amount"), money_words(amount, complaint.loan.product.currency) if amount else "–"),
    ]


@approvals.carries_out(
    KIND,
    title=gettext_lazy("Put right what a complaint found wrong"),
    approvers=[Role.FINANCE, Role.COMPLIANCE],
    shown=_shown,
)
def put_right(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: record the correcting fact, from the day that it puts right or from today."""
    complaint = Complaint.objects.select_related("loan").get(pk=content["complaint"])
    assert complaint.loan is not None
    now = timezone.now()
    key = f"complaint/{complaint.pk}/approval/{approval.pk}"
    if content["does"] == "take_back":
        target = Fact.objects.get(pk=content["fact"])
        # Taken back from the day it was wrong, so that nothing that grew out of it stays.
        recorded = reverse_fact(target.idempotency_key, target.value_date, key=key, source=complaint.number)
    else:
        recorded = waive(
            complaint.loan.reference,
            content["component"],
            content["amount"],
            lender_date(now),
            key=key,
            source=complaint.number,
        )
    add_step(complaint, Step.Kind.CORRECTED, now, approval.asked_by.get_username(), f"fact {recorded.pk}")
    return complaint.number
