"""Interest by the day: accrued, rows closed as they fall due, rows to come as they are shown."""

from fractions import Fraction

from .loan import Loan
from .rows import Row
from .schedule import cap_on_costs, own_fraction, rounded_pieces, stepped
from .terms import rounded, rounded_to


def end_interest_stretch(loan: Loan) -> None:
    """ "Ends of stretches": the running row keeps what has accrued."""
    extend_last_row(loan, ends=True)
    row = next((row for row in loan.open_rows if not row.fee_only), None)
    if row is not None:
        row.pieces.append(loan.stretch(row, loan.day))
    loan.since = loan.day


def extend_last_row(loan: Loan, ends: bool) -> None:
    """ "interest after the last row closed goes to the last row (it is due at once)"."""
    if not loan.terms.daily or loan.written_off or loan.cancelled or any(not row.fee_only for row in loan.open_rows):
        return
    last = next((row for row in reversed(loan.rows) if not row.fee_only), None)
    if last is None or loan.principal == 0:
        return
    growth = growth_of_last(loan)
    growth = growth if loan.terms.cost_share is None else min(growth, loan.room_for([]))
    last.asked["interest"] += growth
    last.own_asked += growth
    if ends:
        last.pieces.append(loan.stretch(last, loan.day))


def growth_of_last(loan: Loan) -> int:
    """Interest since the last stretch that ended, where all rows have closed."""
    last = next((row for row in reversed(loan.rows) if not row.fee_only), None)
    if last is None or last.settled or not loan.terms.daily or any(not row.fee_only for row in loan.open_rows):
        return 0
    return rounded_pieces(loan.terms, [*last.pieces, loan.stretch(last, loan.day)]) - last.own_asked


def cut_to_cost(loan: Loan, amount: int) -> int:
    if loan.terms.cost_share is None:
        return amount
    if not loan.terms.daily:
        return max(0, min(amount, cap_on_costs(loan.terms, loan.disbursed) - loan.costs))
    running = [row for row in loan.open_rows if not row.fee_only][:1]
    room = loan.room_for(loan.open_rows) - sum(loan.running_interest(row, loan.day) for row in running)
    return max(0, min(amount, room - growth_of_last(loan)))


def close_daily(loan: Loan, row: Row) -> None:
    """ "At its due date a row's interest is what has accrued since the row before closed; its principal is A - interest
    (equal_installment; not below zero), P/n (equal_principal), what it was (else); the last takes all that is left."""
    own = loan.within_cost_cap(rounded_pieces(loan.terms, row.pieces))
    row.own_asked = own
    others = [other for other in loan.open_rows if other is not row and not other.fee_only]
    available = loan.not_due + row.met("principal")
    balance = available
    row.no_interest = row.no_interest and bool(others)
    if row.no_interest:
        take_grace_interest(loan, row, own)
        row.asked["interest"] = row.met("interest")
    else:
        row.asked["interest"] = max(own + loan.deferred + row.carried, row.met("interest"))
        loan.deferred = 0
    row.asked["principal"] = daily_principal(loan, row, own, balance, not others)
    if row.all_left == 0 and any(row.asked.values()):
        row.paid_on = row.paid_on or loan.day
    if others:
        others[0].start = loan.day


def daily_principal(loan: Loan, row: Row, own: int, balance: int, last: bool) -> int:
    terms = loan.terms
    if row.no_principal:
        return row.met("principal")
    if last:
        return balance
    target = {"equal_installment": row.level - own, "equal_principal": row.level}.get(terms.method, 0)
    return max(min(max(0, target), balance - min(terms.balloon, balance)), row.met("principal"))


def take_grace_interest(loan: Loan, row: Row, own: int) -> None:
    if row.room is not None:
        own = min(own, row.room)
    if not loan.terms.grace_capitalised:
        loan.deferred += own - row.met("interest")
    elif loan.terms.daily:
        join_principal(loan, row, own)


def join_principal(loan: Loan, row: Row, own: int) -> None:
    own = max(0, own - row.met("interest"))
    loan.principal += own
    loan.capitalised["interest"] += own


def project(loan: Loan, keep_all: bool = True) -> int:
    """ "Daily, rows to come as shown": the running row as if nothing is paid before its due date (all
    principal that bears
    interest); later rows on the principal not yet due as if each before is paid on its due date.

    Returns the last row's own interest before any cap."""
    rows = [row for row in loan.open_rows if not row.fee_only]
    if not loan.terms.daily or not rows or loan.written_off or loan.cancelled:
        return 0
    balance = loan.not_due + rows[0].met("principal")
    deferred = loan.deferred
    room = None if loan.terms.cost_share is None else loan.room_for(rows)
    for at, row in enumerate(rows):
        if at == 0:
            own = loan.running_interest(row, max(loan.day, row.end))
        else:
            own = rounded(balance * loan.rate * own_fraction(loan.terms, row, row.start, row.end), loan.terms.mode)
        uncut = row.planned = own
        if room is not None:
            own = row.planned = min(own, room)
            room -= own
        principal = daily_principal(loan, row, own, balance, row is rows[-1])
        balance -= principal
        if row is rows[-1] or (balance == 0 and not keep_all):
            row.no_interest = False
        row.asked["principal"] = principal
        if row.no_interest:
            row.asked["interest"] = row.met("interest")
        if not row.no_interest:
            row.asked["interest"] = max(own + deferred + row.carried, row.met("interest"))
            deferred = 0
        elif loan.terms.grace_capitalised:
            balance += max(0, own - row.met("interest"))
        else:
            deferred += own - row.met("interest")
        if balance == 0 and not keep_all:
            drop_after(loan, rows, at)
            break
    return uncut


def smooth_daily(loan: Loan) -> None:
    """`last_installment: smooth` under daily interest, with the rows to come as they are shown."""
    rows = [row for row in loan.open_rows if not row.fee_only]
    paying = [row for row in rows if not row.no_principal]
    smooths = loan.terms.smooth and loan.terms.daily and loan.terms.method == "equal_installment"
    if not smooths or len(paying) < 2:
        return
    last, levels = rows[-1], [row.level for row in paying]

    def gap() -> int:
        own = project(loan)
        return last.asked["principal"] + own - min(loan.terms.balloon, last.asked["principal"]) - last.level

    before = gap()
    if 2 * abs(before) <= len(paying):
        return
    move = rounded_to(Fraction(before, len(paying)), loan.terms.to, "half_even")
    first = max(0, levels[0] + move)
    for row in paying:
        row.level = stepped(loan.terms, first, paying[0].number, row.number)
    if abs(gap()) >= abs(before):
        for row, level in zip(paying, levels, strict=True):
            row.level = level


def drop_after(loan: Loan, rows: list[Row], at: int) -> None:
    """Rows fall away at the end; "fees of rows that fall away in a prepayment join the last row that stays"."""
    for gone in rows[at + 1 :]:
        rows[at].asked["fee"] += gone.left("fee")
        loan.rows.remove(gone)
