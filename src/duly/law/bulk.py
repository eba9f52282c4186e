"""Many decisions at once: a table of questions in, a table of answers out, by the same loops as a single decision."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from duly.law.columns import NEVER, Facts, Int64
from duly.law.compose import Law, law_of
from duly.law.gate import BITS, decide_rows
from duly.law.pack import Pack
from duly.law.table import read_table
from duly.law.vocabulary import ITEMS, words

_CHUNK = 20_000


@dataclass(frozen=True)
class Decisions:
    """One row a contact. `next_at` is NEVER where time alone will not bring it; `failed` has BITS rules a column."""

    allowed: npt.NDArray[np.bool_]
    next_at: Int64
    items: Int64
    failed: Int64


def decide_columns(law: Law, facts: Facts, rows: Int64 | None = None) -> Decisions:
    """Decide the contacts of `rows` (all, unless given) under one law, on every core."""
    count = len(facts.contact)
    width = -(-len(law.rules) // BITS)
    done = Decisions(
        np.zeros(count, np.bool_),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros((count, width), np.int64),
    )
    chosen = np.arange(count) if rows is None else rows

    def part(first: int) -> None:
        piece = chosen[first : first + _CHUNK]
        decide_rows(*law.rows, *facts, piece, done.allowed, done.next_at, done.items, done.failed)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(part, range(0, len(chosen), _CHUNK)))
    return done


def decide_many(table: pa.Table, house: Sequence[Pack] = ()) -> pa.Table:
    """Decide a table of questions, one a row, with the columns of `duly decide`'s document (structs and lists).

    Gives allowed, next_allowed_at (null: never by time alone), must_include, and failed: the ids of the rules that
    forbid. Raises InputError as for a single document, naming the column and, where there is one, the row.
    """
    asked = read_table(table)
    count = len(asked.facts.contact)
    allowed = np.zeros(count, np.bool_)
    next_at = np.zeros(count, np.int64)
    item_lists = np.empty(count, object)
    failed_lists = np.empty(count, object)
    for code, names in enumerate(asked.packs):
        rows = np.flatnonzero(asked.pack == code)
        law = law_of(names, house)
        done = decide_columns(law, asked.facts, rows)
        allowed[rows], next_at[rows] = done.allowed[rows], done.next_at[rows]
        item_lists[rows] = _lists(done.items[rows].reshape(-1, 1), [ITEMS])
        ids = [rule.id for rule in law.rules]
        spans = [ids[start : start + BITS] for start in range(0, len(ids), BITS)]
        failed_lists[rows] = _lists(done.failed[rows], spans)
    return pa.table(
        {
            "allowed": allowed,
            "next_allowed_at": pa.array(next_at, pa.timestamp("us", "UTC"), mask=next_at == NEVER),
            "must_include": pa.array(item_lists, pa.list_(pa.string())),
            "failed": pa.array(failed_lists, pa.list_(pa.string())),
        }
    )


def _lists(bits: Int64, names: Sequence[Sequence[str]]) -> npt.NDArray[np.object_]:
    """Rows of bits as lists of words; each distinct row is put in words once."""
    distinct, which = np.unique(bits, axis=0, return_inverse=True)
    found = np.empty(len(distinct), object)
    for n, row in enumerate(distinct):
        found[n] = [word for span, part in zip(names, row, strict=True) for word in words(int(part), span)]
    return found[which.reshape(-1)]
