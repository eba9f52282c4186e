"""The rows not yet due worked again: drawdowns, new rates; and fees charged."""

from datetime import date
from fractions import Fraction
from typing import Any

from .daily import cut_to_cost, drop_after, project, smooth_daily
from .dates import add_periods
from .loan import Loan
from .rows import Room, Row, add_fee, put_in
from .schedule import due_date, own_fraction, work


def rework(loan: Loan, change: int, keep_level: bool, rate: Fraction | None = None) -> None:
    """ "the rows not yet due are worked again" on a principal that has changed by `change`; "rows paid ahead
    in full stay
    as they are"."""
    new_rate = loan.rate if rate is None else rate
    rows = [row for row in loan.open_rows if not row.fee_only and not row.kept]
    if loan.terms.daily:
        left = loan.not_due + change + (rows[0].met("principal") if rows else 0)
        loan.principal += change
        loan.rate = new_rate
        if rows:
            for row in rows:
                row.since = max(row.start, loan.day)
            room = None if loan.terms.cost_share is None else Room(loan.room_for(rows), cuts_fees=False)
            work(loan.terms, rows, left, new_rate, loan.day, keep_level, room=room)
            if not keep_level:
                smooth_daily(loan)
            project(loan, keep_all=not keep_level)
        return
    while rows and rows[0].paid_in_full:
        rows = rows[1:]
    deferred = loan.deferred
    for row in loan.open_rows:
        if any(row is one for one in rows):
            break
        deferred = deferred + row.planned if row.no_interest and not loan.terms.grace_capitalised else 0
    for row in rows:
        until = min(loan.day, row.end)
        if until > row.since:
            row.pieces.append(row.balance * row.rate * own_fraction(loan.terms, row, row.since, until))
            row.since = until
    balance = loan.not_due + sum(row.met("principal") for row in rows) + change
    loan.principal += change
    loan.rate = new_rate
    if rows:
        room = None
        if loan.terms.cost_share is not None:
            room = Room(max(0, loan.room_for(rows) - deferred), cuts_fees=False)
        kept = work(loan.terms, rows, balance, new_rate, loan.day, keep_level, deferred, room)
        if keep_level:
            drop_after(loan, rows, len(kept) - 1)


def draw(loan: Loan, amount: int) -> None:
    """ "A later `disbursed` fact adds its amount to the principal on its date"."""
    loan.disbursed += amount
    if all(row.fee_only or row.kept or (row.paid_in_full and not loan.terms.daily) for row in loan.open_rows):
        end = add_periods(loan.day, loan.terms.every, 1, loan.terms.month_end)
        due = due_date(loan.terms, loan.day, end)
        end = due if loan.terms.daily else end
        number = max(row.number for row in loan.rows) + 1
        put_in(loan.rows, Row(number, loan.day, end, loan.day, due, since=loan.day), due)
        loan.since = loan.day
    rework(loan, amount, keep_level=False)


def charge_fee(loan: Loan, amount: int, due_on: date) -> None:
    amount = cut_to_cost(loan, amount)
    if amount == 0:
        return
    project(loan)
    row = add_fee(loan.rows, amount, due_on, loan.terms.daily)
    if row.due <= loan.day:
        row.due_already = True


def change_rate(loan: Loan, fact: dict[str, Any]) -> None:
    if fact.get("annual_rate") is not None:
        rate = Fraction(fact["annual_rate"])
    else:
        rate = Fraction(fact["benchmark_rate"]) + loan.terms.margin
    rework(loan, 0, keep_level=fact.get("reworks", "installment") == "term", rate=rate)
