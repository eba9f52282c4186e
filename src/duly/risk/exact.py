"""Exact products of amounts and millionths in 64 bits, and what an installment repays."""

from fractions import Fraction
from functools import lru_cache

from duly.engine.money import MILLION
from duly.risk.columns import Int64

MONTHS = 12


def times_millionths(amount: Int64, factor: int | Int64, up: bool = False) -> Int64:
    """`amount` × `factor` / 10^6, rounded down (or up). Amounts from 0 to 10^13, factors from 0 to 10^9."""
    whole = amount // MILLION
    part = (amount - whole * MILLION) * factor
    rounded = -(-part // MILLION) if up else part // MILLION
    product: Int64 = whole * factor + rounded
    return product


@lru_cache(maxsize=256)
def annuity_millionths(annual_rate: int, months: int) -> int:
    """What an installment of 1 a month repays over `months`: Σ (1 + r/12)^−k for k = 1 … months, in millionths.

    `annual_rate` in millionths. Exact, then rounded down: 1,000,000 × months at a rate of nothing.
    """
    if annual_rate == 0:
        return months * MILLION
    monthly = Fraction(annual_rate, MONTHS * MILLION)
    return int((1 - 1 / (1 + monthly) ** months) / monthly * MILLION)
