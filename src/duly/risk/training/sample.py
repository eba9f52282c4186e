"""The sample: a table of what was known and what came of it, its columns as whole numbers, and its split in two.

A split holds rows back that the training never sees. By date, later ones are held back, which is the honest test of how
a scorecard will do; a table without dates can only be split by the order of its rows or by their hash, and the model
card says so. By hash, equal rows always fall on the same side.
"""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from duly.engine.errors import InputError
from duly.engine.money import MILLION
from duly.risk.characteristics import CardMonths, characteristics_of
from duly.risk.columns import Column, Flags, Int64
from duly.risk.fields import BOUNDS
from duly.risk.forbidden import forbidden_part
from duly.risk.training.plan import Plan

KINDS_OF_SPLIT = ("hash", "order", "date")
LEAST_OF_EACH = 50


@dataclass(frozen=True)
class Split:
    """How rows are held back: by `kind`, the `share` of them, or by date those from `since` on."""

    kind: str
    share: float
    column: str = ""
    since: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.column, self.since or f"{self.share:g}") if part)


@dataclass(frozen=True)
class Sample:
    """n rows: the columns of the candidates, whether each defaulted (0 or 1), and which rows are held back."""

    columns: Mapping[str, Column]
    kinds: Mapping[str, str]
    defaulted: Int64
    held_back: Flags
    also: Mapping[str, Column]  # the columns that the candidates are worked out of, for models to be measured beside
    left_out: Mapping[str, str]  # columns of the table that were not used, with the reason


def parse_split(text: str) -> Split:
    """The split in "hash:0.3", "order:0.3", "date:COLUMN:0.3" or "date:COLUMN:2025-07-01". Raises InputError."""
    kind, *rest = text.split(":")
    remedy = "write hash:0.3, order:0.3, date:COLUMN:0.3 or date:COLUMN:2025-07-01"
    if kind not in KINDS_OF_SPLIT or len(rest) != (2 if kind == "date" else 1):
        raise InputError(f"{text!r} is no way to split", "/split", remedy)
    if kind == "date":
        try:
            return Split(kind, 0, rest[0], datetime.date.fromisoformat(rest[1]).isoformat())
        except ValueError:
            pass
    try:
        share = float(rest[-1])
    except ValueError:
        share = 0.0
    if not 0.05 <= share <= 0.95:
        raise InputError(f"{rest[-1]!r} is not a share from 0.05 to 0.95", "/split", remedy)
    return Split(kind, share, rest[0] if kind == "date" else "")


def outcomes(table: pl.DataFrame, target: str) -> Int64:
    """The column of outcomes: 1 for default, 0 for paid. Raises InputError for anything else, or too few of either."""
    if target not in table.columns:
        raise InputError(f"there is no column {target!r}", "/target", f"name one of {', '.join(table.columns)}")
    column = table[target].cast(pl.Int64, strict=False)
    if column.null_count() or not set(column.unique()) <= {0, 1}:
        raise InputError(f"{target} has other values than 0 and 1", "/target", "1 stands for default, 0 for paid")
    values: Int64 = column.to_numpy()
    if min(values.sum(), len(values) - values.sum()) < LEAST_OF_EACH:
        raise InputError("there are too few rows of one outcome", "/target", f"give at least {LEAST_OF_EACH} of each")
    return values


def held_back(table: pl.DataFrame, split: Split, seed: int) -> Flags:
    """Which rows are held back."""
    if split.kind == "order":
        return np.arange(len(table)) >= round(len(table) * (1 - split.share))
    if split.kind == "hash":
        salt = str(seed).encode()
        heads = [
            int.from_bytes(hashlib.sha256(salt + repr(row).encode()).digest()[:8], "big") for row in table.iter_rows()
        ]
        return np.array(heads, np.uint64) < np.uint64(int(split.share * 2**64))
    return _by_date(table, split)


def plain_columns(table: pl.DataFrame, target: str, also_out: str = "") -> tuple[dict[str, str], dict[str, str]]:
    """The kinds of the numeric columns that may be inputs, and the others with the reason why they may not."""
    kinds, left_out = {}, {}
    for name in table.columns:
        if name in (target, also_out):
            continue
        part = forbidden_part(name)
        if part:
            left_out[name] = f"nobody is judged by {part!r}"
        elif not name.isidentifier():
            left_out[name] = "its name is not of letters, digits and _"
        elif table[name].dtype.is_integer():
            fits = table[name].len() > table[name].null_count() and BOUNDS["whole"][0] <= table[name].min()  # type: ignore[operator]
            kinds[name] = "whole" if fits and table[name].max() <= BOUNDS["whole"][1] else "number"  # type: ignore[operator]
        elif table[name].dtype.is_float():
            kinds[name] = "ratio"
        else:
            left_out[name] = "not a number"
    return {name: kind for name, kind in kinds.items() if table[name].n_unique() > 1}, left_out


def sample_of(table: pl.DataFrame, target: str, plan: Plan, split: Split, seed: int) -> Sample:
    """The sample that a plan makes of a table. Raises InputError for columns that are missing or of another type."""
    kinds = {one.name: one.kind for one in plan.candidates}
    columns = columns_of(table, kinds, plan.card_months)
    also: dict[str, Column] = {}
    if plan.card_months is not None:
        months = [name for part in ("bill", "paid", "late") for name in plan.card_months[part]]
        also = {name: _column(table, name, "number") for name in (plan.card_months["limit"], *months)}
    _, left_out = plain_columns(table, target)
    unused = {
        name: left_out.get(name, "not in the plan")
        for name in table.columns
        if name not in also and name not in kinds and name != target
    }
    back = held_back(table, split, seed)
    defaulted = outcomes(table, target)
    for rows, words in ((back, "held back"), (~back, "to train on")):
        if min(defaulted[rows].sum(), (1 - defaulted[rows]).sum()) < LEAST_OF_EACH:
            raise InputError(
                f"too few rows of one outcome are {words}", "/split", "hold back another share of the rows"
            )
    return Sample(columns, kinds, defaulted, back, also, unused)


def columns_of(
    table: pl.DataFrame, kinds: Mapping[str, str], card_months: Mapping[str, Any] | None
) -> dict[str, Column]:
    """The characteristics of `kinds` from the columns of those names, or worked out of six months of cards."""
    if card_months is None:
        return {name: _column(table, name, kind) for name, kind in kinds.items()}
    worked_out = characteristics_of(card_months_of(table, card_months))
    return {name: Column(worked_out[name], np.ones(len(table), np.bool_)) for name in kinds}


def card_months_of(table: pl.DataFrame, names: Mapping[str, Any]) -> CardMonths:
    """Six months of cards from the columns that a plan names; a negative count of months late is not late."""

    def whole(name: str) -> Int64:
        column = _column(table, name, "number")
        if not column.known.all():
            raise InputError(f"{name} is not known in every row", f"/{name}", "leave those rows out")
        return column.values

    bill, paid, late = (np.array([whole(name) for name in names[part]]) for part in ("bill", "paid", "late"))
    return CardMonths(whole(names["limit"]), bill, paid, np.maximum(late, 0), names["wage"])


def _column(table: pl.DataFrame, name: str, kind: str) -> Column:
    if name not in table.columns:
        raise InputError(f"there is no column {name!r}", f"/{name}", f"the table has {', '.join(table.columns)}")
    series = table[name]
    if kind == "ratio" and series.dtype.is_float():
        series = (series.fill_nan(None) * MILLION).round()
    if not series.dtype.is_numeric() or (series.dtype.is_float() and (series != series.round()).any()):
        raise InputError(f"{name} is not of whole numbers", f"/{name}", "give whole numbers, or decimals for a ratio")
    known = series.is_not_null().to_numpy()
    values = series.fill_null(0).to_numpy()
    least, most = BOUNDS[kind]
    if (known & ((values < least) | (values > most))).any():
        raise InputError(f"{name} is out of bounds", f"/{name}", f"keep from {least:,} to {most:,}")
    return Column(values.astype(np.int64), known)


def _by_date(table: pl.DataFrame, split: Split) -> Flags:
    if split.column not in table.columns:
        raise InputError(f"there is no column {split.column!r}", "/split", f"the table has {', '.join(table.columns)}")
    series = table[split.column]
    dates = series if series.dtype.is_temporal() else series.cast(pl.String).str.to_date(strict=False)
    dates = dates.cast(pl.Date)
    if dates.null_count():
        raise InputError(f"{split.column} has rows without a date", "/split", "give dates such as 2025-07-01")
    if split.since:
        since = datetime.date.fromisoformat(split.since)
    else:
        rising = dates.sort()
        since = rising[round(len(rising) * (1 - split.share))]
    later: Flags = (dates >= since).to_numpy()
    return later
