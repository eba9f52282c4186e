"""Annual percentage rates by the law of three places, of one loan or of whole columns, and the cost against a cap.

us: actuarial method, nominal rate (12 CFR 1026 Appendix J (b)). eu: effective yearly rate (Directive 2008/48/EC
annex I, Directive (EU) 2023/2225 annex III). cn: internal rate of return a period times the periods of a year; where
the dates are not whole periods apart, the yearly internal rate of return by days / 365 (PBoC announcement 2021 No. 3).
"""

import datetime
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from duly.engine import dates
from duly.engine.cash_flows import METHODS, Flows, contract_flows, flows_of_one
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.money import MILLION
from duly.engine.schedule import Installment
from duly.engine.unit_periods import (
    MONTH,
    WEEK,
    YEAR,
    Days,
    Flags,
    Floats,
    UnitPeriod,
    eu_years,
    find_unit_period,
    month_end_days,
    parse_unit_period,
    us_term,
    us_time,
    whole_periods,
)

# Rates are looked for by their force, log(1 + rate a period), as far as numbers reach: up to e^700 a period, and down
# to where the last flow is worth e^600 of itself and outweighs all others.
_MOST_FORCE = 700.0
_MOST_GROWTH = 600.0
_SCAN_POINTS = 4001


class Rates(NamedTuple):
    """Rates of n loans as fractions of one (0.07 is 7%): as the law states it, and compounded over a year."""

    apr: Floats
    effective: Floats
    solutions: Days  # how many rates there are: where it is not 1, `apr` and `effective` are NaN


class Rate(NamedTuple):
    """The rates of one loan, as fractions of one."""

    apr: float
    effective: float


class AllInCost(NamedTuple):
    """What a loan costs a year, all in, as a fraction of one, and whether that is above the cap."""

    apr: float
    above_cap: bool


def annual_percentage_rates(
    contract: Contract, installments: Sequence[Installment], withheld: int = 0
) -> dict[str, float]:
    """The rate of `contract` by each method, as a fraction of one. Raises InputError where there is none.

    The unit period is the contract's own; `withheld` is what fees take out of the advance, in minor units.
    """
    flows = contract_flows(contract, installments, withheld)
    own = UnitPeriod(contract.terms.every, contract.terms.unit)
    return {method: rate_of_one(flows, method, own).apr for method in ("cn", "us", "eu")}


def all_in_cost(flows: Flows, cap: int, method: str = "cn", unit: UnitPeriod | None = None) -> AllInCost:
    """The yearly cost of one loan's `flows`, every fee among them, and whether it is above `cap` (millionths a year).

    Compared as the cap is stated: rounded half even to a millionth. Raises InputError where no rate exists.
    """
    rate = rate_of_one(flows, method, unit).apr
    return AllInCost(rate, bool(above_cap(np.array([rate]), cap)[0]))


def above_cap(apr: Floats, cap: int) -> Flags:
    """Which of the rates, rounded half even to a millionth, are above `cap` in millionths a year."""
    above: Flags = np.rint(apr * MILLION) > cap
    return above


def apr(
    advances: Sequence[tuple[datetime.date, int]],
    payments: Sequence[tuple[datetime.date, int]],
    method: str,
    unit_period: str | None = None,
) -> Rate:
    """What a loan costs a year by "us", "eu" or "cn": dated amounts advanced and paid, in minor units.

    The unit period ("1 month") is found from the dates when left out. Raises InputError where no rate exists.
    """
    flows = [(dates.days(day), -amount) for day, amount in advances]
    flows += [(dates.days(day), amount) for day, amount in payments]
    unit = None if unit_period is None else parse_unit_period(unit_period, "/unit_period")
    return rate_of_one(flows_of_one(flows), method, unit)


def rate_of_one(flows: Flows, method: str, unit: UnitPeriod | None = None) -> Rate:
    """The rates of one loan's `flows` by "us", "eu" or "cn"; the unit period is found where `unit` is None.

    Raises InputError where no rate, or more than one, makes what is paid worth what is advanced.
    """
    rates = yearly_rates(flows, method, unit or _unit_of_one(flows, method))
    solutions = int(rates.solutions[0])
    if solutions == 0:
        raise InputError("no rate makes the payments worth the advances", "", "check the amounts and dates")
    if solutions > 1:
        raise InputError(
            f"{solutions} rates make the payments worth the advances", "", "keep advances before the payments for them"
        )
    return Rate(float(rates.apr[0]), float(rates.effective[0]))


def yearly_rates(flows: Flows, method: str, unit: UnitPeriod) -> Rates:
    """The rates of n loans by "us", "eu" or "cn", all with the one unit period `unit`.

    us: a loan of one advance and one payment has its term for unit period, whatever `unit`; a `unit` over a year is
    taken as a year. Nothing is raised for a loan without a rate: see `Rates.solutions`.
    """
    if method not in METHODS:
        raise InputError(f"{method!r} is not a method", "/method", f"use one of: {', '.join(METHODS)}")
    offsets, loan = flows.start[:-1], flows.loan
    starts = flows.on[offsets]
    counted = (flows.amount > 0) & (flows.on > starts[loan])
    last_day = month_end_days(starts, flows.on, counted, offsets)[loan]
    start = starts[loan]
    a_year: Floats
    if method == "eu":
        whole, part = eu_years(start, flows.on, unit, last_day), np.zeros(len(start))
        a_year = np.ones(len(starts))
    elif method == "us":
        whole, part, a_year = _us_times(flows, start, counted, unit if unit.length <= 366 else YEAR, last_day)
    else:
        whole, regular = whole_periods(start, flows.on, unit, last_day)
        all_regular = np.logical_and.reduceat(regular, offsets)
        whole = np.where(all_regular[loan], whole, (flows.on - start) / 365)
        part = np.zeros(len(start))
        a_year = np.where(all_regular, unit.a_year, 1.0)
    force, solutions = _solve(flows, whole, part)
    if method == "eu":
        return Rates(np.expm1(force), np.expm1(force), solutions)
    return Rates(np.expm1(force) * a_year, np.expm1(force * a_year), solutions)


def _us_times(
    flows: Flows, start: Days, counted: Flags, unit: UnitPeriod, last_day: Days
) -> tuple[Floats, Floats, Floats]:
    # Each flow's full unit periods and fraction, and each loan's unit periods a year.
    offsets, loan = flows.start[:-1], flows.loan
    later = flows.on > start
    last = np.maximum.reduceat(flows.on, offsets)[loan]
    single = np.logical_and.reduceat(~later | (counted & (flows.on == last)), offsets) & np.logical_or.reduceat(
        later, offsets
    )
    whole, part = us_time(start, flows.on, unit, last_day)
    term_whole, term_part, term_a_year = us_term(start, last, unit, last_day)
    of_term = single[loan]
    return (
        np.where(of_term, np.where(later, term_whole, 0.0), whole),
        np.where(of_term, np.where(later, term_part, 0.0), part),
        np.where(single, term_a_year[offsets], unit.a_year),
    )


def _unit_of_one(flows: Flows, method: str) -> UnitPeriod:
    found = find_unit_period(flows.on[flows.amount < 0], flows.on[flows.amount > 0])
    if method == "cn" and len(np.unique(flows.on)) == 2:
        return MONTH  # one payment: equal months where they are whole, else by days / 365
    if method != "eu":
        return found
    start = np.full(len(flows.on), flows.on[0])
    counted = (flows.amount > 0) & (flows.on > start)
    last_day = month_end_days(start[:1], flows.on, counted, flows.start[:1])
    for unit in (MONTH, WEEK):
        if whole_periods(start, flows.on, unit, last_day)[1].all():
            return unit
    return found


# Solving


def _solve(flows: Flows, whole: Floats, part: Floats) -> tuple[Floats, Days]:
    # The force of interest a period, log(1 + rate), at which each loan's flows are worth nothing together; and how many
    # there are. A flow is worth amount / ((1 + part × rate) (1 + rate)^whole): 12 CFR 1026 Appendix J (b)(8).
    offsets, loan = flows.start[:-1], flows.loan
    amount = flows.amount.astype(np.float64)

    def worth(force: Floats) -> tuple[Floats, Floats]:
        each = force[loan]
        rate = np.expm1(each)
        simple = 1 + part * rate
        value = amount * np.exp(-each * whole) / simple
        slope = -value * (whole + part * (1 + rate) / simple)
        return np.add.reduceat(value, offsets), np.add.reduceat(slope, offsets)

    low = -_MOST_GROWTH / np.maximum(np.maximum.reduceat(whole + part, offsets), 1e-9)
    high = np.full(len(offsets), _MOST_FORCE)
    turns = np.diff(np.sign(flows.amount)) != 0
    turns[flows.start[1:-1] - 1] = False
    turned = np.add.reduceat(np.append(0, turns), offsets)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        falls = (worth(low)[0] > 0) & (worth(high)[0] < 0)
        # Advances, then payments: their worth falls as the rate rises, so there is one rate.
        solutions = np.where((turned == 1) & falls, 1, 0)
        for index in np.flatnonzero(turned > 1):
            rows = slice(flows.start[index], flows.start[index + 1])
            found = _crossings(amount[rows], whole[rows], part[rows], float(low[index]))
            # One rate, but worth rises with it: the borrower would be the lender.
            solutions[index] = len(found) if falls[index] or len(found) > 1 else 0
            if solutions[index] == 1:
                low[index], high[index] = found[0]
        force = _root(worth, low, high)
    return np.where(solutions == 1, force, np.nan), solutions


def _crossings(amount: Floats, whole: Floats, part: Floats, low: float) -> list[tuple[float, float]]:
    # Where the worth of one loan's flows changes its sign, by trying rates that lie closest together near zero.
    spread = 1000.0
    forces = np.sinh(np.linspace(np.arcsinh(low * spread), np.arcsinh(_MOST_FORCE * spread), _SCAN_POINTS)) / spread
    rates = np.expm1(forces)[:, None]
    worth = (amount * np.exp(-forces[:, None] * whole) / (1 + part * rates)).sum(axis=1)
    kept = np.abs(worth) > 1e-12 * np.abs(amount).sum()
    forces, signs = forces[kept], np.sign(worth[kept])
    at = np.flatnonzero(signs[1:] != signs[:-1])
    return [(float(forces[index]), float(forces[index + 1])) for index in at]


def _root(function: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    # Where each function is zero between `low`, where it is above, and `high`, where it is below: by Newton's steps,
    # and by halving where they lead outside and every fourth time, so that it always ends.
    at = np.clip(np.zeros_like(low), low, high)
    done = np.zeros(len(low), bool)
    for turn in range(400):
        value, slope = function(at)
        low, high = np.where(value > 0, at, low), np.where(value < 0, at, high)
        step = np.where(value == 0, 0.0, -value / slope)
        newton = at + step
        outside = ~((newton >= low) & (newton <= high))
        near = np.abs(step) <= 1e-14 * (1 + np.abs(at))
        moved = np.where(~near & (outside | (turn % 4 == 3)), (low + high) / 2, newton)
        at = np.where(done, at, moved)
        done |= near
        if done.all():
            break
    return at
