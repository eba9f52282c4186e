"""`duly contact`: what comes back from people and mail servers, and what did not leave."""

from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import open_book, refuse

app = typer.Typer(help="What comes back, and what did not leave.", no_args_is_help=True)

_WORDS = {
    "message": "messages from people",
    "stop": "of them asking for no more",
    "receipt": "receipts and bounces",
    "automatic": "automatic answers, left out",
    "known": "known already",
}


@app.command("receive")
def receive(
    folder: Annotated[Path, typer.Argument(help="A Maildir, or a folder of .eml files.")],
) -> None:
    """Take in the mails of a folder: bounces, receipts, and what people wrote."""
    open_book()
    from django.utils import timezone

    from duly.contact.receiving import receive_folder

    if not folder.is_dir():
        refuse(f"{folder} is no folder", "", "name a Maildir, or a folder of .eml files")
    counts = receive_folder(folder, timezone.now())
    told = [f"{counts[became]:,} {words}" for became, words in _WORDS.items() if counts.get(became)]
    typer.echo((", ".join(told) or "Nothing is waiting") + ".")


@app.command("failed")
def failed() -> None:
    """Messages that were given up, or handed to a server that never answered; with the reason."""
    open_book()
    from duly.contact.models import PlannedContact

    Status = PlannedContact.Status  # noqa: N806
    rows = PlannedContact.objects.filter(status__in=[Status.FAILED, Status.SENDING]).select_related("borrower")
    for one in rows.order_by("planned_for", "pk"):
        why = one.why or "its server has not answered; it is not sent again by itself"
        typer.echo(f"{one.pk}  {one.borrower.reference}  {one.channel}  {one.template}  {why}")


@app.command("after-payment")
def after_payment(days: Annotated[int, typer.Option(help="Looking back so many days.")] = 30) -> None:
    """Messages about a debt that left although it had been paid by then: there must be none."""
    open_book()
    from django.utils import timezone

    from duly.contact.after_payment import contacts_after_payment

    found = contacts_after_payment(timezone.now(), days)
    for message_id, borrower, sent_at in found:
        typer.echo(f"{message_id}  {borrower}  {sent_at:%Y-%m-%d %H:%M}")
    typer.echo(f"{len(found):,} contacts after payment in {days} days.")
    raise typer.Exit(1 if found else 0)
