"""The loan day by day, and each fact taken in."""

from datetime import date, timedelta
from typing import Any

from .daily import extend_last_row, project, smooth_daily
from .days import day_brings, judge_accrual, note_pauses
from .endings import cancel, waive, write_off
from .loan import Loan
from .payments import pay
from .penalty import add_penalties, after_facts
from .rescheduling import accelerate, reschedule
from .reworking import change_rate, charge_fee, draw
from .schedule import first_schedule
from .taking import check_settled, mark_paid
from .terms import Terms, facts_that_count, terms_of


def fold(case: dict[str, Any]) -> Loan:
    """The loan at the end of `as_of`."""
    terms = terms_of(case["contract"])
    as_of = date.fromisoformat(case["as_of"])
    facts = facts_that_count(case)
    loan = begin(terms)
    first = next(
        (
            fact
            for fact in facts
            if fact["kind"] == "disbursed"
            and fact["value_date"] == case["contract"]["disbursed_on"]
            and terms.money(fact["amount"]) == terms.principal
        ),
        None,
    )
    if as_of < terms.disbursed_on:
        return loan
    disburse(loan)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for fact in facts:
        if fact is not first:
            by_day.setdefault(date.fromisoformat(fact["value_date"]), []).append(fact)
    while True:
        facts_today = by_day.get(loan.day, [])
        note_pauses(loan, facts_today)
        day_brings(loan, bool(facts_today))
        for fact in facts_today:
            take_in(loan, fact)
            check_settled(loan)
            mark_paid(loan)
        after_facts(loan)
        check_settled(loan)
        judge_accrual(loan)
        if loan.day == as_of:
            break
        loan.day += timedelta(1)
    add_penalties(loan, ends=False)
    extend_last_row(loan, ends=False)
    project(loan)
    return loan


def begin(terms: Terms) -> Loan:
    rows, upfront = first_schedule(terms)
    loan = Loan(terms, rows, terms.disbursed_on, terms.rate, since=terms.disbursed_on)
    loan.upfront = upfront
    return loan


def disburse(loan: Loan) -> None:
    """Fees on disbursement are "taken out of what is paid out: earned and received on that day"."""
    loan.principal = loan.disbursed = loan.terms.principal
    loan.received["fee"] += loan.upfront
    loan.paid_in += loan.upfront
    smooth_daily(loan)
    for on, amount in loan.terms.fees:
        if on not in ("installments", "disbursement"):
            charge_fee(loan, amount, date.fromisoformat(on))


def take_in(loan: Loan, fact: dict[str, Any]) -> None:
    kind = fact["kind"]
    amount = loan.terms.money(fact["amount"]) if fact.get("amount") is not None else 0
    if kind in ("paid", "recovered"):
        pay(loan, amount, fact)
    elif kind == "refunded":
        loan.credit -= amount
        loan.refunded += amount
    elif kind == "waived":
        waive(loan, fact["component"], amount)
    elif loan.written_off or loan.cancelled:
        return
    elif kind == "disbursed":
        draw(loan, amount)
    elif kind == "fee_charged":
        charge_fee(loan, amount, date.fromisoformat(fact.get("due_on") or fact["value_date"]))
    elif kind == "rate_changed":
        change_rate(loan, fact)
    elif kind == "accelerated":
        accelerate(loan)
    elif kind == "rescheduled":
        reschedule(loan, fact)
    elif kind == "written_off":
        write_off(loan)
    elif kind == "cancelled":
        cancel(loan)
