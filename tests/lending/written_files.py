"""Files and mappings told in a few lines, and what an import makes of them."""

from pathlib import Path
from textwrap import dedent

import polars as pl

from duly.lending.importing.mapping import read_mapping
from duly.lending.importing.run import Outcome, import_files

# A spreadsheet with a loan a row, and a list of what happened to them.
LOANS = """
    name = "old"
    currency = "EUR"

    [products.monthly]
    terms = { method = "equal_installment" }

    [[borrowers]]
    files = "loans*"
    reference = "customer"

    [[loans]]
    files = "loans*"
    reference = "loan"
    borrower = "customer"
    product = { value = "monthly" }
    principal = "lent"
    annual_rate = { column = "rate", unit = "percent" }
    disbursed_on = "out"
    installments = "months"
"""
FACTS = """
    [[facts]]
    files = "facts*"
    loan = "loan"
    value_date = "on"
    amount = "amount"
    component = "of"
    reverses = "back"
    key = "id"
    [facts.kind]
    column = "what"
    words = { PMT = "paid", BACK = "reversed", WAIVE = "waived", LOST = "written_off", FOUND = "recovered" }
"""
TWO_LOANS = """
    customer,loan,lent,rate,out,months
    C1,L1,100.00,7,2024-01-01,6
    C2,L2,1200,12.5,2024-01-31,12
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(dedent(text).strip() + "\n", encoding="utf-8")
    return path


def imported(folder: Path, mapping: str, /, *, strict: bool = False, check: bool = False, **files: str) -> Outcome:
    """Import `files` (name without .csv: text) through `mapping`."""
    read = read_mapping(write(folder, "map.toml", dedent(mapping)))
    paths = [write(folder, f"{name}.csv", text) for name, text in files.items()]
    return import_files(read, paths, strict=strict, check=check)


def refused(outcome: Outcome) -> dict[int, str]:
    """The reasons of each row that was not taken, by its number, over all files."""
    found = {}
    for table in outcome.rejected.values():
        row, reasons = table.columns[:2]
        found |= dict(table.select(pl.col(row), pl.col(reasons)).iter_rows())
    return found
