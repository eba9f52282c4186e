"""Proof that nothing in the log was changed, removed or inserted: every record read and hashed again, by two."""

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from django.db import connection

from duly.contact.log.reading import MOST_FAULTS, Fault, Part, missing, read_range, unlinked
from duly.contact.log.record import GENESIS, digest
from duly.contact.models import PackText, RuleSheet
from duly.lending.arrow import postgresql_address

PROCESSES = 2
RANGE = 100_000  # decisions read by one process before it takes the next range


@dataclass(frozen=True)
class Verification:
    """What was read: how many decisions, the last number and its hash, and what is wrong, first number first."""

    decisions: int
    last: int
    head: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def verify_log(progress: Callable[[int, int], None] = lambda done, of: None) -> Verification:
    """Read the whole log and check every number, link and hash, and every text referred to; tells decisions done, of.

    What is added while it reads is not looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM contact_decision")
        lowest, last = cursor.fetchone()
    if last is None:
        return Verification(0, 0, GENESIS, tuple(_faults_of_texts(frozenset())))
    ranges = list(_ranges(lowest, last))
    source = _source()
    parts: list[Part] = []
    # Forked from a server of its own, not from here: they must not inherit the connections of this process.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([read_range.__module__])
    with ProcessPoolExecutor(min(PROCESSES, len(ranges)), mp_context=context) as pool:
        waiting = [pool.submit(read_range, source, *one) for one in ranges]
        for finished in as_completed(waiting):
            parts.append(finished.result())
            progress(sum(part.rows for part in parts), last)
    parts.sort()
    faults = [fault for part in parts for fault in part.faults] + list(_joints(parts))
    faults += _faults_of_texts(frozenset().union(*(part.sheets for part in parts)))
    whole = [part for part in parts if part.rows]
    return Verification(
        decisions=sum(part.rows for part in parts),
        last=last,
        head=whole[-1].head,
        faults=tuple(sorted(set(faults))[:MOST_FAULTS]),
    )


def _ranges(lowest: int, last: int) -> Iterator[tuple[int, int]]:
    """First and last numbers of ranges that hold every decision; one put in far away makes one more, not millions."""
    start: int | None = lowest
    with connection.cursor() as cursor:
        while start is not None:
            end = min(start + RANGE - 1, last)
            yield start, end
            cursor.execute("SELECT min(id) FROM contact_decision WHERE id > %s AND id <= %s", [end, last])
            (start,) = cursor.fetchone()


def _source() -> tuple[str, str]:
    if connection.vendor == "sqlite":
        return "sqlite", str(connection.settings_dict["NAME"])
    return "postgresql", postgresql_address()


def _joints(parts: Sequence[Part]) -> Iterator[Fault]:
    """What is wrong where one range meets the next, and at both ends."""
    expected, head = 1, GENESIS
    for part in parts:
        if not part.rows or part.last < 1:  # what stands before the beginning has a fault of its own
            continue
        if part.first > expected:
            yield missing(expected, part.first - 1)
        elif part.previous != head:
            yield unlinked(part.first)
        expected, head = part.last + 1, part.head


def _faults_of_texts(referred_to: frozenset[str]) -> Iterator[Fault]:
    """Sheets and packs that decisions refer to and that are gone or not what their digests say."""
    packs: dict[str, str] = {}
    sheets = set()
    for name, text in RuleSheet.objects.order_by("digest").values_list("digest", "text").iterator():
        sheets.add(name)
        if digest(text) != name:
            yield Fault(0, f"the rule sheet {name} was changed")
        elif name in referred_to:
            packs |= {one.get("digest", ""): pack for pack, one in json.loads(text)["packs"].items()}
    yield from (Fault(0, f"the rule sheet {name} was removed") for name in sorted(map(str, referred_to - sheets)))
    texts = dict(PackText.objects.values_list("digest", "text"))
    yield from (Fault(0, f"the pack text {name} was changed") for name, text in texts.items() if digest(text) != name)
    for name in sorted(packs.keys() - texts.keys()):
        yield Fault(0, f"the text of the pack {packs[name]}, {name or 'without a digest'}, is not on record")
