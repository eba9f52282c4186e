"""Taking from what rows ask, and what is noted of a row or a loan that has nothing left."""

from .loan import Loan
from .rows import Row


def receive(loan: Loan, row: Row, component: str, amount: int) -> int:
    """Up to `amount` for what is left of a component of a row; what was taken."""
    taken = max(0, min(amount, payable(loan, row, component)))
    row.paid[component] += taken
    loan.received[component] += taken
    if component == "principal":
        loan.principal -= taken
    if component == "penalty":
        pay_penalty_joined(row, taken)
    if taken and row.all_left == 0:
        row.paid_on = loan.day
    return taken


def payable(loan: Loan, row: Row, component: str) -> int:
    """What is left of a component; of principal no more than there is: interest may have yet to join it."""
    left = row.left(component)
    return min(left, loan.principal) if component == "principal" else left


def receive_from_rows(loan: Loan, component: str, amount: int) -> None:
    for row in loan.rows:
        amount -= receive(loan, row, component, amount)


def forgive_row(loan: Loan, row: Row, component: str, amount: int) -> int:
    taken = max(0, min(amount, payable(loan, row, component)))
    row.waived[component] += taken
    loan.waived[component] += taken
    if component == "principal":
        loan.principal -= taken
    if component == "penalty":
        pay_penalty_joined(row, taken)
    if taken and row.all_left == 0:
        row.paid_on = loan.day
    return taken


def pay_penalty_joined(row: Row, amount: int) -> None:
    """ "Money for penalty pays first what has joined the base"."""
    row.joined = max(0, row.joined - amount)


def mark_paid(loan: Loan) -> None:
    """ "paid_on is the day on which the last of what the row asks was met"."""
    if loan.written_off:
        return
    for row in loan.rows:
        running = loan.terms.daily and not row.due_already and not row.fee_only and loan.principal > 0
        if row.all_left > 0 or running:
            row.paid_on = None
        elif row.paid_on is None and any(row.asked.values()):
            row.paid_on = loan.day


def check_settled(loan: Loan) -> None:
    if loan.nothing_left and not loan.written_off:
        loan.settled_on = loan.settled_on or loan.day
        loan.deferred = 0
        for row in loan.rows:
            row.due_already = row.settled = True
    else:
        loan.settled_on = None
