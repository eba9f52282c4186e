"""What each day brings to a loan, and what each fact does to it."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from .dates import add_months, add_periods, move
from .loan import NEVER, Loan
from .schedule import (
    Row,
    add_fee,
    first_schedule,
    lay_out,
    own_fraction,
    rounded_pieces,
    work,
)
from .terms import COMPONENTS, Terms, facts_that_count, rounded, terms_of


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
            if fact["kind"] == "disbursed" and fact["value_date"] == case["contract"]["disbursed_on"]
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
        day_brings(loan, bool(by_day.get(loan.day)))
        for fact in by_day.get(loan.day, []):
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
    loan.upfront = upfront + sum(amount for on, amount in terms.fees if on == "disbursement")
    return loan


def disburse(loan: Loan) -> None:
    """Fees on disbursement are "taken out of what is paid out: earned and received on that day"."""
    loan.principal = loan.disbursed = loan.terms.principal
    loan.received["fee"] += loan.upfront
    loan.paid_in += loan.upfront
    cut_scheduled_costs(loan)


def check_settled(loan: Loan) -> None:
    if loan.nothing_left and not loan.written_off:
        loan.settled_on = loan.settled_on or loan.day
        for row in loan.rows:
            row.due_already = row.settled = True
    else:
        loan.settled_on = None


def mark_paid(loan: Loan) -> None:
    """ "paid_on is the day on which the last of what the row asks was met"."""
    for row in loan.rows:
        if row.all_left > 0:
            row.paid_on = None
        elif row.paid_on is None and any(row.asked.values()):
            row.paid_on = loan.day


# What a day brings


def day_brings(loan: Loan, facts_today: bool) -> None:
    """ "first what the day itself brings (an installment falls due; the penalty up to that day; a late fee)"."""
    day = loan.day
    closing = [row for row in loan.rows if row.due == day]
    due_ends = bool(closing) and loan.terms.cost_rate is not None
    begin_penalties(loan)
    if facts_today or due_ends:
        add_penalties(loan, ends=True)
    if loan.terms.daily and (facts_today or any(not row.due_already for row in closing)):
        end_interest_stretch(loan)
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
        if row.stretch_from is not None:
            restart(loan, row)


def judge_accrual(loan: Loan) -> None:
    """ "from the first day with days past due above `non_accrual_after_days` until the loan is no longer overdue"."""
    late = loan.days_past_due(loan.day)
    if late > loan.terms.non_accrual_after:
        loan.non_accrual = True
    elif late == 0 and loan.oldest_unpaid(loan.day) is None:
        loan.non_accrual = False


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


def take_grace_interest(loan: Loan, row: Row, own: int) -> None:
    if row.room is not None:
        own = min(own, row.room)
    if loan.terms.grace_capitalised:
        own = max(0, own - row.met("interest"))
        loan.principal += own
        loan.capitalised["interest"] += own
    else:
        loan.deferred += own - row.met("interest")


# Daily interest


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
    before = rounded_pieces(loan.terms, last.pieces)
    piece = loan.stretch(last, loan.day)
    last.asked["interest"] += cut_to_cost(loan, rounded_pieces(loan.terms, [*last.pieces, piece]) - before)
    if ends:
        last.pieces.append(piece)


def cut_to_cost(loan: Loan, amount: int) -> int:
    if loan.terms.cost_share is None:
        return amount
    room = rounded(loan.terms.cost_share * loan.disbursed, "down") - loan.costs
    return max(0, min(amount, room))


def close_daily(loan: Loan, row: Row) -> None:
    """ "At its due date a row's interest is what has accrued since the row before closed; its principal is A - interest
    (equal_installment; not below zero), P/n (equal_principal), what it was (else); the last takes all that is left."""
    own = loan.within_cost_cap(row, rounded_pieces(loan.terms, row.pieces))
    others = [other for other in loan.open_rows if other is not row and not other.fee_only]
    available = loan.not_due + row.met("principal")
    balance = available
    if row.no_interest:
        take_grace_interest(loan, row, own)
        row.asked["interest"] = row.met("interest")
    else:
        row.asked["interest"] = max(own + loan.deferred + row.carried, row.met("interest"))
        loan.deferred = 0
    row.asked["principal"] = daily_principal(loan, row, own, balance, not others)
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


def project(loan: Loan, keep_all: bool = True) -> None:
    """ "Daily, rows to come as shown": the running row as if nothing is paid before its due date (all
    principal that bears
    interest); later rows on the principal not yet due as if each before is paid on its due date."""
    if not loan.terms.daily or not loan.open_rows:
        return
    rows = [row for row in loan.open_rows if not row.fee_only]
    if not rows or loan.written_off or loan.cancelled:
        return
    balance = loan.not_due + rows[0].met("principal")
    deferred = loan.deferred
    for at, row in enumerate(rows):
        if at == 0:
            own = loan.running_interest(row, max(loan.day, row.end))
        else:
            own = rounded(balance * loan.rate * own_fraction(loan.terms, row, row.start, row.end), loan.terms.mode)
        principal = daily_principal(loan, row, own, balance, row is rows[-1])
        balance -= principal
        row.asked["principal"] = principal
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


def drop_after(loan: Loan, rows: list[Row], at: int) -> None:
    """Rows fall away at the end; "fees of rows that fall away in a prepayment join the last row that stays"."""
    for gone in rows[at + 1 :]:
        rows[at].asked["fee"] += gone.left("fee")
        loan.rows.remove(gone)


# Penalty


def bears_penalty(loan: Loan, row: Row) -> bool:
    """ "day due_on + grace_days is the last free one"."""
    return row.due_already and loan.day > row.due + timedelta(loan.terms.penalty["grace_days"]) and not loan.cancelled


def compounds_today(loan: Loan, row: Row) -> bool:
    if not loan.terms.penalty["compound"] or not bears_penalty(loan, row):
        return False
    every = loan.terms.penalty["compounds_every"]
    months = (loan.day.year - row.due.year) * 12 + loan.day.month - row.due.month
    return months > 0 and months % every == 0 and add_months(row.due, months) == loan.day


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
        if ends and not loan.terms.by_sum:
            restart(loan, row)


def begin_penalties(loan: Loan) -> None:
    """ "one stretch runs from the due date (or end of grace) on what is left at that time"."""
    late_start = loan.terms.penalty["counts_from"] == "end_of_grace"
    for row in loan.rows:
        if row.stretch_from is None and bears_penalty(loan, row):
            row.stretch_from = row.due + timedelta(loan.terms.penalty["grace_days"] if late_start else 0)
            row.stretch_base = loan.penalty_base(row)


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


def restart(loan: Loan, row: Row) -> None:
    row.stretch_from, row.stretch_base, row.stretch_added = loan.day, loan.penalty_base(row), 0


def after_facts(loan: Loan) -> None:
    """What a row bears penalty on has changed: its stretch ends here."""
    for row in loan.rows:
        row.joined = min(row.joined, row.left("penalty"))
        if row.stretch_from is not None and (loan.penalty_base(row) != row.stretch_base):
            restart(loan, row)


def pay_penalty_joined(row: Row, amount: int) -> None:
    """ "Money for penalty pays first what has joined the base"."""
    row.joined = max(0, row.joined - amount)


def late_fee_today(loan: Loan, row: Row) -> bool:
    """ "one day: due date + after_days (+ days of `days` pauses left out; - 1 with dpd_on_due_day 1)"."""
    if loan.terms.late_fee is None or loan.written_off or loan.cancelled or row.late_fee_met or row.due > loan.day:
        return False
    _, after = loan.terms.late_fee
    if loan.days_late(row.due, loan.day) < after:
        return False
    row.late_fee_met = True
    paused = any(begin <= loan.day < end for begin, end in loan.paused("fee"))
    return row.left_of("principal", "interest", "fee") > loan.terms.tolerance and not paused


def charge_late_fee(loan: Loan, row: Row) -> None:
    row.asked["fee"] += cut_to_cost(loan, loan.terms.late_fee[0])


# Facts


def take_in(loan: Loan, fact: dict[str, Any]) -> None:
    kind = fact["kind"]
    amount = loan.terms.money(fact["amount"]) if fact.get("amount") is not None else 0
    if kind in ("paid", "recovered"):
        pay(loan, amount, fact)
    elif kind == "refunded":
        loan.credit -= amount
        loan.refunded += amount
    elif kind == "penalty_paused":
        loan.pauses.append((loan.day, NEVER, tuple(fact.get("stops") or ["penalty"])))
    elif kind == "penalty_resumed":
        loan.pauses = [(begin, loan.day if end == NEVER else end, stops) for begin, end, stops in loan.pauses]
    elif kind == "waived":
        waive(loan, fact["component"], amount)
    elif loan.written_off or loan.cancelled:
        return
    elif kind == "disbursed":
        draw(loan, amount)
    elif kind == "fee_charged":
        charge_fee(loan, amount, fact)
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
        if fact.get("from") != "credit":
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


def receive(loan: Loan, row: Row, component: str, amount: int) -> int:
    """Up to `amount` for what is left of a component of a row; what was taken."""
    taken = max(0, min(amount, row.left(component)))
    row.paid[component] += taken
    loan.received[component] += taken
    if component == "principal":
        loan.principal -= taken
    if component == "penalty":
        pay_penalty_joined(row, taken)
    if taken and row.all_left == 0:
        row.paid_on = loan.day
    return taken


def receive_from_rows(loan: Loan, component: str, amount: int) -> None:
    for row in loan.rows:
        amount -= receive(loan, row, component, amount)


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
    for at, (row, own) in enumerate(loan.accruals(ending=daily)):
        if own > row.met("interest") and (at == 0 or not daily):
            row.asked["interest"] = max(row.asked["interest"], own)
            amount -= receive(loan, row, "interest", min(amount, own - row.met("interest")))
    return amount


def pay_ahead_daily(loan: Loan, amount: int, prepays: bool) -> int:
    """ "interest accrued to the day, then principal of the next row up to its level amount: a row whose level
    amount is paid
    early closes on that day, and interest from then on belongs to the next row. What is still over is a prepayment"."""
    amount = pay_accrued(loan, amount)
    rows = [row for row in loan.open_rows if not row.fee_only]
    if amount and not prepays and len(rows) > 1 and not rows[0].no_principal:
        row = rows[0]
        own = rounded_pieces(loan.terms, row.pieces)
        target = {"equal_installment": row.level - own, "equal_principal": row.level}.get(loan.terms.method, 0)
        target = min(
            target, loan.not_due + row.met("principal") - min(loan.terms.balloon, loan.not_due + row.met("principal"))
        )
        target = max(target, row.met("principal"))
        if target > 0:
            row.asked["principal"] = target
            amount -= receive(loan, row, "principal", amount)
            if row.left("principal") == 0:
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
    if not loan.terms.daily:
        amount = pay_accrued(loan, amount)
    if amount == 0 or not loan.open_rows:
        return amount
    rate = loan.terms.fee_rate
    fee = rounded(amount * rate / (1 + rate), loan.terms.mode)
    principal = amount - fee
    if principal > loan.not_due:
        principal = loan.not_due
        fee = rounded(principal * rate, loan.terms.mode)
        fee = min(fee, amount - principal)
    loan.received["fee"] += fee
    loan.received["principal"] += principal
    rework(loan, -principal, keep_level=loan.terms.prepayment_reduces == "term")
    return amount - fee - principal


def rework(loan: Loan, change: int, keep_level: bool, rate: Fraction | None = None) -> None:
    """ "the rows not yet due are worked again" on a principal that has changed by `change`; "rows paid ahead
    in full stay
    as they are"."""
    new_rate = loan.rate if rate is None else rate
    rows = [row for row in loan.open_rows if not row.fee_only]
    if loan.terms.daily:
        left = loan.not_due + change + (rows[0].met("principal") if rows else 0)
        loan.principal += change
        loan.rate = new_rate
        if rows:
            for row in rows:
                row.since = max(row.start, loan.day)
            work(loan.terms, rows, left, new_rate, loan.day, keep_level)
            project(loan, keep_all=not keep_level)
        return
    rows = [row for row in rows if not (row.all_left == 0 and row.met("principal") + row.met("interest") > 0)]
    deferred = loan.deferred
    delivering = next((row for row in loan.open_rows if not row.no_interest and not row.fee_only), None)
    if delivering is not None and not any(row is delivering for row in rows):
        deferred = 0
        for row in rows:
            row.delivered = row.no_interest
    for row in rows:
        until = min(loan.day, row.end)
        if until > row.since:
            row.pieces.append(row.balance * row.rate * own_fraction(loan.terms, row, row.since, until))
            row.since = until
    balance = loan.not_due + sum(row.met("principal") for row in rows) + change
    loan.principal += change
    loan.rate = new_rate
    for row in rows:
        row.room = None
    if rows:
        kept = work(loan.terms, rows, balance, new_rate, loan.day, keep_level, deferred)
        if keep_level:
            drop_after(loan, rows, len(kept) - 1)
    cut_scheduled_costs(loan)


def settle(loan: Loan) -> None:
    """ "it settles the loan: interest not accrued and fees of rows not yet due that the payoff leaves out fall
    away; the
    rest is credit balance"."""
    project(loan)
    fee = loan.early_fee()
    if fee:
        next(row for row in loan.rows if row.due > loan.day).asked["fee"] += fee
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
        row.due_already = True
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
        for row, own in loan.accruals():
            row.asked["interest"] = max(own, row.met("interest"))
            amount -= forgive_row(loan, row, component, min(amount, max(0, own - row.met("interest"))))
    else:
        for row in loan.open_rows:
            amount -= forgive_row(loan, row, component, amount)


def forgive_row(loan: Loan, row: Row, component: str, amount: int) -> int:
    taken = max(0, min(amount, row.left(component)))
    row.waived[component] += taken
    loan.waived[component] += taken
    if component == "principal":
        loan.principal -= taken
    if component == "penalty":
        pay_penalty_joined(row, taken)
    if taken and row.all_left == 0:
        row.paid_on = loan.day
    return taken


def waive_all(loan: Loan) -> None:
    """ "what the payoff would take without early fee is waived (interest not accrued and fees of rows not yet
    due fall away)".
    """
    for row, own in loan.accruals():
        row.asked["interest"] = max(own, row.met("interest"))
        row.asked["fee"] = row.met("fee")
    fit_principal(loan)
    for row in loan.rows:
        row.due_already = True
        for component in COMPONENTS:
            forgive_row(loan, row, component, row.left(component))


def fit_principal(loan: Loan) -> None:
    """Rows to come ask for the principal outstanding, no more."""
    if not loan.terms.daily:
        return
    left = loan.not_due
    for row in loan.open_rows:
        row.asked["principal"] = row.met("principal") + (left if row is loan.open_rows[0] else 0)
        left = 0 if row is loan.open_rows[0] else left


def draw(loan: Loan, amount: int) -> None:
    """ "A later `disbursed` fact adds its amount to the principal on its date"."""
    loan.disbursed += amount
    rows = [row for row in loan.open_rows if not row.fee_only]
    if not rows:
        end = add_periods(loan.day, loan.terms.every, 1, loan.terms.month_end)
        due = move(end, loan.terms.holiday_rule, loan.terms.holidays)
        end = due if loan.terms.daily else end
        number = max(row.number for row in loan.rows) + 1
        loan.rows.append(Row(number, loan.day, end, loan.day, due, since=loan.day))
        loan.since = loan.day
    rework(loan, amount, keep_level=False)


def charge_fee(loan: Loan, amount: int, fact: dict[str, Any]) -> None:
    amount = cut_to_cost(loan, amount)
    due_on = date.fromisoformat(fact["due_on"]) if fact.get("due_on") else loan.day
    project(loan)
    row = add_fee(loan.rows, amount, due_on)
    if row.due <= loan.day:
        row.due_already = True


def change_rate(loan: Loan, fact: dict[str, Any]) -> None:
    if fact.get("annual_rate") is not None:
        rate = Fraction(fact["annual_rate"])
    else:
        rate = Fraction(fact["benchmark_rate"]) + loan.terms.margin
    rework(loan, 0, keep_level=fact.get("reworks", "installment") == "term", rate=rate)


def accelerate(loan: Loan) -> None:
    """ "rows not yet due become one row due that day: the principal left, and interest accrued to the day;
    later rows fall away".
    """
    owed = loan.accruals()
    for row, _ in owed:
        row.kept = row.kept or (row.all_left == 0 and row.met("interest") > 0 and not loan.terms.daily)
    rows = [
        row
        for row, _ in owed
        if loan.terms.daily or not (row.all_left == 0 and row.met("principal") + row.met("interest") > 0)
    ]
    if not rows:
        return
    interest = max(0, loan.interest_ahead(owed))
    number = loan.rows.index(rows[0])
    for row in rows:
        for component in COMPONENTS:
            row.asked[component] = row.met(component)
        keep_open(loan, row)
        if not any(row.paid.values()):
            loan.rows.remove(row)
        else:
            number = loan.rows.index(row) + 1
    one = Row(number + 1, loan.day, loan.day, loan.day, loan.day, since=loan.day, due_already=True)
    one.asked["principal"] = loan.principal - sum(row.left("principal") for row in loan.rows)
    one.asked["interest"] = interest
    loan.rows.insert(number, one)
    loan.deferred = 0


def write_off(loan: Loan) -> None:
    """ "all that is earned and unpaid is lost"; where nothing is left, nothing is written off."""
    if loan.settled_on:
        return
    for row, own in loan.accruals():
        row.asked["interest"] = max(own, row.met("interest"))
        row.asked["fee"] = row.met("fee")
    fit_principal(loan)
    for row in loan.rows:
        for component in COMPONENTS:
            left = max(0, row.left(component))
            row.lost[component] += left
            loan.lost[component] += left
        row.due_already = True
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


def reschedule(loan: Loan, fact: dict[str, Any]) -> None:
    """On its date 1. interest accrued falls due; 2. what is forgiven counts as waived; 3. what is capitalised joins the
    principal; 4. all that is left of principal makes a new schedule from that day; 5. the rest is carried."""
    if loan.settled_on:
        return
    for row, own in loan.accruals():
        if not row.kept:
            row.asked["interest"] = max(own, row.met("interest"))
    fit_principal(loan)
    loan.deferred = 0
    for component, amount in (fact.get("forgive") or {}).items():
        left = sum(row.left(component) for row in loan.rows)
        amount = left if amount == "all" else min(left, loan.terms.money(amount))
        for row in loan.rows:
            amount -= forgive_row(loan, row, component, amount)
    for component in fact.get("capitalise") or []:
        for row in loan.rows:
            left = row.left(component)
            row.capitalised[component] += left
            loan.capitalised[component] += left
            loan.principal += left
    carried = {component: sum(row.left(component) for row in loan.rows) for component in ("interest", "penalty", "fee")}
    keep_what_was_paid(loan)
    if loan.principal == 0 and not any(carried.values()):
        return
    new_terms(loan, fact)
    first_due_on = date.fromisoformat(fact["first_due_on"]) if fact.get("first_due_on") else None
    number = max((row.number for row in loan.rows), default=0) + 1
    rows = lay_out(loan.terms, loan.day, fact["installments"], first_due_on, number)
    work(loan.terms, rows, loan.principal, loan.rate, loan.day)
    spread = fact.get("carry", "first") == "spread"
    for component, amount in carried.items():
        for row, share in zip(rows, shares_of(loan, amount, len(rows) if spread else 1), strict=False):
            row.asked[component] += share
            row.carried += share if component == "interest" else 0
    loan.rows += rows
    loan.since = loan.day
    cut_scheduled_costs(loan)


def shares_of(loan: Loan, amount: int, count: int) -> list[int]:
    """ "spread evenly (last the rest)", each by the rounding mode."""
    share, shares = rounded(Fraction(amount, count), loan.terms.mode), []
    for _ in range(count - 1):
        shares.append(min(share, amount))
        amount -= shares[-1]
    return [*shares, amount]


def keep_open(loan: Loan, row: Row) -> None:
    """ "Rows paid ahead that a reschedule or acceleration keeps go on earning their interest by the day until
    their period ends".
    """
    row.kept = not row.due_already and not loan.terms.daily
    row.due_already = not row.kept


def keep_what_was_paid(loan: Loan) -> None:
    """ "Rows paid in full stay; rows partly paid keep what was paid and nothing more"; rows without any
    payment vanish.
    """
    kept = []
    for row in loan.rows:
        for component in COMPONENTS:
            row.asked[component] = row.met(component)
        keep_open(loan, row)
        if any(row.paid.values()):
            row.paid_on = row.paid_on or loan.day
            kept.append(row)
    loan.rows = kept


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
    terms.broken_period = "first"


# A cap on all costs


def cut_scheduled_costs(loan: Loan) -> None:
    """ "rows of the schedule, oldest first, have interest and then fee cut so that interest + fees of the
    schedule stay within".
    """
    if loan.terms.cost_share is None or loan.terms.daily:
        return
    room = rounded(loan.terms.cost_share * loan.disbursed, "down") - loan.upfront
    for row in loan.rows:
        row.asked["interest"] = max(min(row.asked["interest"], room), row.met("interest"))
        room -= row.asked["interest"]
        row.room = row.asked["interest"]
        row.asked["fee"] = max(min(row.asked["fee"], room), row.met("fee"))
        room -= row.asked["fee"]
