"""Borrowers put on record and found again."""

import datetime
import secrets
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q, QuerySet

from duly.engine.errors import InputError
from duly.people.blind_index import (
    checked_phone,
    every_index,
    standard_address,
    standard_email,
    standard_id_number,
    standard_phone,
)
from duly.people.models.borrowers import Borrower
from duly.people.models.sign_in import SignInAddress
from duly.people.roles import Role, give_roles

# Without letters and digits that are mistaken for each other on the telephone.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"


def register_borrower(
    *,
    reference: str = "",
    user: User | None = None,
    name: str = "",
    phone: str = "",
    email: str = "",
    id_number: str = "",
    address: str = "",
    birth_date: datetime.date | None = None,
    language: str = "en",
    time_zones: str = "",
) -> Borrower:
    """Put a person on record; `user`, if given, becomes their account and gets the role of a borrower.

    Without a `reference` one is made that says nothing of the person. Telephone numbers are kept in E.164. Raises
    InputError for a reference that is taken, an account that has a record already, and a number that is none.
    """
    if reference and Borrower.objects.filter(reference=reference).exists():
        raise InputError(f"there is a borrower {reference} already", "/reference", "give another, or none")
    if user is not None and borrower_of(user) is not None:
        raise InputError("this account has a record already", "/user", "change that record")
    with transaction.atomic():
        made = Borrower.objects.create(
            reference=reference or new_reference(),
            user=user,
            name=name.strip(),
            phone=checked_phone(phone) if phone.strip() else "",
            email=standard_email(email),
            id_number=standard_id_number(id_number),
            address=address.strip(),
            birth_date=birth_date,
            language=language,
            time_zones=time_zones,
        )
        if user is not None:
            user._borrower = made
            give_roles(user, Role.BORROWER)
    return made


def new_reference() -> str:
    """A borrower's reference that nobody has: B and ten letters and digits, which tell nothing."""
    while True:
        reference = "B" + "".join(secrets.choice(ALPHABET) for _ in range(10))
        if not Borrower.objects.filter(reference=reference).exists():
            return reference


def borrower_of(user: User | AnonymousUser) -> Borrower | None:
    """The record of the person who is signed in, read once a request; None when the account is nobody's."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_borrower"):
        user._borrower = Borrower.objects.filter(user=user).first()
    return user._borrower


def find_borrowers(text: str) -> QuerySet[Borrower]:
    """The borrowers whose reference, telephone number, e-mail address or identity number is `text`, written anyhow."""
    text = text.strip()
    if not text:
        return Borrower.objects.none()
    return Borrower.objects.filter(
        Q(reference=text)
        | Q(phone_index__in=every_index(text, standard_phone))
        | Q(email_index__in=every_index(text, standard_email))
        | Q(id_number_index__in=every_index(text, standard_id_number))
    )


def join_account(reference: str, address: str) -> Borrower:
    """Give the account that `address` opens the record `reference`, instead of the empty one made at sign-up.

    Raises InputError when there is no such record or account, the record has an account, or the account's own record
    is not empty: then two people's affairs would be mixed.
    """
    record = Borrower.objects.filter(reference=reference).first()
    if record is None:
        raise InputError(f"there is no borrower {reference}", "/reference", "give the reference as it is on record")
    found = SignInAddress.objects.filter(
        address_index__in=every_index(address, standard_address), verified=True
    ).first()
    if found is None:
        raise InputError("this address opens no account", "/address", "let the person sign up first")
    if record.user is not None:
        raise InputError(f"{reference} has an account already", "/reference", "close that one first")
    with transaction.atomic():
        made = borrower_of(found.user)
        if made is not None:
            if any(getattr(made, relation.get_accessor_name()).exists() for relation in _tables_of(made)):
                raise InputError(f"the account has the record {made.reference}", "/address", "it is not empty")
            made.delete()
        record.user = found.user
        record.save(update_fields=["user"])
        give_roles(found.user, Role.BORROWER)
    return record


def _tables_of(borrower: Borrower) -> list[Any]:
    return [relation for relation in borrower._meta.related_objects if relation.one_to_many]
