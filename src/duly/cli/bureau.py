"""`duly bureau`: report a month to a credit bureau, and tell borrowers before anything adverse is reported."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import DAY, open_book, refuse, stop

app = typer.Typer(help="The credit record: what is reported of each loan, month by month.", no_args_is_help=True)


@app.command("report")
def report(
    month: Annotated[str, typer.Option(help="The month, as 2026-10; it must be closed.")],
    layout: Annotated[str, typer.Option(help="metro2 or cn.")],
    out: Annotated[Path, typer.Option(help="The folder to write the files into.")],
    form: Annotated[str, typer.Option(help="For metro2: fixed, variable or packed.")] = "",
) -> None:
    """Report a month, with what changed of the months before. The same month again has the same bytes."""
    open_book()
    from django.utils import timezone
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from duly.bureau.months import month_end
    from duly.bureau.reporting import ReportError, report_month
    from duly.engine.errors import InputError

    bar = Progress(
        TextColumn("Reporting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    try:
        with bar:
            task = bar.add_task("report", total=None)
            reported = report_month(
                month_end(month),
                layout,
                out,
                timezone.now(),
                form,
                lambda done, of: bar.update(task, completed=done, total=of),
            )
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    except ReportError as error:
        stop("the month was not reported", str(error))
    said = reported.report
    typer.echo(
        f"{month}: {said.loans:,} loans, {said.corrections:,} corrections"
        + (" (written again)" if reported.is_again else "")
        + f"; held back: {said.held_back['no_consent']:,} without consent, {said.held_back['not_told']:,} not told"
    )
    for name, digest in said.files.items():
        typer.echo(f"  {out / name}  sha256 {digest}")
    typer.echo(f"  {reported.manifest}")


@app.command("notices")
def notices(
    on: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The day that was closed.")],
) -> None:
    """Plan the notices about what would be reported as late at the month's end. Done after each close by itself."""
    open_book()
    from django.utils import timezone

    from duly.bureau.notices import plan_notices

    planned = plan_notices(on.date(), timezone.now())
    typer.echo(f"{len(planned):,} notices planned")


@app.command("fields")
def fields(out: Annotated[Path, typer.Argument(help="The folder to write the tables into.")]) -> None:
    """Write the tables of fields of both layouts as pages."""
    open_book()
    from duly.bureau.layouts.pages import cn_page, metro2_page

    out.mkdir(parents=True, exist_ok=True)
    for name, page in (("metro2.md", metro2_page()), ("cn.md", cn_page())):
        (out / name).write_text(page, encoding="utf-8")
        typer.echo(str(out / name))
