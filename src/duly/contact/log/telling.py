"""What `duly audit` says: in words, with a bar while it works, or as JSON."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from duly.contact.log.reading import Fault
from duly.contact.log.replay import Difference
from duly.contact.log.verify import Verification

MOST_SHOWN = 20


@contextmanager
def bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; gives what is told how many decisions are done, and of how many."""
    columns = TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


def tell_verification(found: Verification, faults: list[Fault], checkpoints: int, as_json: bool) -> None:
    """Print what verifying found."""
    if as_json:
        wrong = [fault._asdict() for fault in faults]
        said = {"sound": not faults, "decisions": found.decisions, "last": found.last, "hash": found.head}
        print(json.dumps({**said, "checkpoints": checkpoints, "faults": wrong}, ensure_ascii=False, indent=2))  # noqa: T201
        return
    console = Console(highlight=False, soft_wrap=True)
    if not faults:
        console.print(f"[green]● {found.decisions:,} decisions: nothing was changed, removed or put in[/]")
        console.print(f"  last number {found.last}, hash {found.head}")
        if checkpoints:
            console.print(f"  as {checkpoints} signed checkpoint{'s' * (checkpoints > 1)} had it")
        else:
            console.print("  [yellow]no checkpoint was there to show that the end is not cut off[/]")
        return
    console.print(f"[bold red]■ the log is not as it was written: first wrong number {faults[0].number}[/]")
    for fault in faults[:MOST_SHOWN]:
        console.print(f"  decision {fault.number} {fault.what}" if fault.number else f"  {fault.what}")
    if len(faults) > MOST_SHOWN:
        console.print(f"  and more: {len(faults)} found, `--json` names them")


def tell_replay(decisions: int, differences: list[Difference], as_json: bool) -> None:
    """Print what deciding again found."""
    if as_json:
        found = {"decisions": decisions, "same": not differences, "differences": [asdict(one) for one in differences]}
        print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201
        return
    console = Console(highlight=False, soft_wrap=True)
    if not differences:
        console.print(f"[green]● {decisions:,} decisions made again under the packs of their day: all the same[/]")
        return
    numbers = len({one.number for one in differences})
    console.print(f"[bold red]■ {numbers:,} of {decisions:,} decisions come out differently[/]")
    for one in differences[:MOST_SHOWN]:
        console.print(f"  decision {one.number}, {one.what}: logged {one.logged}, now {one.now}", markup=False)
    if len(differences) > MOST_SHOWN:
        console.print(f"  and {len(differences) - MOST_SHOWN} more, `--json` names them")
