"""The database brought up to date, the pages served, the demonstration lender."""

import os
from typing import Annotated, Any

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer()


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
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise looks there, even when nothing is in it
    from duly.wsgi import application

    try:
        server = waitress.create_server(application, host=host, port=port, threads=4, ident=None)
    except OSError as error:
        stop(f"port {port} cannot be used: {error.strerror}", "give another: --port 8001")
    typer.echo(f"Duly answers at http://{host}:{server.effective_port}/ (Ctrl-C stops it)")
    server.run()


@app.command()
def demo(port: Annotated[int, typer.Option(min=0, max=65535)] = 8000) -> None:
    """A demonstration lender, simulated on the first start, at an address of this machine alone."""
    os.environ.setdefault("DULY_STAFF_SECOND_FACTOR", "0")
    open_book()
    from django.db import connections
    from django.utils import timezone
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from duly.demo.account import demo_password
    from duly.demo.lender import RealBookError, bring_up_to_date

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as shown:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, steps: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=steps)
            shown.update(tasks[stage], completed=done, total=steps)

        try:
            bring_up_to_date(timezone.now(), progress)
        except RealBookError:
            stop("this book holds loans that are not simulated", "name another folder: DULY_HOME=demo duly demo")
    typer.echo(f"Sign in as demo with the password {demo_password()}")
    connections.close_all()
    _serve("127.0.0.1", port)
