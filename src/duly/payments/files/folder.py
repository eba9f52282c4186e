"""The folder of files for the bank: a file is there only once what it says is on record.

A file is staged out of sight, then what it asks for is committed, then it is released by one rename. Killed before the
commit, the next run throws it away and asks anew; killed after it, the next run releases it. So the bank never gets a
file that the book does not know, nor the same payment in two files.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import transaction

from duly.payments.models import Debit, OutgoingEvent

STAGED = ".staged-"


def folder() -> Path:
    """Where the files are; for nobody but the lender to read."""
    found = Path(settings.DULY_PAYMENT_FILES)
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def keep(name: str, content: bytes) -> Path:
    """Stage a file and release it when the transaction that is open commits. Returns where it will be."""
    staged, path = folder() / f"{STAGED}{name}", folder() / name
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    transaction.on_commit(lambda: _release(staged))
    return path


def _release(staged: Path) -> None:
    with suppress(FileNotFoundError):  # another run has released it meanwhile
        staged.rename(staged.with_name(staged.name.removeprefix(STAGED)))


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder alone, and finish what an earlier run left: what is on record is released, the rest goes."""
    with (folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for staged in folder().glob(f"{STAGED}*"):
            name = staged.name.removeprefix(STAGED)
            if _on_record(name):
                _release(staged)
            else:
                staged.unlink()
        yield


def _on_record(name: str) -> bool:
    return OutgoingEvent.objects.filter(reference=name).exists() or Debit.objects.filter(file_name=name).exists()
