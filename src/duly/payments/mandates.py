"""Mandates: a borrower lets the lender collect what falls due, signed by a one-time code."""

import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.payments.models import BorrowerAccount, DebitMandate
from duly.payments.payer_accounts import masked_account
from duly.people import codes
from duly.people.languages import in_django
from duly.people.models import Borrower

PURPOSE = "debit_mandate"


def mandate_text(account: BorrowerAccount, language: str) -> str:
    """What a borrower signs, in `language` (en or zh)."""
    with translation.override(in_django(language)):
        return gettext(
            "I let %(lender)s collect from my account %(account)s what falls due on my loans, on its due day and never "
            "more than is due. I can end this at any time; what was collected in error is paid back."
        ) % {"lender": settings.DULY_LENDER, "account": masked_account(account.number)}


def text_digest(account: BorrowerAccount, language: str) -> str:
    """The SHA-256 of the text that is signed, with the account's blind index, so that a code is for that account."""
    said = f"{mandate_text(account, language)}\n{account.number_index}"
    return hashlib.sha256(said.encode()).hexdigest()


def mandate_of(borrower: Borrower) -> DebitMandate | None:
    """The mandate of `borrower` that is in force."""
    return DebitMandate.objects.select_related("account").filter(borrower=borrower, ended_at__isnull=True).first()


def ask_to_sign(account: BorrowerAccount, language: str) -> codes.Sent:
    """Send the borrower the code by which the mandate for `account` is signed. Raises InputError as codes do."""
    _check(account)
    return codes.send_code(account.borrower, PURPOSE, text_digest(account, language))


def sign(account: BorrowerAccount, language: str, digits: str) -> DebitMandate:
    """Sign the mandate with the code that was sent; it takes the place of an earlier one.

    Must not be called inside a transaction. Raises InputError for an account that has ended and a wrong code.
    """
    _check(account)
    digest = text_digest(account, language)
    signed_at = codes.use_code(account.borrower, PURPOSE, digest, digits)
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=account.borrower_id)
        _in_force(account.borrower).update(ended_at=timezone.now(), ended_why="replaced")
        return DebitMandate.objects.create(
            reference=f"DM{timezone.localdate():%Y%m%d}{secrets.token_hex(8).upper()}",
            borrower=account.borrower,
            account=account,
            text_digest=digest,
            language=language[:8],
            signed_at=signed_at,
        )


def end(mandate: DebitMandate, why: str) -> None:
    """The mandate ends: nothing more is collected. What is on its way may still come."""
    DebitMandate.objects.filter(pk=mandate.pk, ended_at__isnull=True).update(
        ended_at=timezone.now(), ended_why=why[:64]
    )


def _in_force(borrower: Borrower):
    return DebitMandate.objects.filter(borrower=borrower, ended_at__isnull=True)


def _check(account: BorrowerAccount) -> None:
    if account.ended_at is not None or account.kind != BorrowerAccount.Kind.BANK:
        raise InputError("money cannot be collected from this account", "/account", "choose a bank account in use")
