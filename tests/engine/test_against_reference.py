"""Random loans with everything that may happen to one: every figure of the fold is that of the slow reference, which is
written from `docs/engine/semantics.md` alone; and every movement explained adds up to it.

`python -m benchmarks.reference` goes on where these stop: a million of them, and on as many cores as there are.
"""

import json

import pytest
from reference.comparing import NotTakenError, wrong
from reference.random_loans import random_case
from reference.shrinking import smallest

PARTS = 40
EACH = 500


def differs(case):
    try:
        return wrong(case)
    except NotTakenError:
        return []


@pytest.mark.parametrize("part", range(PARTS))
def test_twenty_thousand_random_loans(part):
    taken = 0
    for seed in range(part * EACH, (part + 1) * EACH):
        case = random_case(seed)
        try:
            lines = wrong(case)
        except NotTakenError:
            continue
        taken += 1
        if lines:
            case = smallest(case, lambda smaller: bool(differs(smaller)))
            pytest.fail(f"seed {seed}\n{json.dumps(case)}\n" + "\n".join(differs(case)))
    assert taken > 0.8 * EACH


def test_a_difference_would_be_noticed(monkeypatch):
    """The fold is asked about one day later: nearly every case must differ."""
    from duly.engine import door

    right = door.position_json
    monkeypatch.setattr("reference.comparing.position_json", lambda case: later(right, case))
    noticed = [bool(differs(random_case(seed))) for seed in range(100)]
    assert sum(noticed) > 70


def later(right, case):
    import datetime

    day = datetime.date.fromisoformat(case["as_of"]) + datetime.timedelta(1)
    return right(case | {"as_of": day.isoformat()})
