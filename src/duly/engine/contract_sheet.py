"""Contracts read from a table: figures in columns, and the terms of each distinct product read once."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from duly.engine import dates
from duly.engine.columns import make_contracts
from duly.engine.contract import MAX_INSTALLMENTS
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.money import DECIMALS
from duly.engine.records import Contracts, Int32, Int64
from duly.engine.sheets import Faults, Sheet, coded, encoded, grouped
from duly.engine.terms import DEFAULTS, Terms, parse_terms

FIGURES = (
    "loan_id",
    "principal",
    "annual_rate",
    "disbursed_on",
    "first_due_on",
    "installments",
    "installment_amount",
    "service_fee",
    "upfront_fee",
    "balloon",
)
# A field of the terms is a column by its path in the JSON form: "method", "penalty.annual_rate".
TERM_COLUMNS = tuple(
    path
    for name, default in DEFAULTS.items()
    for path in ([f"{name}.{inner}" for inner in default] if isinstance(default, dict) else [name])
)


class ContractSheet(NamedTuple):
    """A table of contracts, read. What is wrong is on the list of faults; where it is, figures are 0 and terms any."""

    loan_id: pa.Array
    terms: list[Terms]
    term: Int64  # index into `terms`
    exponent: Int64  # decimals of each loan's currency
    principal: Int64
    annual_rate: Int64
    disbursed_on: Int32
    first_due_on: Int32  # NO_DATE: one period after disbursement
    installments: Int64
    installment_amount: Int64  # 0: to be worked out
    service_fee: Int64
    upfront_fee: Int64
    balloon: Int64

    def contracts(self, rows: Int64) -> Contracts:
        """The contracts of `rows`, which must be right, as the fold takes them."""
        figures = {
            name: getattr(self, name)[rows]
            for name in ("term", "principal", "annual_rate", "disbursed_on", "installments", "service_fee")
        }
        figures |= {name: getattr(self, name)[rows] for name in ("upfront_fee", "balloon")}
        made = make_contracts(self.terms, **figures)
        first, level = self.first_due_on[rows], self.installment_amount[rows]
        if (first != NO_DATE).any():
            first = np.where(first == NO_DATE, made.first_due_on, first)
            made = make_contracts(self.terms, **figures, first_due_on=first)
        return made._replace(installment_amount=np.where(level > 0, level, made.installment_amount))


def read_contracts(table: pa.Table, terms: Mapping[str, Any], faults: Faults) -> ContractSheet:
    """The contracts in `table`, one row a loan; `terms` holds where a row says nothing.

    Raises InputError for a column that is missing, not known, or of a type that cannot be right.
    """
    sheet = Sheet("contracts", table, (*FIGURES, "terms", *TERM_COLUMNS), faults)
    found, term = _read_terms(sheet, terms)
    exponent = np.array([DECIMALS[one.currency] for one in found], np.int64)[term]
    contracts = ContractSheet(
        loan_id=_loan_ids(sheet),
        terms=found,
        term=term,
        exponent=exponent,
        principal=sheet.money("principal", exponent, needed=True),
        annual_rate=sheet.rate("annual_rate", needed=True),
        disbursed_on=sheet.day("disbursed_on", needed=True),
        first_due_on=sheet.day("first_due_on"),
        installments=sheet.whole("installments", 1, MAX_INSTALLMENTS, needed=True),
        installment_amount=sheet.money("installment_amount", exponent),
        service_fee=sheet.money("service_fee", exponent),
        upfront_fee=sheet.money("upfront_fee", exponent),
        balloon=sheet.money("balloon", exponent),
    )
    _check(sheet, contracts, faults)
    return contracts


def _loan_ids(sheet: Sheet) -> pa.Array:
    ids = sheet.column("loan_id", needed=True)
    assert ids is not None
    codes, distinct = coded(ids)
    sheet.fault(codes == 0, "loan_id", "loan_id is missing", "give each loan an id of its own")
    times = np.bincount(codes, minlength=len(distinct) + 1)
    for code in np.flatnonzero(times[1:] > 1) + 1:
        what = f"the loan {distinct[code - 1].as_py()!r} is there {times[code]} times"
        sheet.fault(codes == code, "loan_id", what, "give each loan one row")
    return ids


def _check(sheet: Sheet, one: ContractSheet, faults: Faults) -> None:
    """What can only be wrong between columns, as in the JSON form."""

    def of_terms(value: Any) -> npt.NDArray[Any]:
        return np.array([value(terms) for terms in one.terms], np.int64)[one.term]

    right = np.ones(sheet.rows, np.bool_)
    right[faults.rows("contracts")] = False
    disbursed_on, first = one.disbursed_on.astype(np.int64), one.first_due_on.astype(np.int64)
    length = of_terms(lambda terms: {"day": 1, "week": 7, "month": 31}[terms.unit] * terms.every)
    sheet.fault(right & (one.principal == 0), "principal", "nothing is lent", "give a principal above zero")
    early = right & (first != NO_DATE) & (first <= disbursed_on)
    sheet.fault(early, "first_due_on", "it is not after disbursement", "give a later date")
    last = np.where(first == NO_DATE, disbursed_on + length, first) + length * one.installments
    sheet.fault(
        right & (last > dates.LAST_DAY),
        "installments",
        "the schedule could run past the year 2599",
        "give fewer, or shorter periods",
    )
    for name, grace in (("principal", "grace_principal"), ("interest", "grace_interest")):
        none_left = right & (of_terms(lambda terms, grace=grace: getattr(terms, grace)) >= one.installments)
        sheet.fault(none_left, f"grace.{name}", "no installment is left after the grace", "give fewer")
    dear = right & (one.upfront_fee > one.principal)
    sheet.fault(dear, "upfront_fee", "the fees exceed what is paid out", "give less at disbursement")
    flat = of_terms(lambda terms: terms.method in ("equal_installment", "equal_principal"))
    sheet.fault(
        right & (one.balloon > 0) & (flat == 0), "balloon", "a loan of this method has no balloon", "leave it out"
    )
    large = right & (one.balloon > 0) & (one.balloon >= one.principal)
    sheet.fault(large, "balloon", "the balloon is not below the principal", "give less than the principal")


def _read_terms(sheet: Sheet, common: Mapping[str, Any]) -> tuple[list[Terms], Int64]:
    given = {name: sheet.column(name) for name in ("terms", *TERM_COLUMNS)}
    columns = {name: encoded(column) for name, column in given.items() if column is not None}
    group, first = grouped([codes for codes, _ in columns.values()], sheet.rows)
    # A group that cannot be read stands as these terms, with its rows on the list.
    found: list[Terms] = []
    for index, row in enumerate(first):
        values = {name: texts[codes[row] - 1] for name, (codes, texts) in columns.items() if codes[row]}
        try:
            found.append(parse_terms(_document(values, common)))
        except InputError as error:
            column = error.where.strip("/").replace("/", ".") or "terms"
            sheet.fault(group == index, column, error.what, error.remedy)
            found.append(Terms("USD"))
    return found, group


def _document(values: dict[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    document = _merged(common, _json(values.pop("terms", "{}")))
    for path, value in values.items():
        outer, _, inner = path.partition(".")
        document = _merged(document, {outer: {inner: _plain(value)} if inner else _plain(value)})
    return document


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for name, value in over.items():
        inner = both.get(name)
        both[name] = _merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return both


def _json(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"it is not JSON: {error.msg}", "/terms", "write it as a product's terms are") from None
    if not isinstance(document, Mapping):
        raise InputError(f"{text!r} is not a JSON object", "/terms", "write it as a product's terms are")
    return document


def _plain(value: Any) -> Any:
    # A number with a decimal point as the JSON form writes it: text.
    if isinstance(value, float) and math.isfinite(value):
        return f"{Decimal(repr(value)):f}"
    return f"{value:f}" if isinstance(value, Decimal) else value
