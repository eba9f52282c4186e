"""The level installment: the annuity formula over periods of unequal length, rounded exactly."""

import numpy as np
import numpy.typing as npt

from duly.engine import money
from duly.engine.compiled import compiled, kernel
from duly.engine.dates import part_year
from duly.engine.money import MILLION
from duly.engine.records import Record, Records

Limbs = npt.NDArray[np.int64]

_LIMB = 28  # bits of a limb of a big number: products of two, added up, stay far inside 63
_MASK = (1 << _LIMB) - 1


@kernel()
def level_installment(
    terms: Record, loan: Record, rows: Records, first: int, first_start: int, balance: int, balloon: int
) -> int:
    """The installment that repays `balance` but for `balloon` over rows `first` … loan.end - 1, in minor units.

    A = (P − B / Πg) / Σ_j s_j / Π_{k≤j} g_k with g_k = 1 + rate × (fraction of a year of period k), and s_j the growth
    of stepped installments since the first. The first period counts from `first_start`. Worked in float64 with its
    error bounded; where the bound leaves the rounding in doubt it is decided in whole numbers of any length.
    """
    discount, total, growth = 1.0, 0.0, 1.0
    count = loan.end - first
    if count <= 0:
        return 0
    for index in range(first, loan.end):
        numerator, denominator = _period(terms, rows, index, first, first_start)
        discount /= 1.0 + loan.annual_rate * numerator / (denominator * 1e6)
        if index > first and _steps_up(terms, loan, index):
            growth *= 1.0 + terms.step_up_rate / 1e6
        total += growth * discount
    units = (balance - balloon * discount) / total / terms.installment_to
    error = ((balance + balloon) / total / terms.installment_to) * (8 * count + 32) * 1.2e-16 + 1e-300
    if units <= -error:
        return 0  # what is left to repay is less than the balloon alone comes to
    if units < 2.0**52:
        whole = np.floor(units)
        rest = units - whole
        if rest > error and rest < 1.0 - error and abs(rest - 0.5) > error:
            up = terms.rounding == money.UP or (terms.rounding != money.DOWN and rest > 0.5)
            return (np.int64(whole) + up) * terms.installment_to
    return _exact(terms, loan, rows, first, first_start, balance, balloon, np.int64(units))


@kernel()
def level_at(terms: Record, loan: Record, index: int) -> int:
    """The level installment of row `index`: it grows with each step, rounded each time."""
    level = loan.level
    if terms.step_up_every > 0 and loan.original:
        step = (index - loan.first_row) // terms.step_up_every
        for _ in range(step - loan.level_step):
            level = (
                money.multiply_divide(
                    level, MILLION + terms.step_up_rate, MILLION * terms.installment_to, terms.rounding
                )
                * terms.installment_to
            )
    return level


@kernel()
def _steps_up(terms: Record, loan: Record, index: int) -> bool:
    if terms.step_up_every == 0 or not loan.original:
        return False
    return (index - loan.first_row) % terms.step_up_every == 0


@kernel()
def _period(terms: Record, rows: Records, index: int, first: int, first_start: int) -> tuple[int, int]:
    start = first_start if index == first else rows[index].period_start
    # By the day, a first due date may be moved to before a regular period would begin.
    end = max(start, rows[index].period_end)
    return part_year(start, start, end, terms.day_count, terms.first_day_out, terms.part_month_actual)


@compiled()
def _exact(
    terms: Record,
    loan: Record,
    rows: Records,
    first: int,
    first_start: int,
    balance: int,
    balloon: int,
    guess: int,
) -> int:
    # With everything brought over one denominator: A × weights = balance × growth − balloon × scale.
    length = 64 + 3 * (loan.end - first)
    growth, weights, scale, step = (_big(length), _big(length), _big(length), _big(length))
    growth[0] = scale[0] = step[0] = 1
    for index in range(first, loan.end):
        numerator, denominator = _period(terms, rows, index, first, first_start)
        divisor = denominator * MILLION
        if index > first and _steps_up(terms, loan, index):
            _times(growth, MILLION)
            _times(weights, MILLION)
            _times(scale, MILLION)
            _times(step, MILLION + terms.step_up_rate)
        _times(growth, divisor + loan.annual_rate * numerator)
        _times(weights, divisor + loan.annual_rate * numerator)
        _times(scale, divisor)
        _times(step, divisor)
        _add(weights, step)
    # worth = balance × growth − balloon × scale
    worth = growth.copy()
    _times(worth, balance)
    taken = scale.copy()
    _times(taken, balloon)
    if _compare(worth, taken, 1) <= 0:
        return 0
    _subtract(worth, taken)
    _times(weights, terms.installment_to)
    quotient = max(guess, 0)
    while quotient > 0 and _compare(worth, weights, quotient) < 0:
        quotient -= 1
    while _compare(worth, weights, quotient + 1) >= 0:
        quotient += 1
    if _compare(worth, weights, quotient) == 0:
        return quotient * terms.installment_to
    _times(worth, 2)
    half = _compare(worth, weights, 2 * quotient + 1)
    up = terms.rounding == money.UP or (
        terms.rounding != money.DOWN
        and (
            half > 0
            or (
                half == 0
                and (terms.rounding == money.HALF_UP or (terms.rounding == money.HALF_EVEN and quotient % 2 == 1))
            )
        )
    )
    return (quotient + up) * terms.installment_to


# Big numbers: limbs of 28 bits, the lowest first, never negative; the array is long enough for all that is done to it.


@compiled()
def _big(length: int) -> Limbs:
    return np.zeros(length, np.int64)


@kernel()
def _times(limbs: Limbs, factor: int) -> None:
    # `factor` is below 2^56.
    low, high = factor & _MASK, factor >> _LIMB
    carry, before = 0, 0
    for place in range(len(limbs)):
        here = limbs[place]
        carry += here * low + before * high
        limbs[place] = carry & _MASK
        carry >>= _LIMB
        before = here


@kernel()
def _add(limbs: Limbs, other: Limbs) -> None:
    carry = 0
    for place in range(len(limbs)):
        carry += limbs[place] + other[place]
        limbs[place] = carry & _MASK
        carry >>= _LIMB


@kernel()
def _subtract(limbs: Limbs, other: Limbs) -> None:
    carry = 0
    for place in range(len(limbs)):
        carry += limbs[place] - other[place]
        limbs[place] = carry & _MASK
        carry >>= _LIMB


@compiled()
def _compare(limbs: Limbs, other: Limbs, factor: int) -> int:
    # The sign of `limbs` − `other` × `factor`.
    product = other.copy()
    _times(product, factor)
    for place in range(len(limbs) - 1, -1, -1):
        if limbs[place] != product[place]:
            return 1 if limbs[place] > product[place] else -1
    return 0
