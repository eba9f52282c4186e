"""`duly client`: the programs that may use the API."""

from typing import TYPE_CHECKING, Annotated

import typer

from duly.cli.refusing import open_book, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from duly.api.clients import Credentials

client_app = typer.Typer(help="Programs that may use the API.", no_args_is_help=True)


@client_app.command("add")
def add_client(
    name: str,
    scope: Annotated[list[str], typer.Option(help="What it opens, as loans:read; again for more than one.")],
    sees_all: Annotated[bool, typer.Option("--sees-all", help="Every borrower is its to see.")] = False,
    sees_as: Annotated[str, typer.Option(metavar="USER", help="It sees the borrowers that this user sees.")] = "",
    requests_a_minute: Annotated[int | None, typer.Option(min=1, help="A rate of its own.")] = None,
) -> None:
    """Make a client and print its credentials once: only a hash of the secret is kept. By default it sees nobody."""
    open_book()
    from duly.api.clients import add_client as make_client

    _print(lambda: make_client(name, scope, sees_all=sees_all, sees_as=sees_as, requests_a_minute=requests_a_minute))


@client_app.command("renew")
def renew_secret(name: str) -> None:
    """A new secret, printed once; the old one opens nothing any more."""
    open_book()
    from duly.api.clients import renew_secret as renew

    _print(lambda: renew(name))


@client_app.command("revoke")
def revoke_client(name: str) -> None:
    """Close the way that a client opens, from now on."""
    open_book()
    from duly.api.clients import revoke_client as revoke
    from duly.engine.errors import InputError

    try:
        revoke(name)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(f"{name} opens nothing any more.")


@client_app.command("list")
def list_clients() -> None:
    """The clients by name, with what they open, whom they see, and until when they did."""
    open_book()
    from rich.console import Console
    from rich.table import Table

    from duly.api.models import Client

    table = Table("Name", "Client id", "Scopes", "Sees", "Made", "Revoked")
    for one in Client.objects.select_related("user").order_by("pk"):
        sees = "all" if one.sees_all else f"as {one.user.username}" if one.user else "nobody"
        revoked = f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
        table.add_row(one.name, one.client_id, one.scopes, sees, f"{one.created:%Y-%m-%d %H:%M}", revoked)
    Console().print(table)


@client_app.command("tidy")
def tidy() -> None:
    """Forget what need not be kept: replies older than two days, and tokens that have run out. For every night."""
    open_book()
    from django.utils import timezone
    from oauth2_provider.models import clear_expired

    from duly.api.idempotency import forget_old_replies

    replies = forget_old_replies(timezone.now())
    clear_expired()
    typer.echo(f"{replies:,} replies forgotten.")


def _print(make: "Callable[[], Credentials]") -> None:
    from duly.engine.errors import InputError

    try:
        credentials = make()
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(f"client_id={credentials.client_id}\nclient_secret={credentials.client_secret}")
