"""Figures in sentences: money, rates and dates as borrowing writes them in errors and on paper."""

import datetime

from django.utils.translation import get_language

from duly.engine.money import decimals, format_money

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def money_words(minor: int, currency: str) -> str:
    """`minor` units with the currency's code, as contracts write it: "CNY 5,000.00"."""
    whole, point, rest = format_money(minor, decimals(currency)).partition(".")
    return f"{currency} {int(whole):,}{point}{rest}"


def rate_words(millionths: int) -> str:
    """A yearly rate in per cent with two decimals at least, as many as it has: "14.40%"."""
    whole, rest = divmod(millionths, 10_000)
    return f"{whole}.{f'{rest:04d}'[:2]}{f'{rest:04d}'[2:].rstrip('0')}%"


def language_now() -> str:
    """The language of the page: en or zh."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def date_words(day: datetime.date, language: str) -> str:
    """A date as people write it: 23 November 2026, 2026年11月23日."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
