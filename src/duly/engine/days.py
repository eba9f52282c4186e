"""What the days bring by themselves: rows fall due, interest joins the principal, late fees; penalty and interest."""

from duly.engine.accrual import accrue_interest, close_row, cost_room_by
from duly.engine.compiled import kernel
from duly.engine.dates import LAST_DAY, NO_DATE
from duly.engine.lateness import late_fee_day, resume_accrual_if_cured, stop_accrual_if_late
from duly.engine.penalty import accrue_penalty, accrue_row, join_base, next_joining
from duly.engine.records import NONE, OPEN, STOP_FEE, Record, Work
from duly.engine.rows import move_on
from duly.engine.terms import INTEREST


@kernel()
def pass_days(terms: Record, loan: Record, work: Work, day: int, reading: bool) -> None:
    """Let the days after the last one looked at pass, up to `day`: what they bring, and penalty and interest to it.

    `reading`: the day is only asked about; nothing happens on it that would end a stretch.
    """
    if loan.status == OPEN and terms.days_bring:
        bring(terms, loan, work, day, reading)
    if loan.status == OPEN:
        _end_days(terms, loan, work, day)
        accrue_penalty(terms, loan, work, day)
        if terms.daily:
            accrue_interest(terms, loan, work, day, reading)
    loan.day = day


@kernel()
def _end_days(terms: Record, loan: Record, work: Work, day: int) -> None:
    # The days from the last one looked at to that before `day` end: does interest still count as earned?
    if day > loan.day:
        resume_accrual_if_cured(terms, loan, work, loan.day)
        stop_accrual_if_late(terms, loan, work, day - 1)


@kernel()
def bring(terms: Record, loan: Record, work: Work, until: int, reading: bool) -> None:
    """Do what happens by itself up to `until`, day after day.

    On each, first the penalty up to it where something ends its stretch, then what falls due, then late fees.
    """
    rows = work.rows
    while True:
        day = next_day(terms, loan, work, until)
        if day == NO_DATE:
            return
        _end_days(terms, loan, work, day)
        # Where a cap leaves room for some only, rows take it oldest first.
        capped = terms.cost_cap_share != NONE or terms.penalty_cap != NONE or terms.penalty_cap_share != NONE
        ends = day == until and not reading and (capped or terms.compounds_capped)
        if ends or (terms.cost_cap_rate != NONE and _falls_due(loan, work, day)):
            accrue_penalty(terms, loan, work, day)
        while terms.daily and loan.running < loan.end and rows[loan.running].due_on <= day:
            close_row(terms, loan, work, day)
        while not terms.daily and _joining_on(loan, work) <= day:
            _join_principal(loan, rows[loan.running])
            loan.running += 1
            move_on(terms, loan, work, day)
        _bring_late(terms, loan, work, day)
        loan.day = day


@kernel()
def _falls_due(loan: Record, work: Work, day: int) -> bool:
    found = False
    for index in range(loan.count):
        found |= work.rows[index].due_on == day
    return found


@kernel()
def _joining_on(loan: Record, work: Work) -> int:
    # When interest of a grace period next joins the principal.
    if loan.running < loan.end and work.rows[loan.running].capitalising:
        return int(work.rows[loan.running].period_end)
    return LAST_DAY


@kernel()
def _join_principal(loan: Record, one: Record) -> None:
    joins = one.interest_left + one.own_interest - one.interest
    loan.capitalised_by[INTEREST] += joins
    loan.principal_left += joins
    one.capitalising = False
    one.own_interest = one.interest


@kernel()
def next_day(terms: Record, loan: Record, work: Work, until: int) -> int:
    """The next day up to `until` on which something happens by itself, or NO_DATE."""
    rows = work.rows
    found = until + 1
    if not terms.daily:
        found = min(found, _joining_on(loan, work))
    elif loan.running < loan.end:
        found = min(found, rows[loan.running].due_on)
    if terms.late_fee == 0 and terms.cost_cap_rate == NONE and not terms.compounds_capped:
        return NO_DATE if found > until else found
    for index in range(loan.count):
        one = rows[index]
        if one.due_on > until:
            continue
        if terms.cost_cap_rate != NONE and one.due_on > loan.day:
            found = min(found, one.due_on)
        if index < loan.first_open:
            continue
        if terms.compounds_capped:
            found = min(found, next_joining(terms, one, loan.day))
        if terms.late_fee > 0 and not one.late_fee_done:
            charged_on = late_fee_day(terms, loan, work, index, until)
            if charged_on > loan.day:
                found = min(found, charged_on)
            elif charged_on != NO_DATE:
                one.late_fee_done = True  # its one day is over
    return NO_DATE if found > until else found


@kernel()
def _bring_late(terms: Record, loan: Record, work: Work, day: int) -> None:
    # Penalty joins its base, rows oldest first; then late fees are charged.
    if terms.late_fee == 0 and not terms.compounds_capped:
        return
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        if one.due_on + terms.penalty_grace_days >= day or terms.penalty_rate == 0:
            continue
        if next_joining(terms, one, day - 1) == day or _is_charged(terms, loan, work, index, day):
            accrue_row(terms, loan, work, index, day)
    for index in range(loan.first_open, loan.count):
        one = work.rows[index]
        if terms.compounds_capped and one.in_arrears and next_joining(terms, one, day - 1) == day:
            join_base(terms, one)
    for index in range(loan.first_open, loan.count):
        if _is_charged(terms, loan, work, index, day):
            one = work.rows[index]
            one.late_fee_done = True
            fee = terms.late_fee
            if terms.cost_cap_share != NONE:
                fee = min(fee, cost_room_by(terms, loan, work, day))
            one.fee += fee
            one.fee_left += fee


@kernel()
def _is_charged(terms: Record, loan: Record, work: Work, index: int, day: int) -> bool:
    # Whether `day` brings row `index` a late fee.
    one = work.rows[index]
    if terms.late_fee == 0 or one.late_fee_done or one.due_on > day:
        return False
    if terms.daily and loan.running <= index < loan.end:
        return False
    if one.principal_left + one.interest_left + one.fee_left <= terms.tolerance:
        return False
    return late_fee_day(terms, loan, work, index, day) == day and not _is_paused(loan, work, day, STOP_FEE)


@kernel()
def _is_paused(loan: Record, work: Work, day: int, stops: int) -> bool:
    for index in range(loan.pauses):
        one = work.pauses[index]
        if one.stops == stops and one.start <= day < one.end:
            return True
    return False
