"""What stops a playbook: promises, plans, complaints and the like, each told by the room that knows of it."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

# Which of these borrowers are stopped on a date, and why in plain words; asked in bulk, in a handful of queries.
BorrowersStopped = Callable[[Collection[int], datetime.date], dict[int, str]]

_stops: dict[str, BorrowersStopped] = {}


@dataclass(frozen=True)
class Stop:
    """Something that stops a borrower's playbook: the name of what it is (`promise`, `dispute`…), and why."""

    name: str
    why: str


def register(name: str, borrowers_stopped: BorrowersStopped) -> None:
    """From now on `borrowers_stopped` is asked whose playbook rests. Rooms call it in their AppConfig.ready.

    A name that is registered again is replaced.
    """
    _stops[name] = borrowers_stopped


def registered() -> tuple[str, ...]:
    """The names of all that may stop a playbook."""
    return tuple(_stops)


def stopped(borrower_ids: Collection[int], on: datetime.date) -> dict[int, tuple[Stop, ...]]:
    """Those of the borrowers whose playbook rests on a date, with all that stops each."""
    found: dict[int, list[Stop]] = defaultdict(list)
    for name, borrowers_stopped in _stops.items():
        for borrower_id, why in borrowers_stopped(borrower_ids, on).items():
            found[borrower_id].append(Stop(name, why))
    return {borrower_id: tuple(stops) for borrower_id, stops in found.items()}
