"""Borrowers put on record and found again."""

import datetime
import secrets

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q, QuerySet

from duly.engine.errors import InputError
from duly.people.blind_index import checked_phone, every_index, standard_email, standard_id_number, standard_phone
from duly.people.models.borrowers import Borrower
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
