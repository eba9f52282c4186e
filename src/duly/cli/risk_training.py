"""`duly risk train`, `fairness` and `watch`: scorecards made from a table, compared by group, watched later."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from duly.cli.refusing import read_text, refuse
from duly.cli.risk import CardOption, app, scorecard_of

PlanOption = Annotated[
    str, typer.Option("--plan", help="The plan of the training, where it worked characteristics out of columns.")
]


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
    plan: PlanOption = "",
    split: Annotated[str, typer.Option(help="Only the rows that this split of the training held back.")] = "",
    seed: Annotated[int, typer.Option(help="The seed of that training.")] = 0,
    cut_off: Annotated[int, typer.Option(help="The lowest score that is approved.")] = 560,
    approved: Annotated[
        str, typer.Option(help="The column that says who was approved (1), instead of a cut-off.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON; a page of Markdown if not given.")] = False,
) -> None:
    """How groups of people fare under a scorecard, by columns that it never sees."""
    import numpy as np

    from duly.engine.errors import InputError
    from duly.risk.fairness import fairness as compare
    from duly.risk.fairness import report_json
    from duly.risk.fairness_page import fairness_page
    from duly.risk.scorecard import score
    from duly.risk.training.sample import held_back, outcomes, parse_split

    table, card = _table(data), scorecard_of(scorecard)
    try:
        if split:
            table = table.filter(held_back(table, parse_split(split), seed))
        scored = score(card, _columns(table, card, plan))
        used = scored.known
        if not used.any():
            refuse("nobody has a score", "", "give the columns of the scorecard's characteristics")
        defaulted, scores = outcomes(table, target)[used], scored.score[used]
        passed = outcomes(table, approved)[used] == 1 if approved else scores >= cut_off
        foretold = card.default_probability(scores)
        report = {
            name: compare(groups[used], passed, defaulted, scores, foretold)
            for name, groups in (_groups(table, asked) for asked in by)
        }
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    if not as_json:
        sample = f"held back by {split}" if split else "every row"
        typer.echo(fairness_page(report, None if approved else cut_off, sample), nl=False)
        return
    told = {
        "cut_off": None if approved else cut_off,
        "people": int(used.sum()),
        "without_score": int(np.sum(~used)),
    } | report_json(report)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


@app.command()
def watch(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file of recent applications.")],
    scorecard: CardOption = "card_holders",
    plan: PlanOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with the shares of each bin.")] = False,
) -> None:
    """How far recent applications have moved from the training sample; ends with 1 where one has shifted."""
    import numpy as np

    from duly.engine.errors import InputError
    from duly.risk.stability import watch as watched

    card = scorecard_of(scorecard)
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


def _groups(table: Any, asked: str) -> tuple[str, Any]:
    """The name of a column, and the group of each row by it: its values, or bands of them."""
    import numpy as np

    from duly.risk.fairness import bands

    name, _, limits = asked.partition(":")
    if name not in table.columns:
        refuse(f"there is no column {name!r}", "/by", f"name one of {', '.join(table.columns)}")
    if not limits:
        return name, np.array([str(value) for value in table[name].to_list()])
    try:
        return name, bands(table[name].to_numpy(), [int(limit) for limit in limits.split(",")])
    except ValueError:
        refuse(f"{limits!r} are no limits of bands", "/by", "write COLUMN:30,40,50")
