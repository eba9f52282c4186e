"""Paying out what was signed: the loan begins on the day the money leaves; what comes back is undone or tried again."""

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from duly.borrowing.drawing import move
from duly.borrowing.lines import not_drawable, standing_on
from duly.borrowing.models import CreditLine, Drawdown
from duly.borrowing.models.kept import BY_DULY
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.lending.services import cancel, disburse_loan, record_payment
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import pay_out

OWED = (Drawdown.State.DISBURSED, Drawdown.State.WITHDRAWING)
PAID_OUT = (*OWED, Drawdown.State.WITHDRAWN)
ON_ITS_WAY = (OutgoingPayment.State.SENT, OutgoingPayment.State.SETTLED)
CAME_BACK = (OutgoingPayment.State.RETURNED, OutgoingPayment.State.DECLINED)


def disburse(drawdown: Drawdown, at: datetime.datetime, on: datetime.date) -> Drawdown:
    """Ask for the money of a signed drawdown to be paid out. Asked again, nothing more is paid.

    Raises InputError when it is not signed, or its line was put on hold meanwhile.
    """
    with transaction.atomic():
        held = _locked(drawdown)
        if held.state in (Drawdown.State.SENDING, *PAID_OUT):
            return held
        if held.state != Drawdown.State.SIGNED:
            raise InputError(gettext("This is not signed."), "/drawdown", gettext("Sign the contract first."))
        refused = not_drawable(standing_on(held.line, on))
        if refused is not None:
            raise refused
        held.tries += 1
        pay_out(
            payment_key(held),
            held.line.borrower,
            held.paid_out,
            held.line.product.currency,
            purpose=OutgoingPayment.Purpose.DISBURSEMENT,
        )
        move(held, Drawdown.State.SENDING, at, BY_DULY)
    return follow(held, at)


def payment_key(drawdown: Drawdown) -> str:
    """The key of the payment of a drawdown's last try."""
    return f"drawdown/{drawdown.reference}/{drawdown.tries}"


def follow(drawdown: Drawdown, at: datetime.datetime) -> Drawdown:
    """Do what the state of its payment calls for: make the loan once money left, undo it when it came back."""
    with transaction.atomic():
        held = _locked(drawdown)
        payment = OutgoingPayment.objects.filter(key=payment_key(held)).first()
        if payment is None:
            return held
        if held.state == Drawdown.State.SENDING and payment.state in ON_ITS_WAY:
            _begin(held, payment, at)
        elif held.state == Drawdown.State.SENDING and payment.state in CAME_BACK:
            move(held, Drawdown.State.FAILED, at, BY_DULY, _why(payment))
        elif held.state in OWED and payment.state in CAME_BACK:
            _undo(held, payment, at)
    return held


def retry(drawdown: Drawdown, at: datetime.datetime, on: datetime.date, by: str) -> Drawdown:
    """Try once more to pay out what could not be paid. Raises InputError when the line has no room for it any more."""
    with transaction.atomic():
        # The line's row first: what is tried again takes room, as drawing does.
        CreditLine.objects.select_for_update().get(pk=drawdown.line_id)
        held = _locked(drawdown)
        if held.state != Drawdown.State.FAILED or held.loan_id is not None:
            raise InputError(gettext("There is nothing to try again."), "/drawdown", gettext("Look at it again."))
        if held.amount > standing_on(held.line, on).left:
            raise InputError(
                gettext("The line has no room for it any more."), "/drawdown", gettext("Draw a smaller amount.")
            )
        move(held, Drawdown.State.SIGNED, at, by)
    return disburse(held, at, on)


def disburse_signed(at: datetime.datetime, on: datetime.date) -> int:
    """Go on with every drawdown that is signed, or whose payment is on its way or came back; gives how many moved."""
    moved = 0
    came_back = OutgoingPayment.objects.filter(state__in=CAME_BACK, purpose=OutgoingPayment.Purpose.DISBURSEMENT)
    unfinished = Q(state__in=[Drawdown.State.SIGNED, Drawdown.State.SENDING])
    undone = Q(state__in=OWED, loan__in=came_back.filter(loan__isnull=False).values("loan"))
    for drawdown in Drawdown.objects.filter(unfinished | undone).order_by("pk"):
        try:
            after = disburse(drawdown, at, on) if drawdown.state == Drawdown.State.SIGNED else follow(drawdown, at)
        except InputError:
            # Its line is on hold, or nobody knows where to pay: it stays signed, and its page says so.
            continue
        moved += after.state != drawdown.state
    return moved


def follow_payment(outgoing: OutgoingPayment, at: datetime.datetime) -> None:
    """Follow the drawdown that a payment belongs to, if it does."""
    kind, _, rest = outgoing.key.partition("/")
    reference = rest.rpartition("/")[0]
    drawdown = Drawdown.objects.filter(reference=reference).first() if kind == "drawdown" else None
    if drawdown is not None:
        follow(drawdown, at)


def _begin(held: Drawdown, payment: OutgoingPayment, at: datetime.datetime) -> None:
    left_on = _day(payment, OutgoingPayment.State.SENT) or _day(payment, OutgoingPayment.State.SETTLED)
    held.loan = disburse_loan(
        held.reference,
        borrower=held.line.borrower.reference,
        product=held.terms.code,
        version=held.terms.version,
        principal=held.amount,
        disbursed_on=left_on,
        installments=held.installments,
        annual_rate=held.annual_rate,
        service_fee=held.service_fee,
        upfront_fee=held.upfront_fee,
        key=f"drawdown/{held.reference}",
        source="borrowing",
    )
    OutgoingPayment.objects.filter(pk=payment.pk).update(loan=held.loan)
    move(held, Drawdown.State.DISBURSED, at, BY_DULY)


def _undo(held: Drawdown, payment: OutgoingPayment, at: datetime.datetime) -> None:
    """The money came back: the loan is cancelled from its first day, and nothing is owed or owing."""
    back_on = _day(payment, payment.state)
    key = f"drawdown/{held.reference}"
    undo_loan(held.loan, held.loan.disbursed_on, key)
    record_payment(held.loan.reference, held.paid_out, back_on, key=f"{key}/returned", source="borrowing")
    held.withdrawn_on = held.return_by = None
    move(held, Drawdown.State.WITHDRAWN, at, BY_DULY, _why(payment))


def undo_loan(loan: Loan, on: datetime.date, key: str) -> None:
    """Cancel `loan` as of `on`: what is owed is what was paid out, since the fee withheld counts as paid back."""
    cancel(loan.reference, on, key=f"{key}/cancelled", source="borrowing")


def _day(payment: OutgoingPayment, state: str) -> datetime.date | None:
    event = payment.events.filter(state=state).order_by("pk").first()
    return None if event is None else event.on


def _why(payment: OutgoingPayment) -> str:
    event = payment.events.order_by("pk").last()
    return event.why if event else ""


def _locked(drawdown: Drawdown) -> Drawdown:
    rows = Drawdown.objects.select_for_update(of=("self",))
    return rows.select_related("line__product", "line__borrower", "terms").get(pk=drawdown.pk)
