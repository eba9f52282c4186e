"""A book folded at once against the slow reference: every column of every loan, to the cent."""

import datetime

import pytest
from in_columns import fold_cases
from reference.answers import columns
from reference.random_loans import EVERYTHING, random_case

from duly.engine import dates
from duly.engine.fold import STATUS, Positions

AS_OF = datetime.date(2024, 8, 31)
# What most loans of a book are: the fold has a shorter way for them.
PLAIN = {"paid", "payoff", "methods", "day_counts", "penalty", "rounding", "non_accrual", "tolerance", "first_due"}


def expected(case):
    found = columns(case)
    return {
        name: STATUS[value] if name == "status" else plain(value) if name.endswith("_on") else value
        for name, value in found.items()
    }


def plain(day):
    return dates.NO_DATE if day is None else (day - datetime.date(1970, 1, 1)).days


def compare(features, seeds):
    found = [random_case(seed, features - {"known_at"}) | {"as_of": AS_OF.isoformat()} for seed in seeds]
    positions = fold_cases(found, AS_OF)
    for row, case in enumerate(found):
        answer = {name: int(column[row]) for name, column in positions._asdict().items()}
        wanted = expected(case)
        differing = {name: (answer[name], wanted[name]) for name in answer if answer[name] != wanted[name]}
        assert not differing, f"(fold, reference) differ: {differing}\n{case}"


def test_the_reference_speaks_of_every_column():
    assert set(expected(random_case(1))) == set(Positions._fields)


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("features", [EVERYTHING, PLAIN], ids=["everything", "plain"])
def test_a_book_of_random_loans(features, part):
    compare(features, range(700_000 + part * 500, 700_500 + part * 500))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_a_book_of_fifty_thousand_random_loans(part):
    compare(EVERYTHING, range(800_000 + part * 5_000, 805_000 + part * 5_000))
