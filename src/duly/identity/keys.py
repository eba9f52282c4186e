"""The keys that sign statements: made, used, published, retired, and given up when they may have been stolen."""

import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.db import transaction

from duly.identity.models import SigningKey
from duly.identity.token import key_id_of


def signing_key() -> SigningKey:
    """The key that signs now; the first one is made when there is none."""
    newest = SigningKey.objects.filter(retired_at__isnull=True, compromised_at__isnull=True).order_by("-pk").first()
    return newest or _make()


def sign(key: SigningKey, message: bytes) -> bytes:
    """The Ed25519 signature of `message`: 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.private_key)).sign(message)


@transaction.atomic
def rotate(at: datetime.datetime) -> SigningKey:
    """Make a new key that signs from now on. The older ones are retired, and their private halves are thrown away."""
    SigningKey.objects.filter(retired_at__isnull=True).update(retired_at=at, private_key="")
    return _make()


@transaction.atomic
def give_up(key_id: str, at: datetime.datetime) -> int:
    """A key may have been stolen: all that it signed is void from `at`. Gives how many codes that concerns.

    Raises SigningKey.DoesNotExist for a key that there is not.
    """
    key = SigningKey.objects.select_for_update().get(key_id=key_id)
    SigningKey.objects.filter(pk=key.pk, compromised_at__isnull=True).update(compromised_at=at, private_key="")
    return key.codes.filter(revoked_at__isnull=True).update(revoked_at=at, revoked_why="key")


def published() -> dict[str, Any]:
    """The public keys as they are published: {"keys": [{"kid", "alg", "x", "state", "made_at"}]}, newest first."""
    return {
        "keys": [
            {
                "kid": key.key_id,
                "alg": "Ed25519",
                "x": key.public_key,
                "state": "compromised" if key.compromised_at else "retired" if key.retired_at else "signing",
                "made_at": key.made_at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
            }
            for key in SigningKey.objects.order_by("-pk")
        ]
    }


def _make() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    secret = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    made = SigningKey.objects.create(key_id=key_id_of(public), public_key=public.hex(), private_key=secret.hex())
    return SigningKey.objects.get(pk=made.pk)
