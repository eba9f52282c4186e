"""Records read from files, and those on record that they meet, as tables of the same columns."""

from typing import NamedTuple

import polars as pl

from duly.lending.importing.source import ROW

PERSONAL = ("name", "phone", "email")
BORROWER = {
    "reference": pl.String,
    "name": pl.String,
    "phone": pl.String,
    "email": pl.String,
    "language": pl.String,
    "time_zones": pl.String,
}
LOAN = {
    "reference": pl.String,
    "borrower": pl.String,
    "product": pl.String,
    "version": pl.Int64,
    "principal": pl.Int64,
    "annual_rate": pl.Int64,
    "service_fee": pl.Int64,
    "disbursed_on": pl.Date,
    "first_due_on": pl.Date,
    "installments": pl.Int64,
    "installment_amount": pl.Int64,
}
FACT = {
    "key": pl.String,
    "kind": pl.String,
    "loan": pl.String,
    "value_date": pl.Date,
    "amount": pl.Int64,
    "component": pl.String,
    "reverses": pl.String,
}
TABLES = {"borrowers": BORROWER, "loans": LOAN, "facts": FACT}


class Records(NamedTuple):
    """Tables with the columns above; those from files have ROW and `currency` besides.

    Facts tell by `implied` the disbursements that come with their loans.

    Money in minor units, rates in millionths a year. `amount` is null where the kind has none; `component` and
    `reverses` (the key of another fact) are null where they say nothing.
    """

    borrowers: pl.DataFrame
    loans: pl.DataFrame
    facts: pl.DataFrame

    def without(self, rows: pl.Series) -> "Records":
        """All records but those of `rows`."""
        return Records(*(table.filter(~pl.col(ROW).is_in(rows.implode())) for table in self))


def in_columns(table: pl.DataFrame, columns: dict[str, pl.DataType]) -> pl.DataFrame:
    """`table` with exactly `columns`; what it lacks is null."""
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in columns.items()
    )
