"""Staff say that money sent did not arrive: it counts as back once a second person has agreed.

A loan whose money came back is cancelled, and a refund may be paid again, so one person alone could make money vanish.
What the bank's statement says needs nobody (`duly.payments.statements.returns`).
"""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.engine.errors import InputError
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import mark_returned
from duly.payments.refunds import amount_and_why
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "outgoing_came_back"
State = OutgoingPayment.State


def ask_came_back(payment: OutgoingPayment, by: User, why: str) -> Approval:
    """Ask for a payment that was sent to count as back. Raises InputError for one that is not on its way or made."""
    if payment.state not in (State.SENT, State.SETTLED):
        raise InputError(f"this payment is {payment.state}", "/state", "only what was sent can come back")
    content = {
        "outgoing": payment.pk,
        "end_to_end": payment.end_to_end,
        "amount": payment.amount,
        "currency": payment.currency,
        "why": why[:200],
    }
    return approvals.ask(KIND, content, by, payment.end_to_end)


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(gettext("Payment out"), content["end_to_end"]), *amount_and_why(content)]


@approvals.carries_out(KIND, title=gettext_lazy("Count a payment as come back"), approvers=[Role.FINANCE], shown=_shown)
def count_as_back(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: what the payment was for is open again, from today."""
    payment = OutgoingPayment.objects.get(pk=content["outgoing"])
    mark_returned(payment, timezone.localdate(), why=content["why"], by=approval.asked_by)
    return payment.end_to_end
