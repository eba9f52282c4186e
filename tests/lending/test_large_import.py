"""A file of a million rows with three bad ones: they are found, the rest goes in, and memory and time hold."""

import datetime
import time

import polars as pl
import pytest
from written_files import LOANS, write

from duly.lending.importing.mapping import read_mapping
from duly.lending.importing.run import import_files
from duly.lending.models import Fact, Loan

ROWS = 1_000_000
SECONDS = 180
BAD = {10: ("lent", "-5"), 500_000: ("out", "2024-02-30"), 999_999: ("months", "0")}


@pytest.mark.soak
@pytest.mark.usefixtures("book")
def test_a_million_rows_with_three_bad_ones(tmp_path):
    number = pl.int_range(ROWS, eager=True)
    days = (number % 1500 * 86_400_000_000).cast(pl.Duration("us"))
    table = pl.DataFrame(
        {
            "customer": "C" + (number // 3).cast(pl.String),
            "loan": "L" + number.cast(pl.String),
            "lent": (number % 5000 + 100).cast(pl.String),
            "rate": (number % 36).cast(pl.String),
            "out": (pl.Series([datetime.date(2020, 1, 1)]).new_from_index(0, ROWS) + days).cast(pl.String),
            "months": (number % 36 + 1).cast(pl.String),
        }
    )
    for row, (column, value) in BAD.items():
        table[row, column] = value
    table.write_csv(tmp_path / "loans.csv")
    started = time.perf_counter()
    outcome = import_files(read_mapping(write(tmp_path, "map.toml", LOANS)), [tmp_path / "loans.csv"])
    assert time.perf_counter() - started < SECONDS
    (rejected,) = outcome.rejected.values()
    assert rejected["row"].to_list() == [row + 2 for row in BAD]
    assert Loan.objects.count() == Fact.objects.count() == ROWS - len(BAD)
