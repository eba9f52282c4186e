"""How the pure floors' loops are compiled: to machine code, kept on disk, free of the interpreter lock."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba as nb
from numba.core import config

# Rows that one thread takes at a time.
_BLOCK = 1 << 15


@lru_cache
def _cache_folder(floor: str) -> str:
    # Numba notices a change in a function's own file, not in the files of what it calls: so the folder is named
    # after all the sources of the function's floor and of this one, and no compiled code outlives a change to any.
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in sorted({here, here.parent / floor}):
        for source in sorted(folder.rglob("*.py")):
            digest.update(source.read_bytes())
    beside = here / "__pycache__"
    writable = os.access(beside if beside.exists() else here, os.W_OK)
    root = beside if writable else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "duly"
    return str(root / f"compiled-{digest.hexdigest()[:16]}")


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: compile with Numba in nopython mode, cached on disk. `NUMBA_DISABLE_JIT=1` leaves plain Python.

    Division by zero is not checked (error model "numpy"): no divisor here can be zero.
    """

    settings: Any = config  # its settings are set by name, which its types do not know

    def decorate(function: Callable[..., Any]) -> Any:
        floor = function.__module__.split(".")[1] if function.__module__.startswith("duly.") else "engine"
        others, settings.CACHE_DIR = settings.CACHE_DIR, _cache_folder(floor)
        try:
            return nb.njit(cache=True, nogil=True, error_model="numpy", **{"_nrt": True, **options})(function)
        finally:
            settings.CACHE_DIR = others

    return decorate


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As `compiled`, for functions that only compiled ones call, and that make no arrays of their own.

    They have no door to Python, which saves a good part of compiling; and they count no references to the arrays that
    they are given, which would take turns between the cores on one counter, and be most of the work of a fold.
    """
    return compiled(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)


def in_threads(work: Callable[[int, int], object], rows: int) -> None:
    """Do `work`(first, last) for blocks of `rows`, on all cores; for compiled code, which holds no lock."""
    blocks = [(first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(blocks) < 2 or cores < 2:
        for block in blocks:
            work(*block)
        return
    with ThreadPoolExecutor(min(cores, len(blocks))) as pool:
        for done in [pool.submit(work, *block) for block in blocks]:
            done.result()
