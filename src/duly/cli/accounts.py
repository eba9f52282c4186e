"""`duly user` and `duly token`: the ways in for staff and for programs."""

from typing import Annotated

import typer

from duly.cli.refusing import open_book, refuse, stop

user_app = typer.Typer(help="Staff accounts.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens by which programs use the API.", no_args_is_help=True)


@user_app.command("add")
def add_user(
    name: str,
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
    records: Annotated[bool, typer.Option("--records", help="Let them look at all records too.")] = False,
    duties: Annotated[bool, typer.Option("--duties", help="Let them mark duties done.")] = False,
) -> None:
    """Make a staff account that may sign in to the console."""
    open_book()
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if User.objects.filter(username=name).exists():
        stop(f"there is a user {name} already", f"`duly manage changepassword {name}` gives them a new password")
    if generate:
        import secrets

        password = secrets.token_urlsafe(12)
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password, User(username=name))
    except ValidationError as error:
        stop("this password will not do", " ".join(error.messages))
    user = User.objects.create_user(name, password=password, is_staff=True)
    if records:
        from duly.console.access import allow_records

        allow_records(user)
    if duties:
        from duly.console.access import allow_duties

        allow_duties(user)
    typer.echo(f"{name} may sign in." + (f" Password, shown this once: {password}" if generate else ""))


@token_app.command("add")
def add_token(
    name: str,
    scope: Annotated[list[str], typer.Option(help="What it opens: duties.")],
) -> None:
    """Make a token and print it once: only its hash is kept."""
    open_book()
    from duly.api.tokens import add_token as make_token
    from duly.engine.errors import InputError

    try:
        token = make_token(name, scope)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(token)


@token_app.command("revoke")
def revoke_token(name: str) -> None:
    """Close the way that a token opens, from now on."""
    open_book()
    from duly.api.tokens import revoke_token as revoke
    from duly.engine.errors import InputError

    try:
        revoke(name)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(f"{name} opens nothing any more.")


@token_app.command("list")
def list_tokens() -> None:
    """The tokens by name, with what they open and until when they did."""
    open_book()
    from rich.console import Console
    from rich.table import Table

    from duly.api.models import ApiToken

    table = Table("Name", "Scopes", "Made", "Revoked")
    for one in ApiToken.objects.order_by("pk"):
        revoked = f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
        table.add_row(one.name, one.scopes, f"{one.created_at:%Y-%m-%d %H:%M}", revoked)
    Console().print(table)
