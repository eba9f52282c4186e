"""`duly outbox`: messages that wait to leave."""

import typer

from duly.cli.audit import keep_todays_checkpoint
from duly.cli.refusing import open_book

app = typer.Typer(help="Messages that wait to leave.", no_args_is_help=True)


@app.command("send")
def send() -> None:
    """Send what is due and still lawful and true at this instant; run it again as often as you like."""
    open_book()
    from django.conf import settings
    from django.utils import timezone

    from duly.contact.outbox import send_due

    done = send_due(timezone.now())
    typer.echo(
        f"{done.sent:,} sent to {settings.DULY_OUTBOX}, {done.put_off:,} put off, {done.held:,} held back, "
        f"{done.cancelled:,} cancelled."
    )
    keep_todays_checkpoint()
