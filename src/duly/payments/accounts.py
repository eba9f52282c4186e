"""The accounts of a borrower: added, found by their number, ended."""

from django.db import transaction
from django.utils import timezone

from duly.engine.errors import InputError
from duly.payments.models import BorrowerAccount
from duly.payments.payer_accounts import account_indexes, plain_account
from duly.people.models import Borrower


def add_account(
    borrower: Borrower, number: str, *, holder: str = "", kind: str = "bank", bank: str = "", known_by: str = "given"
) -> BorrowerAccount:
    """Put an account of `borrower` on record; one that is there already is left as it is.

    Raises InputError for a number that is none. An IBAN's check digits are checked (ISO 13616).
    """
    if kind not in BorrowerAccount.Kind.values:
        raise InputError(f"{kind!r} is not a kind of account", "/kind", "use bank or wallet")
    plain = plain_account(number)
    if not 4 <= len(plain) <= 64:
        raise InputError("this is not the number of an account", "/number", "give 4 to 64 letters and digits")
    if kind == "bank" and plain[:2].isalpha() and plain[2:4].isdigit() and not iban_holds(plain):
        raise InputError("the check digits of this IBAN do not fit", "/number", "write it as it stands on a statement")
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        there = accounts_in_force(borrower).filter(number_index__in=account_indexes(number)).first()
        if there is not None:
            return there
        return BorrowerAccount.objects.create(
            borrower=borrower, kind=kind, number=plain, holder=holder.strip(), bank=bank.strip(), known_by=known_by
        )


def end_account(account: BorrowerAccount) -> None:
    """The account is the borrower's no longer; what came from it stays where it is."""
    BorrowerAccount.objects.filter(pk=account.pk, ended_at__isnull=True).update(ended_at=timezone.now())


def accounts_in_force(borrower: Borrower):
    """The accounts of `borrower` that have not ended, the newest first."""
    return BorrowerAccount.objects.filter(borrower=borrower, ended_at__isnull=True).order_by("-pk")


def iban_holds(plain: str) -> bool:
    """Whether the check digits of an IBAN without spaces fit: ISO 7064 MOD 97-10."""
    moved = plain[4:] + plain[:4]
    return moved.isalnum() and int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
