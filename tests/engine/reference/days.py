"""What each day brings before its facts."""

from typing import Any

from .daily import close_daily, end_interest_stretch, join_principal, take_grace_interest
from .loan import NEVER, Loan
from .penalty import add_penalties, begin_penalties, charge_late_fee, compounds_today, late_fee_today, restart
from .rows import Row
from .schedule import own_fraction, rounded_pieces


def note_pauses(loan: Loan, facts: list[dict[str, Any]]) -> None:
    """A pause counts from the start of its first day, to the next `penalty_resumed`."""
    for fact in facts:
        if fact["kind"] == "penalty_paused":
            for what in fact.get("stops") or ["penalty"]:
                if not any(end == NEVER for _, end in loan.pauses[what]):
                    loan.pauses[what].append((loan.day, NEVER))
        elif fact["kind"] == "penalty_resumed":
            for what, spans in loan.pauses.items():
                loan.pauses[what] = [(begin, loan.day if end == NEVER else end) for begin, end in spans]


def day_brings(loan: Loan, facts_today: bool) -> None:
    """ "first what the day itself brings (an installment falls due; the penalty up to that day; a late fee)"."""
    day = loan.day
    closing = [row for row in loan.rows if row.due == day]
    due_ends = bool(closing) and loan.terms.cost_rate is not None
    begin_penalties(loan)
    if facts_today or due_ends:
        add_penalties(loan, ends=True)
    if loan.terms.daily and (facts_today or any(not row.due_already and not row.fee_only for row in closing)):
        end_interest_stretch(loan)
    for row in loan.rows:
        if row.joins and row.end == day:
            row.joins = False
            join_principal(loan, row, row.planned)
    for row in closing:
        if not row.due_already:
            close_row(loan, row)
    compounding = [row for row in loan.rows if compounds_today(loan, row)]
    charged = [row for row in loan.rows if late_fee_today(loan, row)]
    if compounding or charged:
        add_penalties(loan, ends=True, only=[*compounding, *charged])
    for row in compounding:
        row.joined = row.left("penalty")
    for row in charged:
        charge_late_fee(loan, row)
    for row in [*compounding, *charged]:
        if row.stretch_from is not None and not (
            loan.terms.penalty_by_sum and loan.penalty_base(row) == row.stretch_base
        ):
            restart(loan, row)


def close_row(loan: Loan, row: Row) -> None:
    """An installment falls due."""
    if row.fee_only or row.kept:
        row.due_already = True
        return
    if loan.terms.daily:
        close_daily(loan, row)
    elif row.no_interest:
        own = rounded_pieces(
            loan.terms, [*row.pieces, row.balance * row.rate * own_fraction(loan.terms, row, row.since, row.end)]
        )
        own += row.spread
        take_grace_interest(loan, row, own)
    else:
        loan.deferred = 0
    row.due_already = True


def judge_accrual(loan: Loan) -> None:
    """ "from the first day with days past due above `non_accrual_after_days` until the loan is no longer overdue"."""
    oldest = loan.oldest_unpaid(loan.day)
    if oldest is None:
        loan.non_accrual = False
    elif loan.days_late(oldest, loan.day) > loan.terms.non_accrual_after:
        loan.non_accrual = True
