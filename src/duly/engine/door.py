"""The engine's doors for other programs: JSON documents in and out, as docs/doors.md states them.

Each loads for itself what it needs beside a contract and its facts: a command answers by one of them, and at once.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from duly.engine import dates, money
from duly.engine.contract import Contract, parse_contract
from duly.engine.errors import InputError
from duly.engine.fact_reading import parse_facts
from duly.engine.facts import Fact, parse_instant
from duly.engine.position import position


def schedule_json(document: object) -> dict[str, Any]:
    """A contract's installments, total interest and annual rates. Raises InputError."""
    from duly.engine.rates import annual_percentage_rates
    from duly.engine.schedule import full_schedule

    contract = parse_contract(document)
    exponent = money.decimals(contract.terms.currency)
    planned = full_schedule(contract)
    installments = planned.installments
    rates = annual_percentage_rates(contract, installments)
    return {
        "installments": [
            {
                "number": one.number,
                "due_on": one.due_on.isoformat(),
                "principal": money.format_money(one.principal, exponent),
                "interest": money.format_money(one.interest, exponent),
                "fee": money.format_money(one.fee, exponent),
                "total": money.format_money(one.total, exponent),
                "balance_after": money.format_money(one.balance_after, exponent),
            }
            for one in installments
        ],
        "total_interest": money.format_money(planned.total_interest, exponent),
        "upfront_fee": money.format_money(planned.upfront_fee, exponent),
        "apr": {name: _fraction(rate) for name, rate in rates.items()},
    }


def apr_json(document: object) -> dict[str, Any]:
    """The annual percentage rate, effective yearly rate and finance charge of dated flows. Raises InputError."""
    from duly.engine.cash_flows import parse_flows
    from duly.engine.rates import rate_of_one

    read = parse_flows(document)
    rate = rate_of_one(read.flows, read.method, read.unit_period)
    return {
        "apr": _fraction(rate.apr),
        "effective": _fraction(rate.effective),
        "finance_charge": money.format_money(int(read.flows.amount.sum()), read.currency_decimals),
    }


def _fraction(rate: float) -> str:
    # Eight decimals, and never a zero with a sign.
    return f"{round(rate, 8) + 0.0:.8f}"


def position_json(document: object) -> dict[str, Any]:
    """A loan's position on a date, as known at an instant when one is given. Raises InputError."""
    contract, facts, as_of, known_at = _case(document)
    found = position(contract, facts, as_of, known_at)
    exponent = money.decimals(contract.terms.currency)

    def text(amount: int) -> str:
        return money.format_money(amount, exponent)

    def by_component(amounts: Mapping[str, int], total: bool = False) -> dict[str, str]:
        texts = {component: text(amount) for component, amount in amounts.items()}
        return texts | {"total": text(sum(amounts.values()))} if total else texts

    def day(date: Any) -> str | None:
        return None if date is None else date.isoformat()

    return {
        "as_of": found.as_of.isoformat(),
        "status": found.status,
        "days_past_due": found.days_past_due,
        "oldest_unpaid_due_on": day(found.oldest_unpaid_due_on),
        "next_due": None
        if found.next_due_on is None
        else {"on": day(found.next_due_on), "amount": text(found.next_due_amount)},
        "outstanding": by_component(found.outstanding, total=True),
        "due": by_component(found.due, total=True),
        "overdue": by_component(found.overdue, total=True),
        "credit_balance": text(found.credit_balance),
        "payoff": text(found.payoff),
        "accrued_interest": text(found.accrued_interest),
        "received": text(found.received),
        "refunded": text(found.refunded),
        "recovered": text(found.recovered),
        "disbursed": text(found.disbursed),
        "settled_on": day(found.settled_on),
        "earned": by_component(found.earned),
        "suspended": by_component(found.suspended),
        "waived": by_component(found.waived),
        "written_off": by_component(found.written_off),
        "capitalised": by_component(found.capitalised),
        "installments": [
            {
                "number": one.number,
                "due_on": day(one.due_on),
                "paid_on": day(one.paid_on),
                "principal": text(one.principal),
                "interest": text(one.interest),
                "penalty": text(one.penalty),
                "fee": text(one.fee),
                "paid": text(one.paid),
                "outstanding": text(one.outstanding),
            }
            for one in found.installments
        ],
    }


def explain_json(document: object, language: str = "en") -> dict[str, Any]:
    """Every movement behind a loan's position, in order, in `language` (en or zh). Raises InputError."""
    from duly.engine.explain import explain

    contract, facts, as_of, known_at = _case(document)
    exponent = money.decimals(contract.terms.currency)
    return {
        "as_of": as_of.isoformat(),
        "rows": [
            {
                "date": one.date.isoformat(),
                "component": one.component,
                "movement": one.movement,
                "amount": money.format_money(one.amount, exponent),
                "because": one.because,
                "fact": None if one.fact is None else facts[one.fact].where or None,
                "fact_id": None if one.fact is None else facts[one.fact].id or None,
                "installment": one.installment,
                "due_on": None if one.due_on is None else one.due_on.isoformat(),
                "balance": money.format_money(one.balance, exponent),
                "total": money.format_money(one.total, exponent),
            }
            for one in explain(contract, facts, as_of, known_at, language)
        ],
    }


def _case(document: object) -> tuple[Contract, list[Fact], datetime.date, datetime.datetime | None]:
    if not isinstance(document, Mapping):
        raise InputError(f"{document!r} is not an object", "", 'give {"contract", "facts", "as_of"}')
    for name in document:
        if name not in ("contract", "facts", "as_of", "known_at"):
            raise InputError(f"there is no field {name!r}", f"/{name}", "use contract, facts, as_of, known_at")
    if "contract" not in document:
        raise InputError("contract is missing", "/contract", "give the contract of the loan")
    try:
        contract = parse_contract(document["contract"])
    except InputError as error:
        raise InputError(error.what, f"/contract{error.where}", error.remedy) from None
    facts = parse_facts(document.get("facts", []), contract)
    known_at = document.get("known_at")
    as_of = dates.parse_date(document.get("as_of"), "/as_of")
    return contract, facts, as_of, None if known_at is None else parse_instant(known_at, "/known_at")
