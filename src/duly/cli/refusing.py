"""How a command reads its input, and how it says that it cannot go on."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

WRONG_INPUT = 2
DAY = "%Y-%m-%d"
InputFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="A JSON file; standard input when left out.")]


def stop(what: str, remedy: str) -> NoReturn:
    from rich.console import Console

    Console(stderr=True).print(f"[bold red]■ {what}[/]\n  {remedy}", highlight=False)
    raise typer.Exit(1)


def refuse(what: str, where: str, remedy: str) -> NoReturn:
    typer.echo(json.dumps({"what": what, "where": where, "remedy": remedy}, ensure_ascii=False), err=True)
    raise typer.Exit(WRONG_INPUT)


def read_json(file: Path | None) -> object:
    try:
        text = sys.stdin.read() if file is None or str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        refuse("the input is not UTF-8 text", "", "save it as UTF-8")
    except OSError as error:
        refuse(
            f"{file} cannot be read: {error.strerror}", "", "name a file that exists, or give JSON on standard input"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        refuse(f"the input is not JSON: {error}", "", "correct the JSON at that line and column")


def read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{file} cannot be read: {error}", "", "name a file of UTF-8 text that exists")


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
        stop("the database is not up to date", "run `duly migrate` first")
