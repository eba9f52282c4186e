"""Penalty of overdue rows, what it joins and what caps it; late fees."""

from datetime import timedelta
from fractions import Fraction

from .daily import cut_to_cost
from .dates import add_months
from .loan import Loan
from .rows import Row
from .terms import rounded


def begin_penalties(loan: Loan) -> None:
    """ "one stretch runs from the due date (or end of grace) on what is left at that time"."""
    late_start = loan.terms.penalty["counts_from"] == "end_of_grace"
    for row in loan.rows:
        if row.stretch_from is None and bears_penalty(loan, row):
            row.stretch_from = row.due + timedelta(loan.terms.penalty["grace_days"] if late_start else 0)
            row.stretch_base = loan.penalty_base(row)


def add_penalties(loan: Loan, ends: bool, only: list[Row] | None = None) -> None:
    """The penalty up to the day, rows oldest first."""
    if loan.written_off or loan.cancelled:
        return
    for row in loan.rows:
        if not bears_penalty(loan, row) or (only is not None and not any(row is one for one in only)):
            continue
        exact = row.stretch_base * loan.terms.penalty["rate"] * loan.penalty_share(row, row.stretch_from, loan.day)
        total = rounded(limit_to_rate(loan, row, exact), loan.terms.mode)
        row.asked["penalty"] += limit_penalty(loan, total - row.stretch_added)
        row.stretch_added = total
        if ends and not loan.terms.penalty_by_sum:
            restart(loan, row)


def bears_penalty(loan: Loan, row: Row) -> bool:
    """ "day due_on + grace_days is the last free one"."""
    return row.due_already and loan.day > row.due + timedelta(loan.terms.penalty["grace_days"]) and not loan.cancelled


def compounds_today(loan: Loan, row: Row) -> bool:
    if not loan.terms.penalty["compound"] or not bears_penalty(loan, row):
        return False
    every = loan.terms.penalty["compounds_every"]
    months = (loan.day.year - row.due.year) * 12 + loan.day.month - row.due.month
    return months > 0 and months % every == 0 and add_months(row.due, months) == loan.day


def restart(loan: Loan, row: Row) -> None:
    row.stretch_from, row.stretch_base, row.stretch_added = loan.day, loan.penalty_base(row), 0


def after_facts(loan: Loan) -> None:
    """What a row bears penalty on has changed: its stretch ends here."""
    for row in loan.rows:
        row.joined = min(row.joined, row.left("penalty"))
        if row.stretch_from is not None and (loan.penalty_base(row) != row.stretch_base):
            restart(loan, row)


def limit_to_rate(loan: Loan, row: Row, exact: Fraction) -> Fraction:
    """ "In a stretch, the rows together, oldest first, get no more than (cap rate x principal outstanding -
    contract rate x
    principal that bears contract interest) x fraction"."""
    if loan.terms.cost_rate is None:
        return exact
    share = loan.penalty_share(row, row.stretch_from, loan.day)
    bearing = loan.bearing if loan.terms.daily else loan.not_due
    room = loan.terms.cost_rate * loan.principal - loan.rate * bearing
    for older in loan.rows:
        if older is row:
            break
        if bears_penalty(loan, older):
            room -= loan.terms.penalty["rate"] * older.stretch_base
    return max(Fraction(0), min(exact, room * share))


def limit_penalty(loan: Loan, amount: int) -> int:
    terms = loan.terms
    cap = terms.penalty_cap
    if terms.penalty_cap_share is not None:
        cap = rounded(terms.penalty_cap_share * loan.disbursed, "down")  # never exceeded
    if cap is not None:
        amount = max(0, min(amount, cap - loan.costs_of("penalty")))
    return cut_to_cost(loan, amount)


def late_fee_today(loan: Loan, row: Row) -> bool:
    """ "one day: due date + after_days (+ days of `days` pauses left out; - 1 with dpd_on_due_day 1)"."""
    if loan.terms.late_fee is None or loan.written_off or loan.cancelled or row.due > loan.day:
        return False
    _, after = loan.terms.late_fee
    day_before = 0 if row.due == loan.day else loan.days_late(row.due, loan.day - timedelta(1))
    if not day_before < after <= loan.days_late(row.due, loan.day):
        return False
    paused = any(begin <= loan.day < end for begin, end in loan.paused("fee"))
    return row.left_of("principal", "interest", "fee") > loan.terms.tolerance and not paused


def charge_late_fee(loan: Loan, row: Row) -> None:
    row.asked["fee"] += cut_to_cost(loan, loan.terms.late_fee[0])
