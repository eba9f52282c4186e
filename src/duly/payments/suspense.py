"""Money that waits: whose it might be, and what is done with it: assigned, split, found to be the lender's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from duly.engine.errors import InputError
from duly.lending.models import Fact, Loan
from duly.payments.accounts import add_account
from duly.payments.incoming import locked, post, set_waiting, standing_facts, unpost, whereabouts
from duly.payments.matching import candidates_for
from duly.payments.models import IncomingPayment, Outcome, OutgoingPayment, Suspense
from duly.payments.refunds import amount_and_why
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

OWN, UNDO = "own_transfer", "undo_posting"


@dataclass(frozen=True)
class Candidate:
    """A loan that waiting money might be for, with the reasons why; the strongest come first."""

    loan: Loan
    reasons: Sequence[str]
    due: int = 0


@dataclass(frozen=True)
class Part:
    """A part of a payment for one loan, in minor units."""

    loan: str
    amount: int
    prepays: bool = field(default=False)


def assign(payment: IncomingPayment, parts: Sequence[Part], by: User, *, remember: bool = False) -> list[Outcome]:
    """Post what waits of a payment to the loans of one borrower, a part each; all of it or nothing.

    With `remember`, the account that paid is from now on taken to be the borrower's. Raises InputError for parts that
    exceed what waits, loans that are not of one borrower, and what lending refuses.
    """
    if not parts:
        raise InputError("no loan is named", "/parts", "say how much goes to which loan")
    if len({part.loan for part in parts}) < len(parts):
        raise InputError("a loan is named twice", "/parts", "name each loan once")
    with transaction.atomic():
        held = locked(payment.pk)
        # In the order of ids, so that two people never wait for each other.
        loans = list(Loan.objects.filter(reference__in=[part.loan for part in parts]).order_by("pk"))
        missing = {part.loan for part in parts} - {loan.reference for loan in loans}
        if missing:
            raise InputError(
                f"there is no loan {sorted(missing)[0]!r}", "/loan", "name the reference of a loan on record"
            )
        if len({loan.borrower_id for loan in loans}) > 1:
            raise InputError("the loans are not of one borrower", "/parts", "assign it to one borrower's loans")
        of = {part.loan: part for part in parts}
        outcomes = [
            post(held, loan.reference, of[loan.reference].amount, by=by, prepays=of[loan.reference].prepays)
            for loan in loans
        ]
        details = getattr(held, "details", None)
        if remember and details is not None and details.payer_account:
            add_account(
                loans[0].borrower,
                details.payer_account,
                holder=details.payer_name,
                kind="wallet" if held.method == "wallet" else "bank",
                known_by="payment",
            )
    return outcomes


def candidates(payment: IncomingPayment) -> list[Candidate]:
    """Whose a payment might be, with reasons, the strongest first."""
    return [Candidate(loan, reasons, due) for loan, reasons, due in candidates_for(payment)]


def ask_own_transfer(payment: IncomingPayment, by: User, why: str) -> Approval:
    """Ask for what waits of a payment to be taken as a transfer between accounts of the lender's own."""
    waiting = whereabouts(payment).waiting
    if not waiting:
        raise InputError("nothing waits of this payment", "/payment", "look at it again: it moved")
    content = {"payment": payment.pk, "amount": waiting, "currency": payment.currency, "why": why[:200]}
    return approvals.ask(OWN, content, by, payment.about)


@approvals.carries_out(
    OWN,
    title=gettext_lazy("Take money in suspense as a transfer of the lender's own"),
    approvers=[Role.FINANCE],
    shown=amount_and_why,
)
def own_transfer(content: dict[str, Any], approval: Approval) -> None:
    """Carry out: the money is no payment of a borrower's."""
    payment = locked(content["payment"])
    set_waiting(payment, "own", content["amount"])
    Outcome.objects.create(
        payment=payment, kind="own", amount=content["amount"], by=approval.asked_by, why=content["why"]
    )


def ask_undo(payment: IncomingPayment, fact: Fact, by: User, why: str) -> Approval:
    """Ask for one posting of a payment to be taken back, so that its money waits again: it was put on a wrong loan."""
    if fact not in standing_facts(payment):
        raise InputError("this posting does not stand", "/fact", "look at the payment again: it moved")
    _check_not_paid_back(fact)
    content = {"payment": payment.pk, "fact": fact.pk, "loan": fact.loan.reference}
    told = {"amount": fact.amount, "currency": payment.currency, "why": why[:200]}
    return approvals.ask(UNDO, content | told, by, payment.about)


def _check_not_paid_back(fact: Fact) -> None:
    """Money that has left as a refund of the loan's credit is not there to wait: it would be paid back twice."""
    since = OutgoingPayment.objects.filter(loan=fact.loan, purpose="refund", asked_at__gte=fact.recorded_at)
    if since.exclude(state__in=["returned", "declined"]).exists():
        raise InputError(
            "a credit balance of this loan has been paid back since", "/fact", "have the refund come back first"
        )


def _undo_shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(gettext("Loan"), content["loan"]), *amount_and_why(content)]


@approvals.carries_out(
    UNDO,
    title=gettext_lazy("Take back a payment put on a wrong loan"),
    approvers=[Role.FINANCE],
    shown=_undo_shown,
)
def undo_posting(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: the fact is reversed as of its own date, and the money waits."""
    payment = locked(content["payment"])
    fact = next((one for one in standing_facts(payment) if one.pk == content["fact"]), None)
    if fact is None:
        raise InputError("this posting does not stand", "/fact", "look at the payment again: it moved")
    # The loan's row is the lock: nothing of its credit is paid back meanwhile.
    Loan.objects.select_for_update().get(pk=fact.loan_id)
    _check_not_paid_back(fact)
    unpost(
        payment,
        fact,
        fact.value_date,
        by=approval.asked_by,
        why=content["why"],
        reason=Suspense.Reason.NO_REFERENCE,
    )
    return gettext("It waits in suspense.")
