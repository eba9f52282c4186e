"""`duly user`: the way in for staff."""

from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

user_app = typer.Typer(help="Staff accounts.", no_args_is_help=True)


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
