"""The wallet's messages about orders: checked, absorbed once, and answered when what they tell is on record.

Source: Alipay open platform, "asynchronous notification": the signature, then app_id, seller_id, out_trade_no and
total_amount are checked; the wallet sends a message again until it is answered "success".
"""

import datetime
import logging
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.lending.positions import position_on
from duly.payments.arrivals import Details
from duly.payments.incoming import receive
from duly.payments.models import PaymentOrder, Suspense, WalletNotice
from duly.payments.orders import owes_nothing, payment_of
from duly.payments.wallet.account import SOURCE, WalletAccount, wallet_account
from duly.payments.wallet.gateway import BEIJING, CURRENCY, TIME
from duly.payments.wallet.signing import holds, notice_text

log = logging.getLogger(__name__)

PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")
Answer = WalletNotice.Answer


class RefusedNoticeError(Exception):
    """A message that is not the wallet's, not for this lender, or says what cannot be: nothing of it is recorded."""


def absorb(fields: Mapping[str, str]) -> WalletNotice:
    """Take in one message of the wallet's. When it returns, what it tells is committed.

    Money that was paid is never turned away: where it does not fit its order (unknown, expired, paid already, another
    amount, nothing owed any more) it waits in suspense. The same message, and the same trade told by another message,
    change nothing. Raises RefusedNoticeError for a message that is forged, not for this lender, or contradicts itself.
    """
    _check_genuine(fields, wallet_account())
    known = WalletNotice.objects.filter(notify_id=fields["notify_id"]).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _absorb_new(fields)
    except IntegrityError:
        # The same message, arriving twice at the same time.
        known = WalletNotice.objects.filter(notify_id=fields["notify_id"]).first()
        if known is None:
            raise
        return known


def _check_genuine(fields: Mapping[str, str], account: WalletAccount) -> None:
    if fields.get("sign_type") != "RSA2" or not holds(notice_text(fields), fields.get("sign", ""), account.wallet_key):
        raise RefusedNoticeError("its signature does not hold")
    if fields.get("app_id") != account.app_id:
        raise RefusedNoticeError("it is for another application")
    if fields.get("seller_id") != account.seller_id:
        raise RefusedNoticeError("it is for another seller")
    for name in ("notify_id", "out_trade_no", "trade_no", "trade_status"):
        if not fields.get(name):
            raise RefusedNoticeError(f"it has no {name}")


def _absorb_new(fields: Mapping[str, str]) -> WalletNotice:
    answer = _received(fields) if fields["trade_status"] in PAID else Answer.NOTHING
    return WalletNotice.objects.create(
        notify_id=fields["notify_id"][:128],
        number=fields["out_trade_no"][:64],
        trade_no=fields["trade_no"][:64],
        trade_status=fields["trade_status"][:32],
        amount=fields.get("total_amount", "")[:32],
        answer=answer,
    )


def _received(fields: Mapping[str, str]) -> Answer:
    # The order's row is the lock: two trades for one order are judged one after the other.
    order = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("loan__product")
        .filter(number=fields["out_trade_no"])
        .first()
    )
    try:
        amount = parse_money(fields.get("total_amount"), decimals(CURRENCY), "/total_amount")
        paid_at = _paid_at(fields)
        waits_for = _unfit(order, amount, paid_at, fields["trade_no"])
        receipt = receive(
            SOURCE,
            fields["trade_no"],
            amount,
            CURRENCY,
            timezone.localdate(paid_at),
            method="wallet",
            loan=order.loan.reference if order is not None and not waits_for else "",
            prepays=order is not None and order.purpose == PaymentOrder.Purpose.PREPAY,
            waits_for=waits_for,
            details=Details(payer_account=fields.get("buyer_logon_id", ""), order=order, end_to_end=fields["trade_no"]),
        )
    except InputError as error:
        raise RefusedNoticeError(str(error)) from error
    if receipt.known:
        return Answer.KNOWN
    return Answer.PAID if receipt.state == "posted" else Answer.SUSPENSE


def _unfit(order: PaymentOrder | None, amount: int, paid_at: datetime.datetime, trade_no: str) -> str:
    """Why money that was paid cannot be posted as its order says; "" when it can."""
    if order is None:
        return Suspense.Reason.UNKNOWN_ORDER
    paid = payment_of(order)
    if paid is not None:
        return "" if paid.payment.source_id == trade_no else Suspense.Reason.ORDER_PAID
    if order.currency != CURRENCY:
        return Suspense.Reason.OTHER_CURRENCY
    if amount != order.amount:
        return Suspense.Reason.OTHER_AMOUNT
    if paid_at > order.expires_at:
        return Suspense.Reason.ORDER_EXPIRED
    if owes_nothing(position_on(order.loan, timezone.localdate(paid_at))):
        return Suspense.Reason.LOAN_SETTLED
    return ""


def _paid_at(fields: Mapping[str, str]) -> datetime.datetime:
    text = fields.get("gmt_payment") or fields.get("notify_time") or ""
    try:
        return datetime.datetime.strptime(text, TIME).replace(tzinfo=BEIJING)
    except ValueError:
        raise InputError(f"{text!r} is not a time", "/gmt_payment", f"write times as {TIME}") from None
