"""What an entry that is no new money means: an outgoing payment made or sent back, a payment or a debit taken back."""

from duly.payments.debits import debit_returned
from duly.payments.incoming import take_back
from duly.payments.models import BankEntry, Debit, IncomingPayment, OutgoingPayment
from duly.payments.outgoing import mark_returned, mark_settled
from duly.payments.statements.camt import BACK

State = OutgoingPayment.State


def explain(entry: BankEntry) -> bool:
    """Work what `entry` means; False when nothing on record explains it, so that a person must look.

    Raises InputError for what cannot be worked, such as a payment taken back that has been refunded.
    """
    if entry.amount > 0:
        return _came_back(entry)
    if entry.kind == "return":
        return _taken_back(entry)
    return _settled(entry)


def _settled(entry: BankEntry) -> bool:
    payment = OutgoingPayment.objects.filter(
        end_to_end=entry.end_to_end, amount=-entry.amount, currency=entry.currency, state=State.SENT
    ).first()
    if payment is None:
        return False
    mark_settled(payment, entry.booked_on, entry=entry)
    return True


def _came_back(entry: BankEntry) -> bool:
    payment = OutgoingPayment.objects.filter(
        end_to_end=entry.end_to_end,
        amount=entry.amount,
        currency=entry.currency,
        state__in=[State.SENT, State.SETTLED],
    ).first()
    if payment is None:
        return False
    mark_returned(payment, entry.booked_on, why=entry.code or "returned by the bank", entry=entry)
    return True


def _taken_back(entry: BankEntry) -> bool:
    why = entry.code or "taken back by the payer's bank"
    debit = Debit.objects.filter(end_to_end=entry.end_to_end or None, amount=-entry.amount).first()
    if debit is not None:
        if debit.payment_id is not None:
            take_back(debit.payment_id, entry.booked_on, why=why, entry=entry)
        debit_returned(debit, entry.booked_on, entry.code, entry)
        return True
    payment = _payment_taken_back(entry)
    if payment is None:
        return False
    take_back(payment.pk, entry.booked_on, why=why, entry=entry)
    return True


def _payment_taken_back(entry: BankEntry) -> IncomingPayment | None:
    """The one payment that the entry takes back; None when there is none, or more than one that it might be."""
    alike = IncomingPayment.objects.filter(
        source=f"bank:{entry.account}"[:64], amount=-entry.amount, currency=entry.currency
    ).exclude(outcomes__kind="returned")
    if entry.end_to_end:
        alike = alike.filter(details__end_to_end=entry.end_to_end)
    else:
        # A bank that undoes a booking of its own repeats the booking's reference.
        alike = alike.filter(source_id__in=[entry.booking.removesuffix(BACK), entry.reference.removesuffix(BACK)])
    found = list(alike[:2])
    return found[0] if len(found) == 1 else None
