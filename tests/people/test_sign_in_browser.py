"""Signing up and in, in a real browser: by codes to a telephone and an e-mail address, by password, by passkey."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser import PHONE, browser_at
from duly.people.models import Borrower, SignInAddress
from duly.people.roles import Role, give_roles
from duly.people.services import register_borrower

PASSWORD = "a long password indeed"


def digits_in(text: str) -> str:
    return re.search(r"\b\d{6}\b", text)[0]


def give_address(page: Page, where: str, address: str) -> None:
    page.goto(where)
    page.get_by_label("Telephone number or e-mail address").fill(address)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def test_by_telephone_from_sign_up_to_signing_in_again(book, live_server, left):
    with browser_at(live_server.url, viewport=PHONE) as page:
        give_address(page, "/my/sign-up", "138 0000 0031")
        give_code(page, digits_in(left()[0]))
        expect(page).to_have_url(re.compile("/my/$"))
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/my/sign-in$"))

        page.goto("/my/data")
        expect(page).to_have_url(re.compile(r"/my/sign-in\?next=/my/data$"))
        page.get_by_label("Telephone number or e-mail address").fill("+86 138-0000-0031")
        page.get_by_role("button", name="Send the code").click()
        give_code(page, digits_in(left()[1]))
        expect(page.get_by_role("heading", level=1)).to_have_text("My data")
        expect(page.get_by_text("••••0031")).to_be_visible()
    one = Borrower.objects.get()
    assert (one.phone, one.user.sign_in_address.verified) == ("+8613800000031", True)
    assert one.user.email == ""
    assert "138" not in one.user.username


def test_by_e_mail_with_a_wrong_code_first(book, live_server, mailoutbox):
    with browser_at(live_server.url) as page:
        give_address(page, "/my/sign-up", "Borrower-32@mail.example")
        code = digits_in(mailoutbox[0].body)
        give_code(page, f"{(int(code) + 1) % 10**6:06d}")
        expect(page.get_by_role("alert")).to_contain_text("not the code that was sent")
        give_code(page, code)
        expect(page).to_have_url(re.compile("/my/$"))
    assert Borrower.objects.get().email == "borrower-32@mail.example"


def test_who_is_on_record_by_the_same_number_finds_their_own_loans(book, live_server, left):
    known = register_borrower(reference="B-known", name="Borrower 33", phone="13800000033")
    with browser_at(live_server.url) as page:
        give_address(page, "/my/sign-up", "13800000033")
        give_code(page, digits_in(left()[0]))
        expect(page).to_have_url(re.compile("/my/$"))
    assert Borrower.objects.get().user == SignInAddress.objects.get().user
    assert Borrower.objects.get() == known


def test_an_unknown_address_looks_like_a_known_one(book, live_server, left):
    with browser_at(live_server.url) as page:
        give_address(page, "/my/sign-in", "13800000034")
        expect(page.get_by_text("We sent six digits")).to_be_visible()
        assert "no account" in left()[0]
        give_code(page, "000000")
        expect(page.get_by_role("alert")).to_contain_text("not the code that was sent")


def test_a_known_address_that_signs_up_again_is_told_by_message_alone(book, live_server, left, signed_up):
    signed_up("13800000035")
    with browser_at(live_server.url) as page:
        give_address(page, "/my/sign-up", "13800000035")
        assert "It has an account" in left()[-1]
    assert Borrower.objects.count() == 1


@pytest.fixture
def signed_up(left) -> Callable[[str], Borrower]:
    """Makes the account of a borrower whose address is verified."""
    from django.contrib.auth.models import User

    def make(address: str, password: str | None = None) -> Borrower:
        user = User.objects.create_user(f"b-{address[-4:]}", password=password)
        SignInAddress.objects.create(user=user, address=address, verified=True)
        return register_borrower(user=user, phone=address)

    return make


def test_with_a_password_by_the_right_door_alone(book, live_server, signed_up):
    signed_up("13800000036", PASSWORD)
    with browser_at(live_server.url) as page:
        page.goto("/my/sign-in/password")
        page.get_by_label("Telephone number or e-mail address").fill("138 0000 0036")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile("/my/$"))
        page.get_by_role("button", name="Sign out").click()
        page.goto("/sign-in")
        page.get_by_label("Name").fill("+8613800000036")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("do not go together")


def test_a_passkey_is_made_and_signs_in(book, live_server, left, signed_up):
    signed_up("13800000037")
    with browser_at(live_server.url) as page:
        keys = page.context.new_cdp_session(page)
        keys.send("WebAuthn.enable")
        keys.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        give_address(page, "/my/sign-in", "13800000037")
        give_code(page, digits_in(left()[0]))
        page.goto("/account/second-factor/webauthn/add/")
        page.get_by_label("Passwordless").check()
        page.get_by_role("button", name="Add").click()
        expect(page).to_have_url(re.compile("recovery-codes|webauthn/$"))
        page.goto("/my/")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page).to_have_url(re.compile("/my/$"))


def test_staff_set_up_an_authenticator_first_and_need_it_from_then_on(book, live_server, settings, somebody):
    settings.DULY_STAFF_SECOND_FACTOR = True
    user = somebody("clerk", Role.COMPLIANCE)
    user.set_password(PASSWORD)
    user.save()
    with browser_at(live_server.url) as page:

        def sign_in() -> None:
            page.goto("/sign-in")
            page.get_by_label("Name").fill("clerk")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()

        sign_in()
        expect(page).to_have_url(re.compile("/account/second-factor/$"))
        page.goto("/loans")
        expect(page).to_have_url(re.compile("/account/second-factor/$"))
        page.get_by_role("link", name="Activate").click()
        secret = page.get_by_label("Authenticator secret").input_value()
        page.get_by_label("Authenticator code").fill(one_time_password(secret))
        page.get_by_role("button", name="Activate").click()
        page.goto("/duties")
        expect(page).to_have_url(re.compile("/duties$"))
        page.get_by_role("button", name="Sign out").click()

        sign_in()
        expect(page).to_have_url(re.compile("/account/second-factor/authenticate/"))
        page.goto("/duties")  # a password alone opens nothing
        expect(page).to_have_url(re.compile("/account/second-factor/authenticate/"))
        page.get_by_label("Code").fill(one_time_password(secret, steps=1))
        page.get_by_role("button", name="Sign In").click()
        expect(page).to_have_url(re.compile(r":\d+/$"))


def one_time_password(secret: str, steps: int = 0) -> str:
    """RFC 6238: SHA-1, 30 seconds, six digits; `steps` ahead of now."""
    import base64
    import hmac
    import struct
    import time

    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    start = mac[-1] & 15
    return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06d}"


def test_the_one_time_passwords_of_the_test_are_those_of_the_rfc(monkeypatch):
    import base64
    import time

    secret = base64.b32encode(b"12345678901234567890").decode()
    for instant, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        monkeypatch.setattr(time, "time", lambda instant=instant: instant)
        assert one_time_password(secret) == digits


def test_a_borrower_is_no_staff_whatever_they_try(book, live_server, signed_up):
    one = signed_up("13800000038")
    give_roles(one.user, Role.BORROWER)
    from django.test import Client

    client = Client()
    client.force_login(one.user)
    for address in ("/", "/loans", "/duties", "/admin/"):
        assert client.get(address).status_code in (302, 403), address
        assert client.get(address, follow=True).status_code == 403 or address == "/admin/"
