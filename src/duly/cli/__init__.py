"""The command `duly`. Each command imports what it needs when it is called, so that every start is quick."""

import typer

from duly.cli import (
    accounts,
    api,
    audit,
    book,
    borrowing,
    bureau,
    contact,
    doors,
    duties,
    evidence,
    identity,
    law,
    outbox,
    payments,
    people,
    risk_training,
    serving,
    simulate,
)

app = typer.Typer(
    name="duly",
    help="Consumer credit: lending, daily servicing, and collection that stays within the law.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (doors, book, duties, serving):
    app.add_typer(commands.app)
app.add_typer(accounts.user_app, name="user")
app.add_typer(api.client_app, name="client")
app.add_typer(api.webhooks_app, name="webhooks")
app.add_typer(book.book_app, name="book")
app.add_typer(borrowing.app, name="borrowing")
app.add_typer(bureau.app, name="bureau")
app.add_typer(contact.app, name="contact")
app.add_typer(outbox.app, name="outbox")
app.add_typer(payments.app, name="payments")
app.add_typer(people.app, name="people")
app.add_typer(law.app, name="law")
app.add_typer(audit.app, name="audit")
app.add_typer(identity.app, name="identity")
app.add_typer(evidence.app, name="evidence")
app.add_typer(risk_training.app, name="risk")
app.add_typer(simulate.app, name="simulate")


def main() -> None:
    """Run the command line."""
    app()
