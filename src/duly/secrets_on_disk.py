"""Secrets of a single-machine set-up: made once, kept beside the book, readable by their owner alone."""

import base64
import os
import secrets
from pathlib import Path


def secret_key(home: Path) -> str:
    """The signing key kept in `home`, made on first use."""
    return _kept(home / "secret_key", lambda: secrets.token_urlsafe(48))


def field_keys(home: Path) -> list[str]:
    """The keys for personal data kept in `home`, newest first, one a line; the first is made on first use."""
    return _kept(home / "field_keys", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()).split()


def index_keys(home: Path) -> list[str]:
    """The keys that personal data is found by kept in `home`, newest first, one a line; the first made on first use."""
    return _kept(home / "index_keys", lambda: secrets.token_urlsafe(48)).split()


def audit_key(home: Path) -> str:
    """The Ed25519 key that signs checkpoints of the log, 32 bytes in hex, kept in `home`, made on first use."""
    return _kept(home / "audit_key", lambda: secrets.token_hex(32))


def _kept(path: Path, make) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    secret = make()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
    except FileExistsError:  # another process was first: its secret is the one
        return path.read_text().strip()
    return secret
