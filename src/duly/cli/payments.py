"""`duly payments`: bank files read, money sent out, installments collected, every cent accounted for."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duly.cli.refusing import DAY, WRONG_INPUT, open_book

if TYPE_CHECKING:
    from duly.payments.statements.reading import FileOutcome

app = typer.Typer(help="Money in and out.", no_args_is_help=True)
On = Annotated[datetime.datetime | None, typer.Option(formats=[DAY], help="The day; today when left out.")]
ERRORS_SHOWN = 10


@app.command("read")
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="camt.053, camt.054 or CSV files.")],
    mapping: Annotated[Path | None, typer.Option(metavar="MAP.toml", help="How to read CSV files.")] = None,
    despite_gaps: Annotated[
        bool, typer.Option("--despite-gaps", help="Take statements whose balances and entries do not agree.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, a line each.")] = False,
) -> None:
    """Read bank files: post what is certain, let the rest wait. Again is safe."""
    open_book()
    from duly.lending.importing import telling
    from duly.lending.importing.mapping import MappingError
    from duly.payments.statements.csv_file import statement_mapping
    from duly.payments.statements.reading import read_files

    try:
        with telling.bar() as progress:
            read_through = statement_mapping(mapping) if mapping else None
            outcomes = read_files(files, read_through, despite_gaps=despite_gaps, progress=progress)
    except MappingError as error:
        telling.tell_errors(error.errors, as_json)
        raise typer.Exit(WRONG_INPUT) from None
    for outcome in outcomes:
        typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False) if as_json else _in_words(outcome))
    if any(outcome.wrong for outcome in outcomes):
        raise typer.Exit(1)


def _in_words(outcome: "FileOutcome") -> str:
    from duly.payments.statements.entries import in_words

    if outcome.already_read:
        return f"{outcome.name}: read before, nothing to do"

    def sums(of: dict[str, int]) -> str:
        return "".join(f" {in_words(amount, currency)}," for currency, amount in of.items()).rstrip(",")

    posted, waiting = sums(outcome.posted), sums(outcome.waiting)
    lines = [
        f"{outcome.name} ({outcome.form or 'not read'}): {outcome.new + outcome.known:,} entries, {outcome.new:,} new",
        f"  {outcome.posted_count:,} posted{posted}; {outcome.waiting_count:,} waiting{waiting}",
    ]
    if outcome.explained or outcome.unexplained:
        lines.append(f"  {outcome.explained:,} other entries explained, {outcome.unexplained:,} to be looked at")
    if outcome.pending:
        lines.append(f"  {outcome.pending:,} not booked yet")
    lines += [f"  {one}" for one in outcome.wrong[:ERRORS_SHOWN]]
    if len(outcome.wrong) > ERRORS_SHOWN:
        lines.append(f"  and {len(outcome.wrong) - ERRORS_SHOWN:,} more")
    return "\n".join(lines)


@app.command("send")
def send(on: On = None) -> None:
    """Send what is approved: payment files for the bank, requests to the wallet. Again is safe."""
    open_book()
    from django.utils import timezone

    from duly.payments.sending import send_approved

    done = send_approved(on.date() if on else timezone.localdate())
    typer.echo(f"{done.payments:,} payments sent" + "".join(f"\n  {path}" for path in done.files))
    for number, why in done.refused:
        typer.echo(f"  {number}: {why}", err=True)
    if done.refused:
        raise typer.Exit(1)


@app.command("collect")
def collect(on: On = None) -> None:
    """Ask the bank to collect what is due from borrowers who signed a mandate. Again is safe."""
    open_book()
    from django.utils import timezone

    from duly.payments.debits import collect_due
    from duly.payments.statements.entries import in_words

    done = collect_due(on.date() if on else timezone.localdate())
    told = ", ".join(in_words(amount, currency) for currency, amount in done.sums.items())
    typer.echo(f"{done.debits:,} debits{f', {told}' if told else ''}" + "".join(f"\n  {path}" for path in done.files))


@app.command("check")
def check() -> None:
    """Whether every payment that came is accounted for to the cent."""
    open_book()
    from duly.payments.conservation import unbalanced_payments

    found = unbalanced_payments()
    for one in found[:ERRORS_SHOWN]:
        typer.echo(str(one), err=True)
    if found:
        typer.echo(f"{len(found):,} payments do not add up", err=True)
        raise typer.Exit(1)
    typer.echo("Every payment is accounted for.")
