"""`duly duties`: what the law obliges the lender to do by when."""

import datetime
import json
from typing import Annotated

import typer

from duly.cli.refusing import DAY, open_book, refuse

app = typer.Typer()


@app.command()
def duties(
    on: Annotated[
        datetime.datetime | None, typer.Option(formats=[DAY], help="As at the end of that day; now when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with what is done.")] = False,
) -> None:
    """Duties with a clock: what is late and what is due, by which rule."""
    open_book()
    from django.utils import timezone

    from duly.duties.document import document, end_of
    from duly.duties.services import State, duties_on
    from duly.engine.errors import InputError

    try:
        at = timezone.now() if on is None else end_of(on.date())
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    lines = duties_on(at)
    if as_json:
        found = {"at": at.isoformat(), "duties": [document(line, at) for line in lines]}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=datetime.datetime.isoformat))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    still = [line for line in lines if line.state is not State.DONE]
    late = sum(line.state is State.LATE for line in still)
    console = Console()
    console.print(f"{late:,} late, {len(still) - late:,} due", highlight=False)
    if not still:
        return
    table = Table("", "Due before (UTC)", "Days left", "Duty", "Concerns", "Rule")
    for line in still:
        mark = "[red]▲ late[/]" if line.state is State.LATE else "[yellow]◆ due[/]"
        concerns = escape(" · ".join(filter(None, (line.begun.borrower, line.begun.subject))))
        source = f"{line.rule.id}: {line.rule.citation['en']}" + (
            "" if line.rule.verified else " [yellow](unverified)[/]"
        )
        due_at = f"{line.due_at:%Y-%m-%d %H:%M}"
        table.add_row(mark, due_at, str(line.days_left(at)), line.what.replace("_", " "), concerns, source)
    console.print(table)
