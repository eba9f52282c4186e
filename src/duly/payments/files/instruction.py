"""Payments to make, as the bank takes them: ISO 20022 pain.001.001.09, customer credit transfer initiation."""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from duly.payments.files.xml import account, amount, bank, message, name
from duly.payments.models import OutgoingPayment
from duly.payments.payer_accounts import plain_account

FORM = "pain.001.001.09"


def write_instruction(number: str, payments: Sequence[OutgoingPayment], on: datetime.date) -> bytes:
    """The file that asks the bank to make `payments`, all of one currency, on `on`."""
    currency = payments[0].currency
    total = amount(sum(one.amount for one in payments), currency)
    debtor = ("Nm", name(settings.DULY_CREDITOR_NAME))
    return message(
        FORM,
        "CstmrCdtTrfInitn",
        [
            (
                "GrpHdr",
                [
                    ("MsgId", number[:35]),
                    ("CreDtTm", timezone.localtime().replace(microsecond=0, tzinfo=None).isoformat()),
                    ("NbOfTxs", str(len(payments))),
                    ("CtrlSum", total),
                    ("InitgPty", [debtor]),
                ],
            ),
            (
                "PmtInf",
                [
                    ("PmtInfId", number[:35]),
                    ("PmtMtd", "TRF"),
                    ("BtchBookg", "false"),
                    ("NbOfTxs", str(len(payments))),
                    ("CtrlSum", total),
                    ("ReqdExctnDt", [("Dt", on.isoformat())]),
                    ("Dbtr", [debtor]),
                    ("DbtrAcct", [account(plain_account(settings.DULY_CREDITOR_ACCOUNT))]),
                    ("DbtrAgt", [bank(settings.DULY_CREDITOR_BANK)]),
                    *(_transfer(one) for one in payments),
                ],
            ),
        ],
    )


def _transfer(payment: OutgoingPayment):
    about = payment.loan.reference if payment.loan else str(payment.refunds or "")
    return (
        "CdtTrfTxInf",
        [
            ("PmtId", [("EndToEndId", payment.end_to_end)]),
            ("Amt", [(f"InstdAmt:{payment.currency}", amount(payment.amount, payment.currency))]),
            ("Cdtr", [("Nm", name(payment.holder))]),
            ("CdtrAcct", [account(plain_account(payment.account))]),
            ("RmtInf", [("Ustrd", f"{payment.purpose} {about}"[:140])]),
        ],
    )
