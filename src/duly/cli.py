"""The command `duly`. Each command imports what it needs when it is called, so that every start is quick."""

import datetime
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from duly.close.services import CloseSummary

app = typer.Typer(
    name="duly",
    help="Consumer credit: lending, daily servicing, and collection that stays within the law.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="Staff accounts.", no_args_is_help=True)
book_app = typer.Typer(help="The book on a date.", no_args_is_help=True)
outbox_app = typer.Typer(help="Messages that wait to leave.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(book_app, name="book")
app.add_typer(outbox_app, name="outbox")
token_app = typer.Typer(help="Tokens by which programs use the API.", no_args_is_help=True)
app.add_typer(token_app, name="token")
law_app = typer.Typer(help="The rule packs.", no_args_is_help=True)
app.add_typer(law_app, name="law")
audit_app = typer.Typer(help="The log of decisions: proved, replayed, vouched for.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")

WRONG_INPUT = 2
DAY = "%Y-%m-%d"
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


@app.command()
def explain(
    file: InputFile = None,
    lang: Annotated[str, typer.Option(help="The language of the reasons: en or zh.")] = "en",
) -> None:
    """Every movement of every cent behind a loan's position, in order, with its formula and its cause."""
    if lang not in ("en", "zh"):
        _refuse(f"there is no language {lang!r}", "", "use en or zh")
    from duly.engine.door import explain_json

    _door(lambda document: explain_json(document, lang), file)


@app.command()
def apr(file: InputFile = None) -> None:
    """The annual percentage rate of dated advances and payments, by US, EU or Chinese rules."""
    from duly.engine.door import apr_json

    _door(apr_json, file)


@app.command()
def decide(
    file: InputFile = None,
    many: Annotated[
        Path | None, typer.Option(help="A Parquet file of contacts, one a row, with the same fields.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the answers to --many go; FILE.decided.parquet if not given.")
    ] = None,
    house: Annotated[list[Path] | None, typer.Option(help="A rule pack of the lender's own, a TOML file.")] = None,
    lang: Annotated[str, typer.Option(help="The language of the reasons: en or zh.")] = "en",
) -> None:
    """Whether a contact is allowed, by which rules, and when it next would be."""
    from duly.law.door import decide_json

    packs = _house_packs(house or [])
    if lang not in ("en", "zh"):
        _refuse(f"there is no language {lang!r}", "", "use en or zh")
    if many is None:
        _door(lambda document: decide_json(document, lang, packs), file)
        return
    import pyarrow.parquet

    from duly.engine.errors import InputError
    from duly.law.bulk import decide_many

    try:
        answers = decide_many(pyarrow.parquet.read_table(many), packs)
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    except (OSError, pyarrow.ArrowInvalid) as error:
        _refuse(f"{many} cannot be read: {error}", "", "name a Parquet file")
    target = out or many.with_suffix(".decided.parquet")
    pyarrow.parquet.write_table(answers, target)
    allowed = answers.column("allowed").to_pylist().count(True)
    typer.echo(f"{answers.num_rows:,} contacts decided, {allowed:,} allowed, written to {target}")


def _house_packs(files: list[Path]) -> list[Any]:
    from duly.engine.errors import InputError
    from duly.law.check import checked_pack

    try:
        return [checked_pack(_text(file), file.stem) for file in files]
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"{file} cannot be read: {error}", "", "name a file of UTF-8 text that exists")


# The rule packs.


@law_app.command("list")
def law_list(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The packs that come with Duly, and how many of their rules nobody has verified."""
    from duly.law.pack import shipped_names, shipped_pack

    packs = [shipped_pack(name) for name in shipped_names()]
    rows = [
        {
            "pack": pack.name,
            "title": pack.title["en"],
            "version": pack.version,
            "level": pack.level,
            "rules": len(pack.rules),
            "unverified": [rule.id for rule in pack.rules if not rule.verified],
            "not_encoded": [one.id for one in pack.not_encoded],
        }
        for pack in packs
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Pack", "Of", "Version", "Rules", "Unverified", "Not encoded")
    for row in rows:
        counts = (row["version"], row["rules"], len(row["unverified"]), len(row["not_encoded"]))
        table.add_row(row["pack"], row["title"], *map(str, counts))
    Console().print(table)


@law_app.command("show")
def law_show(pack: Annotated[str, typer.Argument(help="The pack's name.")]) -> None:
    """One pack in full: its page as docs/law has it."""
    from duly.law.pages import pages

    found = pages()
    if f"{pack}.md" not in found:
        _refuse(f"there is no pack {pack!r}", "/pack", "`duly law list` names them")
    typer.echo(found[f"{pack}.md"])


@law_app.command("check")
def law_check(
    files: Annotated[list[Path] | None, typer.Argument(help="Packs; those of Duly when none is named.")] = None,
) -> None:
    """Whether packs keep the schema and can be used; every fault is named."""
    from duly.law.check import faults
    from duly.law.pack import shipped_names, shipped_text

    texts = {file.stem: _text(file) for file in files or []} or {name: shipped_text(name) for name in shipped_names()}
    wrong = [fault for name, text in texts.items() for fault in faults(text, name)]
    for fault in wrong:
        typer.echo(fault, err=True)
    if wrong:
        raise typer.Exit(WRONG_INPUT)
    typer.echo(f"{', '.join(texts)}: sound")


@law_app.command("explain")
def law_explain(
    file: InputFile = None,
    house: Annotated[list[Path] | None, typer.Option(help="A rule pack of the lender's own, a TOML file.")] = None,
    lang: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """What the gate says of a contact, rule by rule, in words; the same input as `duly decide`."""
    from rich.console import Console
    from rich.table import Table

    from duly.engine.errors import InputError
    from duly.law.door import decide_json

    if lang not in ("en", "zh"):
        _refuse(f"there is no language {lang!r}", "", "use en or zh")
    try:
        answer = decide_json(_read_json(file), lang, _house_packs(house or []))
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    table = Table("", "Rule", "Because", "Source")
    marks = {"pass": "[green]●[/]", "fail": "[red]■[/]"}
    for rule in answer["rules"]:
        if rule["result"] in marks:
            source = rule["citation"] + ("" if rule["verified"] else " [yellow](unverified)[/]")
            table.add_row(marks[rule["result"]], f"{rule['id']}\n{rule['title']}", rule["because"], source)
    console = Console()
    console.print("[green]● allowed[/]" if answer["allowed"] else "[red]■ forbidden[/]")
    console.print(table)
    if not answer["allowed"]:
        later = answer["next_allowed_at"]
        console.print(f"Next allowed: {later}" if later else "Time alone will not make it allowed.", highlight=False)
    if answer["must_include"]:
        console.print(f"It must include: {', '.join(answer['must_include'])}", highlight=False)


@law_app.command("docs")
def law_docs(folder: Annotated[Path, typer.Argument(help="The folder of pages, docs/law.")]) -> None:
    """Write the pages of docs/law from the packs."""
    from duly.law.pages import pages

    written = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(f"{len(written)} pages written to {folder}")


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


# A lender's existing book.


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV or Parquet files.")],
    mapping: Annotated[Path, typer.Option(metavar="MAP.toml", help="Which column feeds which field.")],
    check: Annotated[bool, typer.Option("--check", help="Show what would happen; write nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Record nothing if any row is wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Record borrowers, loans and what happened to them from files of any make. Again is safe."""
    open_book()
    from duly.lending.importing import telling
    from duly.lending.importing.mapping import MappingError, read_mapping
    from duly.lending.importing.run import ImportStoppedError, import_files

    try:
        read = read_mapping(mapping)
        with telling.bar() as progress:
            outcome = import_files(read, files, strict=strict, check=check, progress=progress)
    except MappingError as error:
        telling.tell_errors(error.errors, as_json)
        raise typer.Exit(WRONG_INPUT) from None
    except ImportStoppedError as error:
        _stop("the import stopped", str(error))
    if as_json:
        typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2))
    else:
        telling.tell_outcome(outcome, check=check, strict=strict)
    if strict and outcome.rejected_rows:
        raise typer.Exit(1)


# Days: close them, look at them, send what they call for.


@app.command()
def close(
    through: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The last business date to close.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a day, a line each.")] = False,
) -> None:
    """Close each business date in order, then work the cases of the days closed. Sends nothing."""
    open_book()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from duly.close.errors import CloseError
    from duly.close.services import CloseSummary, close_through, dates_to_close

    last = through.date()
    progress = Progress(
        TextColumn("Closing {task.fields[day]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )

    def tell(summary: CloseSummary) -> None:
        typer.echo(json.dumps(asdict(summary), default=str) if as_json else _day_in_words(summary))
        progress.update(task, advance=1, day=summary.business_date)

    try:
        dates = dates_to_close(last)
        with progress:
            task = progress.add_task("close", total=len(dates), day=last)
            close_through(last, progress=tell)
    except CloseError as error:
        _stop("the close stopped", str(error))
    if not dates and not as_json:
        typer.echo(f"Nothing to close: the book is closed through {last} already, or nothing is on record by then.")
    _work_cases(last, quiet=as_json)
    _keep_todays_checkpoint()


def _day_in_words(summary: "CloseSummary") -> str:
    moved = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in summary.transitions.items() if count)
    return (
        f"{summary.business_date}  {summary.open_loans:,} open, {summary.overdue_loans:,} overdue; "
        f"{summary.entries} entries, ledger ties" + (f"; {moved}" if moved else "")
    )


def _work_cases(through: datetime.date, quiet: bool) -> None:
    from duly.close.models import Close
    from duly.collection.after_close import work_close

    last = Close.objects.filter(business_date__lte=through).order_by("business_date").last()
    if last is None:
        return
    done = work_close(last.business_date)
    if done.days and not quiet:
        typer.echo(
            f"Cases: {done.opened:,} opened, {done.closed:,} closed. "
            f"Contacts: {done.planned:,} planned, {done.put_off:,} put off, {done.held:,} held back."
        )
        if done.planned or done.put_off:
            typer.echo("`duly outbox send` sends what is due and still lawful.")


@outbox_app.command("send")
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
    _keep_todays_checkpoint()


# The log of decisions.


@audit_app.command()
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A checkpoint that you kept elsewhere; may be repeated.")
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="HEX", help="The public key that you kept with it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Whether anything in the log was changed, removed or put in; exit status 1 and the first wrong number if so."""
    open_book()
    from duly.contact.log import checkpoint as signed
    from duly.contact.log import telling
    from duly.contact.log.verify import verify_log
    from duly.engine.errors import InputError

    own = sorted(signed.folder().glob("*.json"))
    try:
        trusted = [signed.read_checkpoint(path, key or signed.public_key()) for path in checkpoint or own]
    except InputError as error:
        _stop(error.what, error.remedy)
    with telling.bar("Verifying") as progress:
        found = verify_log(progress)
    faults = sorted([*found.faults, *signed.faults_by_checkpoints(found, trusted)])
    telling.tell_verification(found, faults, len(trusted), as_json)
    if faults:
        raise typer.Exit(1)


@audit_app.command()
def replay(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Make every decision again with the packs as they were; exit status 1 if any comes out differently."""
    open_book()
    from duly.contact.log import telling
    from duly.contact.log.replay import replay_log

    with telling.bar("Deciding again") as progress:
        decisions, differences = replay_log(progress)
    telling.tell_replay(decisions, differences, as_json)
    if differences:
        raise typer.Exit(1)


@audit_app.command("checkpoint")
def audit_checkpoint(
    out: Annotated[Path | None, typer.Argument(metavar="OUT.json", help="Standard output when left out.")] = None,
) -> None:
    """Sign the log as it stands now, for an auditor to keep elsewhere."""
    open_book()
    from django.utils import timezone

    from duly.contact.log.checkpoint import checkpoint, write_checkpoint

    document = checkpoint(timezone.now())
    if out is None:
        typer.echo(json.dumps(document, indent=2))
        return
    try:
        write_checkpoint(document, out)
    except OSError as error:
        _stop(f"{out} cannot be written: {error.strerror}", "name a file in a folder that you may write to")
    typer.echo(
        f"{document['number']:,} decisions vouched for in {out}; keep it where nobody of the lender can change it"
    )


@audit_app.command("key")
def audit_key() -> None:
    """The public key of this book's checkpoints (Ed25519, hex), for an auditor to keep elsewhere."""
    open_book()
    from duly.contact.log.checkpoint import public_key

    typer.echo(public_key())


def _keep_todays_checkpoint() -> None:
    from django.utils import timezone

    from duly.contact.log.checkpoint import keep_todays

    kept = keep_todays(timezone.now())
    if kept is not None:
        typer.echo(f"Checkpoint of the log signed: {kept}", err=True)


@book_app.command("status")
def book_status(
    on: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The date.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """How many loans, how much is out, how much is late on a date, and whether the ledger ties."""
    open_book()
    from duly.close.status import book_status as status_on

    found = status_on(on.date())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for currency, figures in found.get("currencies", {"": found}).items():
        title = f"The book on {found['on']} {currency}".rstrip()
        table = Table("Days past due", title=title, title_justify="left")
        table.add_column("Loans", justify="right")
        table.add_column("Overdue", justify="right")
        for bucket, one in figures["by_bucket"].items():
            table.add_row(bucket, f"{one['loans']:,}", one["amount"])
        table.add_section()
        table.add_row("all overdue", f"{figures['overdue']:,}", figures["overdue_total"])
        console.print(table)
        console.print(
            f"{figures['loans']:,} loans, {figures['open']:,} open; principal outstanding "
            f"{figures['principal_outstanding']}",
            highlight=False,
        )
    console.print(
        "[green]● ledger ties[/]" if found["ledger_ties"] else "[yellow]◆ this day is not closed, or does not tie[/]"
    )


@book_app.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    on: Annotated[datetime.datetime, typer.Option(formats=[DAY], help="The date.")],
) -> None:
    """Write the book on a date to a Parquet file, one row a loan."""
    open_book()
    from duly.close.status import book_export

    rows = book_export(on.date(), out)
    typer.echo(f"{rows:,} loans written to {out}")


# What the law obliges the lender to do by when.


@app.command()
def duties(
    on: Annotated[
        datetime.datetime | None, typer.Option(formats=[DAY], help="As at the end of that day; now when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with what is done.")] = False,
) -> None:
    """Duties with a clock: what is late and what is due, by which rule."""
    open_book()
    from django.utils import timezone

    from duly.duties.document import document, end_of
    from duly.duties.services import State, duties_on
    from duly.engine.errors import InputError

    try:
        at = timezone.now() if on is None else end_of(on.date())
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    lines = duties_on(at)
    if as_json:
        found = {"at": at.isoformat(), "duties": [document(line, at) for line in lines]}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=datetime.datetime.isoformat))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    still = [line for line in lines if line.state is not State.DONE]
    late = sum(line.state is State.LATE for line in still)
    console = Console()
    console.print(f"{late:,} late, {len(still) - late:,} due", highlight=False)
    if not still:
        return
    table = Table("", "Due before (UTC)", "Days left", "Duty", "Concerns", "Rule")
    for line in still:
        mark = "[red]▲ late[/]" if line.state is State.LATE else "[yellow]◆ due[/]"
        concerns = escape(" · ".join(filter(None, (line.begun.borrower, line.begun.subject))))
        source = f"{line.rule.id}: {line.rule.citation}" + ("" if line.rule.verified else " [yellow](unverified)[/]")
        due_at = f"{line.due_at:%Y-%m-%d %H:%M}"
        table.add_row(mark, due_at, str(line.days_left(at)), line.what.replace("_", " "), concerns, source)
    console.print(table)


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
    records: Annotated[bool, typer.Option("--records", help="Let them look at all records too.")] = False,
    duties: Annotated[bool, typer.Option("--duties", help="Let them mark duties done.")] = False,
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
    user = User.objects.create_user(name, password=password, is_staff=True)
    if records:
        from duly.console.access import allow_records

        allow_records(user)
    if duties:
        from duly.console.access import allow_duties

        allow_duties(user)
    typer.echo(f"{name} may sign in." + (f" Password, shown this once: {password}" if generate else ""))


@token_app.command("add")
def add_token(
    name: str,
    scope: Annotated[list[str], typer.Option(help="What it opens: duties.")],
) -> None:
    """Make a token and print it once: only its hash is kept."""
    open_book()
    from duly.api.tokens import add_token as make_token
    from duly.engine.errors import InputError

    try:
        token = make_token(name, scope)
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    typer.echo(token)


@token_app.command("revoke")
def revoke_token(name: str) -> None:
    """Close the way that a token opens, from now on."""
    open_book()
    from duly.api.tokens import revoke_token as revoke
    from duly.engine.errors import InputError

    try:
        revoke(name)
    except InputError as error:
        _refuse(error.what, error.where, error.remedy)
    typer.echo(f"{name} opens nothing any more.")


@token_app.command("list")
def list_tokens() -> None:
    """The tokens by name, with what they open and until when they did."""
    open_book()
    from rich.console import Console
    from rich.table import Table

    from duly.api.models import ApiToken

    table = Table("Name", "Scopes", "Made", "Revoked")
    for one in ApiToken.objects.order_by("pk"):
        revoked = f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
        table.add_row(one.name, one.scopes, f"{one.created_at:%Y-%m-%d %H:%M}", revoked)
    Console().print(table)


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
        _stop(f"port {port} cannot be used: {error.strerror}", "give another: --port 8001")
    typer.echo(f"Duly answers at http://{host}:{server.effective_port}/ (Ctrl-C stops it)")
    server.run()


@app.command()
def demo(port: Annotated[int, typer.Option(min=0, max=65535)] = 8000) -> None:
    """A demonstration lender, simulated on the first start, at an address of this machine alone."""
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
            _stop("this book holds loans that are not simulated", "name another folder: DULY_HOME=demo duly demo")
    typer.echo(f"Sign in as demo with the password {demo_password()}")
    connections.close_all()
    _serve("127.0.0.1", port)
