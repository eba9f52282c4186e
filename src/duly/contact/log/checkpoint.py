"""Signed checkpoints: the log's last number and hash under an Ed25519 signature, for an auditor to keep elsewhere.

The key is made on first use and kept in DULY_HOME, as are the checkpoints that Duly makes by itself. A checkpoint is a
JSON object of the fields below and `signature`, in lower-case hex, over the object without it, written as the
log writes JSON (see record.py).
"""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from duly.contact.local_time import lender_date
from duly.contact.log.reading import Fault
from duly.contact.log.record import GENESIS, canonical
from duly.contact.log.verify import Verification
from duly.contact.models import Decision
from duly.engine.errors import InputError
from duly.secrets_on_disk import audit_key

FIELDS = {"log": str, "number": int, "hash": str, "made_at": str, "public_key": str, "signature": str}
LOG = "duly decisions"


def signing_key() -> Ed25519PrivateKey:
    """The key of this book's checkpoints."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(audit_key(settings.HOME)))


def public_key() -> str:
    """Its public half: 32 bytes in lower-case hex."""
    return signing_key().public_key().public_bytes_raw().hex()


def checkpoint(now: datetime.datetime) -> dict[str, Any]:
    """A signed checkpoint of the log as it stands at `now` (UTC)."""
    number, head = Decision.objects.order_by("-id").values_list("id", "hash").first() or (0, GENESIS)
    made_at = now.astimezone(datetime.UTC).isoformat(timespec="seconds")
    body = {"log": LOG, "number": number, "hash": head, "made_at": made_at, "public_key": public_key()}
    return {**body, "signature": signing_key().sign(canonical(body).encode()).hex()}


def write_checkpoint(document: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def keep_todays(now: datetime.datetime) -> Path | None:
    """Make the checkpoint of the lender's date at `now`, unless it is there or nothing was decided; its file."""
    path = folder() / f"{lender_date(now)}.json"
    if path.exists() or not Decision.objects.exists():
        return None
    write_checkpoint(checkpoint(now), path)
    return path


def folder() -> Path:
    """Where checkpoints are kept that Duly makes by itself."""
    return Path(settings.HOME) / "checkpoints"


def read_checkpoint(path: Path, trusted_key: str) -> dict[str, Any]:
    """A checkpoint from its file. Raises InputError when it cannot be read or `trusted_key` did not sign it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} is no checkpoint: {error}", "", "name a file that `duly audit checkpoint` made"
        ) from None
    if not isinstance(document, dict) or {name: type(one) for name, one in document.items()} != FIELDS:
        raise InputError(f"{path} is no checkpoint", "", "name a file that `duly audit checkpoint` made")
    body = {name: one for name, one in document.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted_key))
        key.verify(bytes.fromhex(document["signature"]), canonical(body).encode())
    except (InvalidSignature, ValueError):
        raise InputError(
            f"{path} was not signed by the key {trusted_key}",
            "/signature",
            "use the checkpoint that you kept yourself, and --key with the public key that you kept with it",
        ) from None
    return document


def faults_by_checkpoints(found: Verification, checkpoints: list[dict[str, Any]]) -> list[Fault]:
    """What the log lacks, or has rewritten, of what the checkpoints vouch for: the earliest that disagrees says it."""
    vouched = 0
    for one in sorted(checkpoints, key=lambda one: one["number"]):
        number = one["number"]
        if number > found.last:
            return [
                Fault(
                    found.last + 1, f"and all up to {number} were removed: the checkpoint of {one['made_at']} has them"
                )
            ]
        head = Decision.objects.filter(id=number).values_list("hash", flat=True).first() if number else GENESIS
        if head != one["hash"]:
            between = f"{vouched + 1} to {number}" if vouched + 1 < number else str(number)
            what = (
                f"was rewritten, or one before it: {between} is not what the checkpoint of {one['made_at']} vouches for"
            )
            return [Fault(number, what)]
        vouched = number
    return []
