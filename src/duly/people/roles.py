"""Roles: what a person who signs in may be. A role is a group of Django's; the default is none."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group
from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    """Who somebody is to the lender."""

    BORROWER = "borrower", pgettext_lazy("role", "borrower")
    UNDERWRITER = "underwriter", pgettext_lazy("role", "underwriter")
    COLLECTOR = "collector", pgettext_lazy("role", "collector")
    LEGAL = "legal", pgettext_lazy("role", "legal department")
    AGENCY = "agency", pgettext_lazy("role", "agency")
    FINANCE = "finance", pgettext_lazy("role", "finance")
    COMPLIANCE = "compliance", pgettext_lazy("role", "compliance")
    ADMINISTRATOR = "administrator", pgettext_lazy("role", "administrator")


# The lender's own people.
STAFF = frozenset(Role) - {Role.BORROWER, Role.AGENCY}


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    """The roles of somebody who is signed in, read once a request; nobody in particular has none."""
    if not user.is_authenticated:
        return frozenset()
    if not hasattr(user, "_roles"):
        names = user.groups.filter(name__in=Role.values).values_list("name", flat=True)
        user._roles = frozenset(Role(name) for name in names)
    return user._roles


def give_roles(user: AbstractBaseUser, *roles: Role) -> None:
    """Let `user` be each of `roles` from now on."""
    user.groups.add(*(Group.objects.get_or_create(name=role.value)[0] for role in roles))
    user.__dict__.pop("_roles", None)


def take_roles(user: AbstractBaseUser, *roles: Role) -> None:
    """Let `user` be none of `roles` any more."""
    user.groups.remove(*Group.objects.filter(name__in=[role.value for role in roles]))
    user.__dict__.pop("_roles", None)
