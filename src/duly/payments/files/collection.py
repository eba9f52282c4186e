"""Debits to collect, as the bank takes them: ISO 20022 pain.008.001.08, customer direct debit initiation."""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from duly.payments.files.xml import account, amount, bank, message, name
from duly.payments.models import Debit
from duly.payments.payer_accounts import plain_account

FORM = "pain.008.001.08"


def write_collection(number: str, debits: Sequence[Debit], on: datetime.date) -> bytes:
    """The file that asks the bank to collect `debits`, all of one currency, on `on`."""
    currency = debits[0].currency
    total = amount(sum(one.amount for one in debits), currency)
    creditor = ("Nm", name(settings.DULY_CREDITOR_NAME))
    scheme = [("Id", settings.DULY_CREDITOR_ID or "NOTPROVIDED"), ("SchmeNm", [("Prtry", "SEPA")])]
    return message(
        FORM,
        "CstmrDrctDbtInitn",
        [
            (
                "GrpHdr",
                [
                    ("MsgId", number[:35]),
                    ("CreDtTm", timezone.localtime().replace(microsecond=0, tzinfo=None).isoformat()),
                    ("NbOfTxs", str(len(debits))),
                    ("CtrlSum", total),
                    ("InitgPty", [creditor]),
                ],
            ),
            (
                "PmtInf",
                [
                    ("PmtInfId", number[:35]),
                    ("PmtMtd", "DD"),
                    # Booked one by one, so that each comes back on the statement under its own reference.
                    ("BtchBookg", "false"),
                    ("NbOfTxs", str(len(debits))),
                    ("CtrlSum", total),
                    ("PmtTpInf", [("SvcLvl", [("Cd", "SEPA")]), ("LclInstrm", [("Cd", "CORE")]), ("SeqTp", "RCUR")]),
                    ("ReqdColltnDt", on.isoformat()),
                    ("Cdtr", [creditor]),
                    ("CdtrAcct", [account(plain_account(settings.DULY_CREDITOR_ACCOUNT))]),
                    ("CdtrAgt", [bank(settings.DULY_CREDITOR_BANK)]),
                    ("CdtrSchmeId", [("Id", [("PrvtId", [("Othr", scheme)])])]),
                    *(_debit(one) for one in debits),
                ],
            ),
        ],
    )


def _debit(debit: Debit):
    mandate = debit.mandate
    signed = [("MndtId", mandate.reference), ("DtOfSgntr", timezone.localdate(mandate.signed_at).isoformat())]
    return (
        "DrctDbtTxInf",
        [
            ("PmtId", [("EndToEndId", debit.end_to_end)]),
            (f"InstdAmt:{debit.currency}", amount(debit.amount, debit.currency)),
            ("DrctDbtTx", [("MndtRltdInf", signed)]),
            ("DbtrAgt", [bank(mandate.account.bank)]),
            ("Dbtr", [("Nm", name(mandate.account.holder or mandate.borrower.name))]),
            ("DbtrAcct", [account(plain_account(mandate.account.number))]),
            ("RmtInf", [("Ustrd", f"{debit.loan.reference} {debit.due_on}"[:140])]),
        ],
    )
