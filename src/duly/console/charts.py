"""Charts as SVG text, drawn with Altair in the stylesheet's own colours, so that light and dark come of themselves."""

import datetime
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from duly.engine.dates import days
from duly.screens.figures import bucket_words, short_money, ticks

LATE_COLOURS = ("var(--late-1)", "var(--late-2)", "var(--late-3)", "var(--late-4)", "var(--late-5)")
INK, MUTED, LINE = "var(--ink)", "var(--muted)", "var(--line)"
TEXT_SIZE = 13
LABEL_GAP = 18
EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def bucket_bars(rows: Sequence[tuple[str, int, str]], finding: str) -> SafeString:
    """A bar for each bucket: its name, its amount in minor units, and the label at the bar's end."""
    return _bucket_bars(tuple(rows), finding, get_language() or "")


def overdue_over_time(
    dates: Sequence[datetime.date],
    buckets: Sequence[str],
    amounts: Sequence[Sequence[int]],
    currency: str,
    finding: str,
    phone: bool = False,
) -> SafeString:
    """Overdue amounts day by day, late buckets stacked from the least late up. `amounts` has a row for each bucket."""
    wide, high = (250, 190) if phone else (900, 230)
    amounts_key = tuple(tuple(row) for row in amounts)
    return _over_time(tuple(dates), tuple(buckets), amounts_key, currency, finding, wide, high, get_language() or "")


def shares_with_bounds(rows: Sequence[tuple[str, int, int, int]], finding: str) -> SafeString:
    """A point for each name with the bounds of its share: name, share, low, high, all in millionths."""
    return _shares_with_bounds(tuple(rows), finding)


@lru_cache(maxsize=32)
def _shares_with_bounds(rows: tuple[tuple[str, int, int, int], ...], finding: str) -> SafeString:
    import altair as alt

    values = [
        {"name": name, "share": share, "low": low, "high": high, "label": f"{name} {share / 10_000:.1f}%"}
        for name, share, low, high in rows
    ]
    steps = {step: f"{step // 10_000}%" for step in range(0, 1_000_001, 250_000)}
    axis = alt.Axis(values=list(steps), labelExpr=_named(steps), grid=False, domainColor=LINE, tickColor=LINE)
    base = alt.Chart(alt.InlineData(values=values)).encode(y=alt.Y("name:N", sort=None, title=None, axis=None))
    scale = alt.Scale(domain=[0, 1_000_000])
    bounds = base.mark_rule(color=MUTED, strokeWidth=2).encode(
        x=alt.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=90, color=INK).encode(x=alt.X("share:Q", scale=scale))
    labels = base.mark_text(dy=-14, color=INK, fontSize=TEXT_SIZE).encode(
        x=alt.X("share:Q", scale=scale), text="label:N"
    )
    return _svg((bounds + points + labels).properties(width=330, height=alt.Step(48)), finding)


@lru_cache(maxsize=32)
def _bucket_bars(rows: tuple[tuple[str, int, str], ...], finding: str, _language: str) -> SafeString:
    import altair as alt

    values = [
        {"bucket": bucket_words(bucket), "amount": amount, "label": label, "colour": colour}
        for (bucket, amount, label), colour in zip(rows, _colours(len(rows)), strict=True)
    ]
    most = max((row[1] for row in rows), default=0)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("bucket:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=10)),
        x=alt.X("amount:Q", title=None, axis=None, scale=alt.Scale(domain=[0, max(most, 1) * 1.7])),
    )
    bars = base.mark_bar(height={"band": 0.7}).encode(color=alt.Color("colour:N", scale=None))
    labels = base.mark_text(align="left", dx=8, color=INK, fontSize=TEXT_SIZE).encode(text="label:N")
    return _svg((bars + labels).properties(width=330, height=alt.Step(34)), finding)


@lru_cache(maxsize=32)
def _over_time(
    dates: tuple[datetime.date, ...],
    buckets: tuple[str, ...],
    amounts: tuple[tuple[int, ...], ...],
    currency: str,
    finding: str,
    wide: int,
    high: int,
    language: str,
) -> SafeString:
    import altair as alt

    colours = _colours(len(buckets))
    floors = [0] * len(dates)
    values: list[dict[str, Any]] = []
    for bucket, row, colour in zip(buckets, amounts, colours, strict=True):
        tops = [floor + amount for floor, amount in zip(floors, row, strict=True)]
        values += [
            {"day": days(day), "from": low, "to": top, "bucket": bucket, "colour": colour}
            for day, low, top in zip(dates, floors, tops, strict=True)
        ]
        floors = tops
    steps = ticks(max(floors, default=0))
    first, last = days(dates[0]), days(dates[-1])
    months = {days(day): _month(day, language) for day in _month_starts(dates[0], dates[-1], 6 if wide < 400 else 14)}
    x = alt.X(
        "day:Q",
        title=None,
        scale=alt.Scale(domain=[first, max(last, first + 1)], nice=False),
        axis=alt.Axis(values=list(months), labelExpr=_named(months), grid=False, domainColor=LINE, tickColor=LINE),
    )
    y_axis = alt.Axis(
        values=list(steps),
        labelExpr=_named({step: short_money(step, currency) for step in steps}),
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(domain=[0, max(steps[-1], 1)], nice=False)
    areas = (
        alt.Chart(alt.InlineData(values=values))
        .mark_area()
        .encode(
            x=x,
            y=alt.Y("from:Q", title=None, scale=scale, axis=y_axis),
            y2="to:Q",
            detail="bucket:N",
            color=alt.Color("colour:N", scale=None),
        )
    )
    labels = (
        alt.Chart(alt.InlineData(values=_end_labels(buckets, amounts, max(steps[-1], 1), high)))
        .mark_text(align="left", dx=8, fontSize=TEXT_SIZE, color=INK)
        .encode(x=alt.value(wide), y=alt.Y("y:Q", scale=None), text="label:N")
    )
    return _svg((areas + labels).resolve_scale(y="independent").properties(width=wide, height=high), finding)


def _end_labels(
    buckets: Sequence[str], amounts: Sequence[Sequence[int]], top: int, high: int
) -> list[dict[str, object]]:
    """A label beside the end of each area, kept apart so that none hides another. `y` in pixels from above."""
    places, floor = [], 0
    for row in amounts:
        places.append(high * (1 - (floor + row[-1] / 2) / top))
        floor += row[-1]
    for lower, upper in pairwise(range(len(places))):
        places[upper] = min(places[upper], places[lower] - LABEL_GAP)
    return [
        {"y": place, "label": bucket_words(bucket)}
        for bucket, place, row in zip(buckets, places, amounts, strict=True)
        if row[-1]
    ]


def _svg(chart: Any, finding: str) -> SafeString:
    import vl_convert

    chart = chart.configure(background="transparent", font="inherit").configure_view(stroke=None)
    chart = chart.configure_axis(labelColor=MUTED, gridColor=LINE, labelFontSize=TEXT_SIZE, labelFont="inherit")
    text = vl_convert.vegalite_to_svg(chart.to_dict())
    # One image with one description: what is inside has no roles of its own to read out.
    return mark_safe(text.replace("<svg ", f'<svg role="img" aria-label="{escape(finding)}" ', 1))  # noqa: S308


def _colours(count: int) -> list[str]:
    return [LATE_COLOURS[min(place, len(LATE_COLOURS) - 1)] for place in range(count)]


def _month_starts(first: datetime.date, last: datetime.date, most: int) -> list[datetime.date]:
    starts = []
    year, month = first.year, first.month
    while (start := datetime.date(year, month, 1)) <= last:
        if start >= first:
            starts.append(start)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return starts[:: max(1, -(-len(starts) // most))]


def _month(day: datetime.date, language: str) -> str:
    if language.startswith("zh"):
        return f"{day.year}年{day.month}月" if day.month == 1 else f"{day.month}月"
    return f"{EN_MONTHS[day.month - 1]} {day.year}" if day.month == 1 else EN_MONTHS[day.month - 1]


def _named(names: dict[int, str]) -> str:
    """A Vega expression that writes each value as it is named."""
    return "{" + ", ".join(f"'{value}': '{name}'" for value, name in names.items()) + "}[datum.value]"


def late_finding(overdue: str, loans: int, worst: str, worst_amount: str) -> str:
    """What the chart of buckets says, in words."""
    if not loans:
        return gettext("Nothing is overdue.")
    return gettext("%(overdue)s is overdue on %(loans)s loans; the largest part, %(amount)s, is %(bucket)s late.") % {
        "overdue": overdue,
        "loans": f"{loans:,}",
        "amount": worst_amount,
        "bucket": bucket_words(worst),
    }
