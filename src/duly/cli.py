"""The command `duly`. Each command imports what it needs when it is called, so that every start is quick."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    name="duly",
    help="Consumer credit: lending, daily servicing, and collection that stays within the law.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="Staff accounts.", no_args_is_help=True)
app.add_typer(user_app, name="user")

WRONG_INPUT = 2
InputFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="A JSON file; standard input when left out.")]


def main() -> None:
    """Run the command line."""
    app()


# Doors: JSON in, JSON out.


@app.command()
def schedule(file: InputFile = None) -> None:
    """A contract's installments, total interest and annual rates."""
    from duly.engine.door import schedule_json

    _door(schedule_json, file)


@app.command()
def position(file: InputFile = None) -> None:
    """What one loan owes on a date, from its contract and facts."""
    from duly.engine.door import position_json

    _door(position_json, file)


def _door(answer: Callable[[object], Mapping[str, Any]], file: Path | None) -> None:
    from duly.engine.errors import InputError

    try:
        result = answer(_read_json(file))
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2))


def _read_json(file: Path | None) -> object:
    try:
        text = sys.stdin.read() if file is None or str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        _refuse("the input is not UTF-8 text", "", "save it as UTF-8")
    except OSError as error:
        _refuse(
            f"{file} cannot be read: {error.strerror}", "", "name a file that exists, or give JSON on standard input"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(f"the input is not JSON: {error}", "", "correct the JSON at that line and column")


def _refuse(what: str, where: str, remedy: str) -> NoReturn:
    typer.echo(json.dumps({"what": what, "where": where, "remedy": remedy}, ensure_ascii=False), err=True)
    raise typer.Exit(WRONG_INPUT)


# The book's own house: database, accounts, server.


def open_book() -> None:
    """Start Django. A book on SQLite is brought up to date by itself; on PostgreSQL somebody must say so."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duly.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0)
    else:
        _stop("the database is not up to date", "run `duly migrate` first")


def _stop(what: str, remedy: str) -> NoReturn:
    from rich.console import Console

    Console(stderr=True).print(f"[bold red]■ {what}[/]\n  {remedy}", highlight=False)
    raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    _manage(["migrate"])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def manage(context: typer.Context) -> None:
    """Django's own commands: `duly manage help` lists them."""
    _manage(context.args)


def _manage(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duly.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["duly manage", *arguments])


@user_app.command("add")
def add_user(
    name: str,
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
) -> None:
    """Make a staff account that may sign in to the console."""
    open_book()
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if User.objects.filter(username=name).exists():
        _stop(f"there is a user {name} already", f"`duly manage changepassword {name}` gives them a new password")
    if generate:
        import secrets

        password = secrets.token_urlsafe(12)
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password, User(username=name))
    except ValidationError as error:
        _stop("this password will not do", " ".join(error.messages))
    User.objects.create_user(name, password=password, is_staff=True)
    typer.echo(f"{name} may sign in." + (f" Password, shown this once: {password}" if generate else ""))


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="127.0.0.1 is reached from this machine alone.")] = "127.0.0.1",
) -> None:
    """Serve the pages."""
    open_book()
    _serve(host, port)


def _serve(host: str, port: int) -> None:
    import waitress

    from duly.wsgi import application

    try:
        server = waitress.create_server(application, host=host, port=port, threads=4, ident=None)
    except OSError as error:
        _stop(f"port {port} cannot be used: {error.strerror}", "give another: --port 8001")
    typer.echo(f"Duly answers at http://{host}:{server.effective_port}/ (Ctrl-C stops it)")
    server.run()
