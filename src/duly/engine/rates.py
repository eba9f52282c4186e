"""Annual percentage rates of a schedule: one advance, regular payments after it."""

import datetime
from collections.abc import Callable, Sequence

from duly.engine import dates
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.schedule import Installment

_UNITS_A_YEAR = {"day": 365, "week": 52, "month": 12}


def annual_percentage_rates(contract: Contract, installments: Sequence[Installment]) -> dict[str, float]:
    """The rate of `contract` as the law of three places states it, each as a fraction of one (0.07 is 7%).

    cn: internal rate of return a period times the periods of a year (PBoC announcement 2021 No. 3).
    us: actuarial method, unit period the contract's own period, a broken first period taken as simple interest for the
        part and compound for the whole unit periods (12 CFR 1026 Appendix J (b)).
    eu: effective yearly rate, time in years of 12 months, or of 365 days where payments are not monthly
        (Directive 2008/48/EC annex I).
    """
    paid = [(number, one.due_on, one.total) for number, one in enumerate(installments, 1) if one.total]
    periods_a_year = _UNITS_A_YEAR[contract.terms.unit] / contract.terms.every
    single = len(installments) == 1
    times = [float(contract.installments) if single else float(number) for number, _, _ in paid]
    amounts = [float(total) for _, _, total in paid]
    whole, part = _first_period(contract)
    offset = contract.installments - 1 if single else 0
    us = _solve(
        contract.principal,
        amounts,
        lambda rate: [(1 + part * rate) * (1 + rate) ** (whole + offset + number - 1) for number, _, _ in paid],
    )
    years = [_years(contract, due_on) for _, due_on, _ in paid]
    return {
        "cn": _solve(contract.principal, amounts, lambda rate: [(1 + rate) ** time for time in times]) * periods_a_year,
        "us": us * periods_a_year,
        "eu": _solve(contract.principal, amounts, lambda rate: [(1 + rate) ** time for time in years]),
    }


def _first_period(contract: Contract) -> tuple[int, float]:
    # Whole unit periods from disbursement to the first due date, counted back from the due date, and the part left.
    terms = contract.terms
    first, start = dates.days(contract.first_due_on), dates.days(contract.disbursed_on)
    unit, month_end = dates.UNIT[terms.unit], dates.MONTH_END[terms.month_end]
    if dates.add_periods(start, 1, terms.every, unit, month_end) == first:
        return 1, 0.0
    whole = 0
    while dates.add_periods(first, -(whole + 1), terms.every, unit, month_end) >= start:
        whole += 1
    days = dates.add_periods(first, -whole, terms.every, unit, month_end) - start
    length = terms.every * {"day": 1, "week": 7, "month": 30}[terms.unit]
    return whole, days / length


def _years(contract: Contract, due_on: datetime.date) -> float:
    start = contract.disbursed_on
    if contract.terms.unit != "month":
        return (due_on - start).days / 365
    months = (due_on.year - start.year) * 12 + due_on.month - start.month
    back = dates.date(dates.add_months(dates.days(start), months, dates.CLAMP))
    if back > due_on:
        months -= 1
        back = dates.date(dates.add_months(dates.days(start), months, dates.CLAMP))
    return months / 12 + (due_on - back).days / 365


def _solve(advance: float, payments: Sequence[float], growth: Callable[[float], list[float]]) -> float:
    # The rate at which the payments are worth the advance; their worth falls as the rate rises, so bisection finds it.
    def excess(rate: float) -> float:
        return sum(payment / factor for payment, factor in zip(payments, growth(rate), strict=True)) - advance

    if abs(excess(0.0)) < 1e-9:
        return 0.0
    low, high = -0.999999, 1.0
    while excess(high) > 0:
        high *= 2
        if high > 1e9:
            raise InputError("no rate makes the payments worth the advance", "", "check the amounts and dates")
    for _ in range(200):
        middle = (low + high) / 2
        if excess(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
