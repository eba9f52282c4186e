"""Money paid back, the way it came: out of suspense, or a loan's credit balance. A second person agrees first."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.payments.incoming import locked, set_waiting, whereabouts
from duly.payments.models import IncomingPayment, Outcome, OutgoingPayment
from duly.payments.models.incoming import payment_id_of
from duly.payments.outgoing import credit_of, pay_out
from duly.payments.statements.entries import in_words
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

SUSPENSE, CREDIT = "refund_suspense", "refund_credit"
# By hand: what came over the counter goes back over it.
BY_HAND = frozenset({"cash", "cheque"})


def ask_refund_of_suspense(payment: IncomingPayment, amount: int, by: User, why: str) -> Approval:
    """Ask for `amount` (minor units) of what waits of a payment to be paid back to whoever paid it."""
    waiting = whereabouts(payment).waiting
    if not 1 <= amount <= waiting:
        raise InputError(f"{waiting} waits of this payment", "/amount", "ask for that, or less")
    content = {"payment": payment.pk, "amount": amount, "currency": payment.currency, "why": why[:200]}
    return approvals.ask(SUSPENSE, content, by, payment.about)


def ask_refund_of_credit(loan: Loan, amount: int, by: User, why: str) -> Approval:
    """Ask for `amount` (minor units) of the credit balance of `loan` to be paid back the way that it came last."""
    _check_credit(loan, amount)
    content = {"loan": loan.reference, "amount": amount, "currency": loan.product.currency, "why": why[:200]}
    return approvals.ask(CREDIT, content, by, loan.reference)


def last_payment_of(loan: Loan) -> IncomingPayment | None:
    """The payment that came last on a loan and stands; None when none came through here."""
    keys = loan.facts.filter(kind="paid", reversed_by__isnull=True, idempotency_key__startswith="incoming/")
    ids = [payment_id_of(key) for key in keys.order_by("-pk").values_list("idempotency_key", flat=True)[:1]]
    return IncomingPayment.objects.filter(pk__in=ids).first()


def amount_and_why(content: dict[str, Any]) -> list[tuple[str, str]]:
    """What a second person reads of money that goes another way."""
    return [
        (gettext("Amount"), in_words(content["amount"], content["currency"])),
        (gettext("Why"), content.get("why", "")),
    ]


@approvals.carries_out(
    SUSPENSE,
    title=gettext_lazy("Pay back money that waits in suspense"),
    approvers=[Role.FINANCE],
    shown=amount_and_why,
)
def refund_suspense(content: dict[str, Any], approval: Approval) -> str:
    """Carry out an approved refund out of suspense. Never twice: what no longer waits cannot be paid back."""
    with transaction.atomic():
        payment = locked(content["payment"])
        set_waiting(payment, "refunded", content["amount"])
        number, holder, port = _way_back(payment)
        outgoing = pay_out(
            f"approval/{approval.pk}",
            None,
            content["amount"],
            payment.currency,
            purpose="refund",
            refunds=payment,
            port=port,
            to=(number, holder),
            approved_by=approval.decided_by,
        )
        Outcome.objects.create(
            payment=payment,
            kind="refunded",
            amount=content["amount"],
            outgoing=outgoing,
            by=approval.asked_by,
            why=content.get("why", ""),
        )
    return outgoing.end_to_end


@approvals.carries_out(
    CREDIT, title=gettext_lazy("Pay back a credit balance"), approvers=[Role.FINANCE], shown=amount_and_why
)
def refund_credit(content: dict[str, Any], approval: Approval) -> str:
    """Carry out an approved refund of a credit balance; the fact is recorded when the money leaves."""
    with transaction.atomic():
        loan = (
            Loan.objects.select_for_update(of=("self",))
            .select_related("product", "borrower")
            .get(reference=content["loan"])
        )
        _check_credit(loan, content["amount"])
        payment = last_payment_of(loan)
        if payment is not None and not _gives_back(payment, content["amount"]):
            payment = None
        number, holder, port = _way_back(payment)
        outgoing = pay_out(
            f"approval/{approval.pk}",
            loan.borrower,
            content["amount"],
            loan.product.currency,
            purpose="refund",
            loan=loan,
            refunds=payment,
            port=port,
            to=(number, holder) if number or port == "hand" else None,
            approved_by=approval.decided_by,
        )
    return outgoing.end_to_end


def _check_credit(loan: Loan, amount: int) -> None:
    """Credit that another refund is already on its way with cannot be paid back twice."""
    on_its_way = OutgoingPayment.objects.filter(loan=loan, purpose="refund", fact__isnull=True).exclude(
        state__in=["returned", "declined"]
    )
    left = credit_of(loan, timezone.localdate()) - sum(on_its_way.values_list("amount", flat=True))
    if not 1 <= amount <= left:
        raise InputError(
            f"the credit balance that can be paid back is {max(left, 0)}", "/amount", "ask for that, or less"
        )


def _gives_back(payment: IncomingPayment, amount: int) -> bool:
    """Whether `amount` can go back by the way of `payment`: a wallet gives back no more than its trade brought."""
    before = payment.refunds.exclude(state__in=["returned", "declined"]).values_list("amount", flat=True)
    return payment.method != IncomingPayment.Method.WALLET or amount <= payment.amount - sum(before)


def _way_back(payment: IncomingPayment | None) -> tuple[str, str, str]:
    """Number, holder and port by which money goes back the way that it came; all empty for the borrower's account."""
    if payment is None:
        return "", "", ""
    if payment.method in BY_HAND:
        return "", "", "hand"
    details = getattr(payment, "details", None)
    if payment.method == "wallet":
        return payment.source_id, "", "wallet"
    if details is None or not details.payer_account:
        return "", "", "hand"
    return details.payer_account, details.payer_name, "file"
