"""Random loans with everything that may happen to one: does the engine agree with its slow reference on all of them?

    python -m benchmarks.reference [--cases 1000000] [--from 1000000] [--folder var/differences]

Each case is a seed: its schedule and its position are compared field by field, and the movements that explain the
position must add up to it. Cases that differ are made as small as they still differ and written to the folder. All
cores work; it stops by itself, or with ctrl-C, and says how far it came. Exit status 1 when any case differs.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

TESTS = Path(__file__).parents[1] / "tests" / "engine"
BLOCK = 200


class Compared(NamedTuple):
    """What came of one block of seeds. `differing` holds (seed, small case, where it differs)."""

    cases: int
    not_taken: int
    differing: list[tuple[int, dict[str, Any], list[str]]]


def compare(first: int) -> Compared:
    """Compare the seeds of the block that begins with `first`."""
    from reference.comparing import NotTakenError, wrong
    from reference.random_loans import random_case
    from reference.shrinking import smallest

    def lines(case: dict[str, Any]) -> list[str]:
        try:
            return wrong(case, explained=True)
        except NotTakenError:
            return []

    not_taken = 0
    differing = []
    for seed in range(first, first + BLOCK):
        case = random_case(seed)
        try:
            found = wrong(case, explained=True)
        except NotTakenError:
            not_taken += 1
            continue
        if found:
            small = smallest(case, lambda smaller: bool(lines(smaller)))
            differing.append((seed, small, lines(small)))
    return Compared(BLOCK, not_taken, differing)


def begin_worker() -> None:
    sys.path.insert(0, str(TESTS))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--from", type=int, default=1_000_000, dest="first", help="the first seed")
    arguments.add_argument("--folder", type=Path, default=Path("var/differences"), help="where cases that differ go")
    arguments.add_argument("--processes", type=int, default=os.cpu_count(), help="default: one a core")
    given = arguments.parse_args()
    begin_worker()
    compare(given.first)  # what is compiled is kept, for all processes
    started, done, not_taken, differing = time.perf_counter(), 0, 0, 0
    blocks = range(given.first, given.first + given.cases, BLOCK)
    try:
        with multiprocessing.get_context("spawn").Pool(given.processes, begin_worker) as pool:
            for one in pool.imap_unordered(compare, blocks):
                done, not_taken = done + one.cases, not_taken + one.not_taken
                for seed, case, lines in one.differing:
                    differing += 1
                    given.folder.mkdir(parents=True, exist_ok=True)
                    (given.folder / f"{seed}.json").write_text(json.dumps(case | {"differs": lines}, indent=1) + "\n")
                show(done, given.cases, differing, time.perf_counter() - started)
    except KeyboardInterrupt:
        pass
    seconds = time.perf_counter() - started
    print(f"\n{done:,} cases in {seconds:,.0f} s, {not_taken:,} of them refused by the door; {differing:,} differ")
    if differing:
        print(f"they are in {given.folder}")
    return int(differing > 0)


def show(done: int, of: int, differing: int, seconds: float) -> None:
    """The bar: how much is done, how fast, and what differed so far."""
    width = 40
    filled = width * done // of
    left = seconds / done * (of - done)
    bar = "█" * filled + "░" * (width - filled)
    text = f"\r{bar} {done:>9,} of {of:,}  {done / seconds:6,.0f}/s  {left / 60:4.0f} min left  {differing} differ"
    if sys.stdout.isatty() or done == of or done % 20_000 == 0:
        print(text, end="" if sys.stdout.isatty() else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
