"""The public page: short, certain, the same for whoever guesses; and who is calling."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from duly.agencies.models import Agency, Mandate
from duly.identity import keys
from duly.identity.codes import new_code
from duly.identity.services import issue
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles

A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def somebody(db) -> Borrower:
    user = User.objects.create_user("somebody")
    give_roles(user, Role.BORROWER)
    return Borrower.objects.create(reference="B-0001", phone="+8613800000012", user=user, name="Borrower 1")


def ask(code: str, digits: str = "0012", lang: str = "en", **more: str) -> str:
    return Client().post(f"/verify?lang={lang}", {"code": code, "digits": digits, **more}).content.decode()


def test_in_house_and_agency_are_told_apart(somebody: Borrower) -> None:
    now = timezone.now()
    on = timezone.localdate()
    agency = Agency.objects.create(code="a1", name="Agency 1", licence="L-9", telephone="+8621", email="a@a.example")
    mandate = Mandate.objects.create(number="M-77", agency=agency, begins_on=on - A_DAY, ends_on=on + A_DAY)
    own = ask(issue(somebody, "sms", "reminder", now).code)
    assert "its own legal department, not from an agency" in own
    others = ask(issue(somebody, "letter", "notice", now, agency=agency, mandate=mandate).code)
    for said in ("Agency 1", "M-77", "L-9", "an independent collection agency", "It is not"):
        assert said in others


def test_it_tells_nothing_of_who_or_what_it_is_about(somebody: Borrower) -> None:
    page = ask(issue(somebody, "sms", "legal", timezone.now()).code)
    for secret in ("Borrower 1", "B-0001", "13800000012", "overdue", "¥"):
        assert secret not in page


def test_in_chinese(somebody: Borrower) -> None:
    page = ask(issue(somebody, "sms", "reminder", timezone.now()).code, lang="zh")
    assert "属实" in page
    assert "We cannot" not in ask(new_code(), lang="zh")


def test_wrong_digits_and_unknown_codes_give_the_very_same_page(somebody: Borrower) -> None:
    code, unknown = issue(somebody, "sms", "reminder", timezone.now()).code, new_code()
    assert ask(code, "9999").replace(code, "") == ask(unknown).replace(unknown, "")


def test_a_true_code_with_a_forged_statement_is_not_ours(somebody: Borrower) -> None:
    issued = issue(somebody, "letter", "notice", timezone.now())
    assert "Genuine" in ask(issued.code, t=issued.token)
    assert "We cannot say" in ask(issued.code, t=issued.token[:-6] + "AAAAAA")


def test_it_sets_no_cookie_and_leaks_no_address(somebody: Borrower) -> None:
    client = Client()
    for answer in (client.get("/verify?code=AAAA"), client.post("/verify", {"code": "x", "digits": "1"})):
        assert not answer.cookies
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]
    assert "<script" not in client.get("/verify").content.decode()


def test_who_guesses_has_to_wait(somebody: Borrower) -> None:
    client = Client()
    statuses = [client.post("/verify", {"code": new_code(), "digits": "1"}).status_code for _ in range(25)]
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_the_keys_are_published(db) -> None:
    key = keys.signing_key()
    (told,) = Client().get("/.well-known/duly-identity.json").json()["keys"]
    assert (told["kid"], told["x"], told["state"]) == (key.key_id, key.public_key, "signing")


def test_nobody_is_calling(somebody: Borrower) -> None:
    client = Client()
    client.force_login(somebody.user)
    assert "Nobody of ours is calling you now" in client.get("/my/who-is-calling").content.decode()
