"""Tokens: made once, shown once, kept as a hash, and revoked without a trace being lost."""

import hashlib
import secrets

from django.utils import timezone

from duly.api.models import ApiToken
from duly.engine.errors import InputError

# What a token may be let in to.
SCOPES = ("duties",)
PREFIX = "duly_"


def add_token(name: str, scopes: list[str]) -> str:
    """Make a token called `name` with `scopes` and give it: nobody can read it again. Raises InputError."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        what = f"there is no scope {unknown[0]!r}" if unknown else "a token without a scope opens nothing"
        raise InputError(what, "/scope", f"use {', '.join(SCOPES)}")
    if not 0 < len(name) <= 80:
        raise InputError("the name is empty or longer than 80 characters", "/name", "say which program it is for")
    if ApiToken.objects.filter(name=name).exists():
        raise InputError(f"there is a token {name} already", "/name", "give another name; names are not used again")
    token = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(name=name, digest=_digest(token), scopes=" ".join(scopes))
    return token


def revoke_token(name: str) -> None:
    """From now on the token called `name` opens nothing. Raises InputError when there is none that still does."""
    if not ApiToken.objects.filter(name=name, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        raise InputError(f"no token {name} is in use", "/name", "`duly token list` names them")


def find_token(token: str) -> ApiToken | None:
    """The record of a token that is in use."""
    return ApiToken.objects.filter(digest=_digest(token), revoked_at__isnull=True).first()


def _digest(token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
