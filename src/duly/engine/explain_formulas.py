"""The formulas of an explanation, worked out once more in fractions: one is told only if it gives the very amount."""

from dataclasses import dataclass, replace
from fractions import Fraction
from types import ModuleType

from duly.engine import money
from duly.engine.dates import ACT_ACT, CLAMP, add_months, part_year
from duly.engine.money import HALF_EVEN, HALF_UP, MILLION, UP
from duly.engine.records import STOP_INTEREST, STOP_PENALTY, Record, Records


@dataclass(frozen=True)
class Piece:
    """base × rate × numerator / denominator, from `start` to `end`: `exact` minor units, rounded to `amount`."""

    base: int
    rate: int  # millionths a year
    numerator: int
    denominator: int
    start: int
    end: int
    exact: Fraction
    amount: int


@dataclass(frozen=True)
class Formula:
    """How an amount came about: its pieces, and what was added to them or taken off."""

    pieces: tuple[Piece, ...]
    rounding: int
    before: int = 0  # worked out earlier in the period
    counted: int = 0  # told before
    carried: int = 0  # from earlier periods
    rest: bool = False  # parts of a cent were kept from earlier days
    capped: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """From when to when."""
        return self.pieces[0].start, self.pieces[-1].end


def rounded(exact: Fraction, mode: int) -> int:
    """`exact` (not negative) to a whole number by a mode of money.ROUNDING."""
    whole = exact.numerator // exact.denominator
    rest = exact - whole
    half = Fraction(1, 2)
    if mode == UP:
        return whole + (rest > 0)
    if mode == HALF_UP:
        return whole + (rest >= half)
    if mode == HALF_EVEN:
        return whole + (rest > half or (rest == half and whole % 2 == 1))
    return whole


def _piece(
    terms: Record, base: int, rate: int, anchor: int, start: int, end: int, day_count: int, pauses: Records, stops: int
) -> Piece:
    def part(since: int, until: int) -> tuple[int, int]:
        numerator, denominator = part_year(
            anchor, since, until, day_count, bool(terms["first_day_out"]), bool(terms["part_month_actual"])
        )
        return int(numerator), int(denominator)

    numerator, denominator = part(start, end)
    for pause in pauses:
        begun, over = max(int(pause["start"]), start), min(int(pause["end"]), end)
        if int(pause["stops"]) == stops and begun < over:
            numerator -= part(begun, over)[0]
    numerator = max(numerator, 0)
    exact = Fraction(max(base, 0) * rate * numerator, denominator * MILLION)
    if day_count == ACT_ACT:
        # Days of one kind of year alone are written over that year.
        for weight, days in ((366, 365), (365, 366)):
            if numerator % weight == 0:
                numerator, denominator = numerator // weight, days
                break
    return Piece(base, rate, numerator, denominator, start, end, exact, rounded(exact, int(terms["rounding"])))


def interest_by_day(
    terms: Record, loan: Record, rows: Records, pauses: Records, day: int, amount: int
) -> Formula | None:
    """Daily interest of the loan as it was, up to `day`; None where it does not give `amount`."""
    if int(loan["end"]) == 0 or len(rows) == 0:
        return None
    one = rows[min(int(loan["running"]), int(loan["end"]) - 1)]
    base = int(loan["to_come"] if terms["penalty_instead"] else loan["principal_left"])
    start = max(int(one["interest_from"]), int(loan["accrued_to"]))
    if day <= start:
        return None
    piece = _piece(
        terms, base, int(loan["annual_rate"]), int(one["anchor"]), start, day, int(terms["day_count"]), pauses,
        STOP_INTEREST,
    )  # fmt: skip
    formula = Formula((piece,), int(terms["rounding"]))
    if piece.amount == amount:
        return formula
    if terms["split_sum"] and abs(piece.amount - amount) <= 1:
        return replace(formula, rest=True)
    return replace(formula, capped=True) if 0 < amount < piece.amount else None


def scheduled_interest(
    terms: Record, rows: Records, day: int, amount: int, counted: int
) -> tuple[Formula | None, int | None]:
    """Interest by the schedule: of the row due on `day`, or else of the row whose period runs; and which row it is.

    `counted` is what was told of that row before.
    """
    due = [index for index, due_on in enumerate(rows["due_on"].tolist()) if due_on == day]
    running = [
        index for index in range(len(rows)) if int(rows[index]["period_start"]) < day <= int(rows[index]["period_end"])
    ]
    for index in due + running:
        one = rows[index]
        end = int(one["period_end"]) if index in due else min(day, int(one["period_end"]))
        start = int(one["interest_from"])
        if end <= start:
            continue
        none = rows[:0]
        piece = _piece(
            terms, int(one["bears"]), int(one["rate"]), int(one["anchor"]), start, end, int(terms["day_count"]), none,
            STOP_INTEREST,
        )  # fmt: skip
        before = int(one["interest_before"])
        rest = Fraction(0)
        if terms["split_sum"] and int(one["interest_rest"]):
            rest = Fraction(int(one["interest_rest"]), piece.exact.denominator)
        formula = Formula((piece,), int(terms["rounding"]), rest=bool(rest))
        if before + piece.amount - counted == amount:
            if before == counted:
                return formula, index
            return replace(formula, before=before, counted=counted), index
        other = amount - (before + piece.amount - counted)
        extra = int(one["extra"]) + int(one["carried"])
        if index in due and other > 0 and piece.amount and (other == extra or _deferred(rows, index) == other):
            return replace(formula, before=before, counted=counted, carried=other), index
    return None, due[-1] if due else None


def _deferred(rows: Records, index: int) -> int:
    total = 0
    while index > 0 and rows[index - 1]["deferring"]:
        index -= 1
        total += int(rows[index]["own_interest"])
    return total


def penalty_of_row(terms: Record, one: Record, pauses: Records, day: int, amount: int) -> Formula | None:
    """Penalty of an overdue row as it was, up to `day`; None where nothing explains `amount`."""
    grace_end = int(one["due_on"]) + int(terms["penalty_grace_days"])
    anchor = int(one["due_on"])
    start = grace_end if terms["penalty_from_grace_end"] else anchor
    compounded, told = int(one["compounded"]), 0
    if one["in_arrears"] or int(one["penalty_from"]) > start:
        start, told = int(one["penalty_from"]), int(one["penalty_stretch"])
    base = int(one["principal_left"])
    if int(terms["penalty_on"]) >= 1:
        base += int(one["interest_left"])
    if int(terms["penalty_on"]) == 2:
        base += int(one["fee_left"])
    unpaid = int(one["penalty_left"])
    pieces: list[Piece] = []

    def stretch(until: int) -> None:
        nonlocal start, told, unpaid
        if until <= start:
            return
        piece = _piece(
            terms, base + compounded, int(terms["penalty_rate"]), anchor, start, until, int(terms["penalty_day_count"]),
            pauses, STOP_PENALTY,
        )  # fmt: skip
        pieces.append(piece)
        unpaid += piece.amount - told
        start = until

    counted = told
    months = int(terms["penalty_compounds_every"])
    if months:
        joins, every = int(add_months(int(one["due_on"]), months, CLAMP)), months
        after = max(start, int(one["penalty_to"]), grace_end)
        while joins <= day:
            if joins > after:
                stretch(joins)
                told = 0
                compounded = unpaid
            months += every
            joins = int(add_months(int(one["due_on"]), months, CLAMP))
    stretch(day)
    pieces = [piece for piece in pieces if piece.amount]
    if not pieces:
        return None
    total = sum(piece.amount for piece in pieces) - counted
    formula = Formula(tuple(pieces), int(terms["rounding"]), counted=counted)
    if total == amount:
        return formula
    return replace(formula, capped=True) if total > amount else None


def formula_text(formula: Formula, amount: int, exponent: int, words: ModuleType) -> str:
    """The formula in numbers: "10,000.00 × 15% × 31/365 = 127.40 (rounded half to even)"."""

    def spelled(minor: int) -> str:
        return money_text(minor, exponent)

    texts = []
    for piece in formula.pieces:
        text = words.PIECE.format(
            base=spelled(piece.base),
            rate=percent(piece.rate),
            fraction=f"{piece.numerator}/{piece.denominator}",
            amount=spelled(piece.amount),
        )
        if piece.exact != piece.amount:
            text = words.ROUNDED.format(piece=text, rounding=words.ROUNDING[formula.rounding])
        texts.append(text)
    text = words.AND.join(texts)
    if len(texts) > 1:
        text = words.TOTAL.format(pieces=text, amount=spelled(sum(piece.amount for piece in formula.pieces)))
    if formula.before:
        text = words.BEFORE.format(formula=text, amount=spelled(formula.before))
    if formula.counted:
        text = words.COUNTED.format(formula=text, amount=spelled(formula.counted))
    if formula.carried:
        text = words.CARRIED.format(formula=text, amount=spelled(formula.carried))
    if formula.rest:
        text = words.REST.format(formula=text)
    if formula.capped:
        text = words.CAPPED.format(formula=text, amount=spelled(amount))
    return text


def money_text(minor: int, exponent: int) -> str:
    """Money as people write it, thousands apart: 1000000 → "10,000.00"."""
    whole, point, part = money.format_money(minor, exponent).partition(".")
    return f"{int(whole):,}{point}{part}"


def percent(millionths: int) -> str:
    """A yearly rate as people write it: 180000 → "18%"."""
    text = f"{Fraction(millionths, 10_000).__float__():.4f}".rstrip("0").rstrip(".")
    return f"{text or '0'}%"
