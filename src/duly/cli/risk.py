"""`duly risk`: policies checked, applications reviewed and replayed, scorecards trained, compared and watched."""

import hashlib
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


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file, one row for each person.")],
    target: Annotated[str, typer.Option(help="The column of outcomes: 1 for default, 0 for paid.")] = "default",
    split: Annotated[
        str, typer.Option(help="What is held back: date:COLUMN:0.3, date:COLUMN:2025-07-01, order:0.3 or hash:0.3.")
    ] = "hash:0.3",
    plan: Annotated[
        str, typer.Option(help="A plan that comes with Duly, or a TOML file; every column if not given.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The folder that the scorecard and its model card are written to.")] = Path(
        "."
    ),
    seed: Annotated[int, typer.Option(help="For the split, the intervals and the boosted model.")] = 0,
) -> None:
    """Train a scorecard, measure it beside other models, and write it with its model card."""
    from duly.engine.errors import InputError

    try:
        import optbinning  # noqa: F401
        import sklearn  # noqa: F401

        from duly.risk.training.charts import charts
        from duly.risk.training.model_card import model_card
        from duly.risk.training.plan import parse_plan, plain_plan, shipped_plan
        from duly.risk.training.sample import parse_split, plain_columns
        from duly.risk.training.train import train as train_on
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed", "", "install what training needs: duly[risk]")
    table = _table(data)
    try:
        held_back = parse_split(split)
        if not plan:
            kinds, _ = plain_columns(table, target, held_back.column)
            named = plain_plan("".join(letter if letter.isalnum() else "_" for letter in data.stem.lower()), kinds)
        else:
            named = parse_plan(read_text(Path(plan))) if Path(plan).suffix == ".toml" else shipped_plan(plan)
        digest = hashlib.sha256(data.read_bytes()).hexdigest()
        trained = train_on(table, target, named, held_back, seed, digest)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    pictures = out / f"{named.code}-charts"
    pictures.mkdir(parents=True, exist_ok=True)
    (out / f"{named.code}.json").write_text(trained.text, encoding="utf-8")
    (out / f"{named.code}.md").write_text(model_card(trained, f"{pictures.name}/"), encoding="utf-8")
    for name, svg in charts(trained).items():
        (pictures / f"{name}.svg").write_text(svg, encoding="utf-8")
    for name, one in trained.measured.items():
        auc, ks = (f"{each.value:.4f} ({each.low:.4f}-{each.high:.4f})" for each in (one.auc, one.ks))
        typer.echo(f"{name:20} AUC {auc}  KS {ks}")
    typer.echo(f"written to {out}: {named.code}.json, {named.code}.md, {pictures.name}/")


@app.command()
def fairness(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file with outcomes, and the columns to group by.")],
    by: Annotated[list[str], typer.Option(help="A column to group by, or COLUMN:30,40,50 for bands of a number.")],
    scorecard: CardOption = "card_holders",
    target: Annotated[str, typer.Option(help="The column of outcomes: 1 for default, 0 for paid.")] = "default",
    plan: Annotated[
        str, typer.Option(help="The plan of the training, where it worked characteristics out of columns.")
    ] = "",
    cut_off: Annotated[int, typer.Option(help="The lowest score that is approved.")] = 560,
) -> None:
    """How groups of people fare under a scorecard, by columns that it never sees; as JSON."""
    import numpy as np

    from duly.engine.errors import InputError
    from duly.risk.fairness import bands, report_json
    from duly.risk.fairness import fairness as compare
    from duly.risk.scorecard import score
    from duly.risk.training.sample import outcomes

    table, card = _table(data), _scorecard(scorecard)
    report: dict[str, Any] = {}
    try:
        scored = score(card, _columns(table, card, plan))
        used = scored.known
        defaulted = outcomes(table, target)[used]
        scores, foretold = scored.score[used], card.default_probability(scored.score[used])
        for asked in by:
            name, _, limits = asked.partition(":")
            if name not in table.columns:
                refuse(f"there is no column {name!r}", "/by", f"name one of {', '.join(table.columns)}")
            groups = np.array(table[name].cast(str).to_list()) if not limits else None
            if groups is None:
                groups = bands(table[name].to_numpy(), [int(limit) for limit in limits.split(",")])
            report[name] = compare(groups[used], scores >= cut_off, defaulted, scores, foretold)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    except ValueError as error:
        refuse(f"the bands cannot be read: {error}", "/by", "write COLUMN:30,40,50")
    told = {"cut_off": cut_off, "people": int(used.sum()), "without_score": int((~used).sum())} | report_json(report)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


@app.command()
def watch(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file of recent applications.")],
    scorecard: CardOption = "card_holders",
    plan: Annotated[
        str, typer.Option(help="The plan of the training, where it worked characteristics out of columns.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with the shares of each bin.")] = False,
) -> None:
    """How far recent applications have moved from the training sample; ends with 1 where one has shifted."""
    import numpy as np

    from duly.engine.errors import InputError
    from duly.risk.stability import watch as watched

    card = _scorecard(scorecard)
    try:
        columns = _columns(_table(data), card, plan)
        shifts = watched(
            {name: np.ma.MaskedArray(columns[name].values, ~columns[name].known) for name in card.kinds}, card
        )
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    if as_json:
        typer.echo(json.dumps([shift.as_json() for shift in shifts], ensure_ascii=False, indent=2))
    else:
        for shift in shifts:
            typer.echo(f"{shift.name:32} {shift.index:8.4f}  {shift.level}")
    if any(shift.level == "shifted" for shift in shifts):
        raise typer.Exit(1)


def _reviewed(application: Any, policy: str, scorecard: str) -> dict[str, Any]:
    from duly.engine.errors import InputError
    from duly.risk.policy import parse_policy, shipped_text
    from duly.risk.review import review as reviewed

    try:
        text = read_text(Path(policy)) if Path(policy).suffix == ".toml" else shipped_text(policy)
        card = _scorecard(scorecard) if scorecard else None
        return reviewed(application, parse_policy(text), card).as_json()
    except InputError as error:
        refuse(error.what, error.where, error.remedy)


def _scorecard(name: str) -> Any:
    from duly.engine.errors import InputError
    from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text

    try:
        return parse_scorecard(read_text(Path(name)) if Path(name).suffix == ".json" else shipped_scorecard_text(name))
    except InputError as error:
        refuse(error.what, error.where, error.remedy)


def _table(file: Path) -> Any:
    import polars as pl

    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        return pl.read_csv(file, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        refuse(f"{file} cannot be read: {error}", "", "name a CSV or Parquet file")


def _columns(table: Any, card: Any, plan: str) -> Any:
    """The scorecard's characteristics from a table that has them, or has what a plan works them out of."""
    from duly.risk.training.plan import parse_plan, shipped_plan
    from duly.risk.training.sample import columns_of

    named = None
    if plan:
        named = parse_plan(read_text(Path(plan))) if Path(plan).suffix == ".toml" else shipped_plan(plan)
    return columns_of(table, card.kinds, named.card_months if named else None)


def _shown(value: object) -> str:
    return (
        "?" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )
