"""Figures as people read them: money by currency, shares, amounts on an axis; in the language of the page."""

from collections.abc import Sequence
from math import floor, log10

from django.utils.translation import gettext

from duly.engine.money import decimals, format_money
from duly.people.languages import language_now

# Signs that staff read at a glance; any other currency is written with its code.
SIGNS = {
    "CNY": "¥", "EUR": "€", "GBP": "£", "GHS": "GH₵", "INR": "₹", "JPY": "JP¥", "KES": "KSh ", "KRW": "₩",
    "NGN": "₦", "PHP": "₱", "USD": "$", "VND": "₫", "ZAR": "R ",
}  # fmt: skip


def sign(currency: str) -> str:
    """What stands before an amount of `currency`."""
    return SIGNS.get(currency, f"{currency} ")


def money(minor: int, currency: str) -> str:
    """`minor` units as "¥1,234.56"; below zero with a minus sign."""
    whole, point, rest = format_money(abs(minor), decimals(currency)).partition(".")
    return f"{'−' if minor < 0 else ''}{sign(currency)}{int(whole):,}{point}{rest}"


def ledger_money(minor: int, currency: str) -> str:
    """As `money`, but below zero in parentheses, as ledgers write it."""
    return f"({money(-minor, currency)})" if minor < 0 else money(minor, currency)


def short_money(minor: int, currency: str) -> str:
    """A round amount for an axis: "¥1.2M", or "¥120万" in Chinese."""
    units = minor / 10 ** decimals(currency)
    chinese = language_now() == "zh"
    steps = ((10**8, "亿"), (10**4, "万")) if chinese else ((10**9, "bn"), (10**6, "M"), (10**3, "k"))
    for size, name in steps:
        if abs(units) >= size:
            return f"{sign(currency)}{units / size:,.4g}{name}"
    return f"{sign(currency)}{units:,.4g}"


def share(part: int, whole: int) -> str:
    """`part` of `whole` in per cent, one decimal; a dash of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def rate(millionths: int) -> str:
    """A yearly rate in per cent, as many decimals as it has."""
    whole, rest = divmod(millionths, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def ticks(most: int) -> Sequence[int]:
    """Round values from zero to at least `most`, four or five steps."""
    if most <= 0:
        return [0]
    rough = most / 4
    scale = 10 ** floor(log10(rough))
    step = max(1, round(next(one for one in (1, 2, 2.5, 5, 10) if one * scale >= rough) * scale))
    return list(range(0, most + step, step))


def bucket_words(bucket: str) -> str:
    """A bucket's name on the page: "1–30 days"."""
    if bucket == "current":
        return gettext("Not overdue")
    return gettext("%(range)s days") % {"range": bucket.replace("-", "–")}
