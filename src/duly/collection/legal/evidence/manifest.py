"""The manifest of a bundle: each part with its SHA-256, under an Ed25519 signature; and the check of both.

The signature is over the manifest's own bytes as they lie in the archive, so nothing has to be put in order first.
`duly audit`'s key signs: who has its public half from elsewhere knows that the bundle comes from this book.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from duly.contact.log.checkpoint import public_key, signing_key
from duly.engine.errors import InputError

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FORMAT = "duly evidence 1"
# Larger than any bundle; keeps a crafted archive from filling the memory.
MOST_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Checked:
    """What checking a bundle found: its manifest, and every fault in words; sound without any."""

    manifest: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults


def archive(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """A ZIP of `files` with a signed manifest; `about` goes into it. The same files give the same bytes."""
    parts = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    manifest = {"format": FORMAT, **about, "public_key": public_key(), "parts": parts}
    told = (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [*sorted(files.items()), (MANIFEST, told), (SIGNATURE, _sign(told))]:
            packed.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def check(content: bytes, trusted_key: str) -> Checked:
    """Check a bundle under a public key (hex): its signature, then that each part is there and as it was.

    Raises InputError for what is no bundle at all.
    """
    files = _unpack(content)
    told = files.pop(MANIFEST, None)
    signature = files.pop(SIGNATURE, b"")
    if told is None:
        raise InputError("this is no bundle of evidence: it has no manifest", "", "give a file that Duly made")
    try:
        manifest = json.loads(told)
        expected = {part["name"]: part["sha256"] for part in manifest["parts"]}
    except (ValueError, KeyError, TypeError):
        raise InputError("the manifest cannot be read", "", "give a file that Duly made") from None
    faults = [] if _signed(told, signature, trusted_key) else [f"the manifest was not signed by the key {trusted_key}"]
    faults += [f"{name} is missing" for name in sorted(expected.keys() - files.keys())]
    faults += [f"{name} is not in the manifest" for name in sorted(files.keys() - expected.keys())]
    faults += [
        f"{name} was changed"
        for name in sorted(expected.keys() & files.keys())
        if hashlib.sha256(files[name]).hexdigest() != expected[name]
    ]
    return Checked(manifest, tuple(faults))


def _unpack(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = [one.filename for one in packed.infolist()]
            if len(set(names)) != len(names) or sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
                raise InputError("the archive is not as Duly makes them", "", "give a file that Duly made")
            return {name: packed.read(name) for name in names}
    except (zipfile.BadZipFile, zipfile.zlib.error, RuntimeError, EOFError, OSError) as error:
        raise InputError(f"the archive cannot be read: {error}", "", "give a file that Duly made") from None


def _sign(told: bytes) -> bytes:
    return signing_key().sign(told).hex().encode() + b"\n"


def _signed(told: bytes, signature: bytes, trusted_key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted_key)).verify(bytes.fromhex(signature.decode()), told)
    except (InvalidSignature, ValueError):
        return False
    return True
