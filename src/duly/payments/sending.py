"""What was approved leaves: by payment files for the bank, by signed requests to the wallet."""

import datetime
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.db import transaction

from duly.engine.errors import InputError
from duly.payments.files.folder import alone, keep
from duly.payments.files.instruction import write_instruction
from duly.payments.models import OutgoingPayment
from duly.payments.outgoing import NO_CREDIT, decline_without_credit, mark_sent
from duly.payments.wallet.account import wallet_account
from duly.payments.wallet.gateway import refund_request, transfer_request
from duly.payments.wallet.signing import holds

log = logging.getLogger(__name__)
DONE = "10000"


@dataclass(frozen=True)
class Sent:
    """What one run sent: the files, how many payments, and those that could not leave, with the reason."""

    files: Sequence[Path]
    payments: int
    refused: Sequence[tuple[str, str]]


def send_approved(on: datetime.date) -> Sent:
    """Send every payment that is approved: one file a currency, one request each to the wallet. Again is safe."""
    done = _send_files(on)
    count, refused = done.payments, list(done.refused)
    for payment in _approved("wallet"):
        try:
            if decline_without_credit(payment, on):
                refused.append((payment.end_to_end, NO_CREDIT))
                continue
            mark_sent(payment, on, reference=ask_wallet(payment))
        except InputError as error:
            refused.append((payment.end_to_end, error.what))
            continue
        count += 1
    return Sent(done.files, count, refused)


def _send_files(on: datetime.date) -> Sent:
    with alone(), transaction.atomic():
        waiting, refused, files = [], [], []
        for payment in _approved("file").select_for_update(of=("self",)):
            if decline_without_credit(payment, on):
                refused.append((payment.end_to_end, NO_CREDIT))
            else:
                waiting.append(payment)
        for currency in sorted({one.currency for one in waiting}):
            some = [one for one in waiting if one.currency == currency]
            number = f"pay-{on:%Y%m%d}-{currency}-{some[0].end_to_end[-8:]}"
            for one in some:
                mark_sent(one, on, reference=f"{number}.xml")
            files.append(keep(f"{number}.xml", write_instruction(number, some, on)))
    return Sent(files, len(waiting), refused)


def ask_wallet(payment: OutgoingPayment) -> str:
    """Ask the wallet to pay: a refund of what it brought, or a transfer. Returns its number for it.

    The wallet makes a payment once by our number for it, so asking again is safe. Raises InputError when it refuses,
    or when its answer is not signed by it.
    """
    back = payment.refunds is not None and payment.refunds.method == "wallet"
    address = refund_request(payment) if back else transfer_request(payment)
    name = "alipay_trade_refund_response" if back else "alipay_fund_trans_uni_transfer_response"
    try:
        answer = httpx.post(address, timeout=30)
        answer.raise_for_status()
        document = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise InputError(f"the wallet did not answer: {error}", "/wallet", "run again later") from error
    said = document.get(name, {})
    # The signature covers the answer's own text, as it was sent.
    if not holds(_own_text(answer.text, name), document.get("sign", ""), wallet_account().wallet_key):
        raise InputError("the wallet's answer is not signed by it", "/wallet", "look into it before sending again")
    if said.get("code") != DONE:
        raise InputError(
            f"the wallet refused: {said.get('sub_msg') or said.get('msg')}", "/wallet", "correct it, then send again"
        )
    return str(said.get("order_id") or said.get("trade_no") or payment.end_to_end)


def _own_text(text: str, name: str) -> str:
    """The text of the object `name` within a JSON document, as written."""
    start = text.find("{", text.find(f'"{name}"'))
    if start < 0:
        return ""
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end]


def _approved(port: str):
    return (
        OutgoingPayment.objects.filter(state=OutgoingPayment.State.APPROVED, port=port)
        .select_related("loan", "refunds")
        .order_by("pk")
    )
