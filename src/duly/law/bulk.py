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
    items, failed = _Lists(count), _Lists(count)
    for code, names in enumerate(asked.packs):
        rows = np.flatnonzero(asked.pack == code)
        law = law_of(names, house)
        done = decide_columns(law, asked.facts, rows)
        allowed[rows], next_at[rows] = done.allowed[rows], done.next_at[rows]
        items.put(rows, done.items[rows].reshape(-1, 1), [ITEMS])
        ids = [rule.id for rule in law.rules]
        failed.put(rows, done.failed[rows], [ids[start : start + BITS] for start in range(0, len(ids), BITS)])
    return pa.table(
        {
            "allowed": allowed,
            "next_allowed_at": pa.array(next_at, pa.timestamp("us", "UTC"), mask=next_at == NEVER),
            "must_include": items.column(),
            "failed": failed.column(),
        }
    )


class _Lists:
    """A column of lists of words made from rows of bits; each distinct row is put in words once."""

    def __init__(self, count: int) -> None:
        self.distinct: list[list[str]] = []
        self.which = np.zeros(count, np.int64)

    def put(self, rows: Int64, bits: Int64, names: Sequence[Sequence[str]]) -> None:
        """Set `rows` to the words of `bits`, a row for each, a column for each span of `names`."""
        distinct, which = np.unique(bits, axis=0, return_inverse=True)
        self.which[rows] = len(self.distinct) + which.reshape(-1)
        self.distinct += [
            [word for span, part in zip(names, row, strict=True) for word in words(int(part), span)] for row in distinct
        ]

    def column(self) -> pa.Array:
        return pa.array(self.distinct, pa.list_(pa.string())).take(pa.array(self.which))
