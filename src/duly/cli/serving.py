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
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; more than one needs PostgreSQL.")] = 1,
) -> None:
    """Serve the pages and the API. Behind a proxy that speaks TLS, when others than this machine are to reach it."""
    open_book()
    _serve(host, port, workers)


def _serve(host: str, port: int, workers: int = 1) -> None:
    from django.conf import settings
    from django.db import connection, connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if workers > 1 and connection.vendor == "sqlite":
        stop("a book on SQLite is served by one process", "leave out --workers, or use PostgreSQL")
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise looks there, even when nothing is in it
    port = _free_port(host, port)
    connections.close_all()  # the workers are forked, and a connection is nobody's but its own process's
    server = Granian(
        "duly.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=30,
    )
    typer.echo(f"Duly answers at http://{host}:{port}/ (Ctrl-C stops it)")
    server.serve()


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Stops the command when it cannot be used."""
    import socket

    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        stop(f"port {port} cannot be used: {error.strerror}", "give another: --port 8001")


@app.command()
def demo(port: Annotated[int, typer.Option(min=0, max=65535)] = 8000) -> None:
    """A demonstration lender, simulated on the first start, at an address of this machine alone."""
    os.environ.setdefault("DULY_STAFF_SECOND_FACTOR", "0")
    os.environ.setdefault("DULY_CHECKS", "duly.demo.bureau.found_out")
    os.environ.setdefault("DULY_WALLET_DEMONSTRATION", "1")
    os.environ.setdefault("DULY_PUBLIC_URL", f"http://127.0.0.1:{port}")
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
