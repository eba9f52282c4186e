"""How templates write money, dates, standings and the lender's name."""

import datetime
import math
from collections.abc import Sequence

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from duly.contact.allowed_now import ChannelNow
from duly.engine.money import decimals, format_money
from duly.people.languages import date_in_words, language_now
from duly.screens import figures
from duly.screens.simulated import is_simulated
from duly.screens.standing import (
    Standing,
    channel_words,
    duty_words,
    event_words,
    fact_words,
    movement_words,
    outcome_words,
    reason_words,
)

register = template.Library()
register.filter("share", figures.share)
register.filter("rate", figures.rate)
register.filter("bucket_words", figures.bucket_words)
register.filter("movement_words", movement_words)
register.filter("fact_words", fact_words)
register.filter("reason_words", reason_words)
register.filter("channel_words", channel_words)
register.filter("outcome_words", outcome_words)
register.filter("duty_words", duty_words)
register.filter("event_words", event_words)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """An amount of minor units; nothing where there is none."""
    return "" if minor is None else figures.money(minor, currency)


@register.filter
def cell(minor: int | None, currency: str) -> SafeString | str:
    """An amount in a ledger: parentheses below zero, a quiet dash for zero."""
    if not minor:
        return format_html('<span class="zero">{}</span>', "–")
    return figures.ledger_money(minor, currency)


@register.filter
def plain(minor: int | None, currency: str) -> str:
    """An amount as a field for numbers holds it: 5000.00."""
    return "" if minor is None else format_money(minor, decimals(currency))


@register.filter
def place_in(value: object, values: Sequence[object]) -> int:
    """The place of a value in a list, from 0; 0 where it is not in it."""
    return values.index(value) if value in values else 0


@register.filter
def count(number: int | None) -> str:
    """A whole number with separators."""
    return "" if number is None else f"{number:,}"


@register.filter
def iso(day: datetime.date | datetime.datetime | None) -> SafeString | str:
    """A date as staff sort by it, 2026-11-23; an instant in the lender's time zone, to the minute."""
    if day is None:
        return ""
    if isinstance(day, datetime.datetime):
        local = timezone.localtime(day)
        return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")
    return format_html('<time datetime="{0}">{0}</time>', day.isoformat())


@register.filter
def in_words(day: datetime.date | None) -> SafeString | str:
    """A date as people write it: 23 November 2026, 2026年11月23日."""
    if day is None:
        return ""
    text = date_in_words(day, language_now())
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), text)


@register.filter
def until_words(instant: datetime.datetime) -> str:
    """How long until an instant, in days, hours and minutes."""
    minutes = max(0, math.ceil((instant - timezone.now()).total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if language_now() == "zh":
        return f"还有{f'{days}天' if days else ''}{f'{hours}小时' if days or hours else ''}{rest}分钟"
    return f"in {f'{days} d ' if days else ''}{f'{hours} h ' if days or hours else ''}{rest} min"


@register.filter
def allowed(channels: Sequence[ChannelNow]) -> list[str]:
    """The names of the channels that are allowed."""
    return [channel_words(one.channel) for one in channels if one.allowed]


@register.filter
def blocked(channels: Sequence[ChannelNow]) -> list[str]:
    """The names of the channels that are not allowed."""
    return [channel_words(one.channel) for one in channels if not one.allowed]


@register.simple_tag
def status(standing: Standing) -> SafeString:
    """A standing: its word, and its shape by its meaning."""
    return format_html('<span class="status {}">{}</span>', standing.meaning, standing.word)


@register.simple_tag
def lender() -> str:
    """The lender's name."""
    return str(settings.DULY_LENDER)


@register.simple_tag
def if_simulated() -> bool:
    """Whether the book holds a demonstration lender: it says so on every page."""
    return is_simulated()
