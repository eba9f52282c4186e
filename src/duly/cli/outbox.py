"""`duly outbox`: messages that wait to leave."""

import typer

from duly.cli.audit import keep_todays_checkpoint
from duly.cli.refusing import open_book

app = typer.Typer(help="Messages that wait to leave.", no_args_is_help=True)


@app.command("send")
def send() -> None:
    """Send what is due and still lawful and true at this instant; run it again as often as you like."""
    open_book()
    from django.utils import timezone

    from duly.contact.outbox import send_due

    done = send_due(timezone.now())
    told = {
        "put off": done.put_off,
        "held back": done.held,
        "cancelled": done.cancelled,
        "given up": done.failed,
        "without an answer": done.unanswered,
        "waiting for their carrier": done.waiting,
        "of an earlier run completed": done.completed,
    }
    others = "".join(f", {number:,} {words}" for words, number in told.items() if number)
    typer.echo(f"{done.sent:,} sent{others}.")
    keep_todays_checkpoint()
