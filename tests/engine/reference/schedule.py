"""The schedule: how rows are laid out, and how principal and interest are worked over them."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

from .dates import add_periods, fraction_of_period, move
from .rows import Room, Row
from .terms import Terms, rounded, rounded_to


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
        due = due_date(terms, start, end)
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


def due_date(terms: Terms, start: date, day: date) -> date:
    """`day` moved by the holiday rule; never to where its schedule starts or before: then forward."""
    due = move(day, terms.holiday_rule, terms.holidays)
    return due if due > start else move(day, "following", terms.holidays)


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
    terms: Terms,
    rows: list[Row],
    balance: int,
    rate: Fraction,
    day: date,
    keep_level: bool = False,
    deferred: int = 0,
    room: Room | None = None,
) -> list[Row]:
    """Give `rows` their principal and interest, `balance` bearing `rate` from `day` on; the rows that are left.

    `keep_level`: A (or the even share) stays, and rows fall away at the end.
    """
    for row in rows:
        row.rate = rate
        row.regular = regular_fraction(terms, row)
    paying = [row for row in rows if not row.no_principal]
    if not keep_level:
        give_levels(terms, rows, paying, balance, day, room)
    left = give_amounts(terms, rows, balance, day, falls_away=keep_level, deferred=deferred, room=room)
    smooths = terms.smooth and not terms.daily and terms.method == "equal_installment"
    if smooths and not keep_level and len(paying) > 1:
        left = smooth(terms, rows, paying, balance, day, deferred, room)
    return left


def give_levels(terms: Terms, rows: list[Row], paying: list[Row], balance: int, day: date, room: Room | None) -> None:
    """ "Principal grace: A is worked for the periods after them" (on the balance that capitalised interest has
    made).
    """
    for row in paying:
        row.level = 0
    give_amounts(terms, rows, balance, day, until=paying[0], room=room)
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
    room: Room | None = None,
) -> list[Row]:
    """ "Principal of k = A - interest of the regular period, never below zero nor above what is left. The last
    takes the rest.
    """
    kept = []
    left = None if room is None else room.left
    later = sum(row.met("principal") for row in rows)  # paid ahead on later rows
    for row in rows:
        later -= row.met("principal")
        row.balance, row.since = balance, max(row.start, min(day, row.end))
        if row is until:
            break
        kept.append(row)
        own = own_interest(terms, row) + row.spread
        at_least = row.met("principal")
        if row.no_principal:
            principal = 0
        elif row is rows[-1]:
            principal = balance
        else:
            balloon = min(terms.balloon, balance)
            principal = min(max(0, wanted(terms, row, own)), max(0, balance - max(balloon, later)))
        principal = max(principal, min(at_least, balance))
        row.room = None
        row.planned = own
        if left is not None:
            own = row.planned = min(own, left)
            left -= own
            row.room = None if terms.daily else own
            if room.cuts_fees:
                row.asked["fee"] = min(row.asked["fee"], left)
                left -= row.asked["fee"]
        if row is rows[-1] or (falls_away and principal == balance):
            row.no_interest = row.joins = False  # no row is left to ask for it
        if row.no_interest:
            if terms.grace_capitalised:
                balance += max(0, own - row.met("interest"))
            else:
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


def smooth(
    terms: Terms, rows: list[Row], paying: list[Row], balance: int, day: date, late: int, room: Room | None
) -> list[Row]:
    """ "where the last total differs from A by more than half a minor unit an installment, A moves by (last - A)/n
    rounded half even to `installment_to`, once, kept only if the gap shrinks"."""

    def gap() -> int:
        last = rows[-1]
        balloon = min(terms.balloon, last.balance)
        return last.asked["principal"] + own_interest(terms, last) - balloon - last.level

    left = give_amounts(terms, rows, balance, day, deferred=late, room=room)
    before, levels = gap(), [row.level for row in paying]
    if 2 * abs(before) <= len(paying):
        return left
    first = levels[0] + rounded_to(Fraction(before, len(paying)), terms.to, "half_even")
    for row in paying:
        row.level = stepped(terms, first, paying[0].number, row.number)
    left = give_amounts(terms, rows, balance, day, deferred=late, room=room)
    if abs(gap()) < abs(before):
        return left
    for row, level in zip(paying, levels, strict=True):
        row.level = level
    return give_amounts(terms, rows, balance, day, deferred=late, room=room)


def first_schedule(terms: Terms) -> tuple[list[Row], int]:
    """The schedule of the contract, and the fee that a broken first period costs at disbursement (`upfront`)."""
    rows = lay_out(terms, terms.disbursed_on, terms.installments, terms.first_due_on)
    if len(rows) > 1:
        for row in rows:
            row.no_principal = row.number <= terms.grace_principal
            row.no_interest = row.number <= terms.grace_interest
            row.joins = row.no_interest and terms.grace_capitalised and not terms.daily
    upfront = break_first_period(terms, rows, terms.principal, terms.rate)
    upfront += sum(amount for on, amount in terms.fees if on == "disbursement")
    share_out(rows, "fee", sum(amount for on, amount in terms.fees if on == "installments"))
    room = None
    if terms.cost_share is not None:
        left = cap_on_costs(terms, terms.principal) - upfront
        if terms.daily:
            left -= sum(row.asked["fee"] for row in rows)
        room = Room(max(0, left), cuts_fees=not terms.daily)
    work(terms, rows, terms.principal, terms.rate, terms.disbursed_on, room=room)
    return rows, upfront


def cap_on_costs(terms: Terms, disbursed: int) -> int:
    """ "rounded down to the minor unit: never exceeded"."""
    return rounded(terms.cost_share * disbursed, "down")


def break_first_period(terms: Terms, rows: list[Row], principal: int, rate: Fraction) -> int:
    """ "`spread`: the difference to a regular period's interest is spread over all rows (each rounded, last the rest);
    `upfront`: it is a fee taken at disbursement (if negative, as `first`)"."""
    first = rows[0]
    if terms.daily or len(rows) == 1 or terms.broken_period == "first" or first.start >= first.regular_start:
        return 0
    own = rounded(principal * rate * own_fraction(terms, first, first.start, first.end), terms.mode)
    regular = rounded(principal * rate * regular_fraction(terms, first), terms.mode)
    extra = own - regular
    if extra < 0:
        return 0
    first.start = first.regular_start
    if terms.broken_period == "upfront":
        return extra
    for row, share in zip(rows, shares_of(terms, extra, len(rows)), strict=True):
        row.spread = share
    return 0


def shares_of(terms: Terms, amount: int, count: int) -> list[int]:
    """ "each share by the rounding mode; the last takes the rest"."""
    share, shares = rounded(Fraction(amount, count), terms.mode), []
    for _ in range(count - 1):
        shares.append(min(share, amount))
        amount -= shares[-1]
    return [*shares, amount]


def share_out(rows: list[Row], component: str, amount: int) -> None:
    """ "split evenly (down to the minor unit), the last takes the rest"."""
    share = amount // len(rows)
    for row in rows[:-1]:
        row.asked[component] += share
    rows[-1].asked[component] += amount - share * (len(rows) - 1)
