"""Whose records somebody may see: nobody's, unless a room says otherwise for a role that they have."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q, QuerySet

from duly.people.models.borrowers import Borrower
from duly.people.roles import Role, roles_of

# Which borrowers a user sees who has the role: a condition on Borrower. EVERYBODY: no condition at all.
Sees = Callable[[User], Q]
EVERYBODY = Q()
NOBODY = Q(pk__in=())
Row = TypeVar("Row", bound=Model)

_sees: dict[tuple[Role, str], Sees] = {}


def let_see(role: Role, sees: Sees, name: str = "") -> None:
    """From now on who has `role` sees the borrowers that `sees(user)` describes, besides those of other calls.

    Rooms call it in their AppConfig.ready; `name` (the function's own when empty) tells the calls of a role apart.
    Conditions over other tables are best written `Q(pk__in=Case.objects.values("borrower"))`: no borrower twice.
    """
    _sees[role, name or f"{sees.__module__}.{sees.__qualname__}"] = sees


def visible_borrowers(user: User | AnonymousUser) -> QuerySet[Borrower]:
    """The borrowers whose records `user` may see; one's own, and what one's roles open."""
    return Borrower.objects.filter(_condition(user))


def visible_ids(user: User | AnonymousUser) -> set[int] | None:
    """The ids of the borrowers that `user` may see; None, at no cost, for who sees everybody."""
    condition = _condition(user)
    if condition == EVERYBODY:
        return None
    return set(Borrower.objects.filter(condition).values_list("pk", flat=True))


def limited(rows: QuerySet[Row], user: User | AnonymousUser, path: str = "borrower") -> QuerySet[Row]:
    """Those of `rows` whose borrower (reached by `path`) is one that `user` may see.

    Costs nothing for who sees everybody.
    """
    condition = _condition(user)
    if condition == EVERYBODY:
        return rows
    return rows.filter(**{f"{path}__in": Borrower.objects.filter(condition).values("pk")})


def _condition(user: User | AnonymousUser) -> Q:
    if not user.is_authenticated:
        return NOBODY
    roles = roles_of(user)
    conditions = [sees(user) for (role, _), sees in _sees.items() if role in roles]
    if EVERYBODY in conditions:
        return EVERYBODY
    either = Q(user=user) if Role.BORROWER in roles else NOBODY
    for condition in conditions:
        either |= condition
    return either


let_see(Role.COMPLIANCE, lambda user: EVERYBODY, "compliance sees everybody")
