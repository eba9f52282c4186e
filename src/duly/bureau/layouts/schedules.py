"""When the installments of loans fall due, in columns: by the contract, or by the last new schedule agreed to."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.bureau.facts import loan_of_each, standing_on
from duly.engine.columns import Contracts, Facts
from duly.engine.dates import MONTH, NO_DATE, WEEK
from duly.engine.records import RESCHEDULED

Int64 = npt.NDArray[np.int64]
EPOCH = np.datetime64("1970-01-01", "D")


class Schedules(NamedTuple):
    """One row a loan: `installments` due dates from `first_due_on`, one each `every` `unit`s."""

    first_due_on: Int64
    installments: Int64
    every: Int64
    unit: Int64


def schedules_on(contracts: Contracts, facts: Facts, on: int) -> Schedules:
    """The schedules that hold on day `on`."""
    terms = contracts.terms[contracts.term]
    found = Schedules(
        contracts.first_due_on.astype(np.int64),
        contracts.installments.astype(np.int64),
        terms["every"].astype(np.int64),
        terms["unit"].astype(np.int64),
    )
    if not len(facts.detail):
        return found
    loan = loan_of_each(facts)
    new = np.flatnonzero(standing_on(facts, on) & (facts.kind == RESCHEDULED) & (facts.detail >= 0))
    detail, row = facts.details[facts.detail[new]], loan[new]
    # Facts stand in the order of their dates, so the last one written is the one that holds.
    found.installments[row] = detail["installments"]
    other = detail["every"] > 0
    found.every[row[other]], found.unit[row[other]] = detail["every"][other], detail["unit"][other]
    # Where new terms name no first due date, it is one period after their day.
    from_then = Schedules(
        facts.value_date[new].astype(np.int64), found.installments[row], found.every[row], found.unit[row]
    )
    stated = detail["first_due_on"] != NO_DATE
    found.first_due_on[row] = np.where(stated, detail["first_due_on"], due_date(from_then, np.ones(len(new), np.int64)))
    return found


def fallen_due(schedules: Schedules, on: int) -> Int64:
    """How many installments of each loan have fallen due by day `on`."""
    first, every, unit = schedules.first_due_on, schedules.every, schedules.unit
    by_day = (on - first) // (np.where(unit == WEEK, 7, 1) * every) + 1
    months = _month(np.array(on)) - _month(first)
    last = months // every
    by_month = last + np.where(due_date(schedules, np.maximum(last, 0)) <= on, 1, 0)
    count = np.where(on < first, 0, np.where(unit == MONTH, by_month, by_day))
    return np.clip(count, 0, schedules.installments)


def due_date(schedules: Schedules, number: Int64) -> Int64:
    """The due date of the installment at place `number` (from 0): a day that a month lacks is its last."""
    first = schedules.first_due_on
    month = (_month(first) + number * schedules.every).astype("datetime64[M]")
    start = (month.astype("datetime64[D]") - EPOCH).astype(np.int64)
    length = ((month + 1).astype("datetime64[D]") - EPOCH).astype(np.int64) - start
    first_start = (_month(first).astype("datetime64[M]").astype("datetime64[D]") - EPOCH).astype(np.int64)
    by_month = start + np.minimum(first - first_start, length - 1)
    by_day = first + number * schedules.every * np.where(schedules.unit == WEEK, 7, 1)
    return np.where(schedules.unit == MONTH, by_month, by_day)


def months_long(schedules: Schedules, opened_on: npt.NDArray[np.integer]) -> Int64:
    """Whole months from opening to the last due date, begun ones counted."""
    last = due_date(schedules, schedules.installments - 1)
    return np.maximum(_month(last) - _month(opened_on.astype(np.int64)), 1)


def single(schedules: Schedules) -> npt.NDArray[np.bool_]:
    """The loans of one payment."""
    return schedules.installments == 1


def _month(day: npt.NDArray[np.integer]) -> Int64:
    return (EPOCH + day.astype(np.int64)).astype("datetime64[M]").astype(np.int64)
