"""What a form may name: a record of one's own. Anything else is not there, however it is written."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from duly.payments.accounts import add_account
from duly.payments.mandates import mandate_of
from duly.people.models import Borrower
from duly.people.sign_in import recent


@pytest.fixture(autouse=True)
def _signed_in_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "signed_in_recently", lambda request: True)


@pytest.mark.parametrize("named", ["abc", "", "-1", "1" * 30, "²", "1; --"])
def test_a_number_that_is_none_names_no_account(phone: Client, named: str) -> None:
    assert phone.post("/my/accounts", {"end": named}).status_code == 404


def test_an_account_of_another_is_not_there(phone: Client, borrower: Borrower) -> None:
    other = Borrower.objects.create(reference="B-other")
    theirs = add_account(other, "6222020000000000051")
    assert phone.post("/my/accounts", {"end": str(theirs.pk)}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.ended_at is None
    own = add_account(borrower, "6222020000000000052")
    assert phone.post("/my/accounts", {"end": str(own.pk)}).status_code == 302
    own.refresh_from_db()
    assert own.ended_at <= timezone.now()


def test_nobody_is_paid_to_an_account_in_another_name(phone: Client, borrower: Borrower) -> None:
    borrower.name = "Borrower 1"
    borrower.save()
    phone.post("/my/accounts", {"number": "6222020000000000053", "kind": "bank", "holder": "Somebody Else"})
    assert borrower.accounts.get().holder == "Borrower 1"


ENGLISH = re.compile(r"[A-Za-z]{3,}")


def alerts(page: str) -> str:
    """What a page says is wrong, as text."""
    found = re.findall(r'role="alert"[^>]*>(.*?)</p>', page, re.DOTALL) or re.findall(r"<li[^>]*late[^>]*>(.*?)<", page)
    return " ".join(re.sub(r"<[^>]+>", " ", one) for one in found).strip()


@pytest.mark.parametrize(
    "given", [{"number": "12"}, {"number": "DE00 1234 5678 9012 3456 00"}], ids=["too short", "check digits"]
)
def test_what_is_wrong_with_an_account_is_said_in_chinese(phone: Client, given: dict[str, str]) -> None:
    page = phone.post("/my/accounts", {"kind": "bank", **given}, headers={"Accept-Language": "zh-hans"})
    assert page.status_code == 422
    said = alerts(page.content.decode())
    assert said
    assert not ENGLISH.search(said.replace("IBAN", ""))
    choices = re.findall(r"<option[^>]*>(.*?)</option>", page.content.decode())
    assert choices
    assert not any(ENGLISH.search(one) for one in choices)


@pytest.mark.parametrize(
    "given",
    [
        {"what": "part", "amount": "much"},
        {"what": "part", "amount": "0"},
        {"what": "part", "amount": "9000000"},
        {"what": "due"},
    ],
)
def test_what_cannot_be_paid_is_said_in_chinese(phone: Client, loans: dict[str, object], given: dict[str, str]) -> None:
    chinese = {"Accept-Language": "zh-hans"}
    asked = {"loan": "L-good", "key": "one", **given}
    from django.contrib.messages import get_messages

    answer = phone.post("/my/pay", asked, headers=chinese)
    [said] = [str(one) for one in get_messages(answer.wsgi_request)]
    assert not ENGLISH.search(said), said


@pytest.mark.parametrize("installments", ["9" * 5000, "²", "many"])
def test_a_number_that_is_none_is_no_failure_of_ours(installments: str) -> None:
    from duly.engine.errors import InputError
    from duly.portal.amounts import typed_number

    with pytest.raises(InputError):
        typed_number(installments, "/installments")


def test_automatic_payment_is_signed_by_code_and_ended(
    phone: Client, borrower: Borrower, code_sent: Callable[[], str]
) -> None:
    borrower.phone = "+8613800000012"
    borrower.save()
    account = add_account(borrower, "6222020000000000054")
    page = phone.get(f"/my/automatic-payment?account={account.pk}").content.decode()
    assert "0054" in page
    form = {"account": str(account.pk)}
    assert phone.post("/my/automatic-payment/code", form).url.endswith("&code=sent#sign")
    phone.post("/my/automatic-payment/sign", {**form, "code": "12"})
    assert mandate_of(borrower) is None
    assert phone.post("/my/automatic-payment/sign", {**form, "code": code_sent()}).url == "/my/automatic-payment"
    assert mandate_of(borrower).account == account
    assert "0054" in phone.get("/my/automatic-payment").content.decode()
    phone.post("/my/automatic-payment/end")
    assert mandate_of(borrower) is None


def test_nobody_collects_from_the_account_of_another(phone: Client) -> None:
    theirs = add_account(Borrower.objects.create(reference="B-other"), "6222020000000000051")
    assert phone.get(f"/my/automatic-payment?account={theirs.pk}").status_code == 404
    for act in ("code", "sign"):
        assert phone.post(f"/my/automatic-payment/{act}", {"account": str(theirs.pk)}).status_code == 404
