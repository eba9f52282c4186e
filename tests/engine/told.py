"""One loan told in a few words, for stories about the fold: round figures, what happened, what is asked."""

from typing import Any

from duly.engine.door import position_json, schedule_json

# 1200.00 over 4 months at 12%, months of 30 days: 307.54 a month, the last 307.52.
CONTRACT = {
    "currency": "EUR",
    "principal": "1200.00",
    "disbursed_on": "2024-01-15",
    "annual_rate": "0.12",
    "method": "equal_installment",
    "installments": 4,
    "penalty": {"annual_rate": "0"},
}


def fact(kind: str, on: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "value_date": on, **more}


def paid(on: str, amount: str, **more: Any) -> dict[str, Any]:
    return fact("paid", on, amount=amount, **more)


def position(as_of: str, *facts: dict[str, Any], **terms: Any) -> dict[str, Any]:
    return position_json({"contract": CONTRACT | terms, "facts": list(facts), "as_of": as_of})


def rows(found: dict[str, Any], *columns: str) -> list[tuple[str, ...]]:
    """The chosen columns of each installment."""
    return [tuple(row[name] for name in columns) for row in found["installments"]]


def schedule(**terms: Any) -> dict[str, Any]:
    return schedule_json(CONTRACT | terms)
