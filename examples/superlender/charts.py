"""What came out of the closed book, as charts (SVG) and the tables behind them (CSV), beside this file.

    duly import --mapping examples/superlender/mapping.toml trainprevloans.csv
    duly close --through 2017-07-30
    python examples/superlender/charts.py

Reads the book that DULY_HOME or DULY_DATABASE_URL names.
"""

import os
import tempfile
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import vl_convert

HERE = Path(__file__).parent
INK, MUTED, LINE = "#1f2933", "#5f6c7b", "#d9dfe6"
BLUE, AMBER, RED = "#2f6db5", "#c27803", "#b42318"
WIDTH = 720
FEWEST = 20  # a share of fewer loans than this is in the table, not in the chart
STEPS = [("current", "1-30", AMBER), ("1-30", "31-60", RED)]


def main() -> None:
    """Write the three charts and their tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duly.settings")
    import django

    django.setup()
    days, ends = closes()
    open_and_overdue(days)
    roll_rates(ends)
    days_late(ends[-1][1])


def closes() -> tuple[pl.DataFrame, list[tuple[str, pl.DataFrame]]]:
    """Open and overdue loans of every closed day; and the whole book at the end of each month and of the last day."""
    from duly.close.models import Close
    from duly.close.status import book_export

    columns = ("business_date", "open_loans", "overdue_loans")
    days = pl.DataFrame(list(Close.objects.order_by("business_date").values_list(*columns)), columns, orient="row")
    last_of_month = days.group_by(pl.col("business_date").dt.truncate("1mo"), maintain_order=True).agg(
        last=pl.col("business_date").last()
    )
    ends = []
    with tempfile.TemporaryDirectory() as folder:
        for day in last_of_month["last"]:
            book_export(day, Path(folder) / "book.parquet")
            ends.append((f"{day:%Y-%m}", pl.read_parquet(Path(folder) / "book.parquet")))
    return days, ends


def open_and_overdue(days: pl.DataFrame) -> None:
    """Open and overdue loans by day."""
    days.write_csv(HERE / "open-and-overdue.csv")
    peak = days.sort("open_loans").row(-1, named=True)
    late = days.sort("overdue_loans").row(-1, named=True)
    finding = (
        f"Open loans grew to {peak['open_loans']:,} on {peak['business_date']}; "
        f"at most {late['overdue_loans']:,} were overdue, on {late['business_date']}."
    )
    series = [("open_loans", "open", BLUE, peak), ("overdue_loans", "overdue", RED, late)]
    layers: list[alt.Chart] = []
    for column, name, colour, highest in series:
        rows = days.select(day=pl.col("business_date").cast(pl.String), loans=column).to_dicts()
        layers.append(
            alt.Chart(alt.InlineData(values=rows))
            .mark_line(color=colour, strokeWidth=2)
            .encode(
                x=alt.X("day:T", title=None, axis=month_axis()), y=alt.Y("loans:Q", title="loans", axis=grid_axis())
            )
        )
        label = {"day": str(highest["business_date"]), "loans": highest[column], "label": f"{name} {highest[column]:,}"}
        layers.append(
            alt.Chart(alt.InlineData(values=[label]))
            .mark_text(align="right", dx=-8, dy=-6, color=colour, fontSize=13, fontWeight="bold")
            .encode(x="day:T", y="loans:Q", text="label:N")
        )
    write("open-and-overdue", alt.layer(*layers), finding)


def roll_rates(ends: list[tuple[str, pl.DataFrame]]) -> None:
    """Of the loans in a bucket at the end of a month, the share that the next month's end finds in the one after."""
    rows = []
    for (_, before), (month, after) in pairwise(ends):
        both = before.filter(pl.col("status") == "open").join(after, on="reference", suffix="_after")
        for start, end, _ in [*STEPS, ("31-60", "61-90", "")]:
            of = both.filter(pl.col("bucket") == start)
            rolled = of.filter((pl.col("bucket_after") == end) & (pl.col("status_after") == "open")).height
            paid = of.filter(pl.col("status_after") == "settled").height
            share = round(100 * rolled / of.height, 1) if of.height else None
            rows.append((month, start, end, of.height, rolled, paid, share))
    columns = ["month", "from_bucket", "to_bucket", "loans", "rolled", "settled", "percent_rolled"]
    table = pl.DataFrame(rows, columns, orient="row")
    table.write_csv(HERE / "roll-rates.csv")
    layers: list[alt.Chart] = []
    said = []
    for start, end, colour in STEPS:
        of = table.filter((pl.col("from_bucket") == start) & (pl.col("loans") >= FEWEST))
        values = of.select(month=pl.col("month") + "-01", percent="percent_rolled").to_dicts()
        total = 100 * of["rolled"].sum() / of["loans"].sum()
        name = f"{'not late' if start == 'current' else start + ' days'} → {end} days"
        said.append(f"{total:.1f}% from {name}")
        line = alt.Chart(alt.InlineData(values=values)).encode(
            x=alt.X("month:T", title=None, axis=month_axis()),
            y=alt.Y("percent:Q", title="% of loans", scale=alt.Scale(domainMin=0), axis=grid_axis()),
        )
        layers.append(line.mark_line(color=colour, strokeWidth=2, point=alt.OverlayMarkDef(color=colour, size=30)))
        # Above the higher line, below the lower one, where they are far apart.
        above = colour == RED
        year = [one for one in values if one["month"] < "2017"]
        spot = (max if above else min)(year, key=lambda one: one["percent"])
        label = alt.Chart(alt.InlineData(values=[spot | {"label": name}]))
        layers.append(
            label.mark_text(
                dx=90 if above else 0, dy=0 if above else 18, color=colour, fontSize=13, fontWeight="bold"
            ).encode(x="month:T", y="percent:Q", text="label:N")
        )
    write("roll-rates", alt.layer(*layers), f"From one month's end to the next, over all months: {'; '.join(said)}.")


def days_late(book: pl.DataFrame) -> None:
    """When the single-payment loans were paid, counted from the due date."""
    single = book.filter(pl.col("product") == "single-payment")
    late = single.select(days=(pl.col("settled_on") - pl.col("first_due_on")).dt.total_days())["days"]
    bounds = [
        ("more than 7 days early", None, -8),
        ("1 to 7 days early", -7, -1),
        ("on the day", 0, 0),
        ("1 to 3 days late", 1, 3),
        ("4 to 7 days late", 4, 7),
        ("8 to 30 days late", 8, 30),
        ("31 to 90 days late", 31, 90),
        ("more than 90 days late", 91, None),
    ]
    rows = []
    for name, first, last in bounds:
        inside = late.is_between(-(10**6) if first is None else first, 10**6 if last is None else last)
        count = int(inside.sum())
        rows.append({"paid": name, "loans": count, "percent": round(100 * count / len(late), 1)})
    pl.DataFrame(rows).write_csv(HERE / "days-late.csv")
    by_then = 100 * int((late <= 0).sum()) / len(late)
    beyond = 100 * int((late > 30).sum()) / len(late)
    finding = (
        f"{by_then:.0f}% of {len(late):,} single-payment loans were paid by their due date; "
        f"{beyond:.1f}% were more than 30 days late."
    )
    for row in rows:
        row["label"] = f"{row['loans']:,} ({row['percent']}%)"
        row["colour"] = RED if "late" in str(row["paid"]) else BLUE
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("paid:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
        x=alt.X("loans:Q", axis=None, scale=alt.Scale(domain=[0, max(row["loans"] for row in rows) * 1.25])),
    )
    bars = base.mark_bar(height={"band": 0.7}).encode(color=alt.Color("colour:N", scale=None))
    labels = base.mark_text(align="left", dx=6, color=INK, fontSize=13).encode(text="label:N")
    write("days-late", alt.layer(bars, labels), finding, height=260)


def month_axis() -> alt.Axis:
    """Months along the foot."""
    return alt.Axis(format="%b %Y", tickCount={"interval": "month", "step": 3}, grid=False, domainColor=LINE)


def grid_axis() -> alt.Axis:
    """Few, light lines, and no frame."""
    return alt.Axis(domain=False, ticks=False, tickCount=5, gridColor=LINE)


def write(name: str, chart: Any, finding: str, height: int = 280) -> None:
    """Write `chart` as name.svg, which says what it shows to those who cannot see it, and print the finding."""
    chart = chart.properties(width=WIDTH, height=height, background="white", padding=16)
    chart = chart.configure(font="sans-serif").configure_view(stroke=None)
    chart = chart.configure_axis(labelColor=MUTED, titleColor=MUTED, labelFontSize=13, titleFontSize=13)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    described = f'<svg role="img" aria-label="{escape(finding)}" '
    (HERE / f"{name}.svg").write_text(svg.replace("<svg ", described, 1) + "\n", encoding="utf-8")
    print(f"{name}: {finding}")  # noqa: T201


if __name__ == "__main__":
    main()
