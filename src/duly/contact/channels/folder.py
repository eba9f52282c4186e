"""The outbox as a folder: a message is staged out of sight, then released by one rename.

A staged file has not left; a released one has. The rename is the one instant between the two, so whoever empties the
folder never sees half a message, and a message once released is never released again, even when its file has since
been taken away.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"


class Folder:
    """A spool of files for a mail server, a gateway, a print shop or a person to pick up. A name may hold one slash:
    then the file is released into a folder of that name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staging = path / ".staged"
        self._staging.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder's lock; another process waits until it is free. A killed process frees it."""
        with (self._staging / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def stage(self, contents: Mapping[str, bytes]) -> None:
        """Write the files where nobody looks, down to the disk: all first, for the disk to write them together."""
        descriptors = []
        try:
            for name, content in contents.items():
                descriptors.append(os.open(self._staged(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                with os.fdopen(descriptors[-1], "wb", closefd=False) as file:
                    file.write(content)
            for descriptor in descriptors:
                os.fsync(descriptor)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def release(self, name: str) -> None:
        """Rename the staged file into the folder. Raises FileNotFoundError when it is not staged."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self._staged(name).rename(target)

    def discard(self, name: str) -> None:
        """Delete the staged file."""
        self._staged(name).unlink(missing_ok=True)

    def staged(self) -> list[str]:
        """The staged files, by name."""
        return sorted(path.name.replace("~", "/") for path in self._staging.iterdir() if path.name != _LOCK)

    def _staged(self, name: str) -> Path:
        return self._staging / name.replace("/", "~")
