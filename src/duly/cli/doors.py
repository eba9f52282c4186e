"""The doors: JSON in, JSON out, for programs in any language (docs/doors.md)."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from duly.cli.refusing import InputFile, read_json, read_text, refuse

app = typer.Typer()


@app.command()
def schedule(file: InputFile = None) -> None:
    """A contract's installments, total interest and annual rates."""
    _without_linear_algebra()
    from duly.engine.door import schedule_json

    _door(schedule_json, file)


@app.command()
def position(file: InputFile = None) -> None:
    """What one loan owes on a date, from its contract and facts."""
    _without_linear_algebra()
    from duly.engine.door import position_json

    _door(position_json, file)


@app.command()
def explain(
    file: InputFile = None,
    lang: Annotated[str, typer.Option(help="The language of the reasons: en or zh.")] = "en",
) -> None:
    """Every movement of every cent behind a loan's position, in order, with its formula and its cause."""
    if lang not in ("en", "zh"):
        refuse(f"there is no language {lang!r}", "", "use en or zh")
    _without_linear_algebra()
    from duly.engine.door import explain_json

    _door(lambda document: explain_json(document, lang), file)


@app.command()
def apr(file: InputFile = None) -> None:
    """The annual percentage rate of dated advances and payments, by US, EU or Chinese rules."""
    _without_linear_algebra()
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

    packs = house_packs(house or [])
    if lang not in ("en", "zh"):
        refuse(f"there is no language {lang!r}", "", "use en or zh")
    if many is None:
        _door(lambda document: decide_json(document, lang, packs), file)
        return
    import pyarrow.parquet

    from duly.engine.errors import InputError
    from duly.law.bulk import decide_many

    try:
        answers = decide_many(pyarrow.parquet.read_table(many), packs)
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    except (OSError, pyarrow.ArrowInvalid) as error:
        refuse(f"{many} cannot be read: {error}", "", "name a Parquet file")
    target = out or many.with_suffix(".decided.parquet")
    pyarrow.parquet.write_table(answers, target)
    allowed = answers.column("allowed").to_pylist().count(True)
    typer.echo(f"{answers.num_rows:,} contacts decided, {allowed:,} allowed, written to {target}")


def house_packs(files: list[Path]) -> list[Any]:
    from duly.engine.errors import InputError
    from duly.law.check import checked_pack

    try:
        return [checked_pack(read_text(file), file.stem) for file in files]
    except InputError as error:
        refuse(error.what, error.where, error.remedy)


def _without_linear_algebra() -> None:
    # As Numba starts it looks whether SciPy's linear algebra is there, and loading that takes longer than the answer.
    if "scipy.linalg" in sys.modules:
        return
    sys.modules["scipy.linalg.cython_blas"] = None  # type: ignore[assignment]
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules["scipy.linalg.cython_blas"]


def _door(answer: Callable[[object], Mapping[str, Any]], file: Path | None) -> None:
    from duly.engine.errors import InputError

    try:
        result = answer(read_json(file))
    except InputError as error:
        refuse(error.what, error.where, error.remedy)
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
