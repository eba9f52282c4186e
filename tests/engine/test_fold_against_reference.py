"""The compiled fold against the slow reference: the same random loans, every column, every row, to the cent."""

import datetime

import pytest
import reference
from in_columns import fold_cases
from random_loans import Case, cases

from duly.engine import dates
from duly.engine.fold import STATUS, Positions

SEED = 20240229


def expected(case: Case) -> dict[str, int]:
    found = reference.position(case.contract, case.events, case.as_of)
    return {
        name: STATUS[value] if name == "status" else plain(value) if name.endswith("_on") else value
        for name, value in found.items()
    }


def plain(day: datetime.date | None) -> int:
    return dates.NO_DATE if day is None else (day - datetime.date(1970, 1, 1)).days


# What the reference does not speak of: none of these cases has it. It knows no non-accrual either, and lets what is
# paid after a write-off be credit balance.
BEYOND = {"refunded", "interest_capitalised", "penalty_capitalised", "fee_capitalised"}
FOLDED_IN = {"interest_suspended", "penalty_suspended", "recovered"}


def known_columns(positions: Positions, row: int) -> dict[str, int]:
    """Row `row` as the reference would have it: what is suspended counts as earned, recoveries as received."""
    found = {name: int(column[row]) for name, column in positions._asdict().items()}
    assert not any(found[name] for name in BEYOND)
    found["interest_earned"] += found["interest_suspended"]
    found["penalty_earned"] += found["penalty_suspended"]
    found["received"] += found["recovered"]
    found["credit_balance"] += found["recovered"]
    return {name: value for name, value in found.items() if name not in BEYOND | FOLDED_IN}


def compare(found: list[Case]) -> None:
    """Fold the cases of each date together, and compare each with the reference."""
    by_date: dict[datetime.date, list[Case]] = {}
    for case in found:
        by_date.setdefault(case.as_of, []).append(case)
    for as_of, same_day in by_date.items():
        positions = fold_cases(same_day, as_of)
        for row, case in enumerate(same_day):
            answer = known_columns(positions, row)
            wanted = expected(case)
            differing = {name: (answer[name], wanted[name]) for name in answer if answer[name] != wanted[name]}
            assert not differing, f"(fold, reference) differ: {differing}\n{case}"


def test_the_reference_speaks_of_every_column():
    (case,) = cases(1, 1)
    assert set(expected(case)) == set(Positions._fields) - BEYOND - FOLDED_IN


@pytest.mark.parametrize("part", range(4))
def test_two_thousand_random_loans(part):
    compare(list(cases(SEED + part, 500)))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_a_hundred_thousand_random_loans(part):
    compare(list(cases(SEED + 100 + part, 10_000)))
