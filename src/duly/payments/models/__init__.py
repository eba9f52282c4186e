"""What payments keeps on record: money that came, money that went, orders, mandates, and the bank's own statements."""

from duly.payments.models.accounts import BorrowerAccount
from duly.payments.models.incoming import IncomingPayment, Outcome, PaymentDetails, Suspense
from duly.payments.models.mandates import Debit, DebitMandate
from duly.payments.models.orders import PaymentOrder, WalletNotice
from duly.payments.models.outgoing import OutgoingEvent, OutgoingPayment
from duly.payments.models.statements import BankEntry, BankStatement, EntryExplanation, StatementFile

__all__ = [
    "BankEntry",
    "BankStatement",
    "BorrowerAccount",
    "Debit",
    "DebitMandate",
    "EntryExplanation",
    "IncomingPayment",
    "Outcome",
    "OutgoingEvent",
    "OutgoingPayment",
    "PaymentDetails",
    "PaymentOrder",
    "StatementFile",
    "Suspense",
    "WalletNotice",
]
