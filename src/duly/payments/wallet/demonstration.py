"""The demonstration's wallet: reads our signed request as a wallet would, and makes the message that follows payment.

Nothing is paid. Only where settings.DULY_WALLET_DEMONSTRATION is on and no real account is named.
"""

import datetime
import json
import secrets
from collections.abc import Mapping

from duly.payments.wallet.account import WalletAccount, demonstration_wallet_key
from duly.payments.wallet.gateway import BEIJING, TIME
from duly.payments.wallet.signing import holds, notice_text, request_text, sign


def read_request(fields: Mapping[str, str], account: WalletAccount) -> dict[str, str]:
    """What a signed request asks to be paid: out_trade_no, total_amount, subject. ValueError if it is not ours."""
    if not holds(request_text(fields), fields.get("sign", ""), account.lender_key.public_key()):
        raise ValueError("the request is not signed by the lender")
    content: dict[str, str] = json.loads(fields["biz_content"])
    return content


def paid_notice(content: Mapping[str, str], account: WalletAccount, now: datetime.datetime) -> dict[str, str]:
    """The message that a wallet sends when the buyer has paid, signed."""
    stamp = now.astimezone(BEIJING).strftime(TIME)
    fields = {
        "notify_time": stamp,
        "notify_type": "trade_status_sync",
        "notify_id": secrets.token_hex(17),
        "app_id": account.app_id,
        "charset": "utf-8",
        "version": "1.0",
        "sign_type": "RSA2",
        "trade_no": f"{now.astimezone(BEIJING):%Y%m%d}22001{secrets.randbelow(10**15):015d}",
        "out_trade_no": content["out_trade_no"],
        "seller_id": account.seller_id,
        "buyer_logon_id": "wallet@demonstration.example",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": content["total_amount"],
        "receipt_amount": content["total_amount"],
        "subject": content["subject"],
        "gmt_create": stamp,
        "gmt_payment": stamp,
    }
    return fields | {"sign": sign(notice_text(fields), demonstration_wallet_key())}
