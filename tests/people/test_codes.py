"""One-time codes: sent to the person, good for one thing, for ten minutes, for five tries, once."""

import datetime
import re

import pytest
from django.utils import timezone

from duly.engine.errors import InputError
from duly.people.codes import send_code, use_code
from duly.people.models import OneTimeCode
from duly.people.services import register_borrower

ABOUT = "d" * 64
PURPOSE = "sign_contract"


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves: clock.at += …"""

    class Clock:
        at = datetime.datetime(2026, 3, 16, 4, tzinfo=datetime.UTC)

    monkeypatch.setattr(timezone, "now", lambda: Clock.at)
    return Clock


def digits_in(message: str) -> str:
    return re.search(r"\b\d{6}\b", message)[0]


def another(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def test_the_code_that_was_sent_is_good_once(borrower, left):
    sent = send_code(borrower, PURPOSE, ABOUT)
    [message] = left()
    assert message.startswith("To: +8613800000012\n")
    assert "to sign your loan contract" in message
    assert sent.to == "••••0012"
    digits = digits_in(message)
    assert use_code(borrower, PURPOSE, ABOUT, f" {digits[:3]} {digits[3:]} ") <= timezone.now()
    with pytest.raises(InputError, match="no longer good"):
        use_code(borrower, PURPOSE, ABOUT, digits)


def test_who_has_no_telephone_gets_an_e_mail(db, left, mailoutbox):
    one = register_borrower(email="borrower-13@mail.example")
    assert send_code(one, PURPOSE, ABOUT).to == "b•••@mail.example"
    assert left() == []
    [mail] = mailoutbox
    assert mail.to == ["borrower-13@mail.example"]
    assert use_code(one, PURPOSE, ABOUT, digits_in(mail.body))


def test_five_wrong_tries_end_it(borrower, left):
    send_code(borrower, PURPOSE, ABOUT)
    digits = digits_in(left()[0])
    for _ in range(5):
        with pytest.raises(InputError, match="not the code that was sent"):
            use_code(borrower, PURPOSE, ABOUT, another(digits))
    with pytest.raises(InputError, match="no longer good"):
        use_code(borrower, PURPOSE, ABOUT, digits)


def test_a_wrong_try_stays_counted_whatever_the_caller_does(book, borrower, left):
    from django.db import transaction

    send_code(borrower, PURPOSE, ABOUT)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        use_code(borrower, PURPOSE, ABOUT, "000000")
    with pytest.raises(InputError, match="not the code"):
        use_code(borrower, PURPOSE, ABOUT, another(digits_in(left()[0])))
    assert OneTimeCode.objects.get().tries == 1


@pytest.mark.parametrize(("minutes", "good"), [(9.9, True), (10, False)])
def test_it_is_good_for_ten_minutes(borrower, left, clock, minutes, good):
    send_code(borrower, PURPOSE, ABOUT)
    digits = digits_in(left()[0])
    clock.at += datetime.timedelta(minutes=minutes)
    if good:
        assert use_code(borrower, PURPOSE, ABOUT, digits) == clock.at
    else:
        with pytest.raises(InputError, match="no longer good"):
            use_code(borrower, PURPOSE, ABOUT, digits)


def test_it_signs_nothing_but_what_it_was_sent_about(borrower, left):
    send_code(borrower, PURPOSE, ABOUT)
    digits = digits_in(left()[0])
    with pytest.raises(InputError, match="something else"):
        use_code(borrower, PURPOSE, "e" * 64, digits)
    with pytest.raises(InputError, match="no longer good"):
        use_code(borrower, "withdraw_loan", ABOUT, digits)
    with pytest.raises(InputError, match="no longer good"):
        use_code(register_borrower(phone="13800000014"), PURPOSE, ABOUT, digits)
    assert use_code(borrower, PURPOSE, ABOUT, digits)


def test_a_newer_code_takes_its_place(borrower, left, clock):
    send_code(borrower, PURPOSE, ABOUT)
    clock.at += datetime.timedelta(minutes=1)
    send_code(borrower, PURPOSE, ABOUT)
    first, second = map(digits_in, left())
    if first != second:
        with pytest.raises(InputError, match="not the code"):
            use_code(borrower, PURPOSE, ABOUT, first)
    assert use_code(borrower, PURPOSE, ABOUT, second)


def test_nobody_is_flooded(borrower, left, clock):
    send_code(borrower, PURPOSE, ABOUT)
    with pytest.raises(InputError, match="a moment ago"):
        send_code(borrower, "withdraw_loan", ABOUT)
    for _ in range(4):
        clock.at += datetime.timedelta(minutes=2)
        send_code(borrower, PURPOSE, ABOUT)
    clock.at += datetime.timedelta(minutes=2)
    with pytest.raises(InputError, match="Too many"):
        send_code(borrower, PURPOSE, ABOUT)
    clock.at += datetime.timedelta(hours=1)
    assert send_code(borrower, PURPOSE, ABOUT)
    assert len(left()) == 6


def test_the_digits_are_not_kept(borrower, left):
    send_code(borrower, PURPOSE, ABOUT)
    digits = digits_in(left()[0])
    kept = OneTimeCode.objects.values().get()
    assert digits not in {kept["salt"], kept["proof"], kept["about"]}
    assert kept["proof"] != digits


def test_without_an_address_it_says_what_is_missing(db):
    with pytest.raises(InputError, match="no address"):
        send_code(register_borrower(name="Borrower 15"), PURPOSE, ABOUT)


def test_a_gateway_that_refuses_sends_nothing_and_keeps_nothing(borrower, settings):
    settings.DULY_SMS_URL = "nonsense://{to}"
    with pytest.raises(InputError, match="could not be sent"):
        send_code(borrower, PURPOSE, ABOUT)
    assert not OneTimeCode.objects.exists()
