"""The base currency: amounts of several currencies made comparable, for segments and the order of a queue only."""

import polars as pl
from django.conf import settings

from duly.engine.money import DECIMALS

MILLION = 1_000_000


def in_base_currency(amount: pl.Expr, currency: pl.Expr) -> pl.Expr:
    """`amount` (minor units of `currency`) in minor units of the base currency, rounded down.

    Null where the currency has no rate in settings.DULY_EXCHANGE_RATES (currency → millionths of the base currency's
    unit for one unit).
    """
    base = settings.DULY_BASE_CURRENCY
    converted = pl.when(currency == base).then(amount)
    for code, rate in settings.DULY_EXCHANGE_RATES.items():
        # Exact, and within 64 bits for any amount times a rate below a million.
        at_rate = amount // MILLION * rate + amount % MILLION * rate // MILLION
        shift = DECIMALS[base] - DECIMALS[code]
        converted = converted.when(currency == code).then(at_rate * 10**shift if shift >= 0 else at_rate // 10**-shift)
    return converted.otherwise(None)
