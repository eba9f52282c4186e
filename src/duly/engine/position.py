"""The position of one loan, installment by installment: the same fold, read out for people."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from duly.engine import dates
from duly.engine.columns import pack_contracts
from duly.engine.contract import Contract
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.facts import Fact, pack_facts
from duly.engine.fold import STATUS, fold_one

_STATUS_NAMES = {code: name for name, code in STATUS.items()}
COMPONENTS = ("principal", "interest", "penalty", "fee")


@dataclass(frozen=True)
class InstallmentPosition:
    """One installment as it stands. Money in minor units; `penalty` is what has accrued on it."""

    number: int
    due_on: datetime.date
    paid_on: datetime.date | None
    principal: int
    interest: int
    penalty: int
    fee: int
    paid: int
    outstanding: int


@dataclass(frozen=True)
class Position:
    """What the fold says of one loan on a date. Money in minor units; dicts are by component."""

    as_of: datetime.date
    status: str
    days_past_due: int
    oldest_unpaid_due_on: datetime.date | None
    next_due_on: datetime.date | None
    next_due_amount: int
    outstanding: dict[str, int]
    due: dict[str, int]
    overdue: dict[str, int]
    credit_balance: int
    payoff: int
    accrued_interest: int
    received: int
    refunded: int
    recovered: int
    disbursed: int
    settled_on: datetime.date | None
    earned: dict[str, int]
    suspended: dict[str, int]
    waived: dict[str, int]
    written_off: dict[str, int]
    capitalised: dict[str, int]
    installments: list[InstallmentPosition]


def position(
    contract: Contract, facts: Sequence[Fact], as_of: datetime.date, known_at: datetime.datetime | None = None
) -> Position:
    """The position of one loan on `as_of`; with `known_at`, as it was known then.

    `facts` are in order of record and include the disbursement. Raises InputError when the loan was not yet disbursed,
    or a waiver exceeds what is owed.
    """
    packed = pack_facts(facts, known_at, contract)
    positions, rows = fold_one(pack_contracts([contract]), packed, dates.days(as_of))
    values = {name: int(column[0]) for name, column in positions._asdict().items()}
    if values["status"] == STATUS["not_disbursed"]:
        raise InputError(f"the loan was not yet disbursed on {as_of}", "/as_of", "ask for a later date")
    _check_waivers(facts, values, as_of, known_at)

    def by_component(suffix: str, components: Sequence[str] = COMPONENTS) -> dict[str, int]:
        return {component: values[f"{component}_{suffix}"] for component in components}

    return Position(
        as_of=as_of,
        status=_STATUS_NAMES[values["status"]],
        days_past_due=values["days_past_due"],
        oldest_unpaid_due_on=_date_or_none(values["oldest_unpaid_due_on"]),
        next_due_on=_date_or_none(values["next_due_on"]),
        next_due_amount=values["next_due_amount"],
        outstanding=by_component("outstanding"),
        due=by_component("due"),
        overdue=by_component("overdue"),
        credit_balance=values["credit_balance"],
        payoff=values["payoff"],
        accrued_interest=values["accrued_interest"],
        received=values["received"],
        refunded=values["refunded"],
        recovered=values["recovered"],
        disbursed=values["disbursed"],
        settled_on=_date_or_none(values["settled_on"]),
        earned=by_component("earned", ("interest", "penalty", "fee")),
        suspended=by_component("suspended", ("interest", "penalty")),
        waived=by_component("waived"),
        written_off=by_component("written_off"),
        capitalised=by_component("capitalised", ("interest", "penalty", "fee")),
        installments=[
            InstallmentPosition(
                number=number,
                due_on=dates.date(row["due_on"]),
                paid_on=_date_or_none(int(row["paid_on"])),
                principal=int(row["principal"]),
                interest=int(row["interest"]),
                penalty=int(row["penalty"]),
                fee=int(row["fee"]),
                paid=int(row["paid"]),
                outstanding=sum(int(row[f"{component}_left"]) for component in COMPONENTS),
            )
            for number, row in enumerate(rows, 1)
        ],
    )


def _check_waivers(
    facts: Sequence[Fact], values: dict[str, int], as_of: datetime.date, known_at: datetime.datetime | None
) -> None:
    counted = [
        fact
        for fact in facts
        if fact.value_date <= as_of and (known_at is None or fact.recorded_at is None or fact.recorded_at <= known_at)
    ]
    taken_back = {fact.reverses for fact in counted if fact.kind == "reversed"}
    if values["status"] == STATUS["cancelled"]:
        return
    for component in COMPONENTS:
        waivers = [
            fact
            for fact in counted
            if fact.kind == "waived" and fact.component == component and not (fact.id and fact.id in taken_back)
        ]
        excess = sum(fact.amount for fact in waivers) - values[f"{component}_waived"]
        # What a new schedule forgave counts as waived too.
        if excess > 0:
            raise InputError(
                f"the waivers of {component} exceed what was owed by {excess} minor units",
                f"{waivers[-1].where}/amount",
                "waive no more than is owed on the date",
            )


def _date_or_none(day: int) -> datetime.date | None:
    return None if day == NO_DATE else dates.date(day)
