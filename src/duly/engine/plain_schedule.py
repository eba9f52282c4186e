"""The schedule of a plain loan: its rows by the method, worked out in one pass."""

import numpy as np

from duly.engine.compiled import kernel
from duly.engine.dates import ACT_360, ACT_365, LAST_DAY, ROLL, THIRTY_E_360, month_start, to_month
from duly.engine.interest import interest_between
from duly.engine.money import MILLION, rounds_up
from duly.engine.planning import even_share
from duly.engine.records import Record, Records
from duly.engine.terms import EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, FIRST

# Products below this are exact in int64, and their quotients are found by a reciprocal to within one.
_MOST = 2.0**62


def _record(names: str) -> np.dtype[np.void]:
    return np.dtype((np.record, np.dtype([(name, np.int64) for name in names.split()])))


# One installment: `bears` is the balance of its period, `interest` its own, `interest_to` that of all rows up to it.
PLAIN_ROW_DTYPE = _record("due_on bears interest interest_to principal_left interest_left penalty_left penalty_from")

# One loan: rows before `first_open` have nothing left, rows before `fallen` are due by `day`.
PLAIN_LOAN_DTYPE = _record(
    "principal annual_rate level starts_on first_due_on count first_open fallen day principal_left received "
    "interest_received penalty_received penalty credit settled_on non_accrual"
)


@kernel(inline="always")
def _divide(product: int, divisor: int, reciprocal: float, mode: int) -> int:
    # `product` / `divisor` rounded once; the product is below 2^62, so that the first guess is off by one at most.
    quotient = np.int64(product * reciprocal)
    rest = product - quotient * divisor
    if rest < 0:
        quotient -= 1
        rest += divisor
    elif rest >= divisor:
        quotient += 1
        rest -= divisor
    return quotient + rounds_up(quotient, rest, divisor, mode)


@kernel()
def write_plain_schedule(terms: Record, loan: Record, rows: Records) -> bool:
    """Write the rows by the method (PLAIN_ROW_DTYPE); False where the loan is not plain after all."""
    every, count, balance = terms.every, loan.count, loan.principal
    annual_rate, day_count, mode, level = loan.annual_rate, terms.day_count, terms.rounding, loan.level
    month, day = to_month(loan.starts_on)
    if balance <= 0 or annual_rate < 0 or count <= 0 or month_start(month) + day - 1 != loan.starts_on:
        return False
    if float(balance) * float(annual_rate) * float(31 * every + 3) >= _MOST:
        return False
    if terms.method == EQUAL_INSTALLMENT:
        if level < 0:
            return False
    else:
        level = 0
    begun, begun_month, begun_day = loan.starts_on, month, day
    broken = _day_in(month + every, day, terms.month_end) != loan.first_due_on
    if broken:
        # Counted from the first due date, as if a whole period had led to it.
        if terms.broken_period != FIRST or loan.first_due_on <= loan.starts_on:
            return False
        month, day = to_month(loan.first_due_on)
        month -= every
    if month_start(month + count * every + 2) > LAST_DAY:
        return False
    share = 0
    if terms.method == EQUAL_PRINCIPAL:
        share = even_share(balance, count, terms.installment_to, mode)
    regular_start = _day_in(month, day, terms.month_end)
    levels = terms.method == EQUAL_INSTALLMENT
    divisor = (365 if day_count == ACT_365 else 360) * MILLION
    reciprocal = 1.0 / divisor
    interest_to = 0
    for index in range(count):
        month += every
        starts, ends = month_start(month), month_start(month + 1)
        in_month, in_day, due_on = month, day, starts + day - 1
        if due_on >= ends:
            if terms.month_end == ROLL:
                in_month, in_day, due_on = month + 1, 1, ends
            else:
                in_day, due_on = ends - starts, ends - 1
        if day_count in (ACT_365, ACT_360):
            numerator = due_on - begun
        else:
            from_day = min(begun_day, 30)
            to_day = 30 if in_day == 31 and (from_day == 30 or day_count == THIRTY_E_360) else in_day
            numerator = (in_month - begun_month) * 30 + to_day - from_day
        if broken and index == 0:
            # A broken first period changes the first interest, not the principal that the installment repays.
            interest = interest_between(terms, balance, annual_rate, begun, due_on)
            level_interest = interest_between(terms, balance, annual_rate, regular_start, due_on)
        else:
            interest = _divide(balance * (annual_rate * numerator), divisor, reciprocal, mode)
            level_interest = interest
        principal = balance
        if index < count - 1:
            principal = min(max(level - level_interest, 0) if levels else share, balance)
        interest_to += interest
        one = rows[index]
        one.due_on = one.penalty_from = due_on
        one.bears = balance
        one.interest = one.interest_left = interest
        one.interest_to = interest_to
        one.principal_left = principal
        one.penalty_left = 0
        balance -= principal
        begun, begun_month, begun_day = due_on, in_month, in_day
    return True


@kernel()
def _day_in(month: int, day: int, month_end: int) -> int:
    ends = month_start(month + 1)
    found = month_start(month) + day - 1
    if found < ends:
        return found
    return ends if month_end == ROLL else ends - 1
