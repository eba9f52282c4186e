"""Payments: what is due, what is ahead, prepayments."""

from typing import Any

from .daily import cut_to_cost
from .endings import settle
from .loan import Loan
from .reworking import rework
from .schedule import rounded_pieces
from .taking import receive, receive_from_rows
from .terms import rounded


def pay(loan: Loan, amount: int, fact: dict[str, Any]) -> None:
    if fact.get("from") == "credit":
        amount = max(0, min(amount, loan.credit))
        loan.credit -= amount
    else:
        loan.paid_in += amount
        filled = min(amount, max(0, -loan.credit))
        loan.credit += filled
        amount -= filled
    if loan.written_off:
        loan.paid_in -= amount
        loan.recovered += amount
        return
    if loan.cancelled:
        taken = min(amount, loan.principal)
        receive_from_rows(loan, "principal", taken)
        loan.credit += amount - taken
        return
    if amount == 0:
        return
    owed = loan.owed()
    against = owed if fact.get("from") == "credit" else owed - max(0, loan.credit)
    if loan.settled_on is None and amount >= against:
        loan.credit += amount
        settle(loan)
        return
    amount = pay_due(loan, amount)
    amount = pay_ahead(loan, amount, bool(fact.get("prepays")))
    loan.credit += amount


def pay_due(loan: Loan, amount: int) -> int:
    """ "what is due, by `allocation`: `installment`: oldest row first, in each the components in order;
    `component`: for
    each component in order, oldest row first"."""
    terms = loan.terms
    order, by = terms.order, terms.by
    if terms.late_order and loan.days_past_due(loan.day) >= terms.late_order[0]:
        _, order, by = terms.late_order
    rows = sorted(loan.due_rows, key=lambda row: (row.due, row.number))
    if by == "installment":
        steps = [(row, component) for row in rows for component in order]
    else:
        steps = [(row, component) for component in order for row in rows]
    for row, component in steps:
        amount -= receive(loan, row, component, amount)
    loan.order = order
    return amount


def pay_ahead(loan: Loan, amount: int, prepays: bool) -> int:
    """ "What is over goes to rows not yet due"."""
    if amount == 0:
        return 0
    if loan.terms.daily:
        return pay_ahead_daily(loan, amount, prepays)
    if prepays:
        return prepay(loan, amount)
    for row in loan.open_rows:
        for component in loan.order:
            amount -= receive(loan, row, component, amount)
    return amount


def pay_accrued(loan: Loan, amount: int) -> int:
    daily = loan.terms.daily
    for row, own in loan.accruals(ending=daily):
        if own > row.met("interest") and (row is loan.running or not daily):
            part = min(amount, own - row.met("interest"))
            row.asked["interest"] = max(row.asked["interest"], row.met("interest") + part)
            amount -= receive(loan, row, "interest", part)
    return amount


def pay_ahead_daily(loan: Loan, amount: int, prepays: bool) -> int:
    """ "interest accrued to the day, then principal of the next row up to its level amount: a row whose level
    amount is paid
    early closes on that day, and interest from then on belongs to the next row. What is still over is a prepayment"."""
    amount = pay_accrued(loan, amount)
    rows = [row for row in loan.open_rows if not row.fee_only]
    if amount and not prepays and len(rows) > 1 and not rows[0].no_principal:
        row = rows[0]
        own = loan.within_cost_cap(rounded_pieces(loan.terms, row.pieces))
        target = {"equal_installment": row.level - own, "equal_principal": row.level}.get(loan.terms.method, 0)
        target = min(
            target, loan.not_due + row.met("principal") - min(loan.terms.balloon, loan.not_due + row.met("principal"))
        )
        target = max(target, row.met("principal"))
        if target > 0:
            row.asked["principal"] = target
            amount -= receive(loan, row, "principal", amount)
            if row.left("principal") == 0:
                row.own_asked = own
                row.asked["interest"] = max(own + loan.deferred + row.carried, row.met("interest"))
                loan.deferred = 0
                row.due_already = True
                rows[1].start = loan.day
                if row.all_left == 0:
                    row.paid_on = loan.day
    return prepay(loan, amount) if amount else 0


def prepay(loan: Loan, amount: int) -> int:
    """ "interest accrued to the day is paid, the rest reduces principal, an early fee is taken out of it, and
    the rows not
    yet due are worked again". fee = X x f / (1 + f) rounded, principal = X - fee."""
    joins_less = False
    if not loan.terms.daily:
        before = sum(row.met("interest") for row in loan.open_rows if row.joins)
        amount = pay_accrued(loan, amount)
        joins_less = before < sum(row.met("interest") for row in loan.open_rows if row.joins)
    if (amount == 0 and not joins_less) or not loan.open_rows:
        return amount
    rate = loan.terms.fee_rate
    fee = rounded(amount * rate / (1 + rate), loan.terms.mode)
    principal = amount - fee
    if principal > loan.not_due:
        principal = loan.not_due
        fee = rounded(principal * rate, loan.terms.mode)
        fee = min(fee, amount - principal)
    fee = min(fee, cut_to_cost(loan, fee))
    principal = min(amount - fee, loan.not_due)
    loan.received["fee"] += fee
    loan.received["principal"] += principal
    rework(loan, -principal, keep_level=loan.terms.prepayment_reduces == "term")
    return amount - fee - principal
