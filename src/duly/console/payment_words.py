"""Payments in words: how one stands, why money waits, what became of it, and the lines between book and bank."""

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from duly.payments.models import IncomingPayment, Outcome, OutgoingPayment, Suspense
from duly.screens.standing import Standing

METHODS = {
    "wallet": gettext_lazy("Wallet"),
    "bank": pgettext_lazy("payment", "Bank"),
    "debit": gettext_lazy("Automatic debit"),
    "cash": gettext_lazy("Cash"),
    "cheque": gettext_lazy("Cheque"),
    "transfer": gettext_lazy("Transfer told by staff"),
    "api": gettext_lazy("Another system"),
}
REASONS = {
    "no_reference": gettext_lazy("Nothing says which loan it is for"),
    "unknown_loan": gettext_lazy("It names a loan that is not on record"),
    "ambiguous": gettext_lazy("It fits more than one loan"),
    "other_currency": gettext_lazy("It is in another currency than the loan"),
    "too_early": gettext_lazy("It came before the loan was paid out"),
    "unknown_order": gettext_lazy("It names an order that is not on record"),
    "order_paid": gettext_lazy("Its order had been paid before"),
    "order_expired": gettext_lazy("It was paid after its order had expired"),
    "other_amount": gettext_lazy("It is another amount than its order"),
    "loan_settled": gettext_lazy("Nothing was owed on the loan any more"),
    "taken_back": gettext_lazy("It is being taken back"),
    "refund_returned": gettext_lazy("Its refund did not arrive"),
}
OUTCOMES = {
    "posted": gettext_lazy("Posted to a loan"),
    "unposted": gettext_lazy("Taken off a loan again"),
    "refunded": gettext_lazy("Paid back"),
    "unrefunded": gettext_lazy("The refund came back"),
    "returned": gettext_lazy("Taken back by the payer's bank"),
    "own": gettext_lazy("A transfer of the lender's own"),
}
STATES = {
    "asked": ("attention", pgettext_lazy("payment", "Asked for")),
    "approved": ("attention", pgettext_lazy("payment", "To be sent")),
    "sent": ("still", pgettext_lazy("payment", "Sent")),
    "settled": ("good", pgettext_lazy("payment", "Made")),
    "returned": ("late", pgettext_lazy("payment", "Came back")),
    "declined": ("still", pgettext_lazy("payment", "Declined")),
}
ENTRY_KINDS = {
    "payment": pgettext_lazy("entry", "Booking"),
    "return": pgettext_lazy("entry", "Returned booking"),
    "charge": pgettext_lazy("entry", "Charge"),
}
PURPOSES = {"disbursement": gettext_lazy("Disbursement"), "refund": gettext_lazy("Refund")}
LINES = {
    "since_close": gettext_lazy("Recorded in the book since the last close"),
    "suspense": gettext_lazy("Waits in suspense: at the bank, not in the book"),
    "refunds_not_left": gettext_lazy("Refunds of suspense that have not left yet"),
    "on_its_way_out": gettext_lazy("Sent, and not yet on a statement"),
    "in_wallet": gettext_lazy("Came into the wallet"),
    "paid_from_wallet": gettext_lazy("Paid out of the wallet"),
    "in_till": gettext_lazy("Came in cash and by cheque"),
    "paid_from_till": gettext_lazy("Paid out by hand"),
    "told_by_others": gettext_lazy("Told by staff and other systems"),
    "own_transfers": gettext_lazy("Moved here from accounts of the lender's own"),
    "charges": gettext_lazy("Charges of the bank"),
    "entries_to_explain": gettext_lazy("Entries that nobody has explained yet"),
    "explained": gettext_lazy("Entries that a person has explained"),
    "opening": gettext_lazy("What the bank held before the first statement"),
}


def of_incoming(waiting: int) -> Standing:
    """How a payment that came stands: dealt with, or some of it waits."""
    return Standing("attention", gettext("Waits")) if waiting else Standing("good", gettext("Dealt with"))


def of_outgoing(payment: OutgoingPayment) -> Standing:
    """How an outgoing payment stands."""
    meaning, word = STATES[payment.state]
    return Standing(meaning, str(word))


def method_words(payment: IncomingPayment) -> str:
    """The way by which a payment came."""
    return str(METHODS[payment.method])


def reason_words(waiting: Suspense) -> str:
    """Why money waits."""
    return str(REASONS[waiting.reason])


def outcome_words(outcome: Outcome) -> str:
    """One thing that became of a payment."""
    return str(OUTCOMES[outcome.kind])
