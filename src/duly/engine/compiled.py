"""How the engine's loops are compiled: to machine code, kept on disk, free of the interpreter lock."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba as nb
from numba.core import config


def _cache_folder() -> Path:
    # Numba notices a change in a function's own file, not in the files of what it calls: so the folder is named
    # after all the engine's sources together, and no compiled code outlives a change to any of them.
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(here.glob("*.py")):
        digest.update(source.read_bytes())
    beside = here / "__pycache__"
    writable = os.access(beside if beside.exists() else here, os.W_OK)
    root = beside if writable else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duly"
    return root / f"compiled-{digest.hexdigest()[:16]}"


_CACHE_FOLDER = str(_cache_folder())


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: compile with Numba in nopython mode, cached on disk. `NUMBA_DISABLE_JIT=1` leaves plain Python.

    Division by zero is not checked (error model "numpy"): no divisor here can be zero.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        others, config.CACHE_DIR = config.CACHE_DIR, _CACHE_FOLDER
        try:
            return nb.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
        finally:
            config.CACHE_DIR = others

    return decorate
