"""The outbox as a folder: a message is staged out of sight, then released by one rename.

A staged file has not left; a released one has. The rename is the one instant between the two, so whoever empties the
folder never sees half a message, and a message once released is never released again, even when its file has since
been taken away.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol


class Carrier(Protocol):
    """A way out for messages, in two steps, so that the record of sending can be committed between them."""

    def alone(self) -> AbstractContextManager[None]:
        """A context in which no other process sends."""

    def stage(self, name: str, content: bytes) -> None:
        """Make the message ready, durably and out of sight; staging the same name again replaces it."""

    def release(self, name: str) -> None:
        """Let a staged message leave."""

    def discard(self, name: str) -> None:
        """Forget a staged message."""

    def staged(self) -> list[str]:
        """Names of messages staged and not yet released."""


class Folder:
    """A Carrier that puts `.eml` files into a folder, for a mail server or a person to pick up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staging = path / ".staged"
        self._staging.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder's lock; another process waits until it is free. A killed process frees it."""
        with (self._staging / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def stage(self, name: str, content: bytes) -> None:
        """Write the file where nobody looks, down to the disk."""
        with (self._staging / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def release(self, name: str) -> None:
        """Rename the staged file into the folder. Raises FileNotFoundError when it is not staged."""
        (self._staging / name).rename(self.path / name)

    def discard(self, name: str) -> None:
        """Delete the staged file."""
        (self._staging / name).unlink(missing_ok=True)

    def staged(self) -> list[str]:
        """The staged files, by name."""
        return sorted(path.name for path in self._staging.glob("*.eml"))
