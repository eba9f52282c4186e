"""`duly evidence`: whether a bundle of evidence is as it was made."""

import json
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer(help="Bundles of evidence: checked.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Bundles of evidence: checked."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The bundle, a ZIP.")],
    key: Annotated[
        str | None, typer.Option(metavar="HEX", help="The public key that you trust; this book's own if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Whether each part is there, as it was, and the manifest signed; exit status 1 if not."""
    open_book()
    from duly.collection.legal.evidence.manifest import check
    from duly.contact.log.checkpoint import public_key
    from duly.engine.errors import InputError

    try:
        found = check(file.read_bytes(), key or public_key())
    except InputError as error:
        stop(error.what, error.remedy)
    if as_json:
        told = {"sound": found.sound, "faults": found.faults, "manifest": found.manifest}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif found.sound:
        parts = found.manifest["parts"]
        typer.echo(f"● {len(parts)} parts, made at {found.manifest['made_at']}: nothing was changed")
    else:
        typer.echo("■ the bundle is not as it was made")
        for fault in found.faults:
            typer.echo(f"  {fault}")
    if not found.sound:
        raise typer.Exit(1)
