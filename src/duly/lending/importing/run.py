"""An import from files to record: read, check, and all of what is right in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from adbc_driver_manager import Error as DatabaseError

from duly.engine.errors import InputError
from duly.lending.arrow import connect
from duly.lending.importing import database
from duly.lending.importing.checks import checked, new
from duly.lending.importing.contracts import Product, Products
from duly.lending.importing.fields import check_constants, no_reasons, read_block, typed, unread
from duly.lending.importing.mapping import ImportMapping, MappingError, StatedProduct
from duly.lending.importing.records import TABLES, Records, in_columns
from duly.lending.importing.report import rejected_rows, write_rejected
from duly.lending.importing.source import ROW, File, blocks_of, check_columns, read_file

STEPS = 4  # read, look up, check, write

Progress = Callable[[str, int, int], None]


class ImportStoppedError(Exception):
    """Nothing was recorded; the message says why and what to do."""


@dataclass(frozen=True)
class Outcome:
    """What an import found and did. Rows are the files' that are not blank; `new` and `known` count records by table.

    `records` are those read from rows that are right, `rejected` a table a file: row, reasons, the row itself.
    """

    rows: int
    unused: int
    written: bool
    new: dict[str, int]
    known: dict[str, int]
    records: Records
    rejected: dict[Path, pl.DataFrame]
    reports: list[Path] = field(default_factory=list)

    @property
    def rejected_rows(self) -> int:
        """How many rows were not taken."""
        return sum(table.height for table in self.rejected.values())

    def as_json(self) -> dict[str, Any]:
        """The summary of `duly import --json`."""
        return {
            "rows": self.rows,
            "rejected": self.rejected_rows,
            "unused": self.unused,
            "written": self.written,
            "new": self.new,
            "already_on_record": self.known,
            "rejected_files": [str(path) for path in self.reports],
        }


def import_files(
    mapping: ImportMapping,
    paths: Sequence[Path],
    *,
    strict: bool = False,
    check: bool = False,
    progress: Progress = lambda stage, done, steps: None,
) -> Outcome:
    """Record what is right in `paths` in one transaction, and report the other rows in a file beside each.

    A row is taken whole or not at all. With `strict`, nothing is recorded if any row is wrong; with `check`, nothing is
    written at all. Again is safe: what is on record already is left alone, and a row that says something else under the
    same key is reported. Raises MappingError where the mapping and the files do not fit, ImportStoppedError where
    another run got in between; nothing is recorded then. Must not be called inside a transaction, nor in a web server.
    """
    check_constants(mapping)
    files = _read_files(mapping, paths, progress)
    records, reasons, used = _read_records(mapping, files)
    progress("Looking up what is on record", 1, STEPS)
    try:
        with connect() as connection, connection.cursor() as cursor:
            if not check:
                database.begin_writing(cursor)
            recorded = database.products_on_record(cursor)
            stated = _new_products(mapping, recorded)
            products = [*recorded, *(Product(one.code, one.version, one.terms) for one in stated)]
            known = database.on_record(connection, records)
            progress("Checking", 2, STEPS)
            right, reasons = checked(records, known, Products(products), reasons)
            fresh = new(right, known)
            written = not check and not (strict and reasons.height > 0)
            progress("Recording", 3, STEPS)
            if written:
                database.insert(connection, stated, fresh, mapping.name)
                connection.commit()
    except DatabaseError as error:
        raise ImportStoppedError(
            f"the database refused, and nothing was recorded: {error}; if another run was writing, import again"
        ) from error
    progress("Recorded" if written else "Checked", STEPS, STEPS)
    reports = [] if check else [write_rejected(file, reasons, mapping.source.separator) for file in files]
    return Outcome(
        rows=sum(file.rows.height for file in files),
        unused=sum(file.rows.height for file in files) - len(used | set(reasons[ROW])),
        written=written,
        new={"products": len(stated)} | {name: table.height for name, table in fresh._asdict().items()},
        known={
            name: getattr(right, name)[key].n_unique() - getattr(fresh, name).height
            for name, key in (("borrowers", "reference"), ("loans", "reference"), ("facts", "key"))
        },
        records=right,
        rejected={file.path: rejected_rows(file, reasons) for file in files},
        reports=[path for path in reports if path],
    )


def _read_files(mapping: ImportMapping, paths: Sequence[Path], progress: Progress) -> list[File]:
    files: list[File] = []
    errors: list[InputError] = []
    first = 0
    for path in dict.fromkeys(paths):
        progress(f"Reading {path.name}", 0, STEPS)
        try:
            files.append(read_file(path, mapping.source, first))
            first = files[-1].first + int(files[-1].rows[ROW].max() or 0) + 1
        except MappingError as error:
            errors += error.errors
    if errors:
        raise MappingError(errors)
    check_columns(mapping, files)
    return files


def _read_records(mapping: ImportMapping, files: Sequence[File]) -> tuple[Records, pl.DataFrame, set[int]]:
    """All records of all files, the reasons against rows, and the rows that some part of the mapping reads."""
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
    reasons = [no_reasons()]
    for file in files:
        rows, wrong = typed(file, mapping)
        reasons.append(wrong)
        for block in blocks_of(mapping, file.path):
            found, wrong = read_block(block, rows, mapping.source)
            reasons.append(wrong)
            found = found.with_columns(currency=pl.lit(block.currency, pl.String))
            if block.makes == "facts":
                found, wrong = _with_keys(found, mapping.name)
                reasons.append(wrong)
            tables[block.makes].append(found)
            if block.makes == "loans" and block.disbursement:
                tables["facts"].append(_disbursements(found, mapping.name))
    rest = {ROW: pl.Int64, "currency": pl.String}
    flags = dict.fromkeys(["implied", *map(unread, ("amount", "component", "reverses"))], pl.Boolean)
    columns = {name: rest | table | (flags if name == "facts" else {}) for name, table in TABLES.items()}
    joined = {
        name: pl.concat([pl.DataFrame(schema=columns[name]), *(in_columns(one, columns[name]) for one in found)])
        for name, found in tables.items()
    }
    joined["facts"] = joined["facts"].with_columns(pl.col(list(flags)).fill_null(False))
    used = set().union(*(table[ROW] for table in joined.values()))
    return Records(**joined), pl.concat(reasons), used


def _with_keys(facts: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    # The source's name stands before its keys, so that two sources may count their payments alike.
    facts = facts.with_columns(
        pl.concat_str(pl.lit(f"{name}:"), pl.col(column)).alias(column)
        for column in ("key", "reverses")
        if column in facts.columns
    )
    too_long = pl.col("key").str.len_chars() > 128
    said = pl.lit(f"key is longer than 128 characters, the {len(name) + 1} of the source's name among them")
    return facts, facts.filter(too_long).select(ROW, reason=said)


def _disbursements(loans: pl.DataFrame, name: str) -> pl.DataFrame:
    return loans.select(
        ROW,
        "currency",
        pl.lit("disbursed").alias("kind"),
        pl.col("reference").alias("loan"),
        pl.col("disbursed_on").alias("value_date"),
        pl.col("principal").alias("amount"),
        pl.concat_str(pl.lit(f"{name}:disbursed:"), pl.col("reference")).alias("key"),
        pl.lit(True).alias("implied"),
    )


def _new_products(mapping: ImportMapping, recorded: Sequence[Product]) -> list[StatedProduct]:
    on_record = {(product.code, product.version): product.terms for product in recorded}
    errors = [
        InputError(
            f"product {one.code} version {one.version} is on record with other terms",
            f"/products/{one.code}",
            "loans keep the terms they were made with: state the new ones as the next version",
        )
        for one in mapping.products
        if on_record.get((one.code, one.version), one.terms) != one.terms
    ]
    if errors:
        raise MappingError(errors)
    return [one for one in mapping.products if (one.code, one.version) not in on_record]
