"""`duly risk`: policies and scorecards checked, applications reviewed, explained and replayed."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from duly.cli.refusing import WRONG_INPUT, InputFile, read_json, read_text, refuse

app = typer.Typer(help="Policies, scorecards, and the decisions made by them.", no_args_is_help=True)
PolicyOption = Annotated[str, typer.Option("--policy", help="A policy that comes with Duly, or a TOML file.")]
CardOption = Annotated[str, typer.Option("--scorecard", help="A scorecard that comes with Duly, or a JSON file.")]
LangOption = Annotated[str, typer.Option("--lang", help="The language of the reasons: en or zh.")]


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Policies (TOML), scorecards (JSON); Duly's own if not given.")
    ] = None,
) -> None:
    """Whether policies and scorecards can be used; every fault is named with its place."""
    import tomllib

    from duly.risk.policy import shipped_names, shipped_text
    from duly.risk.policy_faults import faults_of
    from duly.risk.scorecard import scorecard_faults, shipped_scorecard_text, shipped_scorecards

    texts = {str(file): read_text(file) for file in files or []} or (
        {f"{name}.toml": shipped_text(name) for name in shipped_names()}
        | {f"{name}.json": shipped_scorecard_text(name) for name in shipped_scorecards()}
    )
    wrong = []
    for name, text in texts.items():
        try:
            found = (
                list(scorecard_faults(json.loads(text))) if name.endswith(".json") else faults_of(tomllib.loads(text))
            )
        except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            wrong.append(f"{name}: {error}")
            continue
        wrong += [f"{name}: {fault}" for fault in found]
    for line in wrong:
        typer.echo(line, err=True)
    if wrong:
        raise typer.Exit(WRONG_INPUT)
    typer.echo(f"{', '.join(texts)}: sound")


@app.command()
def review(file: InputFile = None, policy: PolicyOption = "starter", scorecard: CardOption = "") -> None:
    """What an application (a JSON table of fields) comes to: outcome, limit, reasons, every check; as JSON."""
    typer.echo(json.dumps(_reviewed(read_json(file), policy, scorecard), ensure_ascii=False, indent=2))


@app.command()
def explain(
    file: InputFile = None, policy: PolicyOption = "starter", scorecard: CardOption = "", lang: LangOption = "en"
) -> None:
    """The same review in words: each check with what it used and what it came to."""
    from rich.console import Console
    from rich.table import Table

    if lang not in ("en", "zh"):
        refuse(f"there is no language {lang!r}", "", "use en or zh")
    found = _reviewed(read_json(file), policy, scorecard)
    marks = {"pass": "[green]●[/]", "refer": "[yellow]◆[/]", "refuse": "[red]■[/]"}
    table = Table("", "Check", "From", "Came to")
    for one in found["checks"]:
        shown = (
            ", ".join(f"{name} {_shown(value)}" for name, value in one[part].items()) for part in ("inputs", "numbers")
        )
        table.add_row(marks[one["result"]], one["title"][lang], *shown)
    console = Console()
    console.print(
        f"{found['outcome']}: limit {found['limit']:,}, rate {found['annual_rate']:,}, grade {found['grade']}"
    )
    console.print(table)
    for reason in found["reasons"]:
        lost = f" (−{reason['points_lost']})" if reason["points_lost"] else ""
        console.print(f"· {reason[lang]}{lost}", highlight=False)


@app.command()
def replay(file: InputFile = None, policy: PolicyOption = "", scorecard: CardOption = "") -> None:
    """Make a decision again from {"application", "review"} and say whether it is the same, to the last figure.

    The policy and the scorecard must have the digests that the review names; those of Duly are found by themselves.
    """
    kept = read_json(file)
    if not isinstance(kept, dict) or not all(isinstance(kept.get(part), dict) for part in ("application", "review")):
        refuse("there is no application with its review", "", 'give {"application": {…}, "review": {…}}')
    told = kept["review"]
    named = {"policy": policy, "scorecard": scorecard}
    for part in named:
        if told.get(part) and not named[part]:
            named[part] = str(told[part].get("code", ""))
    again = _reviewed(kept["application"], named["policy"], named["scorecard"])
    for part in named:
        if (told.get(part) or {}).get("digest") != (again[part] or {}).get("digest"):
            refuse(
                f"this is not the {part} of the decision",
                f"/review/{part}/digest",
                f"give --{part} the text of that day",
            )
    different = [name for name in again if again[name] != told.get(name)]
    if different:
        refuse("the decision comes out otherwise", f"/review/{different[0]}", f"compare {', '.join(different)}")
    typer.echo(f"the same: {again['outcome']}")


def _reviewed(application: Any, policy: str, scorecard: str) -> dict[str, Any]:
    from duly.engine.errors import InputError
    from duly.risk.policy import parse_policy, shipped_text
    from duly.risk.review import review as reviewed

    try:
        text = read_text(Path(policy)) if Path(policy).suffix == ".toml" else shipped_text(policy)
        card = scorecard_of(scorecard) if scorecard else None
        return reviewed(application, parse_policy(text), card).as_json()
    except InputError as error:
        refuse(error.what, error.where, error.remedy)


def scorecard_of(name: str) -> Any:
    from duly.engine.errors import InputError
    from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text

    try:
        return parse_scorecard(read_text(Path(name)) if Path(name).suffix == ".json" else shipped_scorecard_text(name))
    except InputError as error:
        refuse(error.what, error.where, error.remedy)


def _shown(value: object) -> str:
    return (
        "?" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )
