"""Interest of a stretch of days, exactly: rounded by itself, or added up and rounded once, less the days of a pause."""

from duly.engine.compiled import kernel
from duly.engine.dates import part_year
from duly.engine.money import MILLION, multiply_divide, product_parts, rounds_up
from duly.engine.records import STOP_INTEREST, Record, Records


@kernel()
def interest_between(terms: Record, balance: int, annual_rate: int, start: int, end: int) -> int:
    """Simple interest on `balance` from `start` to `end` in minor units, by the terms' day count, rounded once."""
    return interest_within(terms, balance, annual_rate, start, start, end)


@kernel()
def interest_within(terms: Record, balance: int, annual_rate: int, anchor: int, start: int, end: int) -> int:
    """As `interest_between`, for a stretch of a period that began on `anchor`."""
    if balance <= 0 or end <= start:
        return 0
    numerator, denominator = part_year(
        anchor, start, end, terms.day_count, terms.first_day_out, terms.part_month_actual
    )
    return multiply_divide(balance, annual_rate * numerator, denominator * MILLION, terms.rounding)


@kernel()
def fraction_outside(
    terms: Record, day_count: int, anchor: int, start: int, end: int, pauses: Records, known: int, stops: int
) -> tuple[int, int]:
    """The part of a year from `start` to `end`, numerator and denominator, less the days of pauses of kind `stops`."""
    numerator, denominator = part_year(anchor, start, end, day_count, terms.first_day_out, terms.part_month_actual)
    for index in range(known):
        one = pauses[index]
        if one.stops == stops:
            begun, over = max(one.start, start), min(one.end, end)
            if begun < over:
                part, _ = part_year(anchor, begun, over, day_count, terms.first_day_out, terms.part_month_actual)
                numerator -= part
    return max(numerator, 0), denominator


@kernel()
def days_outside(start: int, end: int, pauses: Records, known: int, stops: int) -> int:
    """Days from `start` to `end`, less those of pauses of kind `stops`."""
    days = max(end - start, 0)
    for index in range(known):
        one = pauses[index]
        if one.stops == stops:
            days -= max(min(one.end, end) - max(one.start, start), 0)
    return days


@kernel()
def own_interest_to(terms: Record, row: Record, day: int) -> int:
    """A row's own interest up to `day`: what is worked out already, and the stretch since on what it bears, rounded."""
    if day <= row.interest_from or row.bears <= 0:
        if row.interest_rest == 0:
            return row.interest_before
        numerator, denominator = 0, divisor_of(terms) // MILLION
    else:
        numerator, denominator = part_year(
            row.anchor, row.interest_from, day, terms.day_count, terms.first_day_out, terms.part_month_actual
        )
        numerator = max(numerator - row.paused, 0)
    whole, rest = own_parts(row, numerator, denominator)
    return whole + _rounds_up(terms, row, whole, rest, denominator)


@kernel()
def end_stretch(terms: Record, row: Record, day: int, pauses: Records, known: int) -> None:
    """Work out a row's own interest up to `day`, where what it bears or the rate changes; not on days of a pause."""
    if day <= row.interest_from:
        return
    numerator, denominator = fraction_outside(
        terms, terms.day_count, row.anchor, row.interest_from, day, pauses, known, STOP_INTEREST
    )
    whole, rest = own_parts(row, numerator, denominator)
    if terms.split_sum:
        row.interest_before, row.interest_rest = whole, rest
    else:
        row.interest_before = whole + _rounds_up(terms, row, whole, rest, denominator)
        row.interest_rest = 0
    row.interest_from = day


@kernel()
def _rounds_up(terms: Record, row: Record, whole: int, rest: int, denominator: int) -> bool:
    # A tie is settled by what is rounded: the sum, or the stretch by itself.
    rounded = whole if terms.split_sum else whole - row.interest_before
    return bool(rounds_up(rounded, rest, denominator * MILLION, terms.rounding))


@kernel()
def own_parts(row: Record, numerator: int, denominator: int) -> tuple[int, int]:
    """A row's own interest with one more stretch, as whole minor units and a rest over `denominator` × 10^6."""
    divisor = denominator * MILLION
    whole, rest = product_parts(max(row.bears, 0), row.rate * numerator, divisor)
    rest += row.interest_rest
    if rest >= divisor:
        rest -= divisor
        whole += 1
    return row.interest_before + whole, rest


@kernel()
def divisor_of(terms: Record) -> int:
    """What rests of interest are counted in: the day count's denominator, which no date changes, × 10^6."""
    _, denominator = part_year(0, 0, 0, terms.day_count, terms.first_day_out, terms.part_month_actual)
    return denominator * MILLION
