"""Facts of one loan: read from JSON, checked, and put in columns for the fold."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duly.engine import dates, money
from duly.engine.columns import KIND, Facts, arrange_facts
from duly.engine.contract import COMPONENT, Contract
from duly.engine.errors import InputError

_FIELDS = {
    "disbursed": {"amount"},
    "paid": {"amount"},
    "waived": {"amount", "component"},
    "reversed": {"reverses"},
    "written_off": set(),
}
_LATER = [
    "fee_charged",
    "rescheduled",
    "rate_changed",
    "penalty_paused",
    "penalty_resumed",
    "accelerated",
    "recovered",
    "refunded",
    "cancelled",
]


@dataclass(frozen=True)
class Fact:
    """Something dated that happened to a loan. `amount` in minor units; `reverses` is the id of another fact.

    `where` is the JSON pointer to the place it was read from.
    """

    kind: str
    value_date: datetime.date
    amount: int = 0
    component: str = ""
    id: str = ""
    reverses: str = ""
    recorded_at: datetime.datetime | None = None
    where: str = ""


def parse_instant(text: object, where: str) -> datetime.datetime:
    """The ISO 8601 instant in `text`, with its offset from UTC. Raises InputError."""
    try:
        instant = datetime.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(f"{text!r} is not an instant", where, 'write instants as "2024-01-31T09:30:00Z"')
    return instant


def parse_facts(documents: object, contract: Contract) -> list[Fact]:
    """The facts in a JSON list, in order of record, checked against each other and the contract.

    The disbursement is added where the list has none. Raises InputError with a pointer to the first fact that cannot
    be right.
    """
    if not isinstance(documents, list):
        raise InputError("facts is not a list", "/facts", "give a list of facts, which may be empty")
    exponent = money.decimals(contract.terms.currency)
    facts = [_parse_fact(one, exponent, f"/facts/{index}") for index, one in enumerate(documents)]
    check_facts(facts, contract)
    if all(fact.kind != "disbursed" for fact in facts):
        facts.insert(0, Fact("disbursed", contract.disbursed_on, contract.principal))
    return facts


def _parse_fact(document: object, exponent: int, where: str) -> Fact:
    if not isinstance(document, Mapping):
        raise InputError(f"{document!r} is not a fact", where, 'give {"kind", "value_date", …}')
    kind = document.get("kind")
    if kind in _LATER:
        raise InputError(f"facts of kind {kind!r} are not supported yet", f"{where}/kind", f"use {', '.join(_FIELDS)}")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise InputError(f"{kind!r} is not a kind of fact", f"{where}/kind", f"use {', '.join(_FIELDS)}")
    for name in document:
        if name not in _FIELDS[kind] | {"kind", "value_date", "recorded_at", "id"}:
            raise InputError(f"a {kind} fact has no field {name!r}", f"{where}/{name}", "leave it out")
    for name in sorted({"value_date"} | _FIELDS[kind]):
        if name not in document:
            raise InputError(f"{name} is missing", f"{where}/{name}", f"every {kind} fact must state it")
    amount = money.parse_money(document["amount"], exponent, f"{where}/amount") if "amount" in document else 0
    if "amount" in document and amount == 0:
        raise InputError("the amount is zero", f"{where}/amount", "give an amount above zero, or leave the fact out")
    for name in ("component", "id", "reverses"):
        if not isinstance(document.get(name, ""), str):
            raise InputError(f"{document[name]!r} is not a string", f"{where}/{name}", "write it as a string")
    component = document.get("component", "")
    if kind == "waived" and (component not in COMPONENT or component == ""):
        raise InputError(
            f"{component!r} is not a component", f"{where}/component", "use principal, interest, penalty or fee"
        )
    recorded_at = document.get("recorded_at")
    return Fact(
        kind=kind,
        value_date=dates.parse_date(document["value_date"], f"{where}/value_date"),
        amount=amount,
        component=component,
        id=document.get("id", ""),
        reverses=document.get("reverses", ""),
        recorded_at=None if recorded_at is None else parse_instant(recorded_at, f"{where}/recorded_at"),
        where=where,
    )


def check_facts(facts: Sequence[Fact], contract: Contract) -> None:
    """Raise InputError for the first fact that cannot be: before disbursement, reversing nothing or twice, …"""
    by_id: dict[str, Fact] = {}
    for index, fact in enumerate(facts):
        if fact.id and fact.id in by_id:
            raise InputError(f"the id {fact.id!r} is used twice", f"/facts/{index}/id", "give each fact its own id")
        if fact.id:
            by_id[fact.id] = fact
    reversed_ids: set[str] = set()
    disbursed = 0
    written_off_on = min(
        (fact.value_date for fact in facts if fact.kind == "written_off" and fact.id not in _reversed_ids(facts)),
        default=None,
    )
    for index, fact in enumerate(facts):
        where = f"/facts/{index}"
        if fact.value_date < contract.disbursed_on:
            raise InputError(
                f"it counts from {fact.value_date}, before the disbursement on {contract.disbursed_on}",
                f"{where}/value_date",
                "correct the date",
            )
        if fact.kind == "disbursed":
            disbursed += 1
            if (fact.amount, fact.value_date) != (contract.principal, contract.disbursed_on) or disbursed > 1:
                raise InputError(
                    "the disbursement is not the contract's", where, "give one, of the principal, on disbursed_on"
                )
        elif fact.kind == "reversed":
            _check_reversal(fact, by_id, reversed_ids, where)
        elif fact.kind == "paid" and written_off_on is not None and fact.value_date > written_off_on:
            raise InputError(
                f"it was paid after the write-off on {written_off_on}",
                f"{where}/value_date",
                "recoveries are not supported yet; reverse the write-off",
            )


def _reversed_ids(facts: Sequence[Fact]) -> set[str]:
    return {fact.reverses for fact in facts if fact.kind == "reversed"}


def _check_reversal(fact: Fact, by_id: Mapping[str, Fact], reversed_ids: set[str], where: str) -> None:
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


def pack_facts(facts: Sequence[Fact], known_at: datetime.datetime | None = None) -> Facts:
    """One loan's facts as columns; with `known_at`, only those recorded by then (a fact without the time counts)."""
    known = [fact for fact in facts if known_at is None or fact.recorded_at is None or fact.recorded_at <= known_at]
    known.sort(key=lambda fact: fact.recorded_at or datetime.datetime.min.replace(tzinfo=datetime.UTC))
    rows = {fact.id: row for row, fact in enumerate(known) if fact.id}
    return arrange_facts(
        1,
        np.zeros(len(known), np.int64),
        np.array([KIND[fact.kind] for fact in known], np.uint8),
        np.array([dates.days(fact.value_date) for fact in known], np.int32),
        np.array([fact.amount for fact in known], np.int64),
        np.array([COMPONENT[fact.component] for fact in known], np.uint8),
        np.array([rows.get(fact.reverses, -1) if fact.reverses else -1 for fact in known], np.int64),
    )
