"""Bank statements as CSV, read through a mapping in TOML (docs/payments.md): each row is an entry."""

from pathlib import Path
from typing import Any

import polars as pl

from duly.engine.errors import InputError
from duly.lending.importing.fields import check_constants, read_block, typed
from duly.lending.importing.mapping import ImportMapping, MappingError, read_mapping
from duly.lending.importing.source import ROW, File, blocks_of, check_columns, read_file
from duly.payments.statements.entries import BankFile, Entry, Numbered, Statement, Wrong

FIELDS = {
    "entries": {
        "account*": "reference",
        "booked_on*": "date",
        "amount*": "money",
        "value_date": "date",
        "direction": "text",
        "kind": "text",
        "reference": "key",
        "payer_name": "text",
        "payer_account": "reference",
        "text": "text",
        "structured": "reference",
        "end_to_end": "reference",
        "mandate": "reference",
        "code": "reference",
    }
}
SIGN = {None: 1, "credit": 1, "debit": -1}
KINDS = (None, "payment", "return", "charge")


def statement_mapping(path: Path) -> ImportMapping:
    """The mapping in `path`. Raises MappingError with all that is wrong with it."""
    found = read_mapping(path, FIELDS)
    if found.products:
        raise MappingError([InputError("a statement makes no products", "/products", "leave them out")])
    check_constants(found)
    return found


def read_csv_statement(path: Path, mapping: ImportMapping) -> BankFile:
    """What the CSV (or Parquet) file `path` says. Raises MappingError where mapping and file do not fit."""
    file = read_file(path, mapping.source, 0)
    check_columns(mapping, [file])
    rows, wrong = typed(file, mapping)
    reasons = [wrong]
    found = BankFile(mapping.name)
    by_account: dict[tuple[str, str], list[Entry]] = {}
    numbered = Numbered()
    for block in blocks_of(mapping, path):
        records, wrong = read_block(block, rows, mapping.source)
        reasons.append(wrong)
        bad = set(pl.concat(reasons)[ROW])
        for record in records.iter_rows(named=True):
            if record[ROW] in bad:
                continue
            row = f"row {file.number_of(record[ROW])}"
            entry = _entry(record, block.currency, row, numbered, found)
            if entry is not None:
                by_account.setdefault((record["account"], block.currency), []).append(entry)
    found.wrong += _told(file, pl.concat(reasons))
    for (account, currency), entries in by_account.items():
        days = sorted(one.booked_on for one in entries)
        found.statements.append(Statement(path.name[:64], account, currency, days[0], days[-1], None, None, entries))
    return found


def _entry(record: dict[str, Any], currency: str, row: str, numbered: Numbered, found: BankFile) -> Entry | None:
    direction, kind, amount = record.get("direction"), record.get("kind"), record["amount"]
    if direction not in SIGN or kind not in KINDS:
        what = (
            f"direction {direction!r} is none of credit, debit"
            if direction not in SIGN
            else f"kind {kind!r} is unknown"
        )
        found.wrong.append(Wrong(row, what))
        return None
    if not amount:
        found.wrong.append(Wrong(row, "amount is zero"))
        return None
    told = {
        name: record.get(name) or ""
        for name in ("payer_name", "payer_account", "text", "structured", "end_to_end", "mandate", "code")
    }
    reference = record.get("reference") or numbered.reference(
        record["account"], record["booked_on"], amount, direction, *told.values()
    )
    return Entry(
        reference=reference,
        booking=reference,
        kind=kind or "payment",
        amount=amount * SIGN[direction],
        currency=currency,
        booked_on=record["booked_on"],
        value_date=record.get("value_date") or record["booked_on"],
        row=row,
        **(told | {"code": told["code"][:8]}),
    )


def _told(file: File, reasons: pl.DataFrame) -> list[Wrong]:
    return [
        Wrong(f"row {file.number_of(row)}", reason) for row, reason in reasons.unique(maintain_order=True).iter_rows()
    ]
