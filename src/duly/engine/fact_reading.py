"""Facts read from JSON: every field of every kind, and a pointer to the first that cannot be right."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from duly.engine import dates, money
from duly.engine.contract import MAX_INSTALLMENTS, Contract
from duly.engine.errors import InputError
from duly.engine.facts import (
    Fact,
    Reschedule,
    check_facts,
    detail_of,
    is_first_drawdown,
    join_details,
    no_detail,
    parse_instant,
)
from duly.engine.reading import Document, check_choice, period, whole
from duly.engine.records import STOPS, Records
from duly.engine.terms import COMPONENT_ORDER, METHOD

# What a fact of each kind must say, and may say, beside kind, value_date, recorded_at and id.
_MUST: dict[str, set[str]] = {
    "disbursed": {"amount"},
    "paid": {"amount"},
    "waived": {"component"},
    "reversed": {"reverses"},
    "written_off": set(),
    "fee_charged": {"amount"},
    "rescheduled": {"installments"},
    "rate_changed": set(),
    "penalty_paused": set(),
    "penalty_resumed": set(),
    "accelerated": set(),
    "recovered": {"amount"},
    "refunded": {"amount"},
    "cancelled": set(),
}
_MAY: dict[str, set[str]] = {
    "paid": {"prepays", "from"},
    "waived": {"amount"},
    "fee_charged": {"due_on", "name"},
    "rescheduled": {"every", "first_due_on", "annual_rate", "method", "capitalise", "forgive", "carry"},
    "rate_changed": {"annual_rate", "benchmark_rate", "reworks"},
    "penalty_paused": {"stops"},
}


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
    if not any(is_first_drawdown(fact, contract) for fact in facts):
        facts.insert(0, Fact("disbursed", contract.disbursed_on, contract.principal))
    return facts


def _parse_fact(document: object, exponent: int, where: str) -> Fact:
    if not isinstance(document, Mapping):
        raise InputError(f"{document!r} is not a fact", where, 'give {"kind", "value_date", …}')
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in _MUST:
        raise InputError(f"{kind!r} is not a kind of fact", f"{where}/kind", f"use {', '.join(_MUST)}")
    allowed = _MUST[kind] | _MAY.get(kind, set()) | {"kind", "value_date", "recorded_at", "id"}
    for name in document:
        if name not in allowed:
            raise InputError(f"a {kind} fact has no field {name!r}", f"{where}/{name}", "leave it out")
    for name in sorted({"value_date"} | _MUST[kind]):
        if name not in document:
            raise InputError(f"{name} is missing", f"{where}/{name}", f"every {kind} fact must state it")
    for name in ("component", "id", "reverses"):
        if not isinstance(document.get(name, ""), str):
            raise InputError(f"{document[name]!r} is not a string", f"{where}/{name}", "write it as a string")
    recorded_at = document.get("recorded_at")
    return Fact(
        kind=kind,
        value_date=dates.parse_date(document["value_date"], f"{where}/value_date"),
        amount=_amount(document, kind, exponent, where),
        component=_component(document, kind, where),
        id=document.get("id", ""),
        reverses=document.get("reverses", ""),
        recorded_at=None if recorded_at is None else parse_instant(recorded_at, f"{where}/recorded_at"),
        where=where,
        **told_fields(document, kind, exponent, where),
    )


def _amount(document: Document, kind: str, exponent: int, where: str) -> int:
    if kind == "waived" and (("amount" in document) == (document.get("component") == "all")):
        raise InputError(
            "a waiver states an amount, unless it waives all that is left",
            f"{where}/amount",
            'give "amount", or "component": "all"',
        )
    if "amount" not in document:
        return 0
    amount = money.parse_money(document["amount"], exponent, f"{where}/amount")
    if amount == 0:
        raise InputError("the amount is zero", f"{where}/amount", "give an amount above zero, or leave the fact out")
    return amount


def _component(document: Document, kind: str, where: str) -> str:
    component = document.get("component", "")
    if kind == "waived" and component not in (*COMPONENT_ORDER, "all"):
        raise InputError(
            f"{component!r} is not a component", f"{where}/component", "use principal, interest, penalty, fee or all"
        )
    return str(component)


def read_details(told: Sequence[tuple[str, str, Document]]) -> Records:
    """Details kept apart from their facts, (kind, currency, document) each, as rows of DETAIL_DTYPE in the same order.

    Each document holds the fields of a fact's JSON that `told_fields` reads. Raises InputError.
    """
    details = []
    for index, (kind, currency, document) in enumerate(told):
        fields = told_fields(document, kind, money.decimals(currency), f"/{index}")
        detail = detail_of(Fact(kind, datetime.date.min, **fields))
        details.append(no_detail() if detail is None else detail)
    return join_details(details)


def told_fields(document: Document, kind: str, exponent: int, where: str) -> dict[str, Any]:
    """What only facts of `kind` say, as fields of a Fact, from the JSON fields in `document`. Raises InputError."""
    if kind == "paid":
        return _told_of_payment(document, where)
    if kind == "fee_charged" and document.get("due_on") is not None:
        return {"due_on": dates.parse_date(document["due_on"], f"{where}/due_on")}
    if kind == "rate_changed":
        return _told_of_rate(document, where)
    if kind == "penalty_paused":
        return {"stops": _names(document.get("stops", ["penalty"]), tuple(STOPS), f"{where}/stops")}
    if kind == "rescheduled":
        return {"reschedule": _reschedule(document, exponent, where)}
    return {}


def _told_of_payment(document: Document, where: str) -> dict[str, Any]:
    prepays = document.get("prepays", False)
    check_choice(prepays, (False, True), f"{where}/prepays")
    source = document.get("from")
    check_choice(source, (None, "credit"), f"{where}/from")
    return {"prepays": prepays, "from_credit": source == "credit"}


def _told_of_rate(document: Document, where: str) -> dict[str, Any]:
    given = [name for name in ("annual_rate", "benchmark_rate") if name in document]
    if len(given) != 1:
        raise InputError("one rate must be given", f"{where}/annual_rate", 'give "annual_rate" or "benchmark_rate"')
    reworks = document.get("reworks", "installment")
    check_choice(reworks, ("installment", "term"), f"{where}/reworks")
    return {given[0]: money.parse_rate(document[given[0]], f"{where}/{given[0]}"), "reworks": reworks}


def _reschedule(document: Document, exponent: int, where: str) -> Reschedule:
    every, unit = period(document["every"], f"{where}/every") if document.get("every") else (0, "month")
    first_due_on = document.get("first_due_on")
    first = None if first_due_on is None else dates.parse_date(first_due_on, f"{where}/first_due_on")
    if first is not None and first.isoformat() <= str(document.get("value_date", "")):
        raise InputError("it is not after the day of the new terms", f"{where}/first_due_on", "give a later date")
    rate, method = document.get("annual_rate"), document.get("method")
    check_choice(method, (None, *METHOD), f"{where}/method")
    carry = document.get("carry", "first")
    check_choice(carry, ("first", "spread"), f"{where}/carry")
    return Reschedule(
        installments=whole(document["installments"], f"{where}/installments", 1, MAX_INSTALLMENTS),
        every=every,
        unit=unit,
        first_due_on=first,
        annual_rate=None if rate is None else money.parse_rate(rate, f"{where}/annual_rate"),
        method=method,
        capitalise=_names(document.get("capitalise", []), ("interest", "penalty", "fee"), f"{where}/capitalise"),
        forgive=_forgiven(document.get("forgive", {}), exponent, f"{where}/forgive"),
        carry=carry,
    )


def _names(given: object, known: tuple[str, ...], where: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise InputError(f"{given!r} is not a list", where, f"give a list of {', '.join(known)}")
    for index, name in enumerate(given):
        check_choice(name, known, f"{where}/{index}")
    return tuple(given)


def _forgiven(given: object, exponent: int, where: str) -> tuple[tuple[str, int | None], ...]:
    if not isinstance(given, Mapping):
        raise InputError(f"{given!r} is not an object", where, 'give {"penalty": "all", "interest": "5.00"}')
    forgiven: list[tuple[str, int | None]] = []
    for component, amount in given.items():
        check_choice(component, COMPONENT_ORDER, f"{where}/{component}")
        forgiven.append(
            (component, None if amount == "all" else money.parse_money(amount, exponent, f"{where}/{component}"))
        )
    return tuple(forgiven)
