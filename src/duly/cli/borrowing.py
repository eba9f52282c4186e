"""`duly borrowing`: what goes on by itself between an application and a loan, and a letter for who has paid."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.refusing import open_book, stop

app = typer.Typer(help="Applications, lines, drawdowns and their papers.", no_args_is_help=True)


@app.command("go-on")
def go_on() -> None:
    """Decide what waits for the policy, let go of what ran out, pay out what is signed; again as often as you like."""
    open_book()
    from django.utils import timezone

    from duly.borrowing.services import go_on as all_that_waits

    now = timezone.now()
    done = all_that_waits(now, timezone.localdate(now))
    typer.echo(
        f"{done['decided']:,} decided, {done['expired']:,} expired, {done['lapsed']:,} not signed in time, "
        f"{done['paid_out']:,} on their way out or paid out, {done['withdrawn']:,} withdrawals ended."
    )


@app.command("letter")
def letter(
    loan: Annotated[str, typer.Argument(help="The loan's reference.")],
    out: Annotated[Path, typer.Argument(help="The PDF to write.")],
    language: Annotated[str, typer.Option(help="en or zh")] = "zh",
    on: Annotated[str, typer.Option(help="The date that it speaks of, as 2026-03-31; today when left out.")] = "",
) -> None:
    """Write the letter that says a loan is paid in full; refused unless the fold says so."""
    open_book()
    from django.utils import timezone

    from duly.borrowing.papers import LANGUAGES, FontMissingError
    from duly.borrowing.papers.settled import settled_letter
    from duly.engine.errors import InputError
    from duly.lending.models import Loan

    found = Loan.objects.select_related("product", "borrower").filter(reference=loan).first()
    if found is None:
        stop(f"there is no loan {loan}", "name the reference of a loan on record")
    if language not in LANGUAGES:
        stop(f"there is no letter in {language}", "use en or zh")
    try:
        day = datetime.date.fromisoformat(on) if on else timezone.localdate()
        out.write_bytes(settled_letter(found, language, day, timezone.now()))
    except InputError as error:
        stop(error.what, error.remedy)
    except FontMissingError as error:
        stop(str(error), "bin/debian-packages browser does it on Debian")
    except ValueError:
        stop(f"{on} is not a date", "write it as 2026-03-31")
    typer.echo(f"Written to {out}.")
