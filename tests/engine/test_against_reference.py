"""Random loans: every figure of the fold is that of the slow reference, written from
`docs/engine/semantics.md` alone.
"""

import json

import pytest
from full_reference.answers import position, schedule
from full_reference.random_loans import random_case
from full_reference.shrinking import differences, smallest

from duly.engine.door import position_json, schedule_json
from duly.engine.errors import InputError

FEATURES = {
    "plain": "paid payoff methods periods day_counts penalty rounding currencies huge reversed backdated known_at",
    "shapes": "methods first_due month_end balloon rounding days day_counts periods",
    "fees": "paid methods fees fee_charged daily waived open margin rate_changed",
    "late": "paid methods daily penalty compound instead penalty_cap non_accrual allocation tolerance days",
}


def wrong(case):
    """Where the engine's answer differs from the reference's; a case that the engine refuses says nothing."""
    try:
        found = position_json(case)
    except InputError:
        return []
    return differences(position(case), found)


def wrong_schedule(contract):
    found = schedule_json(contract)
    del found["apr"]  # has its own tests
    return differences(schedule(contract), found)


def compare(features, seeds):
    for seed in seeds:
        case = random_case(seed, set(features.split()))
        assert not wrong_schedule(case["contract"]), json.dumps(case["contract"])
        if wrong(case):
            case = smallest(case, lambda smaller: bool(wrong(smaller)))
            pytest.fail(f"seed {seed}\n{json.dumps(case)}\n" + "\n".join(wrong(case)))


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES.keys())
def test_two_hundred_random_loans_of_each_sort(features):
    compare(features, range(200))


@pytest.mark.soak
@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES.keys())
def test_twenty_thousand_random_loans_of_each_sort(features):
    compare(features, range(1_000, 21_000))
