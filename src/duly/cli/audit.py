"""`duly audit`: the log of decisions proved, replayed, vouched for."""

import json
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer(help="The log of decisions: proved, replayed, vouched for.", no_args_is_help=True)


@app.command()
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A checkpoint that you kept elsewhere; may be repeated.")
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="HEX", help="The public key that you kept with it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Whether anything in the log was changed, removed or put in; exit status 1 and the first wrong number if so."""
    open_book()
    from duly.contact.log import checkpoint as signed
    from duly.contact.log import telling
    from duly.contact.log.verify import verify_log
    from duly.engine.errors import InputError

    own = sorted(signed.folder().glob("*.json"))
    try:
        trusted = [signed.read_checkpoint(path, key or signed.public_key()) for path in checkpoint or own]
    except InputError as error:
        stop(error.what, error.remedy)
    with telling.bar("Verifying") as progress:
        found = verify_log(progress)
    faults = sorted([*found.faults, *signed.faults_by_checkpoints(found, trusted)])
    telling.tell_verification(found, faults, len(trusted), as_json)
    if faults:
        raise typer.Exit(1)


@app.command()
def replay(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Make every decision again with the packs as they were; exit status 1 if any comes out differently."""
    open_book()
    from duly.contact.log import telling
    from duly.contact.log.replay import replay_log

    with telling.bar("Deciding again") as progress:
        decisions, differences = replay_log(progress)
    telling.tell_replay(decisions, differences, as_json)
    if differences:
        raise typer.Exit(1)


@app.command("checkpoint")
def audit_checkpoint(
    out: Annotated[Path | None, typer.Argument(metavar="OUT.json", help="Standard output when left out.")] = None,
) -> None:
    """Sign the log as it stands now, for an auditor to keep elsewhere."""
    open_book()
    from django.utils import timezone

    from duly.contact.log.checkpoint import checkpoint, write_checkpoint

    document = checkpoint(timezone.now())
    if out is None:
        typer.echo(json.dumps(document, indent=2))
        return
    try:
        write_checkpoint(document, out)
    except OSError as error:
        stop(f"{out} cannot be written: {error.strerror}", "name a file in a folder that you may write to")
    typer.echo(
        f"{document['number']:,} decisions vouched for in {out}; keep it where nobody of the lender can change it"
    )


@app.command("key")
def audit_key() -> None:
    """The public key of this book's checkpoints (Ed25519, hex), for an auditor to keep elsewhere."""
    open_book()
    from duly.contact.log.checkpoint import public_key

    typer.echo(public_key())


def keep_todays_checkpoint() -> None:
    from django.utils import timezone

    from duly.contact.log.checkpoint import keep_todays

    kept = keep_todays(timezone.now())
    if kept is not None:
        typer.echo(f"Checkpoint of the log signed: {kept}", err=True)
