"""Money that goes out, step by step: asked, approved, sent through a port, settled by the statement, or returned.

asked → approved → sent → settled | returned; approved → declined, by a person or when nothing is owed any more.
A step that has been taken is taken once.
"""

import datetime
import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY, decimals
from duly.lending import services as lending
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.payments.accounts import accounts_to_pay
from duly.payments.incoming import locked, set_waiting
from duly.payments.models import (
    BankEntry,
    BorrowerAccount,
    IncomingPayment,
    Outcome,
    OutgoingEvent,
    OutgoingPayment,
    Suspense,
)
from duly.payments.signals import money_came_back, money_left
from duly.people.models import Borrower

State = OutgoingPayment.State
PORTS = ("file", "wallet", "hand")
NO_CREDIT = "the credit balance is not there any more"


def pay_out(
    key: str,
    borrower: Borrower | None,
    amount: int,
    currency: str,
    *,
    purpose: str,
    loan: Loan | None = None,
    account: BorrowerAccount | None = None,
    refunds: IncomingPayment | None = None,
    port: str = "",
    to: tuple[str, str] | None = None,
    approved_by: User | None = None,
) -> OutgoingPayment:
    """Ask for `amount` (minor units) to be paid out; the same key again is the same payment.

    It goes to `account` (the newest that the borrower gave when not named), or `to` a number and holder, by `port`
    (settings' own when not given; a wallet's account by wallet). A disbursement leaves with the next file; a refund
    is called with the person who approved it. Raises InputError for an amount that cannot be, where there is no
    account, and for a key on record with another payment.
    """
    if not isinstance(amount, int) or not 1 <= amount <= MAX_MONEY:
        raise InputError(f"{amount!r} is out of range", "/amount", f"give 1 to {MAX_MONEY} minor units")
    decimals(currency)
    there = OutgoingPayment.objects.filter(key=key).first()
    if there is not None:
        return _same(there, borrower, amount, currency, purpose)
    if to is None:
        number, holder, port = _destination(borrower, account, port)
    else:
        (number, holder), port = to, port or settings.DULY_OUT_PORT
    if port not in PORTS:
        raise InputError(f"there is no port {port!r}", "/port", f"use {', '.join(PORTS)}")
    try:
        with transaction.atomic():
            made = OutgoingPayment.objects.create(
                key=key,
                end_to_end=new_end_to_end(),
                borrower=borrower,
                loan=loan,
                refunds=refunds,
                purpose=purpose,
                amount=amount,
                currency=currency,
                port=port,
                account=number,
                holder=holder,
            )
            _event(made, State.ASKED)
            _step(made, State.APPROVED, frm=(State.ASKED,), by=approved_by)
    except IntegrityError:
        return _same(OutgoingPayment.objects.get(key=key), borrower, amount, currency, purpose)
    return made


def new_end_to_end() -> str:
    """A number that travels with a payment: 30 characters, as ISO 20022 allows up to 35."""
    return f"DULY{timezone.now():%Y%m%d}{secrets.token_hex(9).upper()}"


def credit_of(loan: Loan, on: datetime.date) -> int:
    """The credit balance of `loan`, in minor units: on `on`, or on its last fact's day where that is later."""
    last = loan.facts.order_by("-value_date").values_list("value_date", flat=True).first()
    return position_on(loan, max(on, last or on)).credit_balance


def decline_without_credit(payment: OutgoingPayment, on: datetime.date) -> bool:
    """Decline a refund of a credit balance that is not there any more: it was used, or what brought it bounced.

    To be asked before an approved payment leaves; False for one that may.
    """
    if payment.purpose != OutgoingPayment.Purpose.REFUND or payment.loan_id is None:
        return False
    with transaction.atomic():
        loan = Loan.objects.select_for_update(of=("self",)).select_related("product").get(pk=payment.loan_id)
        if credit_of(loan, on) >= payment.amount:
            return False
        _step(payment, State.DECLINED, frm=(State.APPROVED,), on=on, why=NO_CREDIT)
    return True


def stop(payment: OutgoingPayment, by: User, why: str) -> None:
    """Stop an approved payment before it leaves. Whoever stops money loses none, so one person may.

    A drawdown can be tried again; a refund of a payment waits in suspense again; a credit balance stays where it is.
    Raises InputError without a reason, and for a payment that is not approved, or has left.
    """
    if not why.strip():
        raise InputError(gettext("A reason is missing"), "/why", gettext("say in a line why"))
    with transaction.atomic():
        held = _step(payment, State.DECLINED, frm=(State.APPROVED,), by=by, why=why.strip())
        _waits_again(held, by, why.strip())
        transaction.on_commit(lambda: money_came_back.send(sender=None, outgoing_id=held.pk), robust=True)


def mark_sent(payment: OutgoingPayment, on: datetime.date, *, reference: str, by: User | None = None) -> None:
    """The payment has left on `on`, as `reference` (a file, a request); a refund of a credit balance is recorded."""
    with transaction.atomic():
        held = _step(payment, State.SENT, frm=(State.APPROVED,), on=on, reference=reference, by=by)
        if held.purpose == OutgoingPayment.Purpose.REFUND and held.loan_id is not None:
            held.fact = lending.refund(
                held.loan.reference, held.amount, on, key=f"outgoing/{held.pk}", source="payments"
            )
            held.save(update_fields=["fact"])
        transaction.on_commit(lambda: money_left.send(sender=None, outgoing_id=held.pk), robust=True)


def mark_settled(
    payment: OutgoingPayment, on: datetime.date, *, entry: BankEntry | None = None, by: User | None = None
) -> None:
    """The statement shows that the payment was made, or a person says so."""
    _step(payment, State.SETTLED, frm=(State.SENT,), on=on, entry=entry, by=by)


def mark_returned(
    payment: OutgoingPayment, on: datetime.date, *, why: str, entry: BankEntry | None = None, by: User | None = None
) -> None:
    """The payment did not arrive and the money is back: what it was for is open again.

    A refund of a credit balance is reversed on the loan; a refund of a payment waits in suspense again.
    """
    with transaction.atomic():
        held = _step(payment, State.RETURNED, frm=(State.SENT, State.SETTLED), on=on, entry=entry, by=by, why=why)
        if held.fact is not None:
            lending.reverse_fact(
                held.fact.idempotency_key, max(on, held.fact.value_date), key=f"outgoing/{held.pk}/back"
            )
        else:
            _waits_again(held, by, why)
        transaction.on_commit(lambda: money_came_back.send(sender=None, outgoing_id=held.pk), robust=True)


def _waits_again(held: OutgoingPayment, by: User | None, why: str) -> None:
    """What was to be refunded of a payment waits in suspense again; a credit balance was never taken off its loan."""
    if held.refunds_id is None or held.loan_id is not None:
        return
    incoming = locked(held.refunds_id)
    set_waiting(incoming, "unrefunded", held.amount, Suspense.Reason.REFUND_RETURNED)
    Outcome.objects.create(payment=incoming, kind="unrefunded", amount=held.amount, outgoing=held, by=by, why=why[:200])


def _destination(borrower: Borrower | None, account: BorrowerAccount | None, port: str) -> tuple[str, str, str]:
    if account is None and borrower is not None:
        account = accounts_to_pay(borrower).first()
    if account is None:
        if port == "hand":
            return "", "", port
        raise InputError("there is no account to pay to", "/account", "put an account of the borrower on record first")
    by = "wallet" if account.kind == BorrowerAccount.Kind.WALLET else settings.DULY_OUT_PORT
    return account.number, account.holder or (borrower.name if borrower else ""), port or by


def _step(payment: OutgoingPayment, state: str, *, frm: tuple[str, ...], **told: object) -> OutgoingPayment:
    with transaction.atomic():
        held = OutgoingPayment.objects.select_for_update(of=("self",)).select_related("loan", "fact").get(pk=payment.pk)
        if held.state not in frm:
            raise InputError(
                f"this payment is {held.state}", "/state", f"only what is {' or '.join(frm)} can be {state}"
            )
        held.state = payment.state = state
        held.save(update_fields=["state"])
        _event(held, state, **told)
    return held


def _event(
    payment: OutgoingPayment,
    state: str,
    *,
    on: datetime.date | None = None,
    by: User | None = None,
    entry: BankEntry | None = None,
    reference: str = "",
    why: str = "",
) -> None:
    OutgoingEvent.objects.create(
        outgoing=payment,
        state=state,
        on=on or timezone.localdate(),
        by=by,
        entry=entry,
        reference=reference,
        why=why[:200],
    )


def _same(
    there: OutgoingPayment, borrower: Borrower | None, amount: int, currency: str, purpose: str
) -> OutgoingPayment:
    given = (borrower.pk if borrower else None, amount, currency, purpose)
    if (there.borrower_id, there.amount, there.currency, there.purpose) != given:
        raise InputError(f"the key {there.key!r} is on record with another payment", "/key", "give each its own key")
    return there
