"""New schedules, and rows that become due at once."""

from datetime import date
from fractions import Fraction
from typing import Any

from .daily import smooth_daily
from .loan import Loan
from .rows import Room, Row
from .schedule import accrued, break_first_period, lay_out, shares_of, work
from .terms import COMPONENTS


def reschedule(loan: Loan, fact: dict[str, Any]) -> None:
    """On its date 1. interest accrued falls due; 2. what is forgiven counts as waived; 3. what is capitalised joins the
    principal; 4. all that is left of principal makes a new schedule from that day; 5. the rest is carried."""
    if loan.settled_on:
        return
    accruals = loan.accruals()
    carry_deferred(loan, accruals)
    left = {component: sum(row.left(component) for row in loan.rows) for component in ("penalty", "fee")}
    left["interest"] = sum(row.left("interest") for row in loan.rows if row.due_already)
    left["interest"] += max(0, sum(own - row.met("interest") for row, own in accruals))
    left["principal"] = loan.principal
    loan.deferred = 0
    for component, amount in (fact.get("forgive") or {}).items():
        taken = left[component] if amount == "all" else min(left[component], loan.terms.money(amount))
        left[component] -= taken
        loan.waived[component] += taken
    loan.principal = left.pop("principal")
    for component in fact.get("capitalise") or []:
        loan.capitalised[component] += left[component]
        loan.principal += left[component]
        left[component] = 0
    carried = {component: left[component] for component in ("interest", "penalty", "fee")}
    keep_what_was_paid(loan)
    if loan.principal == 0 and not any(carried.values()):
        return
    new_terms(loan, fact)
    first_due_on = date.fromisoformat(fact["first_due_on"]) if fact.get("first_due_on") else None
    number = max((row.number for row in loan.rows), default=0) + 1
    rows = lay_out(loan.terms, loan.day, fact["installments"], first_due_on, number)
    if loan.terms.broken_period == "spread":
        break_first_period(loan.terms, rows, loan.principal, loan.rate)
    spread = fact.get("carry", "first") == "spread"
    for component, amount in carried.items():
        for row, share in zip(rows, shares_of(loan.terms, amount, len(rows) if spread else 1), strict=False):
            row.asked[component] += share
            row.carried += share if component == "interest" else 0
    loan.rows += rows
    loan.since = loan.day
    room = None if loan.terms.cost_share is None else Room(loan.room_for(rows), cuts_fees=False)
    work(loan.terms, rows, loan.principal, loan.rate, loan.day, room=room)
    smooth_daily(loan)


def carry_deferred(loan: Loan, accruals: list[tuple[Row, int]]) -> None:
    """What grace deferred is earned, and the row that asks for it carries it from now on."""
    for row, own in accruals:
        if not row.kept and not loan.terms.daily and row.since is not None:
            by_itself = accrued(loan.terms, row, loan.day)
            row.carried = max(0, own - (by_itself if row.room is None else min(by_itself, row.room)))


def new_terms(loan: Loan, fact: dict[str, Any]) -> None:
    """ "Reschedule keeps no balloon, step-up, or grace; rounding, day count, holidays, fees conventions stay"."""
    terms = loan.terms
    if fact.get("every"):
        length, unit = fact["every"].split()
        terms.every = (int(length), unit)
    if fact.get("annual_rate") is not None:
        loan.rate = Fraction(fact["annual_rate"])
    terms.method = fact.get("method") or terms.method
    terms.daily = terms.daily or terms.method == "open"
    terms.balloon, terms.step_every, terms.step_rate = 0, 0, Fraction(0)
    terms.grace_interest = terms.grace_principal = 0


def keep_what_was_paid(loan: Loan) -> None:
    """ "Rows paid in full stay; rows partly paid keep what was paid and nothing more"; rows without any
    payment vanish.
    """
    kept = []
    for row in loan.rows:
        for component in COMPONENTS:
            row.asked[component] = row.met(component)
        keep_open(loan, row)
        row.joins = False
        if any(row.met(component) for component in COMPONENTS):
            row.paid_on = row.paid_on or loan.day
            kept.append(row)
    loan.rows = kept


def keep_open(loan: Loan, row: Row) -> None:
    """ "Rows paid ahead that a reschedule or acceleration keeps go on earning their interest by the day until
    their period ends".
    """
    row.kept = not row.due_already and not loan.terms.daily
    row.due_already = not row.kept
    row.no_interest = False  # what it deferred is asked elsewhere


def accelerate(loan: Loan) -> None:
    """ "rows not yet due become one row due that day: the principal left, and interest accrued to the day;
    later rows fall away".
    """
    owed = loan.accruals()
    carry_deferred(loan, owed)
    for row, _ in owed:
        row.kept = row.kept or (row.paid_in_full and not loan.terms.daily)
    rows = [
        row
        for row, _ in owed
        if loan.terms.daily or not (row.all_left == 0 and row.met("principal") + row.met("interest") > 0)
    ]
    if not rows:
        return
    rows += [
        row for row in loan.rows if loan.terms.daily and row.due > loan.day and row.due_already and not row.settled
    ]
    interest = max(0, loan.interest_ahead(owed))
    for row in rows:
        for component in COMPONENTS:
            row.asked[component] = row.met(component)
        keep_open(loan, row)
        row.joins = False
        if not any(row.met(component) for component in COMPONENTS):
            loan.rows.remove(row)
    one = Row(len(loan.rows) + 1, loan.day, loan.day, loan.day, loan.day, since=loan.day, due_already=True)
    one.asked["principal"] = loan.principal - sum(row.left("principal") for row in loan.rows)
    one.asked["interest"] = interest
    if one.all_left:
        loan.rows.append(one)
    loan.deferred = 0
