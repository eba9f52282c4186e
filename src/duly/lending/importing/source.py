"""The files: CSV or Parquet read as columns, each row with a number that a person can find it by."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import polars as pl
import polars.selectors as cs

from duly.engine.errors import InputError
from duly.lending.importing.mapping import Block, ImportMapping, MappingError, Source, did_you_mean

ROW = "__row__"  # the row's place over all files
SURPLUS = "__surplus__"  # what stands beyond the last column of the header
PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class File:
    """One file as read. `rows` has ROW, from `first` on; `number_of` says how a person numbers its rows."""

    path: Path
    rows: pl.DataFrame
    first: int
    header_rows: int  # 1: a spreadsheet's first row is the header, so the first loan is in row 2

    def number_of(self, row: int) -> int:
        """The number of the row with place `row`: a spreadsheet's own in CSV, from 1 in Parquet."""
        return row - self.first + 1 + self.header_rows

    @property
    def columns(self) -> list[str]:
        """The names in its header."""
        return [name for name in self.rows.columns if name not in (ROW, SURPLUS)]


def read_file(path: Path, source: Source, first: int) -> File:
    """One file; rows that are wholly blank are left out, and columns of lists, structures and bytes.

    Raises MappingError where it cannot be read at all.
    """
    try:
        if path.suffix.lower() in PARQUET:
            rows, header_rows = pl.read_parquet(path).select(~cs.nested() & ~cs.binary()), 0
        else:
            rows, header_rows = _read_csv(path, source), 1
    except OSError as error:
        raise _unreadable(path, str(error.strerror or error), "name a file that exists") from error
    except (UnicodeDecodeError, LookupError) as error:
        raise _unreadable(
            path, f"it is not {source.encoding} text", "say how it is written: [source] encoding"
        ) from error
    except pl.exceptions.PolarsError as error:
        reason = str(error).rsplit("Original error:", 1)[-1].strip(" `\n")
        raise _unreadable(path, reason, "correct that place, or say how it is written under [source]") from error
    names = [name for name in rows.columns if name != SURPLUS]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice or ROW in names:
        raise _unreadable(path, f"its header will not do: {', '.join(twice) or 'it is empty'}", "name each column once")
    rows = rows.with_row_index(ROW, offset=first).with_columns(pl.col(ROW).cast(pl.Int64))
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String and name not in (ROW, SURPLUS)]
    no_value = ["", *source.empty]
    rows = rows.with_columns(
        pl.when(~pl.col(name).str.strip_chars().is_in(no_value)).then(pl.col(name)).alias(name) for name in texts
    )
    blank = pl.all_horizontal(pl.exclude(ROW).is_null())
    return File(path, rows.filter(~blank), first, header_rows)


def _unreadable(path: Path, reason: str, remedy: str) -> MappingError:
    return MappingError([InputError(f"{path.name} cannot be read: {reason}", "", remedy)])


def _read_csv(path: Path, source: Source) -> pl.DataFrame:
    # Everything is read as text, so that "007" stays what it is and money never passes through a float. A column more
    # than the header has catches rows that are too long.
    raw = path.read_bytes()
    if codecs.lookup(source.encoding).name != "utf-8":
        raw = raw.decode(source.encoding).encode()
    raw = raw.removeprefix(codecs.BOM_UTF8)
    head = io.StringIO(raw[: 1 << 20].decode("utf-8", errors="replace"), newline="")
    names = next(csv.reader(head, delimiter=source.separator, quotechar=source.quote), [])
    if not names:
        raise pl.exceptions.NoDataError("it is empty")
    if len(set(names)) < len(names):
        twice = ", ".join(sorted({repr(name) for name in names if names.count(name) > 1}))
        raise pl.exceptions.DuplicateError(f"its header names {twice} more than once")
    return pl.read_csv(
        raw,
        schema=dict.fromkeys([*names, SURPLUS], pl.String),
        missing_columns="insert",
        truncate_ragged_lines=True,
        separator=source.separator,
        quote_char=source.quote,
    )


def blocks_of(mapping: ImportMapping, path: Path) -> list[Block]:
    """The parts of the mapping that read the file `path`."""
    return [block for block in mapping.blocks if fnmatch(path.name, block.files)]


def check_columns(mapping: ImportMapping, files: Sequence[File]) -> None:
    """Raise MappingError for each column that a file lacks, each part that reads no file, each file nobody reads."""
    errors = []
    for block in mapping.blocks:
        if not any(fnmatch(file.path.name, block.files) for file in files):
            errors.append(InputError(f"no file is named {block.files}", f"{block.where}/files", "give it such a file"))
    for file in files:
        blocks = blocks_of(mapping, file.path)
        if not blocks:
            errors.append(
                InputError(f"no part of the mapping reads {file.path.name}", "", "leave it out, or widen a `files`")
            )
        for block in blocks:
            errors += [
                InputError(f"{file.path.name} has no column {column!r}", where, did_you_mean(column, file.columns))
                for column, where in block.columns
                if column not in file.columns
            ]
    named = {name for file in files for name in file.columns}
    errors += [
        InputError(f"no file has a column {column!r}", f"/types/{column}", did_you_mean(column, named))
        for column in mapping.types
        if column not in named
    ]
    if errors:
        raise MappingError(errors)
