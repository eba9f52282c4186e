"""`duly client` and `duly webhooks`: the programs that may use the API, and what they are told."""

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duly.cli.refusing import open_book, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from duly.api.clients import Credentials

client_app = typer.Typer(help="Programs that may use the API.", no_args_is_help=True)
webhooks_app = typer.Typer(help="What programs are told of.", no_args_is_help=True)


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
    """Forget what need not be kept: replies of two days ago, events of ninety, tokens that ran out. For every night."""
    open_book()
    from django.utils import timezone
    from oauth2_provider.models import clear_expired

    from duly.api.idempotency import forget_old_replies
    from duly.api.webhooks import forget_old_events

    now = timezone.now()
    replies, events = forget_old_replies(now), forget_old_events(now - datetime.timedelta(days=90))
    clear_expired()
    typer.echo(f"{replies:,} replies and {events:,} events forgotten.")


@webhooks_app.command("send")
def send(
    keep_on: Annotated[bool, typer.Option("--keep-on", help="Go on until stopped, looking every second.")] = False,
) -> None:
    """Tell programs what has happened, and try again what is due; run it again as often as you like."""
    open_book()
    import time

    from django.db import close_old_connections
    from django.utils import timezone

    from duly.api.delivering import send_due

    while True:
        done = send_due(timezone.now())
        if not keep_on or done.delivered or done.put_off or done.given_up:
            typer.echo(f"{done.delivered:,} delivered, {done.put_off:,} put off, {done.given_up:,} given up.")
        if not keep_on:
            return
        close_old_connections()
        time.sleep(1)


@webhooks_app.command("replay")
def replay(
    client: str,
    since: Annotated[datetime.datetime, typer.Option(help="Of events from this instant on, in UTC.")],
    everything: Annotated[bool, typer.Option("--everything", help="What was delivered too.")] = False,
) -> None:
    """Have a client's events delivered again from the start: those that were given up. `duly webhooks send` sends."""
    open_book()
    from django.utils import timezone

    from duly.api.models import Delivery
    from duly.api.webhooks import replay as try_again

    states = ["dead", "delivered"] if everything else ["dead"]
    deliveries = Delivery.objects.filter(
        endpoint__client__name=client, event__at__gte=since.replace(tzinfo=datetime.UTC), state__in=states
    )
    typer.echo(f"{try_again(deliveries, timezone.now()):,} deliveries will be tried again.")


@webhooks_app.command("list")
def list_endpoints() -> None:
    """Every endpoint, with what waits for it and what was given up."""
    open_book()
    from django.db.models import Count, Q
    from rich.console import Console
    from rich.table import Table

    from duly.api.models import Endpoint

    table = Table("Client", "Address", "Types", "Waiting", "Dead", "Off because")
    of_state = {state: Count("deliveries", Q(deliveries__state=state)) for state in ("pending", "dead")}
    there = Endpoint.objects.filter(removed_at=None).select_related("client").prefetch_related("subscriptions")
    for one in there.annotate(**of_state).order_by("pk"):
        counts = str(one.pending), str(one.dead)
        table.add_row(one.client.name, one.url, " ".join(one.types), *counts, one.disabled_because)
    Console().print(table)


def _print(make: "Callable[[], Credentials]") -> None:
    from duly.engine.errors import InputError

    try:
        credentials = make()
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(f"client_id={credentials.client_id}\nclient_secret={credentials.client_secret}")


@client_app.command("reference")
def reference() -> None:
    """The reference page of the API as Markdown, from its description."""
    open_book()
    from duly.api.reference import reference_page
    from duly.api.urls import api

    typer.echo(reference_page(api.get_openapi_schema()), nl=False)
