"""An account stays its owner's: a browser left open does not give it away, nor do many guesses, nor a typed number."""

import datetime
import logging
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from duly.people.codes import send_code
from duly.people.models import Borrower, SignInAddress
from duly.people.services import register_borrower
from duly.people.sign_in.tidying import forget_old_sign_ins

OLD, NEW = "+8613800000041", "+8613800000042"


@pytest.fixture(autouse=True)
def _nothing_counted(db):
    cache.clear()


@pytest.fixture
def customer(db) -> Borrower:
    """A borrower who signs in by codes alone."""
    user = User.objects.create_user("b-41")
    SignInAddress.objects.create(user=user, address=OLD, verified=True)
    return register_borrower(user=user, phone=OLD)


@pytest.fixture
def browser(customer) -> Callable[[float], Client]:
    """Makes a browser in which the borrower signed in so many seconds ago."""

    def make(ago: float) -> Client:
        client = Client()
        client.force_login(customer.user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "code", "at": time.time() - ago}]
        session["account_authentication_methods_user"] = str(customer.user.pk)
        session.save()
        return client

    return make


TAKES_OVER = [
    ("post", "/account/address", {"phone": NEW}),
    ("get", "/account/password/new", {}),
    ("post", "/account/password/new", {"password1": "a long password indeed", "password2": "a long password indeed"}),
    ("get", "/account/second-factor/webauthn/add/", {}),
    ("get", "/account/second-factor/totp/activate/", {}),
    ("get", "/my/accounts", {}),
    ("post", "/my/accounts", {"number": "6222020000000000042", "kind": "bank"}),
]


@pytest.mark.parametrize(("method", "address", "given"), TAKES_OVER)
def test_a_browser_left_open_does_not_give_the_account_away(customer, browser, left, method, address, given):
    client = browser(700)
    answer = getattr(client, method)(address, given)
    assert answer.status_code == 302
    assert answer.url == f"/my/sign-in?next={address}"
    assert "_auth_user_id" not in client.session
    assert left() == []
    customer.user.refresh_from_db()
    assert not customer.user.has_usable_password()
    assert not customer.accounts.exists()


@pytest.mark.parametrize(("method", "address", "given"), TAKES_OVER)
def test_who_signed_in_lately_goes_on(browser, method, address, given):
    answer = getattr(browser(60), method)(address, given)
    assert answer.status_code == 200 or not answer.url.startswith("/my/sign-in")


def test_the_old_address_is_told_of_the_new_one(customer, browser, left):
    client = browser(60)
    client.post("/account/address", {"phone": NEW})
    [code] = left()
    digits = next(word for word in code.split() if word.isdigit() and len(word) == 6)
    client.post("/account/verify", {"code": digits})
    assert SignInAddress.objects.get().address == NEW
    warning = next(one for one in left() if one.startswith(f"To: {OLD}"))
    assert "changed" in warning
    assert NEW not in warning
    assert NEW[-4:] not in warning


@pytest.mark.parametrize("page", ["/my/sign-in", "/my/sign-up"])
def test_nobody_guesses_codes_by_asking_for_new_ones(customer, monkeypatch, page, left):
    """Five tries a code: five codes an hour leave a guesser 25 in a million, whatever address they come from."""
    phone = OLD if page == "/my/sign-in" else NEW
    now = time.time()
    for minute in range(0, 60, 6):
        monkeypatch.setattr(time, "time", lambda minute=minute: now + 60 * minute)
        answer = Client(REMOTE_ADDR=f"198.51.100.{minute}").post(page, {"phone": phone})
    assert len(left()) == 5
    assert answer.status_code == (200 if page == "/my/sign-in" else 429)


def test_codes_go_where_the_person_signs_in_not_where_a_form_says(left):
    user = User.objects.create_user("b-43")
    SignInAddress.objects.create(user=user, address=OLD, verified=True)
    one = register_borrower(user=user, phone=NEW)
    assert send_code(one, "sign_contract", "d" * 64).to == "••••0041"
    assert left()[0].startswith(f"To: {OLD}\n")


def test_an_address_that_is_not_verified_yet_gets_no_codes(left):
    user = User.objects.create_user("b-44")
    SignInAddress.objects.create(user=user, address=NEW)
    one = register_borrower(user=user, phone=OLD)
    send_code(one, "sign_contract", "d" * 64)
    assert left()[0].startswith(f"To: {OLD}\n")


def test_an_address_that_cannot_be_reached_stays_out_of_the_log(db, monkeypatch, caplog):
    from smtplib import SMTPRecipientsRefused

    def refuse(*_: object) -> None:
        raise SMTPRecipientsRefused({"borrower-45@mail.example": (550, b"no such mailbox")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with caplog.at_level(logging.DEBUG):
        Client().post("/my/sign-in", {"phone": "borrower-45@mail.example"})
    told = "\n".join(logging.Formatter().format(record) for record in caplog.records if "code" in record.msg)
    assert "could not be sent" in told
    assert "borrower-45" not in told


def test_sessions_that_are_over_and_sign_ups_without_proof_are_forgotten(customer, browser):
    browser(0)
    now = timezone.now()
    day = datetime.timedelta(days=1)
    old, new = (User.objects.create_user(name) for name in ("b-46", "b-47"))
    for user, address in ((old, "+8613800000046"), (new, "+8613800000047")):
        SignInAddress.objects.create(user=user, address=address)
    User.objects.filter(pk=old.pk).update(date_joined=now - 2 * day)
    User.objects.filter(pk=customer.user.pk).update(date_joined=now - 2 * day)
    clerk = User.objects.create_user("clerk", is_staff=True)
    User.objects.filter(pk=clerk.pk).update(date_joined=now - 2 * day)
    assert forget_old_sign_ins(now) == (0, 1)
    assert set(User.objects.values_list("username", flat=True)) == {"b-41", "b-47", "clerk"}
    assert forget_old_sign_ins(now + day / 2) == (1, 0)
