"""Rows: one dated amount due each; how they are laid out, and how principal and interest are worked over them."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise

from .dates import add_periods, fraction_of_period, move
from .terms import COMPONENTS, Terms, rounded, rounded_to


def nothing() -> dict[str, int]:
    return dict.fromkeys(COMPONENTS, 0)


@dataclass
class Row:
    number: int
    start: date  # its period [start, end), before due dates are moved
    end: date
    regular_start: date  # where the period would start if it were a regular one
    due: date
    asked: dict[str, int] = field(default_factory=nothing)
    paid: dict[str, int] = field(default_factory=nothing)
    waived: dict[str, int] = field(default_factory=nothing)
    capitalised: dict[str, int] = field(default_factory=nothing)
    lost: dict[str, int] = field(default_factory=nothing)
    paid_on: date | None = None
    no_principal: bool = False
    no_interest: bool = False  # interest grace
    fee_only: bool = False  # a row of its own for a fee
    regular: Fraction = Fraction(0)  # years of its regular period
    level: int = 0  # what its principal and regular interest come to: A, or the even share
    balance: int = 0  # bears interest from `since` to `end`
    rate: Fraction = Fraction(0)
    since: date | None = None
    pieces: list[Fraction] = field(default_factory=list)  # interest of stretches that are over, exact
    spread: int = 0  # share of a broken first period's extra interest
    carried: int = 0  # interest of another time that falls due here: deferred by grace, or carried by a reschedule
    room: int | None = None  # what a cap on all costs leaves for its interest
    due_already: bool = False
    settled: bool = False
    kept: bool = False  # paid ahead before a reschedule or an acceleration: goes on earning by the day what was paid
    broken: bool = False  # a first period that is not a regular one
    delivered: bool = False  # what grace defers from it is asked by a row that is paid ahead in full
    regular_end: date | None = None
    late_fee_met: bool = False
    stretch_from: date | None = None
    stretch_base: int = 0
    stretch_added: int = 0
    joined: int = 0  # unpaid penalty that bears penalty

    def left(self, component: str) -> int:
        taken = self.paid, self.waived, self.capitalised, self.lost
        return self.asked[component] - sum(part[component] for part in taken)

    def left_of(self, *components: str) -> int:
        return sum(self.left(component) for component in components)

    @property
    def all_left(self) -> int:
        return self.left_of(*COMPONENTS)

    def met(self, component: str) -> int:
        return self.asked[component] - self.left(component)


def lay_out(
    terms: Terms, start: date, installments: int, first_due_on: date | None, first_number: int = 1
) -> list[Row]:
    """Where `first_due_on` is one period after the start, due date k = start + k periods, counted from the start;
    else first_due_on + (k - 1) periods. A moved due date moves no interest (under daily interest it does: a row closes
    on the day it is due)."""
    one_later = add_periods(start, terms.every, 1, terms.month_end)
    regular = first_due_on is None or first_due_on == one_later

    def bound(k: int) -> date:
        if regular:
            return add_periods(start, terms.every, k, terms.month_end)
        return add_periods(first_due_on, terms.every, k - 1, terms.month_end)

    def row(number: int, begin: date, end: date, regular_start: date) -> Row:
        due = move(end, terms.holiday_rule, terms.holidays)
        return Row(number, begin, end, regular_start, due)

    if terms.method in ("bullet", "open"):
        rows = [row(first_number, start, bound(installments), start)]
    else:
        rows = [
            row(first_number + k - 1, start if k == 1 else bound(k - 1), bound(k), bound(k - 1))
            for k in range(1, installments + 1)
        ]
    rows[0].broken = not terms.daily and len(rows) > 1
    if terms.daily:
        for before, after in pairwise(rows):
            before.end = after.start = before.due
        rows[-1].end = rows[-1].due
        for each in rows[1:]:
            each.regular_start = each.start
    for each in rows:
        each.regular_end = each.end
    return rows


def own_fraction(terms: Terms, row: Row, start: date, end: date) -> Fraction:
    return fraction_of_period(start, end, row.start, terms.day_count, terms.days, terms.part_month)


def regular_fraction(terms: Terms, row: Row, end: date | None = None) -> Fraction:
    return fraction_of_period(
        row.regular_start,
        end or row.regular_end or row.end,
        row.regular_start,
        terms.day_count,
        terms.days,
        terms.part_month,
    )


def rounded_pieces(terms: Terms, pieces: list[Fraction]) -> int:
    """ "each piece rounded, or their sum with `split_rounding: sum`"."""
    if terms.by_sum:
        return rounded(sum(pieces, Fraction(0)), terms.mode)
    return sum(rounded(piece, terms.mode) for piece in pieces)


def accrued(terms: Terms, row: Row, day: date) -> int:
    """Interest of the row's own period to `day`: the stretches that are over, and the one that runs."""
    until = min(day, row.end)
    running = row.balance * row.rate * own_fraction(terms, row, row.since, until) if until > row.since else Fraction(0)
    return rounded_pieces(terms, [*row.pieces, running])


def own_interest(terms: Terms, row: Row) -> int:
    return accrued(terms, row, row.end)


def growth(terms: Terms, number: int) -> Fraction:
    steps = (number - 1) // terms.step_every if terms.step_every else 0
    return (1 + terms.step_rate) ** steps


def stepped(terms: Terms, level: int, first: int, number: int) -> int:
    """ "level of step m = level of step m - 1 x (1 + rate), rounded by mode to `installment_to`"."""
    if not terms.step_every:
        return level
    for _ in range((number - 1) // terms.step_every - (first - 1) // terms.step_every):
        level = rounded_to(level * (1 + terms.step_rate), terms.to, terms.mode)
    return level


def level_installment(terms: Terms, rows: list[Row], principal: int, balloon: int) -> int:
    """ "A = P x prod g_k / sum_j prod_{k>j} g_k", rounded; with a balloon B, P - B x (1 / prod g) takes the place of P;
    with step-up the payments grow, A is the first."""
    factors = [1 + row.rate * row.regular for row in rows]
    product, annuity = Fraction(1), Fraction(0)
    for row, factor in zip(reversed(rows), reversed(factors), strict=True):
        annuity += product * growth(terms, row.number) / growth(terms, rows[0].number)
        product *= factor
    return rounded_to((principal * product - balloon) / annuity, terms.to, terms.mode)


def work(
    terms: Terms, rows: list[Row], balance: int, rate: Fraction, day: date, keep_level: bool = False, deferred: int = 0
) -> list[Row]:
    """Give `rows` their principal and interest, `balance` bearing `rate` from `day` on; the rows that are left.

    `keep_level`: A (or the even share) stays, and rows fall away at the end.
    """
    for row in rows:
        row.rate = rate
        row.regular = regular_fraction(terms, row)
    paying = [row for row in rows if not row.no_principal]
    if not keep_level:
        give_levels(terms, rows, paying, balance, day)
    left = give_amounts(terms, rows, balance, day, falls_away=keep_level, deferred=deferred)
    if terms.smooth and not keep_level and terms.method == "equal_installment" and len(paying) > 1:
        left = smooth(terms, rows, paying, balance, day, deferred)
    return left


def give_levels(terms: Terms, rows: list[Row], paying: list[Row], balance: int, day: date) -> None:
    """ "Principal grace: A is worked for the periods after them" (on the balance that capitalised interest has
    made).
    """
    for row in paying:
        row.level = 0
    give_amounts(terms, rows, balance, day, until=paying[0])
    spread = paying[0].balance
    balloon = min(terms.balloon, spread)
    if terms.method == "equal_installment":
        level = level_installment(terms, paying, spread, balloon)
        for row in paying:
            row.level = stepped(terms, level, paying[0].number, row.number)
    elif terms.method == "equal_principal":
        for row in paying:
            row.level = rounded_to(Fraction(spread - balloon, len(paying)), terms.to, terms.mode)


def give_amounts(
    terms: Terms,
    rows: list[Row],
    balance: int,
    day: date,
    until: Row | None = None,
    falls_away: bool = False,
    deferred: int = 0,
) -> list[Row]:
    """ "Principal of k = A - interest of the regular period, never below zero nor above what is left. The last
    takes the rest.
    """
    kept = []
    for row in rows:
        row.balance, row.since = balance, max(row.start, min(day, row.end))
        if row is until:
            break
        kept.append(row)
        own = own_interest(terms, row) + row.spread
        if row.room is not None:
            own = min(own, row.room)
        at_least = row.met("principal")
        if row.no_principal:
            principal = 0
        elif row is rows[-1]:
            principal = balance
        else:
            balloon = min(terms.balloon, balance)
            principal = min(max(0, wanted(terms, row, own)), balance - balloon)
        principal = max(principal, min(at_least, balance))
        if row.no_interest:
            if terms.grace_capitalised:
                balance += max(0, own - row.met("interest"))
            elif not row.delivered:
                deferred += own
            row.asked["interest"] = row.met("interest")
        else:
            row.asked["interest"] = max(own + deferred + row.carried, row.met("interest"))
            deferred = 0
        row.asked["principal"] = principal
        balance -= principal
        if balance == 0 and falls_away:
            break
    return kept


def wanted(terms: Terms, row: Row, own: int) -> int:
    if terms.method == "equal_installment":
        return row.level - (regular_interest(terms, row) if is_broken(row) else own - row.spread)
    return row.level if terms.method == "equal_principal" else 0


def is_broken(row: Row) -> bool:
    return row.broken and row.start != row.regular_start


def regular_interest(terms: Terms, row: Row) -> int:
    return rounded(row.balance * row.rate * row.regular, terms.mode)


def smooth(terms: Terms, rows: list[Row], paying: list[Row], balance: int, day: date, late: int) -> list[Row]:
    """ "where the last total differs from A by more than half a minor unit an installment, A moves by (last - A)/n
    rounded half even to `installment_to`, once, kept only if the gap shrinks"."""

    def gap() -> int:
        last = rows[-1]
        balloon = min(terms.balloon, last.balance)
        deferred = last.asked["interest"] - own_interest(terms, last)
        return last.asked["principal"] + last.asked["interest"] - deferred - balloon - last.level

    left = give_amounts(terms, rows, balance, day, deferred=late)
    before, levels = gap(), [row.level for row in paying]
    if 2 * abs(before) <= len(paying):
        return left
    first = levels[0] + rounded_to(Fraction(before, len(paying)), terms.to, "half_even")
    for row in paying:
        row.level = stepped(terms, first, paying[0].number, row.number)
    left = give_amounts(terms, rows, balance, day, deferred=late)
    if abs(gap()) < abs(before):
        return left
    for row, level in zip(paying, levels, strict=True):
        row.level = level
    return give_amounts(terms, rows, balance, day, deferred=late)


def first_schedule(terms: Terms) -> tuple[list[Row], int]:
    """The schedule of the contract, and the fee that a broken first period costs at disbursement (`upfront`)."""
    rows = lay_out(terms, terms.disbursed_on, terms.installments, terms.first_due_on)
    if len(rows) > 1:
        for row in rows:
            row.no_principal = row.number <= terms.grace_principal
            row.no_interest = row.number <= terms.grace_interest
    upfront = break_first_period(terms, rows)
    work(terms, rows, terms.principal, terms.rate, terms.disbursed_on)
    share_out(rows, "fee", sum(amount for on, amount in terms.fees if on == "installments"))
    for on, amount in terms.fees:
        if on not in ("installments", "disbursement"):
            add_fee(rows, amount, date.fromisoformat(on))
    return rows, upfront


def break_first_period(terms: Terms, rows: list[Row]) -> int:
    """ "`spread`: the difference to a regular period's interest is spread over all rows (each rounded, last the rest);
    `upfront`: it is a fee taken at disbursement (if negative, as `first`)"."""
    first = rows[0]
    if terms.daily or len(rows) == 1 or terms.broken_period == "first" or first.start == first.regular_start:
        return 0
    own = rounded(terms.principal * terms.rate * own_fraction(terms, first, first.start, first.end), terms.mode)
    regular = rounded(terms.principal * terms.rate * regular_fraction(terms, first), terms.mode)
    extra = own - regular
    if extra < 0:
        return 0
    first.start = first.regular_start
    if terms.broken_period == "upfront":
        return extra
    for row in rows[:-1]:
        row.spread = rounded(Fraction(extra, len(rows)), terms.mode)
    rows[-1].spread = extra - sum(row.spread for row in rows[:-1])
    return 0


def share_out(rows: list[Row], component: str, amount: int) -> None:
    """ "split evenly (down to the minor unit), the last takes the rest"."""
    share = amount // len(rows)
    for row in rows[:-1]:
        row.asked[component] += share
    rows[-1].asked[component] += amount - share * (len(rows) - 1)


def add_fee(rows: list[Row], amount: int, due_on: date) -> Row:
    """ "a fee on the first row due on or after `due_on`, or a row of its own after the last" (a row paid in
    full takes none).
    """
    for row in rows:
        if row.due >= due_on and (row.all_left > 0 or not any(row.asked.values())) and not row.settled:
            row.asked["fee"] += amount
            row.paid_on = None
            return row
    row = Row(rows[-1].number + 1, due_on, due_on, due_on, due_on, since=due_on)
    row.asked["fee"] = amount
    row.fee_only = True
    rows.append(row)
    return row
