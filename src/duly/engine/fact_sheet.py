"""Facts read from a table: each row checked by itself, against its contract, and against other facts of its loan."""

import datetime
import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from duly.engine.columns import arrange_facts
from duly.engine.contract import Contract
from duly.engine.contract_sheet import ContractSheet
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.fact_reading import parse_facts
from duly.engine.facts import detail_of, join_details, no_detail
from duly.engine.records import (
    CANCELLED,
    DISBURSED,
    FEE_CHARGED,
    KIND,
    NONE,
    PAID,
    RATE_CHANGED,
    RECOVERED,
    REFUNDED,
    RESCHEDULED,
    REVERSED,
    WAIVED,
    WRITTEN_OFF,
    Facts,
    Int32,
    Int64,
    Record,
    Records,
)
from duly.engine.sheets import Faults, Sheet, coded, encoded, grouped
from duly.engine.terms import ALL, COMPONENT, Terms

COLUMNS = ("loan_id", "id", "kind", "value_date", "recorded_at", "amount", "component", "reverses", "details")
_WITH_AMOUNT = (DISBURSED, PAID, FEE_CHARGED, RECOVERED, REFUNDED, WAIVED)
_WITH_DETAILS = {name: KIND[name] for name in ("paid", "fee_charged", "rescheduled", "rate_changed", "penalty_paused")}
_FOREVER = 1 << 40

Codes = npt.NDArray[np.uint8]


class FactSheet(NamedTuple):
    """A table of facts, read; rows in the table's order. What is wrong is on the list of faults."""

    loan: Int64  # row of the contract, or -1
    kind: Codes
    value_date: Int32
    recorded_at: Int64 | None  # microseconds since 1970-01-01
    amount: Int64
    component: Codes
    reverses: Int64  # row of the fact it takes back, or -1
    detail: Int32
    details: Records

    def facts(self, loans: Int64, contracts: ContractSheet, known_at: int | None) -> Facts:
        """The facts of `loans` (rows of the contracts, all right) recorded by `known_at`, as the fold takes them.

        A loan without a disbursement has its contract's.
        """
        place = np.full(len(contracts.principal) + 1, -1, np.int64)
        place[loans] = np.arange(len(loans))
        kept = place[self.loan] >= 0
        if known_at is not None and self.recorded_at is not None:
            kept &= self.recorded_at <= known_at
        rows = np.flatnonzero(kept)
        if self.recorded_at is not None:
            rows = rows[np.argsort(self.recorded_at[rows], kind="stable")]
        row_of = np.full(len(self.loan) + 1, -1, np.int64)
        drawn = np.zeros(len(loans), np.bool_)
        drawn[place[self.loan[rows[self.kind[rows] == DISBURSED]]]] = True
        implied = np.flatnonzero(~drawn)
        row_of[rows] = np.arange(len(rows)) + len(implied)

        def column(of_implied: Any, of_rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
            first = np.broadcast_to(np.asarray(of_implied, of_rows.dtype), len(implied))
            return np.concatenate([first, of_rows[rows]])

        return arrange_facts(
            len(loans),
            np.concatenate([implied, place[self.loan[rows]]]),
            column(DISBURSED, self.kind),
            column(contracts.disbursed_on[loans[implied]], self.value_date),
            column(contracts.principal[loans[implied]], self.amount),
            column(0, self.component),
            np.concatenate([np.full(len(implied), -1), row_of[self.reverses[rows]]]),
            column(NONE, self.detail) if len(self.details) else None,
            self.details if len(self.details) else None,
        )


def read_facts(table: pa.Table, contracts: ContractSheet, faults: Faults) -> FactSheet:
    """The facts in `table`, one row a fact, in order of record. Raises InputError as `read_contracts` does."""
    sheet = Sheet("facts", table, COLUMNS, faults)
    loan = _loans(sheet, contracts)
    kind = sheet.choice("kind", KIND, needed=True)
    exponent = np.append(contracts.exponent, 2)[loan]
    detail, details = _details(sheet, kind, loan, contracts)
    one = FactSheet(
        loan=loan,
        kind=kind,
        value_date=sheet.day("value_date", needed=True),
        recorded_at=sheet.instant("recorded_at"),
        amount=sheet.money("amount", exponent),
        component=sheet.choice("component", COMPONENT | {"all": ALL}),
        reverses=_reversed_rows(sheet, loan, kind),
        detail=detail,
        details=details,
    )
    right = np.ones(sheet.rows, np.bool_)
    right[faults.rows("facts")] = False
    _check_amounts(sheet, one, right)
    _check_dates(sheet, one, contracts, right)
    _check_reversals(sheet, one, right)
    _check_drawings(sheet, one, contracts, right)
    _check_recoveries(sheet, one, right)
    return one


def _loans(sheet: Sheet, contracts: ContractSheet) -> Int64:
    ids = sheet.column("loan_id", needed=True)
    assert ids is not None
    if ids.type != contracts.loan_id.type:
        try:
            ids = ids.cast(contracts.loan_id.type)
        except pa.ArrowException:
            raise InputError(
                f"loan_id is {ids.type} here and {contracts.loan_id.type} in contracts",
                "/facts/loan_id",
                "give both tables the same ids",
            ) from None
    loan = pc.fill_null(pc.index_in(ids, contracts.loan_id).cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    absent = ids.is_null().to_numpy(zero_copy_only=False)
    sheet.fault(absent, "loan_id", "loan_id is missing", "name the loan that the fact is about")
    unknown = np.flatnonzero((loan < 0) & ~absent)
    if len(unknown):
        codes, names = encoded(ids.take(pa.array(unknown)))
        for code, name in enumerate(names, 1):
            sheet.faults.add(
                "facts", unknown[codes == code], "loan_id", f"there is no loan {name!r}", "give its contract"
            )
    return np.where(absent, -1, loan)


def _details(sheet: Sheet, kind: Codes, loan: Int64, contracts: ContractSheet) -> tuple[Int32, Records]:
    """Each distinct text of `details` read once for its kind and currency."""
    column = sheet.column("details")
    detail = np.full(sheet.rows, NONE, np.int32)
    if column is None or pa.types.is_null(column.type):
        return detail, join_details([])
    if not pa.types.is_large_string(column.type):
        raise InputError(f"details cannot be of type {column.type}", "/facts/details", "write them as JSON text")
    codes, texts = encoded(column)
    told = np.flatnonzero((codes > 0) & (kind > 0) & (loan >= 0))
    currencies, currency = np.unique([one.currency for one in contracts.terms], return_inverse=True)
    of_row = currency[contracts.term[loan[told]]]
    group, first = grouped([codes[told], kind[told].astype(np.int64), of_row], len(told))
    found: list[Record] = []
    names = {code: name for name, code in _WITH_DETAILS.items()}
    for index, here in enumerate(first):
        row = told[here]
        try:
            found.append(_detail(texts[codes[row] - 1], names.get(int(kind[row]), ""), str(currencies[of_row[here]])))
        except InputError as error:
            sheet.faults.add("facts", told[group == index], f"details{error.where}", error.what, error.remedy)
            found.append(no_detail())
    detail[told] = group
    # Told of another kind's row, a detail would change nothing; the row keeps none.
    detail[~np.isin(kind, list(names))] = NONE
    return detail, join_details(found)


def _detail(text: str, kind: str, currency: str) -> Record:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"it is not JSON: {error.msg}", "", 'write it as {"installments": 18}') from None
    if not isinstance(fields, dict):
        raise InputError(f"{text!r} is not a JSON object", "", 'write it as {"installments": 18}')
    if not kind:
        if fields:
            raise InputError("a fact of this kind has no details", "", "leave them out")
        return no_detail()
    for name in ("kind", "value_date", "amount", "recorded_at", "id"):
        if name in fields:
            raise InputError(f"{name} is a column of its own", f"/{name}", "leave it out of the details")
    fact = {"kind": kind, "value_date": _ANY_DAY.isoformat(), **fields}
    if kind in ("paid", "fee_charged"):
        fact["amount"] = "1"
    try:
        read = parse_facts([fact], _any_contract(currency))[-1]
    except InputError as error:
        raise InputError(error.what, error.where.removeprefix("/facts/0"), error.remedy) from None
    detail = detail_of(read)
    return no_detail() if detail is None else detail


_ANY_DAY = datetime.date(1900, 1, 1)


def _any_contract(currency: str) -> Contract:
    return Contract(Terms(currency, margin=0), 1, 0, _ANY_DAY, _ANY_DAY + datetime.timedelta(1), 1)


def _reversed_rows(sheet: Sheet, loan: Int64, kind: Codes) -> Int64:
    """The row that each reversal takes back; ids need be unique within a loan only."""
    reverses = np.full(sheet.rows, -1, np.int64)
    codes, names = _ids(sheet)
    # One number for a loan and an id; where the id is 0, no fact has it.
    key = (loan + 1) * (len(names) + 1)
    order = np.argsort(key + codes, kind="stable")
    keys = (key + codes)[order]
    same = (keys[1:] == keys[:-1]) & (codes[order[1:]] > 0) & (loan[order[1:]] >= 0)
    sheet.faults.add("facts", order[1:][same], "id", "the id is used twice for one loan", "give each fact its own id")
    named = sheet.column("reverses")
    if named is None or pa.types.is_null(named.type):
        named = pa.nulls(sheet.rows, pa.large_string())
    absent = named.is_null().to_numpy(zero_copy_only=False)
    is_reversal = kind == REVERSED
    sheet.fault(is_reversal & absent, "reverses", "reverses is missing", "name the id of the fact it takes back")
    sheet.fault(~is_reversal & ~absent & (kind > 0), "reverses", "only a reversal names another fact", "leave it out")
    rows = np.flatnonzero(is_reversal & ~absent & (loan >= 0))
    if not len(rows):
        return reverses
    told = named.take(pa.array(rows))
    try:
        known = names.cast(told.type)
    except pa.ArrowException:
        raise InputError("id and reverses are of different types", "/facts/reverses", "give both one type") from None
    wanted = pc.fill_null(pc.index_in(told, known).cast(pa.int64()), -1).to_numpy(zero_copy_only=False) + 1
    place = np.searchsorted(keys, key[rows] + wanted)
    found = (wanted > 0) & (place < len(keys))
    found[found] = keys[place[found]] == (key[rows] + wanted)[found]
    unknown, texts = encoded(told)
    for code in np.unique(unknown[~found]):
        sheet.faults.add(
            "facts",
            rows[~found & (unknown == code)],
            "reverses",
            f"the loan has no fact {texts[code - 1]!r}",
            "name the id of another fact of the loan",
        )
    reverses[rows[found]] = order[place[found]]
    return reverses


def _ids(sheet: Sheet) -> tuple[Int64, pa.Array]:
    ids = sheet.column("id")
    if ids is None or pa.types.is_null(ids.type):
        return np.zeros(sheet.rows, np.int64), pa.nulls(0, pa.large_string())
    return coded(ids)


def _check_amounts(sheet: Sheet, one: FactSheet, right: npt.NDArray[np.bool_]) -> None:
    waives_all = (one.kind == WAIVED) & (one.component == ALL)
    needed = np.isin(one.kind, _WITH_AMOUNT) & ~waives_all
    sheet.fault(
        right & needed & (one.amount == 0), "amount", "the amount is missing or zero", "give an amount above zero"
    )
    sheet.fault(
        right & ~needed & (one.amount > 0), "amount", "a fact of this kind has no amount", "leave it out, or give 0"
    )
    waived = one.kind == WAIVED
    sheet.fault(
        right & waived & (one.component == 0),
        "component",
        "a waiver names what it waives",
        "give principal, interest, penalty, fee or all",
    )
    sheet.fault(right & ~waived & (one.component > 0), "component", "only a waiver has a component", "leave it out")
    told = np.isin(one.kind, (RESCHEDULED, RATE_CHANGED)) & (one.detail == NONE)
    sheet.fault(right & told, "details", "the new terms are missing", "give details, as docs/doors.md has them")


def _check_dates(sheet: Sheet, one: FactSheet, contracts: ContractSheet, right: npt.NDArray[np.bool_]) -> None:
    right = right & (one.loan >= 0)
    disbursed_on = contracts.disbursed_on[one.loan]
    early = right & (disbursed_on != NO_DATE) & (one.value_date < disbursed_on)
    sheet.fault(early, "value_date", "it happened before the disbursement", "give a date on or after it")
    cooling_off = np.array(
        [_FOREVER if terms.cooling_off_days is None else terms.cooling_off_days for terms in contracts.terms], np.int64
    )[contracts.term[one.loan]]
    late = right & (one.kind == CANCELLED) & (one.value_date > disbursed_on.astype(np.int64) + cooling_off)
    sheet.fault(late, "value_date", "the cooling-off period is over", "give an earlier date")
    told = np.flatnonzero(right & (one.detail >= 0))
    details, day = one.details[one.detail[told]], one.value_date[told]
    if not len(told):
        return
    first = details["first_due_on"]
    sheet.faults.add(
        "facts",
        told[(one.kind[told] == RESCHEDULED) & (first != NO_DATE) & (first <= day)],
        "details/first_due_on",
        "it is not after the day of the new terms",
        "give a later date",
    )
    no_margin = np.array([terms.margin is None for terms in contracts.terms])[contracts.term[one.loan[told]]]
    sheet.faults.add(
        "facts",
        told[(one.kind[told] == RATE_CHANGED) & details["over_benchmark"] & no_margin],
        "details/benchmark_rate",
        "the contract has no margin over a benchmark",
        "give annual_rate instead",
    )


def _check_reversals(sheet: Sheet, one: FactSheet, right: npt.NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(right & (one.reverses >= 0))
    target = one.reverses[rows]
    fixed = np.isin(one.kind[target], (REVERSED, DISBURSED))
    sheet.faults.add(
        "facts",
        rows[fixed],
        "reverses",
        "a disbursement or a reversal cannot be reversed",
        "record the fact again",
    )
    again = np.ones(len(rows), np.bool_)
    again[np.unique(target, return_index=True)[1]] = False
    sheet.faults.add("facts", rows[again], "reverses", "that fact is already reversed", "reverse a fact once")
    before = one.value_date[rows] < one.value_date[target]
    sheet.faults.add(
        "facts", rows[before], "value_date", "it counts from before the fact it reverses", "give a later date"
    )


def _check_drawings(sheet: Sheet, one: FactSheet, contracts: ContractSheet, right: npt.NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(right & (one.kind == DISBURSED) & (one.loan >= 0))
    first = rows[np.unique(one.loan[rows], return_index=True)[1]]
    loan = one.loan[first]
    differs = (one.amount[first] != contracts.principal[loan]) | (one.value_date[first] != contracts.disbursed_on[loan])
    sheet.faults.add(
        "facts",
        first[differs],
        "amount",
        "the first disbursement is not the contract's",
        "give the principal on disbursed_on first, and later drawdowns after it",
    )


def _check_recoveries(sheet: Sheet, one: FactSheet, right: npt.NDArray[np.bool_]) -> None:
    standing = right & (one.loan >= 0)
    standing[one.reverses[one.reverses >= 0]] = False
    recovered = np.flatnonzero(standing & (one.kind == RECOVERED))
    if not len(recovered):
        return
    written_off = np.flatnonzero(standing & (one.kind == WRITTEN_OFF))
    since = np.full(int(one.loan.max()) + 1, _FOREVER)
    np.minimum.at(since, one.loan[written_off], one.value_date[written_off])
    early = recovered[one.value_date[recovered] < since[one.loan[recovered]]]
    sheet.faults.add("facts", early, "kind", "money is recovered only after a write-off", 'record it as "paid"')
