"""Personal data in the clear: for those whose work needs it, one datum at a time, each asking on record."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from duly.engine.errors import InputError
from duly.people.masks import masked
from duly.people.models.borrowers import Borrower
from duly.people.models.reveals import Reveal
from duly.people.roles import Role, roles_of
from duly.people.visibility import visible_borrowers

FIELDS = ("name", "phone", "email", "id_number", "address", "birth_date")
MAY_REVEAL = frozenset({Role.UNDERWRITER, Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE})


def may_reveal(user: User) -> bool:
    """Whether any role of `user` ever needs personal data in the clear. Finance works with references."""
    return not roles_of(user).isdisjoint(MAY_REVEAL)


def masked_field(borrower: Borrower, field: str) -> str:
    """A datum of `borrower` as it stands on a screen until it is asked for."""
    return masked(field, getattr(borrower, field))


def reveal(user: User, borrower: Borrower, field: str, why: str) -> str:
    """The datum in the clear, with who asked for it and why put on record first.

    Raises InputError for a field that is no personal datum or a reason that is none of Reveal.Why, PermissionDenied
    when `user` may not see the borrower or has no role that needs personal data.
    """
    if field not in FIELDS:
        raise InputError(f"{field!r} is not a personal datum", "/field", f"use {', '.join(FIELDS)}")
    if why not in Reveal.Why.values:
        raise InputError(f"{why!r} is not a reason", "/why", f"use {', '.join(Reveal.Why.values)}")
    if not may_reveal(user) or not visible_borrowers(user).filter(pk=borrower.pk).exists():
        raise PermissionDenied("personal data is shown to those whose work needs it")
    Reveal.objects.create(user=user, borrower=borrower, field=field, why=why)
    value = getattr(borrower, field)
    return "" if value is None else str(value)
