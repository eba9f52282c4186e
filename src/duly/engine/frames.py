"""Frames in, frames out: a book of contracts and facts folded, whatever library its tables come from.

Tables are read through the Arrow stream interface, which Polars, pandas, DuckDB and others offer; none of them is
imported here. docs/engine/guide.md has the table of columns.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa

from duly.engine import dates
from duly.engine.contract_sheet import read_contracts
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.fact_sheet import read_facts
from duly.engine.fold import STATUS, Positions
from duly.engine.fold import fold as fold_columns
from duly.engine.sheets import Faults, arrow_table, money_column

_DATES = ("oldest_unpaid_due_on", "next_due_on", "settled_on")
_SHOWN = 5


class TableError(ValueError):
    """Wrong rows. `faults` lists all of them: table, row (from 0), column, what, remedy; a frame like those given."""

    def __init__(self, faults: Any, listed: pa.Table) -> None:
        rows = listed.slice(0, _SHOWN).to_pylist()
        lines = [f"{one['table']} row {one['row']}, {one['column']}: {one['what']}; {one['remedy']}" for one in rows]
        if listed.num_rows > _SHOWN:
            lines.append(f"… and {listed.num_rows - _SHOWN} more: see the faults of this error")
        super().__init__("\n".join(lines))
        self.faults = faults


def fold(
    contracts: Any,
    facts: Any,
    as_of: datetime.date | str,
    *,
    terms: Mapping[str, Any] | None = None,
    known_at: datetime.datetime | None = None,
    errors: Literal["raise", "collect"] = "raise",
) -> Any:
    """The position of every loan in `contracts` on the day `as_of`: one row a loan, in their order.

    `contracts` and `facts` are tables (Polars, pandas, Arrow, a mapping of columns); what comes back is of the library
    of `contracts`. `terms` holds for every contract that does not say otherwise, written as a product's terms are.
    With `known_at`, only facts recorded by then count. Money comes back as `principal` came: whole minor units, or
    decimals in major units.

    Raises TableError with every wrong row; with errors="collect" the answer is a pair instead, positions of the loans
    that are right and a table of faults. Raises InputError where a column is missing, unknown or of a wrong type.
    """
    if errors not in ("raise", "collect"):
        raise InputError(f"{errors!r} is not a choice here", "/errors", 'use "raise" or "collect"')
    day = _day(as_of)
    if known_at is not None and known_at.tzinfo is None:
        raise InputError(f"{known_at} has no time zone", "/known_at", "give an instant with its offset from UTC")
    faults = Faults()
    table = arrow_table(contracts, "contracts")
    of_contracts = read_contracts(table, terms or {}, faults)
    of_facts = read_facts(arrow_table(facts, "facts"), of_contracts, faults)
    listed = faults.listed()
    if listed.num_rows and errors == "raise":
        raise TableError(_like(contracts, listed), listed)
    wrong = np.zeros(table.num_rows + 1, np.bool_)
    wrong[faults.rows("contracts")] = True
    wrong[of_facts.loan[faults.rows("facts")]] = True
    loans = np.flatnonzero(~wrong[:-1])
    known = None if known_at is None else _microseconds(known_at)
    positions = fold_columns(of_contracts.contracts(loans), of_facts.facts(loans, of_contracts, known), day)
    exponent = of_contracts.exponent[loans] if pa.types.is_decimal(table.column("principal").type) else None
    found = _like(contracts, _positions_table(of_contracts.loan_id.take(pa.array(loans)), positions, exponent))
    return found if errors == "raise" else (found, _like(contracts, listed))


def _day(as_of: datetime.date | str) -> int:
    if isinstance(as_of, datetime.datetime):
        raise InputError(f"{as_of} is an instant", "/as_of", "give a date")
    return dates.days(as_of if isinstance(as_of, datetime.date) else dates.parse_date(as_of, "/as_of"))


def _microseconds(instant: datetime.datetime) -> int:
    return (instant - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


def _positions_table(loan_id: pa.Array, positions: Positions, exponent: Any) -> pa.Table:
    columns: dict[str, Any] = {"loan_id": loan_id}
    for name, column in positions._asdict().items():
        if name == "status":
            columns[name] = pa.array(list(STATUS)).take(pa.array(column))
        elif name == "days_past_due":
            columns[name] = pa.array(column)
        elif name in _DATES:
            columns[name] = pa.array(column, pa.int32(), mask=column == NO_DATE).cast(pa.date32())
        else:
            columns[name] = money_column(column, exponent)
    return pa.table(columns)


def _like(frame: Any, table: pa.Table) -> Any:
    # pandas is asked for through Arrow's own door; other frames are made from what they were given as, an Arrow table.
    if isinstance(frame, (pa.Table, Mapping)) or not hasattr(frame, "__arrow_c_stream__"):
        return table
    if type(frame).__module__.partition(".")[0] == "pandas":
        return table.to_pandas(date_as_object=False)
    try:
        return cast(Any, type(frame))(table)
    except TypeError:
        return table
