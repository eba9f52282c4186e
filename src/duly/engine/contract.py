"""The contract: the fixed terms and figures of one loan, read from JSON."""

import datetime
from dataclasses import dataclass
from typing import Any

from duly.engine import dates, money
from duly.engine.errors import InputError
from duly.engine.reading import fields, whole, with_defaults
from duly.engine.terms import COMPONENT as COMPONENT
from duly.engine.terms import DEFAULTS, read_terms
from duly.engine.terms import METHOD as METHOD
from duly.engine.terms import Terms as Terms
from duly.engine.terms import parse_terms as parse_terms

MAX_INSTALLMENTS = 600

_DEFAULTS: dict[str, Any] = {
    "currency": ...,
    "principal": ...,
    "disbursed_on": ...,
    "annual_rate": ...,
    "installments": ...,
    "first_due_on": None,
    "fees": [],
    "balloon": None,
    **DEFAULTS,
}


@dataclass(frozen=True)
class Contract:
    """The fixed terms of one loan. Money in minor units, the rate in millionths a year.

    `service_fee` falls due with the installments, split evenly, the last taking the rest; `upfront_fee` is taken out of
    what is paid out; `dated_fees` fall due each on its day. `balloon` is the principal left for the last installment.
    """

    terms: Terms
    principal: int
    annual_rate: int
    disbursed_on: datetime.date
    first_due_on: datetime.date
    installments: int
    service_fee: int = 0
    upfront_fee: int = 0
    balloon: int = 0
    dated_fees: tuple[tuple[datetime.date, int], ...] = ()


def parse_contract(document: object) -> Contract:
    """The contract in a JSON `document`. Raises InputError with a pointer to the place."""
    values = with_defaults(document, _DEFAULTS, "")
    terms = read_terms(values)
    exponent = money.decimals(terms.currency)
    principal = money.parse_money(values["principal"], exponent, "/principal")
    if principal == 0:
        raise InputError("nothing is lent", "/principal", "give a principal above zero")
    disbursed_on = dates.parse_date(values["disbursed_on"], "/disbursed_on")
    installments = whole(values["installments"], "/installments", 1, MAX_INSTALLMENTS)
    first = _first_due_on(values["first_due_on"], disbursed_on, terms)
    _check_horizon(first, installments, terms)
    for name, count in (("principal", terms.grace_principal), ("interest", terms.grace_interest)):
        if count >= installments:
            raise InputError("no installment is left after the grace", f"/grace/{name}", "give fewer than installments")
    service_fee, upfront_fee, dated_fees = _fees(values["fees"], exponent, disbursed_on)
    if upfront_fee > principal:
        raise InputError("the fees exceed what is paid out", "/fees", "give less at disbursement")
    return Contract(
        terms=terms,
        principal=principal,
        annual_rate=money.parse_rate(values["annual_rate"], "/annual_rate"),
        disbursed_on=disbursed_on,
        first_due_on=first,
        installments=installments,
        service_fee=service_fee,
        upfront_fee=upfront_fee,
        balloon=_balloon(values["balloon"], exponent, principal, terms),
        dated_fees=dated_fees,
    )


def _first_due_on(text: object, disbursed_on: datetime.date, terms: Terms) -> datetime.date:
    if text is None:
        return _moved(disbursed_on, 1, terms)
    first = dates.parse_date(text, "/first_due_on")
    if first <= disbursed_on:
        raise InputError("the first due date is not after disbursement", "/first_due_on", "give a later date")
    return first


def _moved(day: datetime.date, periods: int, terms: Terms) -> datetime.date:
    unit, month_end = dates.UNIT[terms.unit], dates.MONTH_END[terms.month_end]
    return dates.date(dates.add_periods(dates.days(day), periods, terms.every, unit, month_end))


def _check_horizon(first: datetime.date, installments: int, terms: Terms) -> None:
    length = {"day": 1, "week": 7, "month": 31}[terms.unit] * terms.every
    if dates.days(first) + length * installments > dates.LAST_DAY:
        raise InputError("the schedule could run past the year 2599", "/installments", "give fewer, or shorter periods")


def _balloon(text: object, exponent: int, principal: int, terms: Terms) -> int:
    if text is None:
        return 0
    balloon = money.parse_money(text, exponent, "/balloon")
    if terms.method not in ("equal_installment", "equal_principal"):
        raise InputError(f"a {terms.method} loan has no balloon", "/balloon", "leave it out")
    if balloon >= principal:
        raise InputError("the balloon is not below the principal", "/balloon", "give less than the principal")
    return balloon


def _fees(
    fees: object, exponent: int, disbursed_on: datetime.date
) -> tuple[int, int, tuple[tuple[datetime.date, int], ...]]:
    if not isinstance(fees, list):
        raise InputError("fees is not a list", "/fees", "give a list of fees, which may be empty")
    with_installments, at_disbursement, dated = 0, 0, []
    for index, one in enumerate(fees):
        where = f"/fees/{index}"
        fee = fields(one, {"on", "amount"}, {"name", "on", "amount"}, where, '{"name", "on", "amount"}')
        amount = money.parse_money(fee["amount"], exponent, f"{where}/amount")
        if fee["on"] == "installments":
            with_installments += amount
        elif fee["on"] == "disbursement":
            at_disbursement += amount
        else:
            due_on = dates.parse_date(fee["on"], f"{where}/on")
            if due_on < disbursed_on:
                raise InputError("the fee is due before disbursement", f"{where}/on", "give a later date")
            if amount:
                dated.append((due_on, amount))
    if max(with_installments, at_disbursement) > money.MAX_MONEY:
        raise InputError("the fees are too large together", "/fees", "amounts go up to 10^13 minor units")
    return with_installments, at_disbursement, tuple(dated)
