"""`duly people`: keys of personal data renewed, accounts joined to records, data exported."""

from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer(help="Borrowers' records: keys renewed, accounts joined, data exported.", no_args_is_help=True)


@app.command("rotate")
def rotate_keys(
    check: Annotated[bool, typer.Option("--check", help="Only say which keys are in use.")] = False,
) -> None:
    """Write all personal data anew under the newest key. Run it again after a stop: it goes on where it was.

    First put the new key in front: DULY_FIELD_KEYS=new,old, or a line on top of field_keys in DULY_HOME.
    """
    open_book()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from duly.people.rotate import keys_in_use, rotate

    if not check:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=Console(stderr=True)) as shown:
            tasks: dict[str, int] = {}

            def progress(table: str, done: int, rows: int) -> None:
                if table not in tasks:
                    tasks[table] = shown.add_task(table, total=rows)
                shown.update(tasks[table], completed=done)

            changed = rotate(progress)
        typer.echo(f"{sum(changed.values()):,} rows written anew in {len(changed)} tables.")
    _tell_keys(keys_in_use())


def _tell_keys(by_table: dict[str, dict[int, int]]) -> None:
    counts: dict[int, int] = {}
    for found in by_table.values():
        for place, values in found.items():
            counts[place] = counts.get(place, 0) + values
    for place, values in sorted(counts.items()):
        name = "the newest key" if place == 0 else f"key {place + 1}" if place > 0 else "no key that is known"
        typer.echo(f"{values:,} values under {name}.")
    if set(counts) <= {0}:
        typer.echo("Older keys may go.")


@app.command("link")
def link(
    reference: Annotated[str, typer.Argument(help="The borrower's reference.")],
    account: Annotated[str, typer.Argument(help="The account's telephone number or e-mail address.")],
) -> None:
    """Give the account of somebody who signed up the record that they had with you before."""
    open_book()
    from duly.engine.errors import InputError
    from duly.people.services import join_account

    try:
        join_account(reference, account)
    except InputError as error:
        stop(error.what, error.remedy)
    typer.echo(f"{reference} signs in with that address from now on.")


@app.command("export")
def export_person(
    reference: Annotated[str, typer.Argument(help="The borrower's reference.")],
    out: Annotated[Path, typer.Argument(help="The zip to write.")],
) -> None:
    """Everything on record about one person, as a zip to hand to them."""
    open_book()
    from duly.people.export import export
    from duly.people.models import Borrower

    borrower = Borrower.objects.filter(reference=reference).first()
    if borrower is None:
        stop(f"there is no borrower {reference}", "give the reference as it is on record")
    out.write_bytes(export(borrower, borrower.language))
    out.chmod(0o600)
    typer.echo(f"Written to {out}")
