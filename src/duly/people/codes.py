"""One-time codes: six digits sent to a borrower, by which they sign or confirm one thing, once."""

import datetime
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from duly.engine.errors import InputError
from duly.people.delivery import send_text
from duly.people.languages import in_django
from duly.people.masks import masked
from duly.people.models.borrowers import Borrower
from duly.people.models.codes import OneTimeCode
from duly.people.models.sign_in import SignInAddress

DIGITS = 6
TRIES = 5
GOOD_FOR = datetime.timedelta(minutes=10)
# So many codes in such a time, over all purposes: nobody's telephone is flooded, and nobody guesses by asking anew.
SENT_AT_MOST, WITHIN = 5, datetime.timedelta(hours=1)
AGAIN_AFTER = datetime.timedelta(seconds=30)

# What a code is for, as the message says it. A room adds its own when it starts.
PURPOSES: dict[str, str | Promise] = {
    "sign_contract": gettext_lazy("to sign your loan contract"),
    "withdraw_loan": gettext_lazy("to withdraw from your loan"),
    "debit_mandate": gettext_lazy("to let us collect your installments"),
    "erase_data": gettext_lazy("to have your data erased"),
}


@dataclass(frozen=True)
class Sent:
    """A code that is on its way: to which address, masked, and until when it is good."""

    to: str
    expires_at: datetime.datetime


def send_code(borrower: Borrower, purpose: str, about: str) -> Sent:
    """Send `borrower` a code for `purpose` (one of PURPOSES) about `about`, the digest of what is signed.

    It goes, in their language, to the address by which they sign in, which is proved theirs; without one to their
    telephone, or else their e-mail address, as it is on record. Earlier codes for the same purpose are void.
    Raises InputError for an unknown purpose, without an address, and when too many were sent.
    """
    if purpose not in PURPOSES:
        raise InputError(f"there is no purpose {purpose!r}", "/purpose", f"use {', '.join(sorted(PURPOSES))}")
    address = _proved_address(borrower) or borrower.phone or borrower.email
    if not address:
        raise InputError(
            gettext("There is no address to send a code to."),
            "/phone",
            gettext("Call us: your number is missing."),
        )
    now = timezone.now()
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)  # one code at a time
        _not_too_many(borrower, now)
        OneTimeCode.objects.filter(borrower=borrower, purpose=purpose, used_at=None).update(replaced=True)
        salt = secrets.token_hex(16)
        made = OneTimeCode.objects.create(
            borrower=borrower,
            purpose=purpose,
            about=about,
            channel="email" if "@" in address else "sms",
            salt=salt,
            proof=_proof(salt, digits),
            sent_at=now,
            expires_at=now + GOOD_FOR,
        )
        with translation.override(in_django(borrower.language)):
            send_text(address, gettext("Your code"), code_message(digits, str(PURPOSES[purpose])))
    return Sent(masked("email" if "@" in address else "phone", address), made.expires_at)


def code_message(digits: str, purpose: str) -> str:
    """What a message with a code says, in the language in force."""
    return gettext(
        "%(lender)s: %(code)s is your code %(purpose)s. It is good for %(minutes)s minutes. "
        "Tell it to nobody; we never ask for it."
    ) % {
        "lender": settings.DULY_LENDER,
        "code": digits,
        "purpose": purpose,
        "minutes": int(GOOD_FOR.total_seconds() // 60),
    }


def use_code(borrower: Borrower, purpose: str, about: str, digits: str) -> datetime.datetime:
    """Use up the code that was sent to `borrower` for `purpose` about `about`; gives the instant.

    Raises InputError when the digits are wrong, the code is too old, used, tried too often or was sent about something
    else. Call it outside any transaction: a wrong try must stay on record whatever becomes of the caller's work.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        code = (
            OneTimeCode.objects.select_for_update()
            .filter(borrower=borrower, purpose=purpose, used_at=None, replaced=False, expires_at__gt=now)
            .order_by("-sent_at", "-pk")
            .first()
        )
        if code is None or code.tries >= TRIES:
            wrong = InputError(gettext("This code is no longer good."), "/code", gettext("Ask for a new one."))
        elif not hmac.compare_digest(code.about, about):
            wrong = InputError(gettext("This code is for something else."), "/code", gettext("Ask for a new one."))
        elif not hmac.compare_digest(code.proof, _proof(code.salt, "".join(digits.split()))):
            code.tries += 1
            code.save(update_fields=["tries"])
            left = TRIES - code.tries
            again = ngettext(
                "Check the message and type it again: one try is left.",
                "Check the message and type it again: %(left)s tries are left.",
                left,
            )
            remedy = again % {"left": left} if left else gettext("Ask for a new one.")
            wrong = InputError(gettext("This is not the code that was sent."), "/code", remedy)
        else:
            code.used_at = now
            code.save(update_fields=["used_at"])
            return now
    raise wrong


def _proved_address(borrower: Borrower) -> str:
    held = SignInAddress.objects.filter(user=borrower.user_id, verified=True).first() if borrower.user_id else None
    return held.address if held else ""


def _not_too_many(borrower: Borrower, now: datetime.datetime) -> None:
    sent = OneTimeCode.objects.filter(borrower=borrower, sent_at__gt=now - WITHIN).order_by("-sent_at")
    instants = list(sent.values_list("sent_at", flat=True)[:SENT_AT_MOST])
    if instants and instants[0] > now - AGAIN_AFTER:
        raise InputError(
            gettext("A code was sent a moment ago."), "/code", gettext("Wait half a minute, then ask again.")
        )
    if len(instants) == SENT_AT_MOST:
        raise InputError(gettext("Too many codes were sent."), "/code", gettext("Wait an hour, or call us."))


def _proof(salt: str, digits: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{salt}:{digits}".encode(), hashlib.sha256).hexdigest()
