"""The contract: its terms and its own figures, read from JSON. What is not supported yet is refused, never ignored."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duly.engine import dates, money
from duly.engine.errors import InputError

METHOD = {"equal_installment": 0, "equal_principal": 1, "interest_only": 2, "bullet": 3}
EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_ONLY, BULLET = METHOD.values()
COMPONENT = {"": 0, "penalty": 1, "fee": 2, "interest": 3, "principal": 4}
PAYOFF_INTEREST = {"to_date": 0, "to_next_due": 1}
MAX_INSTALLMENTS = 600
_LONGEST_UNIT = {"day": 1, "week": 7, "month": 31}

# Every field of interfaces.md's contract with its default; `...` marks what must be given.
_DEFAULTS: dict[str, Any] = {
    "currency": ...,
    "principal": ...,
    "disbursed_on": ...,
    "annual_rate": ...,
    "day_count": "30/360",
    "method": ...,
    "installments": ...,
    "every": "1 month",
    "first_due_on": None,
    "interest": "scheduled",
    "grace": {"principal": 0, "interest": 0},
    "rounding": {"mode": "half_even", "installment_to": None},
    "holidays": [],
    "holiday_rule": "none",
    "fees": [],
    "penalty": {
        "annual_rate": "0.105",
        "on": "principal",
        "grace_days": 0,
        "day_count": "act/365",
        "cap": None,
        "compound": False,
    },
    "late_fee": None,
    "allocation": {
        "order": ["penalty", "fee", "interest", "principal"],
        "by": "installment",
        "after_days_past_due": None,
    },
    "prepayment": {"reduces": "term", "fee_rate": "0"},
    "non_accrual_after_days": 90,
    "conventions": {
        "days": "[start,end)",
        "month_end": "clamp",
        "part_month": "30",
        "split_rounding": "pieces",
        "last_installment": "rest",
        "dpd_on_due_day": 0,
        "payoff_interest": "to_date",
        "broken_period": "first",
    },
}
_OWN_FIELDS = ("principal", "disbursed_on", "annual_rate", "installments", "first_due_on", "fees")

# pointer → (what is supported today, what interfaces.md also names)
_LATER: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
    "/method": (tuple(METHOD), ("open",)),
    "/interest": (("scheduled",), ("daily",)),
    "/grace/principal": ((0,), ()),
    "/grace/interest": ((0,), ()),
    "/holiday_rule": (("none",), ("following", "modified_following", "preceding")),
    "/penalty/on": (("principal",), ("principal_and_interest", "installment")),
    "/penalty/cap": ((None,), ()),
    "/penalty/compound": ((False,), (True,)),
    "/late_fee": ((None,), ()),
    "/allocation/by": (("installment",), ("component",)),
    "/allocation/after_days_past_due": ((None,), ()),
    "/prepayment/reduces": (("term",), ("installment",)),
    "/non_accrual_after_days": ((90,), ()),
    "/conventions/part_month": (("30",), ("actual",)),
    "/conventions/split_rounding": (("pieces",), ("sum",)),
    "/conventions/last_installment": (("rest",), ("smooth",)),
    "/conventions/broken_period": (("first",), ("spread", "upfront")),
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "/day_count": tuple(dates.DAY_COUNT),
    "/penalty/day_count": tuple(dates.DAY_COUNT),
    "/rounding/mode": tuple(money.ROUNDING),
    "/conventions/days": ("[start,end)", "(start,end]"),
    "/conventions/month_end": tuple(dates.MONTH_END),
    "/conventions/dpd_on_due_day": (0, 1),
    "/conventions/payoff_interest": tuple(PAYOFF_INTEREST),
}


@dataclass(frozen=True)
class Terms:
    """What loans of one product have in common. Money in minor units, rates in millionths a year."""

    currency: str
    method: str = "equal_installment"
    day_count: str = "30/360"
    every: int = 1
    unit: str = "month"
    rounding: str = "half_even"
    installment_to: int = 1
    penalty_rate: int = 105_000
    penalty_grace_days: int = 0
    penalty_day_count: str = "act/365"
    allocation_order: tuple[str, ...] = ("penalty", "fee", "interest", "principal")
    days: str = "[start,end)"
    month_end: str = "clamp"
    dpd_on_due_day: int = 0
    payoff_interest: str = "to_date"


@dataclass(frozen=True)
class Contract:
    """The fixed terms of one loan. Money in minor units, the rate in millionths a year.

    `service_fee` is a flat charge that falls due with the installments, split evenly, the last taking the rest.
    """

    terms: Terms
    principal: int
    annual_rate: int
    disbursed_on: datetime.date
    first_due_on: datetime.date
    installments: int
    service_fee: int = 0


def parse_contract(document: object) -> Contract:
    """The contract in a JSON `document` of interfaces.md's form. Raises InputError with a pointer to the place."""
    values = _with_defaults(document, _DEFAULTS, "")
    terms = _terms(values)
    exponent = money.decimals(terms.currency)
    principal = money.parse_money(values["principal"], exponent, "/principal")
    if principal == 0:
        raise InputError("nothing is lent", "/principal", "give a principal above zero")
    disbursed_on = dates.parse_date(values["disbursed_on"], "/disbursed_on")
    first_due_on = values["first_due_on"]
    if first_due_on is None:
        first = dates.date(
            dates.add_periods(
                dates.days(disbursed_on), 1, terms.every, dates.UNIT[terms.unit], dates.MONTH_END[terms.month_end]
            )
        )
    else:
        first = dates.parse_date(first_due_on, "/first_due_on")
        if first <= disbursed_on:
            raise InputError("the first due date is not after disbursement", "/first_due_on", "give a later date")
    installments = _whole(values["installments"], "/installments", 1, MAX_INSTALLMENTS)
    if dates.days(first) + installments * terms.every * _LONGEST_UNIT[terms.unit] > dates.LAST_DAY:
        raise InputError("the schedule could run past the year 2599", "/installments", "give fewer, or shorter periods")
    return Contract(
        terms=terms,
        principal=principal,
        annual_rate=money.parse_rate(values["annual_rate"], "/annual_rate"),
        disbursed_on=disbursed_on,
        first_due_on=first,
        installments=installments,
        service_fee=_service_fee(values["fees"], exponent),
    )


def parse_terms(document: object) -> Terms:
    """The terms of a product: a contract's JSON without the figures of any one loan. Raises InputError."""
    if isinstance(document, Mapping):
        for own in _OWN_FIELDS:
            if own in document:
                raise InputError(f"{own} belongs to a loan, not to a product", f"/{own}", "leave it out of the terms")
    return _terms(_with_defaults(document, {k: v for k, v in _DEFAULTS.items() if k not in _OWN_FIELDS}, ""))


def _terms(values: dict[str, Any]) -> Terms:
    for pointer, (today, later) in _LATER.items():
        _check_choice(_at(values, pointer), today, later, pointer)
    for pointer, choices in _CHOICES.items():
        _check_choice(_at(values, pointer), choices, (), pointer)
    if values["holidays"] != []:
        raise InputError("holiday calendars are not supported yet", "/holidays", "leave the list empty")
    exponent = money.decimals(values["currency"])
    every, unit = _period(values["every"])
    order = values["allocation"]["order"]
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(c for c in COMPONENT if c):
        raise InputError(
            f"{order!r} is not an order of the four components",
            "/allocation/order",
            'name "penalty", "fee", "interest" and "principal" once each',
        )
    installment_to = values["rounding"]["installment_to"]
    unit_of_money = (
        1 if installment_to is None else money.parse_money(installment_to, exponent, "/rounding/installment_to")
    )
    if unit_of_money == 0:
        raise InputError("an installment cannot be rounded to zero", "/rounding/installment_to", 'give "0.01", "1", …')
    return Terms(
        currency=values["currency"],
        method=values["method"],
        day_count=values["day_count"],
        every=every,
        unit=unit,
        rounding=values["rounding"]["mode"],
        installment_to=unit_of_money,
        penalty_rate=money.parse_rate(values["penalty"]["annual_rate"], "/penalty/annual_rate"),
        penalty_grace_days=_whole(values["penalty"]["grace_days"], "/penalty/grace_days", 0, 366),
        penalty_day_count=values["penalty"]["day_count"],
        allocation_order=tuple(order),
        days=values["conventions"]["days"],
        month_end=values["conventions"]["month_end"],
        dpd_on_due_day=values["conventions"]["dpd_on_due_day"],
        payoff_interest=values["conventions"]["payoff_interest"],
    )


def _with_defaults(given: object, defaults: dict[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InputError(f"{given!r} is not an object", where, "give a JSON object")
    for name in given:
        if name not in defaults:
            raise InputError(f"there is no field {name!r}", f"{where}/{name}", f"use one of: {', '.join(defaults)}")
    values = {}
    for name, default in defaults.items():
        if isinstance(default, dict):
            values[name] = _with_defaults(given.get(name, {}), default, f"{where}/{name}")
        elif name in given:
            values[name] = given[name]
        elif default is ...:
            raise InputError(f"{name} is missing", f"{where}/{name}", "every contract must state it")
        else:
            values[name] = default
    return values


def _at(values: dict[str, Any], pointer: str) -> object:
    found: Any = values
    for name in pointer[1:].split("/"):
        found = found[name]
    return found


def _check_choice(value: object, today: tuple[object, ...], later: tuple[object, ...], where: str) -> None:
    if any(value == choice and type(value) is type(choice) for choice in today):
        return
    known = ", ".join("null" if choice is None else str(choice) for choice in today)
    if value in later or not later:
        raise InputError(f"{value!r} is not supported yet", where, f"use {known}")
    raise InputError(f"{value!r} is not a choice here", where, f"use {known}")


def _service_fee(fees: object, exponent: int) -> int:
    if not isinstance(fees, list):
        raise InputError("fees is not a list", "/fees", "give a list of fees, which may be empty")
    total = 0
    for index, fee in enumerate(fees):
        where = f"/fees/{index}"
        if not isinstance(fee, Mapping) or not {"on", "amount"} <= set(fee) <= {"name", "on", "amount"}:
            raise InputError(f"{fee!r} is not a fee", where, 'give {"name", "on", "amount"}')
        amount = money.parse_money(fee["amount"], exponent, f"{where}/amount")
        if fee["on"] != "installments" and amount > 0:
            raise InputError(
                f"a fee on {fee['on']!r} is not supported yet",
                f"{where}/on",
                'use "installments": due with them, split evenly, the last taking the rest',
            )
        total += amount
    if total > money.MAX_MONEY:
        raise InputError("the fees are too large together", "/fees", "amounts go up to 10^13 minor units")
    return total


def _period(text: object) -> tuple[int, str]:
    found = re.fullmatch(r"([1-9]\d{0,3}) (day|week|month)s?", text) if isinstance(text, str) else None
    if not found:
        raise InputError(f"{text!r} is not a period", "/every", 'write "1 month", "2 week" or "30 day"')
    return int(found[1]), found[2]


def _whole(value: object, where: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(
            f"{value!r} is not a whole number from {least} to {most}", where, "give a number in that range"
        )
    return value
