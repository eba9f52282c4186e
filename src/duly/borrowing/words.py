"""Figures in sentences: money, rates and dates as borrowing writes them in errors and on paper."""

from duly.engine.money import decimals, format_money


def money_words(minor: int, currency: str) -> str:
    """`minor` units with the currency's code, as contracts write it: "CNY 5,000.00"."""
    whole, point, rest = format_money(minor, decimals(currency)).partition(".")
    return f"{currency} {int(whole):,}{point}{rest}"


def rate_words(millionths: int) -> str:
    """A yearly rate in per cent with two decimals at least, as many as it has: "14.40%"."""
    whole, rest = divmod(millionths, 10_000)
    return f"{whole}.{f'{rest:04d}'[:2]}{f'{rest:04d}'[2:].rstrip('0')}%"
