"""`duly law`: the rule packs listed, shown, checked, explained."""

import json
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.doors import house_packs
from duly.cli.refusing import WRONG_INPUT, InputFile, read_json, read_text, refuse

app = typer.Typer(help="The rule packs.", no_args_is_help=True)


@app.command("list")
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


@app.command("show")
def law_show(pack: Annotated[str, typer.Argument(help="The pack's name.")]) -> None:
    """One pack in full: its page as docs/law has it."""
    from duly.law.pages import pages

    found = pages()
    if f"{pack}.md" not in found:
        refuse(f"there is no pack {pack!r}", "/pack", "`duly law list` names them")
    typer.echo(found[f"{pack}.md"])


@app.command("check")
def law_check(
    files: Annotated[list[Path] | None, typer.Argument(help="Packs; those of Duly when none is named.")] = None,
) -> None:
    """Whether packs keep the schema and can be used; every fault is named."""
    from duly.law.check import faults
    from duly.law.pack import shipped_names, shipped_text

    texts = {file.stem: read_text(file) for file in files or []} or {
        name: shipped_text(name) for name in shipped_names()
    }
    wrong = [fault for name, text in texts.items() for fault in faults(text, name)]
    for fault in wrong:
        typer.echo(fault, err=True)
    if wrong:
        raise typer.Exit(WRONG_INPUT)
    typer.echo(f"{', '.join(texts)}: sound")


@app.command("explain")
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
        refuse(f"there is no language {lang!r}", "", "use en or zh")
    try:
        answer = decide_json(read_json(file), lang, house_packs(house or []))
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
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


@app.command("docs")
def law_docs(folder: Annotated[Path, typer.Argument(help="The folder of pages, docs/law.")]) -> None:
    """Write the pages of docs/law from the packs."""
    from duly.law.pages import pages

    written = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(f"{len(written)} pages written to {folder}")
