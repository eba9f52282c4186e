"""What borrowing does as soon as payments tells that money left, came back, or arrived."""

import logging

from django.utils import timezone

from duly.borrowing.paying_out import follow_payment
from duly.borrowing.withdrawing import complete_withdrawals
from duly.engine.errors import InputError
from duly.payments.models import OutgoingPayment
from duly.payments.signals import money_arrived, money_came_back, money_left

log = logging.getLogger(__name__)


def connect() -> None:
    """Listen from now on."""
    money_left.connect(payment_moved, dispatch_uid="borrowing follows")
    money_came_back.connect(payment_moved, dispatch_uid="borrowing follows back")
    money_arrived.connect(payment_arrived, dispatch_uid="borrowing withdraws")


def payment_moved(sender: object, outgoing_id: int, **rest: object) -> None:
    """A payment left or came back: go on with its drawdown. What fails is tried again by the daily work."""
    outgoing = OutgoingPayment.objects.get(pk=outgoing_id)
    try:
        follow_payment(outgoing, timezone.now())
    except InputError as error:
        log.error("the drawdown of payment %s waits: %s", outgoing.end_to_end, error)


def payment_arrived(sender: object, loan_ids: frozenset[int], **rest: object) -> None:
    """Money arrived on loans: a withdrawal among them may be complete."""
    complete_withdrawals(timezone.now(), timezone.localdate(), loan_ids)
