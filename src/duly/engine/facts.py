"""Facts of one loan: what happened to it, checked, and put in columns for the fold."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from duly.engine import dates
from duly.engine.columns import KIND, Facts, arrange_facts
from duly.engine.contract import Contract
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.records import DETAIL_DTYPE, NONE, STOPS, Record, Records
from duly.engine.terms import COMPONENT, METHOD, WAIVABLE


@dataclass(frozen=True)
class Reschedule:
    """New terms for what is left. `forgive`: (component, amount in minor units, or None for all of it)."""

    installments: int
    every: int = 0  # 0: as before
    unit: str = "month"
    first_due_on: datetime.date | None = None
    annual_rate: int | None = None
    method: str | None = None
    capitalise: tuple[str, ...] = ()
    forgive: tuple[tuple[str, int | None], ...] = ()
    carry: str = "first"


@dataclass(frozen=True)
class Fact:
    """Something dated that happened to a loan. `amount` in minor units; `reverses` is the id of another fact.

    `where` is the JSON pointer to the place it was read from. What only some kinds say: `component` (waived; "all" for
    all that is left), `due_on` (fee_charged), `prepays` and `from_credit` (paid), `annual_rate` or `benchmark_rate` in
    millionths a year and `reworks` (rate_changed), `stops` (penalty_paused), `reschedule` (rescheduled).
    """

    kind: str
    value_date: datetime.date
    amount: int = 0
    component: str = ""
    id: str = ""
    reverses: str = ""
    recorded_at: datetime.datetime | None = None
    where: str = ""
    due_on: datetime.date | None = None
    prepays: bool = False
    from_credit: bool = False
    annual_rate: int | None = None
    benchmark_rate: int | None = None
    reworks: str = "installment"
    stops: tuple[str, ...] = ("penalty",)
    reschedule: Reschedule | None = field(default=None)


def parse_instant(text: object, where: str) -> datetime.datetime:
    """The ISO 8601 instant in `text`, with its offset from UTC. Raises InputError."""
    try:
        instant = datetime.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(f"{text!r} is not an instant", where, 'write instants as "2024-01-31T09:30:00Z"')
    return instant


def check_facts(facts: Sequence[Fact], contract: Contract) -> None:
    """Raise InputError for the first fact that cannot be: before disbursement, reversing nothing or twice, …"""
    by_id: dict[str, Fact] = {}
    for index, fact in enumerate(facts):
        if fact.id and fact.id in by_id:
            raise InputError(f"the id {fact.id!r} is used twice", f"/facts/{index}/id", "give each fact its own id")
        if fact.id:
            by_id[fact.id] = fact
    reversed_ids: set[str] = set()
    first_drawn = any(is_first_drawdown(fact, contract) for fact in facts)
    for index, fact in enumerate(facts):
        where = f"/facts/{index}"
        if fact.value_date < contract.disbursed_on:
            raise InputError(
                f"it happened before the disbursement on {contract.disbursed_on}",
                f"{where}/value_date",
                "give a date on or after the disbursement",
            )
        if fact.kind == "disbursed":
            if fact.value_date == contract.disbursed_on and not first_drawn:
                raise InputError(
                    "the disbursement is not the contract's",
                    where,
                    "give one of the principal on disbursed_on, and further drawdowns beside it",
                )
        elif fact.kind == "reversed":
            _check_reversal(fact, by_id, reversed_ids, where)
        elif fact.kind == "cancelled":
            _check_cancellation(fact, contract, where)
        elif fact.kind == "rate_changed" and fact.benchmark_rate is not None and contract.terms.margin is None:
            raise InputError(
                "the contract has no margin over a benchmark", f"{where}/benchmark_rate", "give annual_rate instead"
            )
    _check_endings(facts, reversed_ids)


def is_first_drawdown(fact: Fact, contract: Contract) -> bool:
    """Whether a fact is the disbursement of the contract's principal."""
    return (fact.kind, fact.value_date, fact.amount) == ("disbursed", contract.disbursed_on, contract.principal)


def _check_endings(facts: Sequence[Fact], reversed_ids: set[str]) -> None:
    standing = [(index, fact) for index, fact in enumerate(facts) if not (fact.id and fact.id in reversed_ids)]
    written_off_on = min((fact.value_date for _, fact in standing if fact.kind == "written_off"), default=None)
    for index, fact in standing:
        if fact.kind == "recovered" and (written_off_on is None or fact.value_date < written_off_on):
            raise InputError("money is recovered only after a write-off", f"/facts/{index}/kind", 'record it as "paid"')


def _check_cancellation(fact: Fact, contract: Contract, where: str) -> None:
    days = contract.terms.cooling_off_days
    if days is not None and fact.value_date > contract.disbursed_on + datetime.timedelta(days):
        raise InputError(
            f"the cooling-off period of {days} days is over", f"{where}/value_date", "give an earlier date"
        )


def _check_reversal(fact: Fact, by_id: dict[str, Fact], reversed_ids: set[str], where: str) -> None:
    target = by_id.get(fact.reverses)
    if target is None:
        raise InputError(f"there is no fact {fact.reverses!r}", f"{where}/reverses", "name the id of another fact")
    if target.kind in ("reversed", "disbursed"):
        raise InputError(f"a {target.kind} fact cannot be reversed", f"{where}/reverses", "record the fact again")
    if fact.reverses in reversed_ids:
        raise InputError(f"{fact.reverses!r} is already reversed", f"{where}/reverses", "reverse a fact once")
    if fact.value_date < target.value_date:
        raise InputError("it counts from before the fact it reverses", f"{where}/value_date", "give a later date")
    reversed_ids.add(fact.reverses)


def pack_facts(
    facts: Sequence[Fact], known_at: datetime.datetime | None = None, contract: Contract | None = None
) -> Facts:
    """One loan's facts as columns; with `known_at`, only those recorded by then (a fact without the time counts).

    With `contract`, its fees that fall due on dates of their own are among them.
    """
    known = [fact for fact in facts if known_at is None or fact.recorded_at is None or fact.recorded_at <= known_at]
    known.sort(key=lambda fact: fact.recorded_at or datetime.datetime.min.replace(tzinfo=datetime.UTC))
    if contract is not None:
        known = from_disbursement(known, contract)
    rows = {fact.id: row for row, fact in enumerate(known) if fact.id}
    details = [detail for fact in known if (detail := detail_of(fact)) is not None]
    place = np.cumsum([detail_of(fact) is not None for fact in known], dtype=np.int32) - 1
    return arrange_facts(
        1,
        np.zeros(len(known), np.int64),
        np.array([KIND[fact.kind] for fact in known], np.uint8),
        np.array([dates.days(fact.value_date) for fact in known], np.int32),
        np.array([fact.amount for fact in known], np.int64),
        np.array([WAIVABLE[fact.component] for fact in known], np.uint8),
        np.array([rows.get(fact.reverses, -1) if fact.reverses else -1 for fact in known], np.int64),
        np.array(
            [row if detail_of(fact) is not None else NONE for fact, row in zip(known, place, strict=True)], np.int32
        )
        if details
        else None,
        join_details(details) if details else None,
    )


def from_disbursement(facts: Sequence[Fact], contract: Contract) -> list[Fact]:
    """`facts` with the disbursement of the contract first, whenever it was recorded, then its fees on dates."""
    drawn = [fact for fact in facts if is_first_drawdown(fact, contract)][:1]
    fees = [Fact("fee_charged", contract.disbursed_on, fee, due_on=day) for day, fee in contract.dated_fees]
    return [*drawn, *fees, *(fact for fact in facts if not drawn or fact is not drawn[0])]


def join_details(details: Sequence[Record]) -> Records:
    """Details as rows of DETAIL_DTYPE, in the same order."""
    joined = np.zeros(len(details), DETAIL_DTYPE)
    for row, detail in enumerate(details):
        joined[row] = detail
    return joined


def no_detail() -> Record:
    """A detail (DETAIL_DTYPE) that says nothing."""
    detail: Record = np.zeros(1, DETAIL_DTYPE)[0]
    detail.due_on = detail.first_due_on = NO_DATE
    detail.annual_rate = detail.method = NONE
    detail.stops = STOPS["penalty"]
    return detail


def detail_of(fact: Fact) -> Record | None:
    """What `fact` says beyond kind, date, amount and component, as a record (DETAIL_DTYPE); None when nothing."""
    detail = no_detail()
    if fact.kind == "fee_charged" and fact.due_on is not None:
        detail.due_on = dates.days(fact.due_on)
    elif fact.kind == "paid" and (fact.prepays or fact.from_credit):
        detail.prepays, detail.from_credit = fact.prepays, fact.from_credit
    elif fact.kind == "rate_changed":
        over_benchmark = fact.annual_rate is None
        detail.annual_rate = fact.benchmark_rate if over_benchmark else fact.annual_rate
        detail.over_benchmark = over_benchmark
        detail.reworks_term = fact.reworks == "term"
    elif fact.kind == "penalty_paused" and fact.stops != ("penalty",):
        detail.stops = sum(STOPS[name] for name in set(fact.stops))
    elif fact.kind == "rescheduled" and fact.reschedule is not None:
        _fill_reschedule(detail, fact.reschedule)
    else:
        return None
    return detail


def _fill_reschedule(detail: Record, new: Reschedule) -> None:
    detail.installments = new.installments
    detail.every = new.every
    detail.unit = dates.UNIT[new.unit]
    if new.first_due_on is not None:
        detail.first_due_on = dates.days(new.first_due_on)
    detail.annual_rate = NONE if new.annual_rate is None else new.annual_rate
    detail.method = NONE if new.method is None else METHOD[new.method]
    detail.capitalise = sum(1 << COMPONENT[name] for name in set(new.capitalise))
    for component, amount in new.forgive:
        detail.forgive[COMPONENT[component]] = NONE if amount is None else amount
    detail.carry_spread = new.carry == "spread"
