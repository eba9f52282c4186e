"""Money sent by the wallet, against a server of our own that answers and signs as the wallet does."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from small_bank import DUE, borrower

from duly.payments.accounts import add_account
from duly.payments.incoming import receive
from duly.payments.models import IncomingPayment, OutgoingPayment
from duly.payments.outgoing import pay_out
from duly.payments.sending import send_approved

pytestmark = pytest.mark.django_db


class Wallet(HTTPServer):
    """A wallet that checks who asks, pays once by our number, and signs what it says."""

    key: rsa.RSAPrivateKey
    lender: rsa.RSAPublicKey
    says: dict[str, str]
    signs = True

    def answer(self, fields: dict[str, str]) -> bytes:
        signed = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign")
        self.lender.verify(base64.b64decode(fields["sign"]), signed.encode(), PKCS1v15(), SHA256())
        self.asked.append((fields["method"], json.loads(fields["biz_content"])))
        text = json.dumps(self.says, ensure_ascii=False)
        made = base64.b64encode(self.key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
        name = fields["method"].replace(".", "_") + "_response"
        return f'{{"{name}":{text},"sign":"{made if self.signs else made[::-1]}"}}'.encode()


class Handler(BaseHTTPRequestHandler):
    server: Wallet

    def do_POST(self) -> None:
        body = self.server.answer(dict(parse_qsl(urlsplit(self.path).query)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def wallet(settings, tmp_path: Path) -> Iterator[Wallet]:
    keys = {side: rsa.generate_private_key(public_exponent=65537, key_size=2048) for side in ("lender", "wallet")}
    (tmp_path / "lender.pem").write_bytes(
        keys["lender"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (tmp_path / "wallet.pem").write_bytes(
        keys["wallet"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with Wallet(("127.0.0.1", 0), Handler) as server:
        server.key, server.lender, server.asked = keys["wallet"], keys["lender"].public_key(), []
        server.says = {"code": "10000", "msg": "Success", "order_id": "W-1", "trade_no": "T-1", "note": '还 "款" }'}
        settings.DULY_WALLET_APP_ID = "1"
        settings.DULY_WALLET_PRIVATE_KEY_FILE = str(tmp_path / "lender.pem")
        settings.DULY_WALLET_PUBLIC_KEY_FILE = str(tmp_path / "wallet.pem")
        settings.DULY_WALLET_GATEWAY = f"http://127.0.0.1:{server.server_port}/gateway.do"
        settings.DULY_PAYMENT_FILES = tmp_path / "payments"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def to_wallet() -> OutgoingPayment:
    of = borrower()
    add_account(of, "payee@wallet.example", kind="wallet", holder="Borrower 1")
    return pay_out("k", of, 80_00, "CNY", purpose="disbursement")


def test_a_transfer_leaves_once(wallet):
    payment = to_wallet()
    assert send_approved(DUE).payments == 1
    assert send_approved(DUE).payments == 0
    ((method, content),) = wallet.asked
    assert method == "alipay.fund.trans.uni.transfer"
    assert (content["out_biz_no"], content["trans_amount"]) == (payment.end_to_end, "80.00")
    payment.refresh_from_db()
    assert (payment.state, payment.events.last().reference) == ("sent", "W-1")


def test_what_came_by_wallet_goes_back_as_a_refund_of_its_trade(wallet):
    receipt = receive("wallet:alipay", "T-1", 9_00, "CNY", DUE, method="wallet")
    came = IncomingPayment.objects.get(pk=receipt.payment_id)
    pay_out("k", None, 9_00, "CNY", purpose="refund", refunds=came, port="wallet", to=("T-1", ""))
    assert send_approved(DUE).payments == 1
    method, content = wallet.asked[0]
    assert (method, content["trade_no"], content["refund_amount"]) == ("alipay.trade.refund", "T-1", "9.00")


@pytest.mark.parametrize("how", ["refuses", "does not sign", "is gone"])
def test_what_the_wallet_has_not_done_can_be_sent_again(wallet, settings, how):
    payment = to_wallet()
    if how == "refuses":
        wallet.says = {"code": "40004", "msg": "Business Failed", "sub_msg": "balance not enough"}
    wallet.signs = how != "does not sign"
    address = settings.DULY_WALLET_GATEWAY
    if how == "is gone":
        settings.DULY_WALLET_GATEWAY = "http://127.0.0.1:9/"
    done = send_approved(DUE)
    payment.refresh_from_db()
    assert (done.payments, payment.state, [number for number, _ in done.refused]) == (
        0,
        "approved",
        [payment.end_to_end],
    )
    wallet.says, wallet.signs, settings.DULY_WALLET_GATEWAY = {"code": "10000", "order_id": "W"}, True, address
    assert send_approved(DUE).payments == 1
