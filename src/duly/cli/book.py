"""The book: a lender's existing loans taken in, each day closed, a date looked at."""

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duly.cli.audit import keep_todays_checkpoint
from duly.cli.refusing import DAY, WRONG_INPUT, open_book, stop

if TYPE_CHECKING:
    from duly.close.services import CloseSummary

app = typer.Typer()
book_app = typer.Typer(help="The book on a date.", no_args_is_help=True)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV or Parquet files.")],
    mapping: Annotated[Path, typer.Option(metavar="MAP.toml", help="Which column feeds which field.")],
    check: Annotated[bool, typer.Option("--check", help="Show what would happen; write nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Record nothing if any row is wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Record borrowers, loans and what happened to them from files of any make. Again is safe."""
    open_book()
    from duly.lending.importing import telling
    from duly.lending.importing.mapping import MappingError, read_mapping
    from duly.lending.importing.run import ImportStoppedError, import_files

    try:
        read = read_mapping(mapping)
        with telling.bar() as progress:
            outcome = import_files(read, files, strict=strict, check=check, progress=progress)
    except MappingError as error:
        telling.tell_errors(error.errors, as_json)
        raise typer.Exit(WRONG_INPUT) from None
    except ImportStoppedError as error:
        stop("the import stopped", str(error))
    if as_json:
        typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2))
    else:
        telling.tell_outcome(outcome, check=check, strict=strict)
    if strict and outcome.rejected_rows:
        raise typer.Exit(1)


@app.command()
def close(
    through: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The last business date to close.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a day, a line each.")] = False,
) -> None:
    """Close each business date in order, then work the cases of the days closed. Sends nothing."""
    open_book()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from duly.close.errors import CloseError
    from duly.close.services import CloseSummary, close_through, dates_to_close

    last = through.date()
    progress = Progress(
        TextColumn("Closing {task.fields[day]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )

    def tell(summary: CloseSummary) -> None:
        typer.echo(json.dumps(asdict(summary), default=str) if as_json else _day_in_words(summary))
        progress.update(task, advance=1, day=summary.business_date)

    try:
        dates = dates_to_close(last)
        with progress:
            task = progress.add_task("close", total=len(dates), day=last)
            close_through(last, progress=tell)
    except CloseError as error:
        stop("the close stopped", str(error))
    if not dates and not as_json:
        typer.echo(f"Nothing to close: the book is closed through {last} already, or nothing is on record by then.")
    _work_cases(last, quiet=as_json)
    keep_todays_checkpoint()


def _day_in_words(summary: "CloseSummary") -> str:
    moved = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in summary.transitions.items() if count)
    return (
        f"{summary.business_date}  {summary.open_loans:,} open, {summary.overdue_loans:,} overdue; "
        f"{summary.entries} entries, ledger ties" + (f"; {moved}" if moved else "")
    )


def _work_cases(through: datetime.date, quiet: bool) -> None:
    from duly.close.models import Close
    from duly.collection.after_close import work_close

    last = Close.objects.filter(business_date__lte=through).order_by("business_date").last()
    if last is None:
        return
    done = work_close(last.business_date)
    if done.days and not quiet:
        typer.echo(
            f"Cases: {done.opened:,} opened, {done.closed:,} closed. "
            f"Contacts: {done.planned:,} planned, {done.put_off:,} put off, {done.held:,} held back."
        )
        if done.planned or done.put_off:
            typer.echo("`duly outbox send` sends what is due and still lawful.")


@book_app.command("status")
def book_status(
    on: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The date.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How many loans, how much is out, how much is late on a date, and whether the ledger ties."""
    open_book()
    from duly.close.status import book_status as status_on

    found = status_on(on.date())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for currency, figures in found.get("currencies", {"": found}).items():
        title = f"The book on {found['on']} {currency}".rstrip()
        table = Table("Days past due", title=title, title_justify="left")
        table.add_column("Loans", justify="right")
        table.add_column("Overdue", justify="right")
        for bucket, one in figures["by_bucket"].items():
            table.add_row(bucket, f"{one['loans']:,}", one["amount"])
        table.add_section()
        table.add_row("all overdue", f"{figures['overdue']:,}", figures["overdue_total"])
        console.print(table)
        console.print(
            f"{figures['loans']:,} loans, {figures['open']:,} open; principal outstanding "
            f"{figures['principal_outstanding']}",
            highlight=False,
        )
    console.print(
        "[green]● ledger ties[/]" if found["ledger_ties"] else "[yellow]◆ this day is not closed, or does not tie[/]"
    )


@book_app.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    on: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The date.")],
) -> None:
    """Write the book on a date to a Parquet file, one row a loan."""
    open_book()
    from duly.close.status import book_export

    rows = book_export(on.date(), out)
    typer.echo(f"{rows:,} loans written to {out}")
