"""The accounts of a borrower: added, found by their number, ended."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.payments.models import BorrowerAccount
from duly.payments.payer_accounts import account_indexes, plain_account
from duly.people.models import Borrower

GIVEN = "given"


def add_account(
    borrower: Borrower, number: str, *, holder: str = "", kind: str = "bank", bank: str = "", known_by: str = GIVEN
) -> BorrowerAccount:
    """Put an account of `borrower` on record; one that is there already is left as it is.

    `known_by`: "given" by the borrower, who is paid to it; "payment", from which somebody paid for them, is only known
    as a source, until the borrower gives it too. Raises InputError for a number that is none. An IBAN's check digits
    are checked (ISO 13616).
    """
    if kind not in BorrowerAccount.Kind.values:
        raise InputError(f"{kind!r} is not a kind of account", "/kind", "use bank or wallet")
    plain = plain_account(number)
    if not 4 <= len(plain) <= 64:
        raise InputError(
            gettext("This is not the number of an account."), "/number", gettext("It has 4 to 64 letters and digits.")
        )
    if kind == "bank" and plain[:2].isalpha() and plain[2:4].isdigit() and not iban_holds(plain):
        raise InputError(
            gettext("The check digits of this IBAN do not fit."),
            "/number",
            gettext("Write it as it stands on a statement."),
        )
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        there = accounts_in_force(borrower).filter(number_index__in=account_indexes(number)).first()
        if there is not None:
            if known_by == GIVEN != there.known_by:
                there.known_by, there.kind, there.bank = known_by, kind, bank.strip()
                there.holder = holder.strip() or there.holder
                there.save()
            return there
        return BorrowerAccount.objects.create(
            borrower=borrower, kind=kind, number=plain, holder=holder.strip(), bank=bank.strip(), known_by=known_by
        )


def accounts_to_pay(borrower: Borrower):
    """The accounts that `borrower` gave to be paid to, the newest first: not those that others paid from."""
    return accounts_in_force(borrower).filter(known_by=GIVEN)


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
