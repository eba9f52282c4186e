"""Files that hold personal data, each sealed under a key of its own and kept outside the database and the web's reach.

The key stands encrypted in the file's row: renewing the lender's keys touches rows alone, and when a row's key is
erased, nobody can read its file again.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction

from duly.borrowing.models import SealedFile


class SealBrokenError(Exception):
    """A file is missing, was changed, or its key was erased; the text says which."""


def seal(content: bytes, media_type: str) -> SealedFile:
    """Keep `content`, and give its row. The file is on disk for good before the row is written."""
    key, name = Fernet.generate_key(), secrets.token_hex(24)
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet(key).encrypt(content))
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return SealedFile.objects.create(
        name=name,
        key=key.decode(),
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def unseal(sealed: SealedFile) -> bytes:
    """What was sealed, byte for byte. Raises SealBrokenError."""
    if not sealed.key:
        raise SealBrokenError("its key was erased")
    try:
        content = Fernet(sealed.key.encode()).decrypt(_path(sealed.name).read_bytes())
    except FileNotFoundError:
        raise SealBrokenError("the file is missing") from None
    except InvalidToken:
        raise SealBrokenError("the file was changed") from None
    if hashlib.sha256(content).hexdigest() != sealed.sha256:
        raise SealBrokenError("the file is another than was sealed")
    return content


def shred(sealed: SealedFile) -> None:
    """Take the file away for good: its key, so that no copy can be read either, and once that is certain the file."""
    SealedFile.objects.filter(pk=sealed.pk).update(key="")
    sealed.key = ""
    transaction.on_commit(lambda: _path(sealed.name).unlink(missing_ok=True))


def _path(name: str) -> Path:
    return Path(settings.DULY_SEALED) / name[:2] / name
