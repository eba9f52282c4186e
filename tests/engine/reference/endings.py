"""How a loan ends: settled, waived, written off, cancelled."""

from .daily import project
from .loan import Loan
from .rows import Row
from .taking import forgive_row, receive
from .terms import COMPONENTS


def settle(loan: Loan) -> None:
    """ "it settles the loan: interest not accrued and fees of rows not yet due that the payoff leaves out fall
    away; the
    rest is credit balance"."""
    project(loan)
    fee = loan.early_fee(loan.interest_to_settle())
    if fee:
        next(row for row in loan.open_rows if row.due > loan.day).asked["fee"] += fee
    paid_before = [row.paid_on for row in loan.rows]
    end_interest(loan, loan.terms.to_next_due)
    end_principal(loan)
    for row in loan.rows:
        for component in COMPONENTS:
            loan.credit -= receive(loan, row, component, row.left(component))
    for row, before in zip(loan.rows, paid_before, strict=True):
        row.paid_on = before or loan.day


def end_interest(loan: Loan, whole_running: bool = False) -> None:
    """Rows not yet due ask for interest accrued to the day only; what was paid ahead of it is money again."""
    accruals = loan.accruals(whole_running, ending=True)
    waived = sum(row.waived["interest"] for row, _ in accruals)
    to_pay = max(0, sum(own for _, own in accruals) - waived)
    for row, own in accruals:
        loan.credit += row.paid["interest"]
        loan.received["interest"] -= row.paid["interest"]
        row.paid["interest"] = 0
        part = min(to_pay, max(0, own - row.waived["interest"]))
        row.asked["interest"] = row.waived["interest"] + part
        to_pay -= part
    for row, _ in accruals:
        loan.credit -= receive(loan, row, "interest", min(loan.credit, row.left("interest")))
    loan.deferred = 0


def end_principal(loan: Loan) -> None:
    """The rows ask for the principal outstanding, no more and no less; none is to come."""
    left = loan.principal
    for row in loan.rows:
        row.due_already, row.joins = True, False
        row.asked["principal"] = min(row.asked["principal"], row.met("principal") + left)
        left -= row.left("principal")
    if left:
        loan.rows[-1].asked["principal"] += left


def waive(loan: Loan, component: str, amount: int) -> None:
    if loan.written_off:
        return
    if component == "all":
        waive_all(loan)
        return
    if loan.terms.daily:
        waive_daily(loan, component, amount)
        return
    for row in loan.rows:
        amount -= forgive_row(loan, row, component, amount)


def waive_daily(loan: Loan, component: str, amount: int) -> None:
    for row in loan.rows:
        if row.due_already:
            amount -= forgive_row(loan, row, component, amount)
    if component == "principal":
        taken = min(amount, loan.not_due)
        loan.principal -= taken
        loan.waived["principal"] += taken
    elif component == "interest":
        for row, own in loan.accruals(ending=True):
            row.asked["interest"] = max(own, row.met("interest"))
            amount -= forgive_row(loan, row, component, min(amount, max(0, own - row.met("interest"))))
    else:
        for row in loan.open_rows:
            amount -= forgive_row(loan, row, component, amount)
    project(loan)


def waive_all(loan: Loan) -> None:
    """ "what the payoff would take without early fee is waived (interest not accrued and fees of rows not yet
    due fall away)".
    """
    stop_asking(loan)
    for row in loan.rows:
        before = row.paid_on
        for component in COMPONENTS:
            forgive_row(loan, row, component, row.left(component))
        row.paid_on = before or row.paid_on


def stop_asking(loan: Loan) -> None:
    """Only what has been earned or has fallen due is asked from now on."""
    project(loan)
    accruals = loan.accruals(ending=True)
    to_ask = max(0, sum(own - row.met("interest") for row, own in accruals))
    for row, own in accruals:
        part = min(to_ask, max(0, own - row.met("interest")))
        row.asked["interest"] = row.met("interest") + part
        to_ask -= part
    loan.deferred = 0
    for row in loan.rows:
        if row.due > loan.day:
            row.asked["fee"] = row.met("fee")
    end_principal(loan)


def write_off(loan: Loan) -> None:
    """ "all that is earned and unpaid is lost"; where nothing is left, nothing is written off."""
    if loan.settled_on:
        return
    stop_asking(loan)
    for row in loan.rows:
        for component in COMPONENTS:
            left = max(0, row.left(component))
            row.lost[component] += left
            loan.lost[component] += left
    loan.principal = 0
    loan.written_off = True


def cancel(loan: Loan) -> None:
    """ "interest, fees and penalty fall away, what was received of them turns into principal received; the
    principal left is
    due that day"."""
    terms = loan.terms
    if terms.cooling_off is not None and (loan.day - terms.disbursed_on).days > terms.cooling_off:
        return
    received = sum(loan.received.values())
    principal = min(received, loan.disbursed - loan.waived["principal"])
    loan.credit += received - principal
    loan.received = nothing_but(principal)
    loan.waived = nothing_but(loan.waived["principal"])
    loan.capitalised = nothing_but(0)
    loan.principal = loan.disbursed - principal - loan.waived["principal"]
    row = Row(1, terms.disbursed_on, loan.day, terms.disbursed_on, loan.day, since=loan.day)
    row.asked["principal"] = loan.disbursed
    row.paid["principal"] = principal
    row.waived["principal"] = loan.waived["principal"]
    row.due_already = True
    row.paid_on = loan.day if row.all_left == 0 else None
    loan.rows = [row]
    loan.deferred = 0
    loan.cancelled = True
    loan.settled_on = None


def nothing_but(principal: int) -> dict[str, int]:
    return {"principal": principal, "interest": 0, "penalty": 0, "fee": 0}
