"""`duly identity`: the keys that sign who is behind a contact, listed, renewed, given up."""

from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer(help="Verifiable identity: the keys that sign.", no_args_is_help=True)
keys_app = typer.Typer(help="The keys that sign who is behind a contact.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")


@keys_app.command("list")
def list_keys() -> None:
    """Every key with its state, newest first, as it is published."""
    open_book()
    from duly.identity.keys import published

    for key in published()["keys"]:
        typer.echo(f"{key['kid']}  {key['state']:11}  {key['made_at']}  {key['x']}")


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Make a new key that signs from now on. What the older ones signed stays genuine."""
    open_book()
    from django.utils import timezone

    from duly.identity.keys import rotate

    typer.echo(f"{rotate(timezone.now()).key_id} signs from now on.")


@keys_app.command("give-up")
def give_up_key(kid: Annotated[str, typer.Argument(help="The id of the key that may have been stolen.")]) -> None:
    """A key may have been stolen: nothing that it signed is genuine any more."""
    open_book()
    from django.utils import timezone

    from duly.identity.keys import give_up
    from duly.identity.models import SigningKey

    try:
        codes = give_up(kid, timezone.now())
    except SigningKey.DoesNotExist:
        stop(f"there is no key {kid}", "duly identity keys list shows those that there are")
    typer.echo(f"{kid} is given up; {codes} codes are no longer good.")
