"""Requests to the wallet, signed: the address of its page on which an order is paid, and transfers and refunds."""

import datetime
import json
from collections.abc import Mapping
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from duly.engine.errors import InputError
from duly.engine.money import decimals, format_money
from duly.payments.models import OutgoingPayment, PaymentOrder
from duly.payments.wallet.account import WalletAccount, wallet_account
from duly.payments.wallet.signing import request_text, sign

# The wallet tells and reads times as they are in Beijing.
BEIJING = ZoneInfo("Asia/Shanghai")
TIME = "%Y-%m-%d %H:%M:%S"
NOTIFY = "/pay/wallet/notify"
# The wallet settles in yuan.
CURRENCY = "CNY"


def pay_address(order: PaymentOrder, *, phone: bool = True, return_url: str = "", subject: str = "") -> str:
    """The address of the wallet's page on which `order` is paid: on a phone, or at a desk with a code to scan.

    alipay.trade.wap.pay and alipay.trade.page.pay. Raises InputError when no wallet is set up, and for an order that is
    not in yuan.
    """
    if order.currency != CURRENCY:
        raise InputError(f"the wallet does not take {order.currency}", "/currency", "pay by bank transfer")
    content = {
        "out_trade_no": order.number,
        "total_amount": format_money(order.amount, decimals(order.currency)),
        "subject": subject or f"{settings.DULY_LENDER} {order.loan.reference}",
        "product_code": "QUICK_WAP_WAY" if phone else "FAST_INSTANT_TRADE_PAY",
        "time_expire": order.expires_at.astimezone(BEIJING).strftime(TIME),
    }
    more = {"notify_url": settings.DULY_PUBLIC_URL + NOTIFY} | ({"return_url": return_url} if return_url else {})
    return address("alipay.trade.wap.pay" if phone else "alipay.trade.page.pay", content, more)


def transfer_request(payment: OutgoingPayment) -> str:
    """The signed request that pays to the wallet of a borrower: alipay.fund.trans.uni.transfer."""
    content = {
        "out_biz_no": payment.end_to_end,
        "trans_amount": format_money(payment.amount, decimals(payment.currency)),
        "product_code": "TRANS_ACCOUNT_NO_PWD",
        "biz_scene": "DIRECT_TRANSFER",
        "order_title": settings.DULY_LENDER,
        "payee_info": {"identity": payment.account, "identity_type": "ALIPAY_LOGON_ID", "name": payment.holder},
    }
    return address("alipay.fund.trans.uni.transfer", content)


def refund_request(payment: OutgoingPayment) -> str:
    """The signed request that gives a payment by wallet back, or a part of it: alipay.trade.refund."""
    content = {
        "trade_no": payment.refunds.source_id if payment.refunds else "",
        "refund_amount": format_money(payment.amount, decimals(payment.currency)),
        "out_request_no": payment.end_to_end,
    }
    return address("alipay.trade.refund", content)


def address(method: str, content: Mapping[str, object], more: Mapping[str, str] | None = None) -> str:
    """The address of a signed request with `content` as its biz_content."""
    account = wallet_account()
    fields = request_fields(account, method, content, timezone.now()) | dict(more or {})
    return f"{account.gateway}?{urlencode(fields | {'sign': sign(request_text(fields), account.lender_key)})}"


def request_fields(
    account: WalletAccount, method: str, content: Mapping[str, object], now: datetime.datetime
) -> dict[str, str]:
    """The fields of a request, without its signature."""
    return {
        "app_id": account.app_id,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": now.astimezone(BEIJING).strftime(TIME),
        "version": "1.0",
        "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }
