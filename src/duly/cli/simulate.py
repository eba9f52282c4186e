"""`duly simulate`: a year of the whole lender, lived through and checked."""

import datetime
import os
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import stop

app = typer.Typer(help="Simulations of the whole lender, in a book of their own.", no_args_is_help=True)


@app.command("year")
def simulate_year(
    into: Annotated[Path, typer.Option(help="A new folder for the simulated book; it becomes its DULY_HOME.")],
    borrowers: Annotated[int, typer.Option(min=1, help="How many borrowers, each with a loan.")] = 50_000,
    days: Annotated[int, typer.Option(min=1, max=730, help="How many days are lived.")] = 365,
    seed: Annotated[int, typer.Option(help="The same seed lives the same lives.")] = 1,
    collectors: Annotated[int, typer.Option(min=1, help="How many collectors make calls.")] = 20,
) -> None:
    """Live a year: money, closes, cases, messages, calls, promises, plans, disputes, relief; then check it.

    Ends with 1 when anything is wrong: a contact after payment, a promise or plan that the facts deny, a broken log.
    """
    if into.exists() and any(into.iterdir()):
        stop(f"{into} is not empty", "name a new folder: a simulation never touches a book that is there")
    into.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DULY_HOME": str(into.resolve()),
        "DULY_DATABASE_URL": f"sqlite:///{into.resolve()}/book.sqlite3",
        "DJANGO_SETTINGS_MODULE": "duly.settings",
    }
    for name in ("DULY_SMTP_URL", "DULY_SMS_URL"):
        os.environ.pop(name, None)  # nobody real is written to
    os.environ.setdefault("DULY_EXPERIMENT", "gentle")
    import django

    django.setup()
    from django.core.management import call_command
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from duly.insight.year.checking import check_year
    from duly.insight.year.days import live_year
    from duly.screens.simulated import marker

    call_command("migrate", verbosity=0)
    first = datetime.date(2025, 1, 1)
    marker().write_text(f"{first}\n")
    last = first + datetime.timedelta(days=days - 1)
    columns = TextColumn("Living the year"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("", total=days)
        lived = live_year(borrowers, first, last, seed, collectors, lambda: shown.advance(task))
    night = datetime.datetime.combine(last, datetime.time(23), datetime.UTC)
    checked = check_year(night)
    console = Console()
    for what in ("closes", "paid", "bounced", "messages", "calls", "refused_calls", "complaints", "relief"):
        console.print(f"{what.replace('_', ' '):24}{getattr(lived, what):>12,}")
    counts = {"promises": checked.promises, "plans": checked.plans, "late duties": checked.late_duties}
    for name, counted in counts.items():
        said = ", ".join(f"{state} {number:,}" for state, number in counted.most_common()) or "none"
        console.print(f"{name:24}{counted.total():>12,}   {said}")
    for what, number in sorted(lived.not_done.items(), key=lambda one: -one[1]):
        console.print(f"refused {number:>16,} × {what}", highlight=False)
    console.print(f"{'contacts after payment':24}{checked.contacts_after_payment:>12,}")
    for line in checked.wrong[:20]:
        console.print(f"[bold red]■[/] {line}", highlight=False)
    wrong = len(checked.wrong)
    console.print(f"[bold red]■ {wrong} wrong[/]" if wrong else "[bold green]● all of it adds up[/]")
    raise typer.Exit(1 if checked.wrong else 0)
