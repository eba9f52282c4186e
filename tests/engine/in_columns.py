"""Random loans as the engine's columns, folded: what the tests compare with the reference and with each other."""

import datetime
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from random_loans import Case
from reference import Event

from duly.engine import dates
from duly.engine.columns import KIND, Facts, arrange_facts, pack_contracts
from duly.engine.contract import COMPONENT, parse_contract
from duly.engine.fold import Positions, fold


def fold_cases(found: Sequence[Case], as_of: datetime.date) -> Positions:
    return fold(pack_contracts([parse_contract(case.contract) for case in found]), facts_of(found), dates.days(as_of))


def facts_of(found: Sequence[Case]) -> Facts:
    """The facts of all cases as columns, mixed as a book holds them: the first of each, then the second."""
    order = sorted((place, loan) for loan, case in enumerate(found) for place in range(len(case.events)))
    row_of = {(loan, place): row for row, (place, loan) in enumerate(order)}
    events = [found[loan].events[place] for place, loan in order]
    loans = [loan for _, loan in order]
    return arrange_facts(
        len(found),
        np.array(loans, np.int64),
        np.array([KIND[event.kind] for event in events], np.uint8),
        np.array([dates.days(event.on) for event in events], np.int32),
        np.array([event.amount for event in events], np.int64),
        np.array([COMPONENT[event.component] for event in events], np.uint8),
        np.array(
            [
                -1 if event.reverses is None else row_of[loan, event.reverses]
                for loan, event in zip(loans, events, strict=True)
            ],
            np.int64,
        ),
    )


def position_of(case: Case) -> dict[str, int]:
    """Every column of the position of one case, folded alone."""
    return {name: int(column[0]) for name, column in fold_cases([case], case.as_of)._asdict().items()}


def without(case: Case, *places: int) -> Case:
    """The case as if the facts at `places` had never been recorded."""
    kept = [place for place in range(len(case.events)) if place not in places]
    return reordered(case, kept)


def reordered(case: Case, places: Sequence[int]) -> Case:
    """The case with only the facts at `places`, recorded in that order."""
    new = {place: row for row, place in enumerate(places)}
    events = [case.events[place] for place in places]
    return replace(
        case,
        events=[one if one.reverses is None else replace(one, reverses=new.get(one.reverses, -1)) for one in events],
    )


def with_fact(case: Case, event: Event) -> Case:
    """The case with one more fact on record."""
    return replace(case, events=[*case.events, event])
