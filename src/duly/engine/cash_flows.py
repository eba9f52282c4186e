"""Cash flows: what is advanced and what is paid, when; read from JSON, taken from a contract, many loans as columns."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from duly.engine import dates, money
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.schedule import Installment
from duly.engine.unit_periods import Days, UnitPeriod, parse_unit_period

METHODS = ("us", "eu", "cn")
MAX_FLOWS = 10_000
_FIELDS = ("method", "advances", "payments", "unit_period", "currency")
_ROW_FIELDS = ("on", "amount", "every", "count")
_DECIMALS = 2


class Flows(NamedTuple):
    """Cash flows of n loans as columns, m rows: loan i has rows start[i] to start[i + 1], at least one.

    Within a loan rows are by date, what is advanced before what is paid on the same date.
    """

    start: Days  # n + 1 offsets
    on: Days  # days since 1970-01-01
    amount: Days  # minor units: paid by the borrower above zero, advanced to the borrower below

    @property
    def loan(self) -> Days:
        """The loan of each row."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


@dataclass(frozen=True)
class FlowsDocument:
    """What `duly apr` reads. `flows` are of one loan; `unit_period` is None where it is to be found."""

    method: str
    flows: Flows
    unit_period: UnitPeriod | None
    currency_decimals: int


def flows_of_one(flows: Sequence[tuple[int, int]]) -> Flows:
    """One loan's flows from (day, amount) pairs in any order; amounts of zero are left out."""
    kept = sorted((day, amount) for day, amount in flows if amount)
    columns = np.array(kept, np.int64).reshape(-1, 2)
    return Flows(np.array([0, len(kept)], np.int64), columns[:, 0], columns[:, 1])


def contract_flows(contract: Contract, installments: Sequence[Installment], withheld: int = 0) -> Flows:
    """The flows of a contract kept to: the principal less the fees `withheld` at disbursement, and its installments.

    Installments stand on the contract's own dates, whole periods apart: what a short month or a holiday does to a due
    date changes no rate (12 CFR 1026.17(c)(3) and (4)).
    """
    advance = [(dates.days(contract.disbursed_on), withheld - contract.principal)]
    periods = [one.number for one in installments[:-1]] + [contract.installments]
    days = [_day_of_period(contract, period) for period in periods]
    return flows_of_one(advance + [(day, one.total) for day, one in zip(days, installments, strict=True)])


def _day_of_period(contract: Contract, period: int) -> int:
    terms = contract.terms
    every, unit, month_end = terms.every, dates.UNIT[terms.unit], dates.MONTH_END[terms.month_end]
    start, first = dates.days(contract.disbursed_on), dates.days(contract.first_due_on)
    if dates.add_periods(start, 1, every, unit, month_end) == first:
        return int(dates.add_periods(start, period, every, unit, dates.CLAMP))
    return int(dates.add_periods(first, period - 1, every, unit, dates.CLAMP))


def parse_flows(document: object) -> FlowsDocument:
    """The transaction in a JSON `document` of `duly apr`. Raises InputError with a pointer to the place."""
    if not isinstance(document, Mapping):
        raise InputError(f"{document!r} is not an object", "", 'give {"method", "advances", "payments"}')
    _refuse_unknown(document, _FIELDS, "")
    method = document.get("method")
    if method not in METHODS:
        what = "method is missing" if "method" not in document else f"{method!r} is not a method"
        raise InputError(what, "/method", f"use one of: {', '.join(METHODS)}")
    currency = document.get("currency")
    decimals = _DECIMALS if currency is None else money.decimals(currency)
    unit = document.get("unit_period")
    unit_period = None if unit is None else parse_unit_period(unit, "/unit_period")
    if method == "us" and unit_period is not None and unit_period.length > 366:
        raise InputError(f"{unit!r} is over a year", "/unit_period", "a unit period is a year at most")
    advances = _parse_side(document, "advances", decimals)
    payments = _parse_side(document, "payments", decimals)
    first = min(day for day, _, _ in advances)
    for day, _, where in payments:
        if day < first:
            raise InputError("a payment comes before the first advance", f"{where}/on", "give a later date")
    if len(advances) + len(payments) > MAX_FLOWS:
        raise InputError(f"there are more than {MAX_FLOWS} flows", "", "give fewer")
    flows = flows_of_one(
        [(day, -amount) for day, amount, _ in advances] + [(day, amount) for day, amount, _ in payments]
    )
    return FlowsDocument(method, flows, unit_period, decimals)


def _parse_side(document: Mapping[str, object], side: str, decimals: int) -> list[tuple[int, int, str]]:
    # The dated amounts of one side, with the row that each came from.
    rows = document.get(side)
    if not isinstance(rows, list) or not rows:
        what = f"{side} is missing" if side not in document else f"{side} is not a list with a row at least"
        raise InputError(what, f"/{side}", 'give a list of {"on", "amount"}')
    flows = []
    for index, row in enumerate(rows):
        where = f"/{side}/{index}"
        flows += [(day, amount, where) for day, amount in _parse_row(row, where, decimals)]
        if len(flows) > MAX_FLOWS:
            raise InputError(f"there are more than {MAX_FLOWS} flows", where, "give fewer")
    if not any(amount for _, amount, _ in flows):
        raise InputError(f"the {side} come to nothing", f"/{side}", "give an amount above zero")
    return flows


def _parse_row(row: object, where: str, decimals: int) -> list[tuple[int, int]]:
    if not isinstance(row, Mapping):
        raise InputError(f"{row!r} is not an object", where, 'give {"on", "amount"}')
    _refuse_unknown(row, _ROW_FIELDS, where)
    for name in ("on", "amount"):
        if name not in row:
            raise InputError(f"{name} is missing", f"{where}/{name}", "every flow must state it")
    first = dates.days(dates.parse_date(row["on"], f"{where}/on"))
    amount = money.parse_money(row["amount"], decimals, f"{where}/amount")
    every, count = row.get("every"), row.get("count")
    if every is None and count is None:
        return [(first, amount)]
    for name, value, other in (("every", every, "count"), ("count", count, "every")):
        if value is None:
            raise InputError(
                f"{other} stands without {name}", f"{where}/{name}", "a run has both, a single flow neither"
            )
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_FLOWS:
        raise InputError(f"{count!r} is not a count", f"{where}/count", f"give a whole number from 1 to {MAX_FLOWS}")
    unit = parse_unit_period(every, f"{where}/every")
    if first + (count - 1) * unit.length > dates.days(datetime.date(2200, 12, 31)):
        raise InputError("the run goes past the year 2200", f"{where}/count", "give a smaller count")
    return [(_day_of_run(first, index, unit), amount) for index in range(count)]


def _day_of_run(first: int, index: int, unit: UnitPeriod) -> int:
    if unit.unit != "half month":
        return int(dates.add_periods(first, index, unit.count, dates.UNIT[unit.unit], dates.CLAMP))
    # The two days of a month are 15 apart (the 1st and 16th); the 31st goes with the 15th, as the month's last day.
    months, other = divmod(index, 2)
    if not other:
        return int(dates.add_months(first, months, dates.CLAMP))
    month, day = dates.to_month(first)
    partner_month, partner = (month, day + 15) if day <= 15 else (month + 1, min(day, 30) - 15)
    start = dates.month_start(partner_month + months)
    return int(min(start + partner, dates.month_start(partner_month + months + 1)) - 1)


def _refuse_unknown(given: Mapping[str, object], known: Sequence[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(f"there is no field {name!r}", f"{where}/{name}", f"use one of: {', '.join(known)}")
