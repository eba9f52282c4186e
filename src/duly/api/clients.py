"""Clients: made once, their secret shown once and kept as a hash, renewed or revoked without a trace being lost."""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model

from duly.api.models import Client
from duly.api.scopes import SCOPES
from duly.engine.errors import InputError


class Credentials(NamedTuple):
    """What a program signs in with. The secret cannot be read again."""

    client_id: str
    client_secret: str


def add_client(
    name: str,
    scopes: list[str],
    *,
    sees_all: bool = False,
    sees_as: str = "",
    requests_a_minute: int | None = None,
) -> Credentials:
    """Make a client called `name` with `scopes`, which sees all borrowers or those that user `sees_as` sees.

    Raises InputError.
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        what = f"there is no scope {unknown[0]!r}" if unknown else "a client without a scope opens nothing"
        raise InputError(what, "/scope", f"use {', '.join(SCOPES)}")
    if not 0 < len(name) <= 80:
        raise InputError("the name is empty or longer than 80 characters", "/name", "say which program it is for")
    if Client.objects.filter(name=name).exists():
        raise InputError(f"there is a client {name} already", "/name", "give another name; names are not used again")
    user = User.objects.filter(username=sees_as).first() if sees_as else None
    if sees_as and user is None:
        raise InputError(f"there is no user {sees_as}", "/sees", "name a user, or let it see all")
    secret = generate_client_secret()
    client = Client.objects.create(
        name=name,
        user=user,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
        scopes=" ".join(dict.fromkeys(scopes)),
        sees_all=sees_all,
        requests_a_minute=requests_a_minute,
    )
    return Credentials(client.client_id, secret)


def renew_secret(name: str) -> Credentials:
    """A new secret for the client called `name`; the old one opens nothing any more. Raises InputError."""
    client = _in_use(name)
    secret = generate_client_secret()
    client.client_secret = secret
    client.save(update_fields=["client_secret"])
    _forget_tokens(client)
    return Credentials(client.client_id, secret)


def revoke_client(name: str) -> None:
    """From now on the client called `name` opens nothing. Raises InputError when there is none that still does."""
    client = _in_use(name)
    client.revoked_at = timezone.now()
    client.save(update_fields=["revoked_at"])
    _forget_tokens(client)


def _in_use(name: str) -> Client:
    client = Client.objects.filter(name=name, revoked_at__isnull=True).first()
    if client is None:
        raise InputError(f"no client {name} is in use", "/name", "`duly client list` names them")
    return client


def _forget_tokens(client: Client) -> None:
    get_access_token_model().objects.filter(application=client).delete()
