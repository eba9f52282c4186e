"""The wallet's protocol, against messages signed by python-alipay-sdk's own code with real keys."""

import datetime
import logging
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from alipay import AliPay
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.utils import timezone
from small_bank import loan

from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.models import Fact
from duly.payments.conservation import unbalanced_payments
from duly.payments.models import IncomingPayment, PaymentOrder, Suspense, WalletNotice
from duly.payments.orders import open_order, standing
from duly.payments.wallet.gateway import pay_address
from duly.payments.wallet.notices import absorb

APP, SELLER = "2026000100001", "2088000000000001"


@pytest.fixture(scope="module")
def keys() -> dict[str, tuple[str, str]]:
    """Of each side the private and the public key, as PEM."""

    def pair() -> tuple[str, str]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return private.decode(), public.decode()

    return {"lender": pair(), "wallet": pair(), "stranger": pair()}


@pytest.fixture(autouse=True)
def account(keys, settings, tmp_path: Path) -> None:
    (tmp_path / "lender.pem").write_text(keys["lender"][0])
    # As the wallet's site shows its key: bare base64.
    bare = "".join(keys["wallet"][1].splitlines()[1:-1])
    (tmp_path / "wallet.txt").write_text(bare)
    settings.DULY_WALLET_APP_ID, settings.DULY_WALLET_SELLER_ID = APP, SELLER
    settings.DULY_WALLET_PRIVATE_KEY_FILE = str(tmp_path / "lender.pem")
    settings.DULY_WALLET_PUBLIC_KEY_FILE = str(tmp_path / "wallet.txt")
    settings.DULY_PUBLIC_URL = "https://lender.example"
    logging.getLogger("duly.payments.wallet.views").setLevel(logging.CRITICAL)


@pytest.fixture
def sdk(keys):
    """The wallet's side in the words of python-alipay-sdk: signs with the wallet's key."""

    def by(side: str) -> AliPay:
        return AliPay(
            appid=APP,
            app_private_key_string=keys[side][0],
            alipay_public_key_string=keys["lender"][1],
            sign_type="RSA2",
        )

    return by


@pytest.fixture
def order(db) -> PaymentOrder:
    one = loan(principal=1_000_00, disbursed_on=timezone.localdate() - datetime.timedelta(days=40))
    return open_order(one.reference, 300_00, "part", f"order {one.reference}")


@pytest.fixture
def send(sdk, client: Client):
    """Send a message about an order; fields may be changed before and after it is signed."""

    def send(order_number: str, amount: str, *, by: str = "wallet", after: dict[str, str] | None = None, **fields: str):
        now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
        message = {
            "notify_time": f"{now:%Y-%m-%d %H:%M:%S}",
            "notify_type": "trade_status_sync",
            "notify_id": "n1",
            "app_id": APP,
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": "T1",
            "out_trade_no": order_number,
            "seller_id": SELLER,
            "buyer_logon_id": "buyer@wallet.example",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": amount,
            "subject": "还款 & repayment = 还",
            "body": "",
            "gmt_payment": f"{now:%Y-%m-%d %H:%M:%S}",
        } | fields
        wallet = sdk(by)
        text = "&".join(f"{name}={value}" for name, value in wallet._ordered_data(dict(message)))
        signed = message | {"sign": wallet._sign(text), "sign_type": "RSA2"} | (after or {})
        answer = client.post("/pay/wallet/notify", signed)
        return answer.status_code, answer.content.decode()

    return send


SUCCESS, FAILURE = (200, "success"), (400, "failure")


def nothing_recorded() -> bool:
    return not IncomingPayment.objects.exists() and not WalletNotice.objects.exists()


def test_paid_in_the_wallet_is_paid_on_the_loan(order, send):
    assert send(order.number, "300.00") == SUCCESS
    fact = Fact.objects.get(kind="paid")
    assert (fact.loan_id, fact.amount, fact.value_date) == (order.loan_id, 300_00, timezone.localdate())
    assert standing(order, timezone.now()) == "paid"
    assert WalletNotice.objects.get().answer == "paid"


def test_replayed_or_told_by_another_message_it_counts_once(order, send):
    assert [send(order.number, "300.00") for _ in range(3)] == [SUCCESS] * 3
    assert send(order.number, "300.00", notify_id="n2", trade_status="TRADE_FINISHED") == SUCCESS
    assert Fact.objects.filter(kind="paid").count() == IncomingPayment.objects.count() == 1
    assert list(WalletNotice.objects.order_by("pk").values_list("answer", flat=True)) == ["paid", "known"]


def test_forged_by_a_stranger_is_refused(order, send):
    assert send(order.number, "300.00", by="stranger") == FAILURE
    assert nothing_recorded()


@pytest.mark.parametrize(
    "changed",
    [
        {"total_amount": "1.00"},
        {"out_trade_no": "another"},
        {"trade_no": "T2"},
        {"extra": "1"},
        {"sign": ""},
        {"sign": "!"},
        {"sign_type": "RSA"},
        {"sign_type": ""},
    ],
)
def test_changed_on_its_way_is_refused(order, send, changed):
    assert send(order.number, "300.00", after=changed) == FAILURE
    assert nothing_recorded()


@pytest.mark.parametrize(
    "for_another", [{"app_id": "2"}, {"seller_id": "2"}, {"notify_id": ""}, {"gmt_payment": "soon"}]
)
def test_for_another_application_or_seller_or_incomplete_is_refused(order, send, for_another):
    assert send(order.number, "300.00", **for_another) == FAILURE
    assert nothing_recorded()


def test_another_amount_than_ordered_waits_in_suspense(order, send):
    assert send(order.number, "299.99") == SUCCESS
    assert (Suspense.objects.get().reason, Suspense.objects.get().amount) == ("other_amount", 299_99)
    assert standing(order, timezone.now()) == "open"


def test_the_same_trade_with_another_amount_is_refused(order, send):
    assert send(order.number, "300.00") == SUCCESS
    assert send(order.number, "400.00", notify_id="n2") == FAILURE
    assert IncomingPayment.objects.get().amount == 300_00


def test_an_unknown_order_waits_in_suspense(db, send):
    assert send("nobody's", "12.00") == SUCCESS
    assert Suspense.objects.get().reason == "unknown_order"


def test_a_second_trade_for_a_paid_order_waits_in_suspense(order, send):
    assert send(order.number, "300.00") == SUCCESS
    assert send(order.number, "300.00", notify_id="n2", trade_no="T2") == SUCCESS
    assert Suspense.objects.get().reason == "order_paid"


def test_paid_after_the_order_expired_waits_but_a_message_that_is_late_counts(order, send):
    beijing = datetime.timezone(datetime.timedelta(hours=8))
    late = order.expires_at + datetime.timedelta(minutes=1)
    assert send(order.number, "300.00", gmt_payment=f"{late.astimezone(beijing):%Y-%m-%d %H:%M:%S}") == SUCCESS
    assert Suspense.objects.get().reason == "order_expired"
    other = open_order(order.loan.reference, 200_00, "part", "other")
    in_time = f"{other.opened_at.astimezone(beijing):%Y-%m-%d %H:%M:%S}"
    assert (
        send(
            other.number,
            "200.00",
            notify_id="n2",
            trade_no="T2",
            gmt_payment=in_time,
            notify_time="2099-01-01 00:00:00",
        )
        == SUCCESS
    )
    assert standing(other, timezone.now()) == "paid"


def test_on_a_loan_settled_meanwhile_it_waits(order, send):
    lending.record_payment(order.loan.reference, 1_100_00, timezone.localdate(), key="all of it")
    assert send(order.number, "300.00") == SUCCESS
    assert Suspense.objects.get().reason == "loan_settled"


@pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_CLOSED"])
def test_what_tells_of_no_money_records_none(order, send, status):
    assert send(order.number, "300.00", trade_status=status) == SUCCESS
    assert not IncomingPayment.objects.exists()
    assert send(order.number, "300.00", notify_id="n2") == SUCCESS
    assert IncomingPayment.objects.count() == 1


def test_nothing_is_lost_whatever_was_sent(order, send):
    for number, (to, amount) in enumerate([(order.number, "300.00"), (order.number, "1.00"), ("x", "5.00")]):
        assert send(to, amount, notify_id=f"n{number}", trade_no=f"T{number}") == SUCCESS
    assert unbalanced_payments() == []
    assert sum(IncomingPayment.objects.values_list("amount", flat=True)) == 306_00


def test_it_answers_only_once_the_money_is_on_record(order, send, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr("duly.payments.wallet.notices.receive", broken)
    with pytest.raises(RuntimeError):
        send(order.number, "300.00")
    assert nothing_recorded()


def test_a_notice_can_only_be_posted(client):
    assert client.get("/pay/wallet/notify").status_code == 405


def test_the_address_to_pay_at_is_signed_as_the_sdk_would(order, sdk):
    address = urlsplit(pay_address(order, phone=False, return_url="https://lender.example/my/"))
    fields = dict(parse_qsl(address.query))
    lender = sdk("lender")
    signature = fields.pop("sign")
    assert lender._sign("&".join(f"{name}={fields[name]}" for name in sorted(fields))) == signature
    assert fields["method"] == "alipay.trade.page.pay"
    assert fields["notify_url"] == "https://lender.example/pay/wallet/notify"
    assert f'"out_trade_no":"{order.number}","total_amount":"300.00"' in fields["biz_content"]


def test_an_order_asks_for_what_the_fold_says(db):
    today = timezone.localdate()
    one = loan(principal=900_00, installments=3, annual_rate=120_000, disbursed_on=today - datetime.timedelta(days=32))
    due = open_order(one.reference, None, "due", "a")
    settle = open_order(one.reference, None, "settle", "b")
    assert due.amount < settle.amount
    assert timezone.localdate(settle.expires_at - datetime.timedelta(seconds=1)) == today
    assert open_order(one.reference, None, "due", "a") == due
    lending.record_payment(one.reference, settle.amount, today, key="settles")
    with pytest.raises(InputError, match="Nothing is owed"):
        open_order(one.reference, 1, "part", "c")


@pytest.mark.parametrize(
    ("amount", "purpose"), [(1, "due"), (0, "part"), (10**9, "part"), (1, "settle"), (None, "part"), (1, "gift")]
)
def test_an_order_that_does_not_fit_is_refused(db, amount, purpose):
    one = loan(disbursed_on=timezone.localdate() - datetime.timedelta(days=40))
    with pytest.raises(InputError):
        open_order(one.reference, amount, purpose, "a")
    assert not PaymentOrder.objects.exists()


def test_the_demonstrations_wallet_sends_its_message_for_real(settings, order, client, monkeypatch, tmp_path):
    settings.DULY_WALLET_APP_ID, settings.HOME = "", tmp_path
    address = (
        urlsplit(pay_address(order, return_url="http://testserver/my/")) if settings.DULY_WALLET_DEMONSTRATION else None
    )
    assert address is None
    assert client.get("/pay/wallet/demonstration").status_code == 404
    settings.DULY_WALLET_DEMONSTRATION = True
    address = urlsplit(pay_address(order, return_url="http://testserver/my/"))
    shown = client.get(f"{address.path}?{address.query}")
    assert "300.00" in shown.content.decode()
    sent = []

    def post(url: str, data: dict[str, str], timeout: float):
        sent.append(absorb(data).answer)
        return type("Answer", (), {"text": "success"})

    monkeypatch.setattr("duly.payments.wallet.views.httpx.post", post)
    paid = client.post(address.path, dict(parse_qsl(address.query)))
    assert (paid.status_code, paid.url, sent) == (302, "http://testserver/my/", ["paid"])
    forged = dict(parse_qsl(address.query)) | {"biz_content": "{}"}
    assert client.post(address.path, forged).status_code == 404
