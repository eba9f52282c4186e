"""An import told on a terminal: what would be or was recorded, the first rows as they were read, what was not taken."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from duly.engine.errors import InputError
from duly.engine.money import decimals, format_money, format_rate
from duly.lending.importing.records import TABLES
from duly.lending.importing.run import Outcome

FIRST_RECORDS = 3
REASONS_SHOWN = 10
MONEY = ("principal", "service_fee", "installment_amount", "amount")


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error that goes when the import is done."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("Starting", total=None)

        def progress(stage: str, done: int, steps: int) -> None:
            shown.update(task, description=stage, completed=done, total=steps)

        yield progress


def tell_errors(errors: Sequence[InputError], as_json: bool) -> None:
    """All that is wrong with a mapping, on standard error: what, where, and what to do."""
    console = Console(stderr=True)
    if as_json:
        told = [{"what": one.what, "where": one.where, "remedy": one.remedy} for one in errors]
        console.print(json.dumps({"errors": told}, ensure_ascii=False), soft_wrap=True, highlight=False, markup=False)
        return
    console.print("[bold red]■ the mapping does not work, and nothing was recorded[/]", highlight=False)
    for one in errors:
        where = f"[bold]{escape(one.where)}[/]  " if one.where else ""
        console.print(f"  {where}{escape(one.what)}\n      {escape(one.remedy)}", highlight=False, soft_wrap=True)


def tell_outcome(outcome: Outcome, *, check: bool, strict: bool) -> None:
    """The outcome in words and, for a check, the first rows of each table."""
    console = Console()
    if check:
        for name, columns in TABLES.items():
            _first_rows(console, name, list(columns), getattr(outcome.records, name))
    counts = Table(box=None, pad_edge=False)
    counts.add_column("")
    counts.add_column("new", justify="right")
    counts.add_column("on record already", justify="right")
    for name, number in outcome.new.items():
        counts.add_row(name, f"{number:,}", f"{outcome.known[name]:,}" if name in outcome.known else "")
    console.print(counts)
    if outcome.unused:
        console.print(f"[yellow]◆ {outcome.unused:,} rows are read by no part of the mapping[/]", highlight=False)
    if outcome.rejected_rows:
        _tell_rejected(console, outcome)
    done = {
        (True, False): "Nothing was written: this was a check.",
        (False, True): "Recorded, in one transaction.",
        (False, False): "Nothing was recorded: with --strict every row must be right.",
    }[check, outcome.written]
    sign = "[green]●[/]" if outcome.written or (check and not outcome.rejected_rows) else "[yellow]◆[/]"
    console.print(f"{sign} {outcome.rows:,} rows read, {outcome.rejected_rows:,} not taken. {done}", highlight=False)
    if check and strict and outcome.rejected_rows:
        console.print("  With --strict nothing would be recorded.", highlight=False)


def _first_rows(console: Console, name: str, columns: list[str], records: pl.DataFrame) -> None:
    # A record is a column, so that every field can be read on a narrow terminal.
    records = records.unique(subset=columns[0], keep="first", maintain_order=True).head(FIRST_RECORDS)
    if not records.height:
        return
    table = Table(title=f"{name}, the first as they would be read", title_justify="left", show_header=False)
    for column in columns:
        if records[column].null_count() < records.height:
            cells = zip(records[column], records["currency"], strict=True)
            table.add_row(column, *(_cell(column, value, currency) for value, currency in cells))
    console.print(table)


def _cell(column: str, value: object, currency: str) -> str:
    if value is None:
        return ""
    if column in MONEY:
        return f"{format_money(int(str(value)), decimals(currency))} {currency}"
    if column == "annual_rate":
        return format_rate(int(str(value)))
    return escape(str(value))


def _tell_rejected(console: Console, outcome: Outcome) -> None:
    shown = 0
    for path, rejected in outcome.rejected.items():
        row, reasons = rejected.columns[:2]
        for number, reason in rejected.select(row, reasons).head(REASONS_SHOWN - shown).iter_rows():
            console.print(f"  {escape(path.name)} row {number}: {escape(reason)}", highlight=False, soft_wrap=True)
            shown += 1
    if outcome.rejected_rows > shown:
        console.print(f"  and {outcome.rejected_rows - shown:,} more", highlight=False)
    for report in outcome.reports:
        console.print(
            f"  All rows not taken, with their reasons: {escape(str(report))}", highlight=False, soft_wrap=True
        )
