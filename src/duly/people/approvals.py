"""A second person: what could lose money or rights waits until somebody else has agreed, and only then happens.

A room says what it carries out when it starts (`@carries_out`), asks with `ask`, and the approvals page does the rest.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from duly.engine.errors import InputError
from duly.people.models.approvals import Approval
from duly.people.roles import Role, roles_of

# Carries out the content of an approval that has been given; answers in a line what came of it, or nothing.
Carrier = Callable[[dict[str, Any], Approval], str | None]
# The content as (label, value) in words for the person who decides.
Shown = Callable[[dict[str, Any]], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Kind:
    """A kind of thing that needs a second person: its title, who may agree, how it is done and how it is shown."""

    name: str
    title: str
    approvers: frozenset[Role]
    carry_out: Carrier
    shown: Shown


_kinds: dict[str, Kind] = {}


def carries_out(
    name: str, *, title: Any = "", approvers: Sequence[Role], shown: Shown | None = None
) -> Callable[[Carrier], Carrier]:
    """Register the function that carries out approvals of the kind `name`, and the roles that may agree to them.

    It is called inside the transaction that marks the approval given; an InputError that it raises undoes both.
    """

    def register(carrier: Carrier) -> Carrier:
        _kinds[name] = Kind(
            name, title or name.replace("_", " "), frozenset(approvers), carrier, shown or _as_it_stands
        )
        return carrier

    return register


def kind_of(approval: Approval) -> Kind:
    """What is known of an approval's kind. Raises InputError when no room carries it out."""
    return _kind(approval.kind)


def ask(kind: str, content: dict[str, Any], by: User, about: str) -> Approval:
    """Ask for something to be done; it waits for a second person. The same thing asked twice waits once.

    `content` is a JSON document, `about` what it concerns in a few words without personal data. Raises InputError for
    a kind that no room carries out.
    """
    _kind(kind)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    waiting = Approval.objects.filter(kind=kind, digest=digest, state=Approval.State.WAITING)
    if (already := waiting.first()) is not None:
        return already
    try:
        with transaction.atomic():
            return Approval.objects.create(kind=kind, content=content, digest=digest, asked_by=by, about=about)
    except IntegrityError:
        return waiting.get()


def waiting_for(user: User) -> QuerySet[Approval]:
    """What waits for a decision that `user` may make, the oldest first."""
    kinds = [kind.name for kind in _kinds.values() if not kind.approvers.isdisjoint(roles_of(user))]
    waiting = Approval.objects.filter(state=Approval.State.WAITING, kind__in=kinds).exclude(asked_by=user)
    return waiting.select_related("asked_by").order_by("asked_at", "pk")


def seen_by(user: User) -> QuerySet[Approval]:
    """Every approval that `user` asked for, decided or may decide, the newest first."""
    kinds = [kind.name for kind in _kinds.values() if not kind.approvers.isdisjoint(roles_of(user))]
    own = Approval.objects.filter(asked_by=user) | Approval.objects.filter(kind__in=kinds)
    return own.select_related("asked_by", "decided_by").order_by("-asked_at", "-pk")


def approve(approval: Approval, by: User) -> Approval:
    """Agree, and have it done, both or neither. Gives the approval as it stands now.

    Raises PermissionDenied when `by` has none of the roles that may agree or asked for it, InputError when it no
    longer waits or the room refuses.
    """
    with transaction.atomic():
        held = _held(approval, by)
        kind = _kind(held.kind)
        _decide(held, Approval.State.APPROVED, by)
        held.outcome = (kind.carry_out(held.content, held) or "")[:500]
        held.save(update_fields=["outcome"])
    return held


def decline(approval: Approval, by: User, why: str) -> Approval:
    """Refuse, and say why. Raises as `approve` does, and InputError without a reason."""
    if not why.strip():
        raise InputError("a refusal needs a reason", "/why", "say in a line why it should not be done")
    with transaction.atomic():
        return _decide(_held(approval, by), Approval.State.DECLINED, by, why.strip())


def withdraw(approval: Approval, by: User) -> Approval:
    """Take back what one asked for oneself while it waits. Raises PermissionDenied for anybody else's."""
    with transaction.atomic():
        held = _waiting(approval)
        if held.asked_by_id != by.pk:
            raise PermissionDenied("this was asked by somebody else")
        return _decide(held, Approval.State.WITHDRAWN, by)


def _kind(name: str) -> Kind:
    if name not in _kinds:
        raise InputError(f"nothing carries out {name!r}", "/kind", f"use {', '.join(sorted(_kinds)) or 'none'}")
    return _kinds[name]


def _waiting(approval: Approval) -> Approval:
    held = Approval.objects.select_for_update().get(pk=approval.pk)
    if held.state != Approval.State.WAITING:
        raise InputError(f"this is {held.state} already", "/state", "look at it again: it no longer waits")
    return held


def _held(approval: Approval, by: User) -> Approval:
    held = _waiting(approval)
    if held.asked_by_id == by.pk:
        raise PermissionDenied("nobody decides what they asked for: it needs a second person")
    if _kind(held.kind).approvers.isdisjoint(roles_of(by)):
        raise PermissionDenied("this is for others to decide")
    return held


def _decide(held: Approval, state: Approval.State, by: User, why: str = "") -> Approval:
    held.state, held.decided_by, held.decided_at, held.why = state, by, timezone.now(), why
    held.save(update_fields=["state", "decided_by", "decided_at", "why"])
    return held


def _as_it_stands(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), str(value)) for name, value in content.items()]
